"""The sandbox, from outside: one child per document, its deadline, its end, and the verdict on it.

The process that holds a `Sandbox` opens no document; it hands a descriptor on and hears pages and an outcome.
"""

import asyncio
import os
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from docurift.model.archive import Unpacked, UnpackOrder
from docurift.model.sandbox import PROBE_DOCUMENT, Probed, ProbeOrder
from docurift.model.work import MIB, Completed, Limits, Refused, Rendered, RenderOrder, WorkOrder
from docurift.telemetry import CHILD_SECONDS, CHILDREN_KILLED, log
from docurift.worker import frames
from docurift.worker.control import Ended, Raised
from docurift.worker.forks import Child, ForkServer
from docurift.worker.frames import Caps, FrameTooLargeError, Vocabulary
from docurift.worker.hearing import Deadline, Hearing, LieError, Listener, LlmReader, OcrReader, hear_rendering, heard
from docurift.worker.parcels import Shelf, UnpackHearing
from docurift.worker.verdict import Fault, Killed, cpu_limit_seconds, is_crash, judge
from docurift.worker.zygotes import Wear, Zygotes

_REAP_SECONDS: Final = 1.0  # an honest child is gone in milliseconds; tearing down 1 GiB takes 0.1 s
_STREAM_BYTES: Final = MIB
_SHELVING_SECONDS: Final = 2.0  # of one file of an archive, in the slowest blob store that is waited for
_PROBED: Final[Vocabulary[Probed | Raised]] = Vocabulary(Probed, Raised)

T = TypeVar("T")
Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Deadline], Awaitable[T | Raised | None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a document, and what it cost; `seconds` without those that it waited for OCR."""

    verdict: Completed | Refused | Killed
    peak_rss_bytes: int
    cpu_seconds: float
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A drawn page: `width * height * channels` bytes, row by row from the top; 1 channel is grey, 3 are RGB."""

    width: int
    height: int
    channels: int
    pixels: bytes


class Sandbox:
    """Opens documents in children of a zygote, which is started at the first need and replaced when it is worn."""

    def __init__(self, test_engine: Path | None = None, wear: Wear | None = None) -> None:
        self._zygotes = Zygotes(test_engine, wear or Wear())

    async def start(self) -> None:
        """Have a zygote ready, so that the first document does not wait for it.

        Raises:
            ZygoteLostError: it does not start here.
        """
        await self._zygotes.current()

    async def close(self) -> None:
        """End every zygote, and with it every child."""
        await self._zygotes.close()

    async def run(
        self, order: WorkOrder, document: int, *, ocr: OcrReader, listener: Listener, llm: LlmReader | None = None
    ) -> Ending:
        """Read the document behind the descriptor `document`. Never raises for what is in it.

        Raises:
            ZygoteLostError: the zygote went, and the child with it; the document is not to blame.
        """

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deadline: Deadline
        ) -> Completed | Refused | Raised | None:
            return await Hearing(order, reader, writer, deadline=deadline).last_word(ocr, listener, llm)

        ocr_seconds = order.limits.max_pages * order.limits.ocr_page_seconds if order.ocr_fallback else 0.0
        waiting_seconds = ocr_seconds + (order.llm.seconds if order.llm else 0.0)
        said, ended, seconds = await self._converse(document, order.limits, talk, waiting_seconds=waiting_seconds)
        verdict = _verdict(said, ended, order.limits) if isinstance(said, Fault | Raised) else said
        return Ending(
            verdict=verdict, peak_rss_bytes=ended.peak_rss_bytes, cpu_seconds=ended.cpu_seconds, seconds=seconds
        )

    async def render(self, order: RenderOrder, document: int) -> Picture | Refused | Killed:
        """Draw one page of the document behind the descriptor `document`.

        Raises:
            ZygoteLostError: as `run`.
        """

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _deadline: Deadline
        ) -> Picture | Refused | Raised | None:
            await frames.write(writer, order)
            frame = await hear_rendering(reader, order.limits)
            if frame is None:
                return None
            drawn = frame.message
            if not isinstance(drawn, Rendered):
                return drawn
            return Picture(width=drawn.width, height=drawn.height, channels=drawn.channels, pixels=frame.payload)

        said, ended, _ = await self._converse(document, order.limits, talk)
        return _verdict(said, ended, order.limits) if isinstance(said, Fault | Raised) else said

    async def unpack(self, order: UnpackOrder, archive: int, shelf: Shelf) -> Unpacked | Refused | Killed:
        """Put every file of the archive behind the descriptor `archive` on the shelf, in its order.

        Raises:
            ZygoteLostError: as `run`.
        """

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, deadline: Deadline
        ) -> Unpacked | Refused | Raised | None:
            return await UnpackHearing(order, reader, writer, deadline=deadline).last_word(shelf)

        shelving_seconds = order.archive.max_items * _SHELVING_SECONDS
        said, ended, _ = await self._converse(archive, order.limits, talk, waiting_seconds=shelving_seconds)
        return _verdict(said, ended, order.limits) if isinstance(said, Fault | Raised) else said

    async def probe(self, order: ProbeOrder, limits: Limits) -> Probed | Killed:
        """What a child finds when it tries its own walls.

        Raises:
            ZygoteLostError: as `run`.
        """

        async def talk(
            reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _deadline: Deadline
        ) -> Probed | Raised | None:
            await frames.write(writer, order)
            frame = await heard(reader, _PROBED, Caps())
            return None if frame is None else frame.message

        with memory_file(PROBE_DOCUMENT) as document:
            said, ended, _ = await self._converse(document, limits, talk)
        return said if isinstance(said, Probed) else _verdict(said, ended, limits)

    async def _converse(
        self, document: int, limits: Limits, talk: Talk[T], *, waiting_seconds: float = 0.0
    ) -> tuple[T | Raised | Fault, Ended, float]:
        begun = time.monotonic()
        server = await self._zygotes.current()
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                child = server.fork(
                    document,
                    theirs.fileno(),
                    memory_bytes=limits.memory_bytes,
                    cpu_seconds=cpu_limit_seconds(limits),
                    ceiling_seconds=limits.ceiling_seconds + waiting_seconds,
                )
            except BaseException:
                ours.close()
                raise
        async with _stream(ours) as (reader, writer):
            try:
                said, seconds = await _said(talk, reader, writer, limits)
            except BaseException:
                server.kill(child)
                raise
        ended = await _end(server, child, at_once=isinstance(said, Fault) and said is not Fault.SILENCE)
        server.crashes += is_crash(said if isinstance(said, Fault) else None, ended, limits)
        CHILD_SECONDS.observe(time.monotonic() - begun)
        return said, ended, seconds


@contextmanager
def memory_file(data: bytes) -> Generator[int]:
    """A read-only descriptor of `data`, in memory: no path leads to it."""
    writable = os.memfd_create("document", os.MFD_CLOEXEC)
    try:
        with os.fdopen(writable, "wb", closefd=False) as file:
            file.write(data)
        descriptor = os.open(f"/proc/self/fd/{writable}", os.O_RDONLY | os.O_CLOEXEC)
    finally:
        os.close(writable)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@asynccontextmanager
async def _stream(sock: socket.socket) -> AsyncGenerator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    reader, writer = await asyncio.open_unix_connection(sock=sock, limit=_STREAM_BYTES)
    try:
        yield reader, writer
    finally:
        writer.transport.abort()


async def _said(
    talk: Talk[T], reader: asyncio.StreamReader, writer: asyncio.StreamWriter, limits: Limits
) -> tuple[T | Raised | Fault, float]:
    """The child's last word, or how it came to none, and the seconds that it had, those of waiting excluded."""
    begun, deadline = time.monotonic(), None
    timeout = asyncio.timeout(None)
    try:
        async with timeout:
            deadline = Deadline(timeout, limits)
            said = await talk(reader, writer, deadline)
    except TimeoutError:
        if not timeout.expired():
            raise
        said = Fault.TOO_LONG
    except FrameTooLargeError:
        said = Fault.TOO_MUCH
    except LieError as lie:
        log.warning("child.lied", lie=str(lie))
        said = Fault.LIE
    except ConnectionError:  # it was gone before it had read what we wrote
        said = Fault.SILENCE
    paused = deadline.paused_seconds if deadline else 0.0
    return Fault.SILENCE if said is None else said, time.monotonic() - begun - paused


async def _end(server: ForkServer, child: Child, *, at_once: bool) -> Ended:
    """How the child ended; it is given a moment to do so by itself unless `at_once`."""
    if not at_once:
        try:
            return await asyncio.wait_for(asyncio.shield(child.ended), _REAP_SECONDS)
        except TimeoutError:
            log.warning("child.lingered", child=child.pid)
    server.kill(child)
    return await child.ended


def _verdict(fault: Fault | Raised, ended: Ended, limits: Limits) -> Killed:
    killed = judge(fault, ended, limits)
    CHILDREN_KILLED.labels(killed.code).inc()
    log.warning("child.failed", code=killed.code, detail=killed.detail, peak_rss_bytes=ended.peak_rss_bytes)
    return killed
