"""One OCR process, as its parent sees it: started, asked, watched, ended."""

import asyncio
import os
import resource
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docurift.model.sandbox import Observation
from docurift.model.work import OcrAnswer, OcrRequest
from docurift.worker import frames
from docurift.worker.frames import FrameError
from docurift.worker.ocr_channel import ANSWER_CAPS, ANSWERS, ModelsReady

_MODULE: Final = "docurift.worker.models"
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",  # Tesseract's OpenMP makes parallel pages fifty times slower (extraction.md section 11)
    "OPENBLAS_NUM_THREADS": "1",
}
_START_SECONDS: Final = 60.0  # 0.6 s on an idle machine


class OcrLostError(Exception):
    """The process could not start, or is gone, or does not keep to its channel."""


@dataclass(slots=True, eq=False)
class OcrProcess:
    """A running OCR process. `walls` is what it found of its own; `engine_missing` names what it lacks; it then answers
    nothing. `pages` it has read.
    """

    process: asyncio.subprocess.Process
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    walls: tuple[Observation, ...] = ()
    engine_missing: str | None = None
    pages: int = 0

    @classmethod
    async def start(cls, tessdata_prefix: str | None) -> "OcrProcess":
        """A process with its models loaded. `tessdata_prefix` is where to look for Tesseract's data first.

        Raises:
            OcrLostError: it ended, or was not ready in time; its own words went to standard error.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            process = await _spawn(theirs.fileno(), tessdata_prefix)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        started = cls(process, reader, writer)
        try:
            async with asyncio.timeout(_START_SECONDS):
                ready = await started._ready()
                started.walls, started.engine_missing = ready.walls, ready.engine_missing
        except BaseException as error:
            await started.close()
            if isinstance(error, TimeoutError):
                raise OcrLostError("not ready in time") from error
            raise
        return started

    async def ask(self, request: OcrRequest, pixels: bytes) -> OcrAnswer:
        """The answer to one request; after a cancellation the process is of no more use.

        Raises:
            OcrLostError: it went away, or said what it must not say.
        """
        self.pages += 1
        try:
            await frames.write(self.writer, request, pixels)
        except OSError as error:
            raise OcrLostError("gone") from error
        answer = await self._hear()
        if isinstance(answer, ModelsReady):
            raise OcrLostError("ready twice")
        return answer

    def resident_bytes(self) -> int:
        """The memory that it occupies now; 0 where the system does not tell."""
        with suppress(OSError):
            fields = Path(f"/proc/{self.process.pid}/statm").read_text(encoding="ascii").split()
            return int(fields[1]) * resource.getpagesize()
        return 0

    async def close(self) -> None:
        """End it, now."""
        self.writer.transport.abort()
        with suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def _ready(self) -> ModelsReady:
        ready = await self._hear()
        if not isinstance(ready, ModelsReady):
            raise OcrLostError("an answer before any request")
        return ready

    async def _hear(self) -> "ModelsReady | OcrAnswer":
        try:
            frame = await frames.read(self.reader, ANSWERS, ANSWER_CAPS)
        except (FrameError, OSError) as error:
            raise OcrLostError(str(error)) from error
        if frame is None:
            raise OcrLostError("gone")
        return frame.message


async def _spawn(channel: int, tessdata_prefix: str | None) -> asyncio.subprocess.Process:
    command = [sys.executable, "-I", "-m", _MODULE, str(channel), str(os.getpid())]
    return await asyncio.create_subprocess_exec(
        *command,
        *([tessdata_prefix] if tessdata_prefix else []),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        pass_fds=(channel,),
        env=_ENVIRONMENT,
    )
