"""Builders for tests that read documents in a real sandbox."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from docurift.model.result import Page
from docurift.model.work import Limits, OcrReading, OcrRefused, OcrRequest, OcrWord, Opened, WorkOrder
from docurift.worker.child import Ending, Sandbox, memory_file


def an_order(*, limits: Limits | None = None, **changes: object) -> WorkOrder:
    values: dict[str, Any] = {
        "document_type": "generic",
        "language": "en",
        "extract_tables": True,
        "ocr_fallback": True,
        "pages": None,
        "password": None,
        "page_error_limit": 0.5,
        "media_type": "text/plain",
        "file_name": "planted.txt",
        "limits": limits or Limits(),
        "engine_version": "test",
    }
    return WorkOrder(**(values | changes))


@dataclass
class Heard:
    """Listens to a document; `first` is set when it says anything."""

    opens: list[Opened] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)

    def opened(self, opened: Opened) -> None:
        self.opens.append(opened)
        self.first.set()

    def page_read(self, page: Page) -> None:
        self.pages.append(page)


@dataclass
class Reader:
    """An OCR that takes `seconds` and reads how many pixels there were."""

    seconds: float = 0.0

    async def read(self, request: OcrRequest, pixels: bytes) -> OcrReading | OcrRefused:
        await asyncio.sleep(self.seconds)
        words = (OcrWord(f"{len(pixels)}px", (0, 0, 1, 1), 0.9, 0),)
        return OcrReading(words=words, rotation=0, width=request.width, height=request.height, engine="test")


async def read(
    sandbox: Sandbox, data: bytes, *, ocr_seconds: float = 0.0, heard: Heard | None = None, **order: object
) -> Ending:
    with memory_file(data) as document:
        return await sandbox.run(an_order(**order), document, ocr=Reader(ocr_seconds), listener=heard or Heard())
