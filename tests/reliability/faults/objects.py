"""A proxy between the service and its object store: it answers in the store's place, is slow or silent, or hangs up in
the middle of what is read.
"""

import asyncio
import enum
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

START_SECONDS = 20
SLOW_SECONDS = 0.3
_END_OF_HEAD = b"\r\n\r\n"


class Trouble(enum.Enum):
    """What the store does to every request."""

    FAILS = 500
    IS_BUSY = 503
    IS_SLOW = "slow"
    IS_SILENT = "silent"
    BREAKS_OFF = "breaks off"  # half of what is read comes, then the connection ends
    HANGS_UP = "hangs up"  # no answer at all, at once


@dataclass(slots=True)
class ObjectProxy:
    """Made by `an_object_proxy`. `asked` counts the requests that came in trouble, by method."""

    target: tuple[str, int]
    endpoint: str = ""
    asked: Counter[str] = field(default_factory=Counter[str])
    _trouble: Trouble | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _meetings: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    @contextmanager
    def troubled(self, trouble: Trouble) -> Iterator[None]:
        """Whoever asks gets it, until the block ends."""
        self._trouble = trouble
        try:
            yield
        finally:
            self._trouble = None

    def stop(self) -> None:
        """From any thread: `serve` ends."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)

    async def serve(self, ready: threading.Event) -> None:
        """Until stopped."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
        self.endpoint = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        ready.set()
        await self._stop.wait()
        server.close()
        for meeting in self._meetings:
            meeting.cancel()
        await asyncio.gather(*self._meetings, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request, one connection: the store is asked to close each."""
        meeting = asyncio.current_task()
        assert meeting is not None
        self._meetings.add(meeting)
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
                method, request = await _request(reader)
                writer.write(await self._answer(method, request))
                await writer.drain()
        finally:
            self._meetings.discard(meeting)
            writer.close()

    async def _answer(self, method: str, request: bytes) -> bytes:
        trouble = self._trouble
        self.asked[method] += trouble is not None
        match trouble:
            case Trouble.FAILS | Trouble.IS_BUSY:
                return f"HTTP/1.1 {trouble.value} Trouble\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode()
            case Trouble.HANGS_UP:
                return b""
            case Trouble.IS_SILENT:
                await asyncio.Event().wait()
            case Trouble.IS_SLOW:
                await asyncio.sleep(SLOW_SECONDS)
            case _:
                pass
        answer = await self._of_the_store(request)
        head, _, body = answer.partition(_END_OF_HEAD)
        breaks = trouble is Trouble.BREAKS_OFF and method == "GET" and len(body) > 1
        return head + _END_OF_HEAD + body[: len(body) // 2] if breaks else answer

    async def _of_the_store(self, request: bytes) -> bytes:
        reader, writer = await asyncio.open_connection(*self.target)
        try:
            writer.write(request)
            return await reader.read()
        finally:
            writer.close()


async def _request(reader: asyncio.StreamReader) -> tuple[str, bytes]:
    """Its method, and all of it, asking for the end of the connection."""
    head = (await reader.readuntil(_END_OF_HEAD)).removesuffix(_END_OF_HEAD).decode("latin-1")
    first, *lines = head.split("\r\n")
    lengths = [int(line.partition(":")[2]) for line in lines if line.lower().startswith("content-length:")]
    body = await reader.readexactly(sum(lengths))
    kept = [line for line in lines if not line.lower().startswith("connection:")]
    told = "\r\n".join([first, *kept, "Connection: close"]).encode("latin-1")
    return first.partition(" ")[0], told + _END_OF_HEAD + body


@contextmanager
def an_object_proxy(endpoint: str) -> Iterator[ObjectProxy]:
    """To the store at `endpoint`; without trouble at first."""
    address = urlsplit(endpoint)
    assert address.hostname is not None
    assert address.port is not None
    proxy, ready = ObjectProxy((address.hostname, address.port)), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve(ready)), name="object-proxy")
    thread.start()
    try:
        assert ready.wait(START_SECONDS)
        yield proxy
    finally:
        proxy.stop()
        thread.join()
