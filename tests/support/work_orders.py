"""Work orders with defaults, and a stand-in for OCR at its port."""

from dataclasses import dataclass, field, replace

from docurift.model.work import Limits, OcrReading, OcrWord, WorkOrder
from docurift.pipeline.ports import Pixels

_DEFAULT = WorkOrder(
    document_type="generic",
    language="en",
    extract_tables=True,
    ocr_fallback=True,
    pages=None,
    password=None,
    page_error_limit=0.5,
    media_type="application/octet-stream",
    file_name="document",
    limits=Limits(),
    engine_version="test",
)


def a_work_order(**changes: object) -> WorkOrder:
    return replace(_DEFAULT, **changes)  # type: ignore[arg-type]


@dataclass
class ScriptedOcr:
    """Reads the same words from whatever it is shown, and keeps what that was."""

    text: str = "seen"
    shown: list[Pixels] = field(default_factory=list)
    dpi: list[float | None] = field(default_factory=list)

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        del page, language
        self.shown.append(pixels)
        self.dpi.append(dpi)
        height, width = pixels.shape[:2]
        words = tuple(
            OcrWord(text, (0.0, float(line), float(width), line + 1.0), 0.9, line)
            for line, text in enumerate(self.text.split())
        )
        return OcrReading(words=words, rotation=0, width=width, height=height, engine="scripted")
