"""A webhook receiver on the loopback: keeps connections, remembers what it was sent, answers as the test says."""

import asyncio
import socket
import struct
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

import msgspec

PATIENCE_SECONDS = 20


@dataclass(frozen=True, kw_only=True)
class Received:
    """One request; names of headers in lower case."""

    path: str
    headers: dict[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        return msgspec.json.decode(self.body)


@dataclass(frozen=True, kw_only=True)
class Reply:
    """`every_seconds`: it comes byte by byte, with such pauses."""

    status: int = 200
    every_seconds: float = 0.0
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes = b"ok"


async def resets(_: Received) -> Reply:
    """Hang up so that the sender is told of a reset."""
    raise ConnectionAbortedError


async def drips(_: Received) -> Reply:
    """Say yes so slowly that nobody waits for it."""
    return Reply(every_seconds=1.0)


async def takes_it(_: Received) -> Reply:
    return Reply()


def answers(status: int, *, body: bytes = b"no", **headers: str) -> Callable[[Received], Awaitable[Reply]]:
    """A receiver that always answers so; `Retry_After` stands for `Retry-After`."""

    async def reply(_: Received) -> Reply:
        return Reply(status=status, headers={name.replace("_", "-"): one for name, one in headers.items()}, body=body)

    return reply


def in_turn(*replies: Callable[[Received], Awaitable[Reply]]) -> Callable[[Received], Awaitable[Reply]]:
    """Each request is answered by the next; the last one goes on."""
    left = list(replies)

    async def reply(received: Received) -> Reply:
        return await (left.pop(0) if len(left) > 1 else left[0])(received)

    return reply


def holding(release: asyncio.Event) -> Callable[[Received], Awaitable[Reply]]:
    """A receiver that takes everything, once `release` is set."""

    async def reply(_: Received) -> Reply:
        await release.wait()
        return Reply()

    return reply


@dataclass
class Receiver:
    """`requests` are those that came whole; `most_at_once` is how many of them were under way at a time."""

    reply: Callable[[Received], Awaitable[Reply]] = takes_it
    url: str = ""
    requests: list[Received] = field(default_factory=list[Received])
    under_way: int = 0
    most_at_once: int = 0
    connections: int = 0
    _came: asyncio.Event = field(default_factory=asyncio.Event)

    async def heard(self, count: int) -> list[Received]:
        """The requests, once there are so many."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while len(self.requests) < count:
                self._came.clear()
                await self._came.wait()
        return self.requests

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the requests of one connection."""
        self.connections += 1
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while not writer.is_closing():
                received = await _read(reader)
                self.requests.append(received)
                self._came.set()
                await self._answer(received, writer)

    async def _answer(self, received: Received, writer: asyncio.StreamWriter) -> None:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        try:
            reply = await self.reply(received)
        except ConnectionAbortedError:
            linger = struct.pack("ii", 1, 0)  # what is closed so is reset
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            raise
        finally:
            self.under_way -= 1
        lines = {"Content-Length": str(len(reply.body)), **reply.headers}
        head = f"HTTP/1.1 {reply.status} Said\r\n" + "".join(f"{name}: {one}\r\n" for name, one in lines.items())
        whole = head.encode() + b"\r\n" + reply.body
        size = 1 if reply.every_seconds else len(whole)
        for start in range(0, len(whole), size):
            writer.write(whole[start : start + size])
            await writer.drain()
            await asyncio.sleep(reply.every_seconds)


@asynccontextmanager
async def a_receiver(reply: Callable[[Received], Awaitable[Reply]] = takes_it) -> AsyncGenerator[Receiver]:
    """A receiver that is closed at the end, with whatever it was answering."""
    receiver, meetings = Receiver(reply), set[asyncio.Task[None]]()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting is not None
        meetings.add(meeting)
        with suppress(asyncio.CancelledError):  # asyncio's streams would complain of a cancelled meeting
            await receiver.meet(reader, writer)
        writer.close()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, backlog=1024)
    receiver.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
    try:
        yield receiver
    finally:
        server.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Received:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(": ") for line in head[1:] if line)
    headers = {name.lower(): value for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Received(path=head[0].split(" ")[1], headers=headers, body=body, at=time.time())
