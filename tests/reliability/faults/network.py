"""A proxy between one process and the database, on a Unix socket or on TCP: it stalls, cuts, or loses a COMMIT."""

import asyncio
import enum
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict, make_conninfo

CHUNK_BYTES = 65_536
COMMIT = b"COMMIT\x00"
START_SECONDS = 20
_SOCKET = ".s.PGSQL.{}"


class Lose(enum.Enum):
    """What of a COMMIT is lost, with its connection."""

    QUESTION = enum.auto()  # the server never hears of it
    ANSWER = enum.auto()  # the server has committed, and nobody is told


@dataclass(slots=True)
class Proxy:
    """`dsn` leads through it to `target`, a socket or an address. Made by `a_proxy`."""

    target: Path | tuple[str, int]
    dsn: str
    lost: threading.Event = field(default_factory=threading.Event)
    _silent: threading.Event = field(default_factory=threading.Event)
    _losing: Lose | None = None
    _loop: asyncio.AbstractEventLoop | None = None
    _stop: asyncio.Event | None = None
    _meetings: set[asyncio.Task[None]] = field(default_factory=set[asyncio.Task[None]])

    def lose(self, what: Lose) -> None:
        """Of the next COMMIT, once; `lost` tells that it happened."""
        self._losing = what

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Every socket stays open and nothing comes through; what was sent meanwhile arrives afterwards."""
        self._silent.set()
        try:
            yield
        finally:
            self._silent.clear()

    def cut(self) -> None:
        """Every connection ends now; new ones are welcome."""
        assert self._loop is not None
        self._loop.call_soon_threadsafe(lambda: [meeting.cancel() for meeting in self._meetings])

    def stop(self) -> None:
        """From any thread: `serve` ends."""
        assert self._loop is not None
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)

    async def serve(self, folder: Path | None, ready: threading.Event) -> None:
        """Until stopped; on a socket in `folder`, or on TCP."""
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        if folder is None:
            server = await asyncio.start_server(self._meet, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            self.dsn = make_conninfo(self.dsn, host="127.0.0.1", port=port)
        else:
            server = await asyncio.start_unix_server(self._meet, folder / _SOCKET.format(5432))
            self.dsn = make_conninfo(self.dsn, host=str(folder), port=5432)
        ready.set()
        await self._stop.wait()
        server.close()
        for meeting in self._meetings:
            meeting.cancel()
        await asyncio.gather(*self._meetings, return_exceptions=True)

    async def _meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting is not None
        self._meetings.add(meeting)
        try:
            with suppress(OSError, asyncio.CancelledError):
                await self._relay(reader, writer)
        finally:
            self._meetings.discard(meeting)
            writer.transport.abort()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, questions = await self._connected()
        committing = asyncio.Event()
        ways = [
            asyncio.create_task(self._pass_questions(reader, questions, committing)),
            asyncio.create_task(self._pass_answers(answers, writer, committing)),
        ]
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)
            questions.transport.abort()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if isinstance(self.target, Path):
            return await asyncio.open_unix_connection(self.target)
        return await asyncio.open_connection(*self.target)

    async def _pass_questions(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while data := await self._heard(reader):
            if COMMIT in data and self._losing is not None:
                losing, self._losing = self._losing, None
                if losing is Lose.QUESTION:
                    self.lost.set()
                    return
                committing.set()
            writer.write(data)
            await writer.drain()

    async def _pass_answers(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, committing: asyncio.Event
    ) -> None:
        while data := await self._heard(reader):
            if committing.is_set():
                self.lost.set()
                return
            writer.write(data)
            await writer.drain()

    async def _heard(self, reader: asyncio.StreamReader) -> bytes:
        data = await reader.read(CHUNK_BYTES)
        while self._silent.is_set():  # noqa: ASYNC110 -- another thread's event
            await asyncio.sleep(0.01)
        return data


@contextmanager
def a_proxy(dsn: str, folder: Path | None) -> Iterator[Proxy]:
    """To the database at `dsn`: on a socket in `folder`, or on TCP."""
    told = conninfo_to_dict(dsn)
    host, port = str(told["host"]), int(told.get("port") or 5432)
    target = Path(host) / _SOCKET.format(port) if host.startswith("/") else (host, port)
    proxy, ready = Proxy(target, dsn), threading.Event()
    thread = threading.Thread(target=lambda: asyncio.run(proxy.serve(folder, ready)), name="proxy")
    thread.start()
    try:
        assert ready.wait(START_SECONDS)
        yield proxy
    finally:
        proxy.stop()
        thread.join()
