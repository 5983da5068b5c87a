"""A web server of the loopback that files are fetched from; what it answers is up to the test."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

Answer = Callable[[asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Origin:
    """Answers each path as it was told to; `asked` are the paths that were asked for, `opened` counts connections."""

    host: str = "127.0.0.1"
    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict[str, Answer])
    asked: list[str] = field(default_factory=list[str])
    opened: int = 0

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def serve(self, path: str, content: bytes, *, status: str = "200 OK", headers: str = "") -> str:
        """The URL of `content`."""

        async def answer(writer: asyncio.StreamWriter) -> None:
            head = f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n{headers}\r\n"
            writer.write(head.encode() + content)
            await writer.drain()

        self.answers[path] = answer
        return self.url(path)

    def redirect(self, path: str, to: str) -> str:
        """The URL of a redirect to `to`."""
        return self.serve(path, b"", status="302 Found", headers=f"Location: {to}\r\n")

    def drip(self, path: str, *, every_seconds: float = 0.05) -> str:
        """The URL of something that never ends, byte by byte."""

        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(every_seconds)

        self.answers[path] = answer
        return self.url(path)

    def hold(self, path: str, content: bytes) -> tuple[str, asyncio.Event, asyncio.Event]:
        """The URL of `content` that is sent when the second event is set; the first is set when it is asked for."""
        asked, release = asyncio.Event(), asyncio.Event()

        async def answer(writer: asyncio.StreamWriter) -> None:
            writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
            asked.set()
            await release.wait()
            writer.write(content)
            await writer.drain()

        self.answers[path] = answer
        return self.url(path), asked, release

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        self.opened += 1
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            self.asked.append(path)
            await self.answers[path](writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up, as some tests want
        finally:
            writer.close()


@asynccontextmanager
async def an_origin(host: str = "127.0.0.1") -> AsyncGenerator[Origin]:
    """A server that is stopped at the end, with whatever it was still sending."""
    origin = Origin(host)
    meetings: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting is not None
        meetings.add(meeting)
        with suppress(asyncio.CancelledError):  # asyncio's streams would complain of a cancelled meeting
            await origin.meet(reader, writer)

    server = await asyncio.start_server(meet, host, 0)
    origin.port = server.sockets[0].getsockname()[1]
    try:
        yield origin
    finally:
        server.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)
