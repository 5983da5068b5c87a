"""OCR, from outside: a pool of processes, started at the first need, each held to a deadline and to its memory, and
replaced when it is worn. Pixels go in, words come out; the process that holds the pool loads no model.
"""

import asyncio
from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from docurift.model.failure import FailureCode
from docurift.model.sandbox import Layer
from docurift.model.work import MIB, OcrAnswer, OcrRefused, OcrRequest
from docurift.telemetry import log
from docurift.worker.ocr_process import OcrLostError, OcrProcess
from docurift.worker.self_test import tell

_WATCH_SECONDS: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class OcrLimits:
    """What one OCR process is held to. An A4 page takes 3 s and 0.7 GiB."""

    page_seconds: float = 30.0
    memory_bytes: int = 1536 * MIB
    worn_bytes: int = 1024 * MIB
    worn_pages: int = 500


@dataclass(slots=True, eq=False)
class _Slot:
    process: OcrProcess | None = None


class _OutOfMemoryError(Exception):
    pass


class OcrPool:
    """Up to `processes` pages are read at a time; further ones wait for their turn, which their deadline does not
    count. `tessdata_prefix` is where Tesseract's language data is looked for before the usual folders. Without the
    `required` layers of the sandbox no page is read.
    """

    def __init__(
        self,
        processes: int,
        *,
        tessdata_prefix: str | None = None,
        limits: OcrLimits | None = None,
        required: Collection[Layer] = (),
    ) -> None:
        self._prefix, self._limits, self._required = tessdata_prefix, limits or OcrLimits(), required
        self._slots = [_Slot() for _ in range(processes)]
        self._free: asyncio.Queue[_Slot] = asyncio.Queue()
        for slot in self._slots:
            self._free.put_nowait(slot)

    async def read(self, request: OcrRequest, pixels: bytes) -> OcrAnswer:
        """The words on `pixels`, or why not: `ENGINE_UNAVAILABLE`, `PROCESSING_TIMEOUT`, `OUT_OF_MEMORY` or
        `PARSER_CRASHED`. Never raises for what is in them. A cancelled reading ends its process.
        """
        async with self._slot() as slot:
            try:
                if slot.process is None:
                    slot.process = await self._start()
                answer = await self._ask(slot.process, request, pixels)
            except OcrLostError as lost:
                answer = OcrRefused(code=FailureCode.PARSER_CRASHED)
                log.warning("ocr.lost", reason=str(lost))
            except TimeoutError:
                answer = OcrRefused(code=FailureCode.PROCESSING_TIMEOUT)
            except _OutOfMemoryError:
                answer = OcrRefused(code=FailureCode.OUT_OF_MEMORY)
            await self._retire(slot, answer)
            return answer

    async def close(self) -> None:
        """End all processes; readings under way are answered with a refusal."""
        await asyncio.gather(*(_end(slot) for slot in self._slots))

    async def _start(self) -> OcrProcess:
        started = await OcrProcess.start(self._prefix)
        log.info("ocr.started", ocr=started.process.pid)
        if started.engine_missing is None:
            missing = sorted(set(self._required) - tell("ocr", started.walls))
            started.engine_missing = f"these layers of its sandbox: {', '.join(missing)}" if missing else None
        return started

    @asynccontextmanager
    async def _slot(self) -> AsyncGenerator[_Slot]:
        slot = await self._free.get()
        try:
            yield slot
        except BaseException:  # cancelled in mid-reading: the answer to come would be taken for the next one's
            await asyncio.shield(_end(slot))
            raise
        finally:
            self._free.put_nowait(slot)

    async def _ask(self, process: OcrProcess, request: OcrRequest, pixels: bytes) -> OcrAnswer:
        if process.engine_missing:
            detail = f"OCR lacks {process.engine_missing}."
            return OcrRefused(code=FailureCode.ENGINE_UNAVAILABLE, detail=detail)
        async with asyncio.timeout(self._limits.page_seconds):
            reading = asyncio.ensure_future(process.ask(request, pixels))
            try:
                while not (await asyncio.wait([reading], timeout=_WATCH_SECONDS))[0]:
                    if process.resident_bytes() > self._limits.memory_bytes:
                        raise _OutOfMemoryError
                return reading.result()
            finally:
                reading.cancel()

    async def _retire(self, slot: _Slot, answer: OcrAnswer) -> None:
        """End a process that failed, and one that is worn."""
        process, limits = slot.process, self._limits
        if process is None:
            return
        failed = isinstance(answer, OcrRefused) and (
            answer.code is not FailureCode.ENGINE_UNAVAILABLE or process.engine_missing is not None
        )
        worn = process.pages >= limits.worn_pages or process.resident_bytes() > limits.worn_bytes
        if failed or worn:
            log.info("ocr.ended", ocr=process.process.pid, pages=process.pages, failed=failed)
            await _end(slot)


async def _end(slot: _Slot) -> None:
    process, slot.process = slot.process, None
    if process is not None:
        await process.close()
