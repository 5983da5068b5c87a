"""Server-sent events (HTML standard, section 9.2) on a connection that is closed when its client does not read."""

import asyncio
import socket
import struct
from collections.abc import AsyncGenerator, Callable
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from docurift.api.edge import ClientGoneError
from docurift.api.hangup import watching
from docurift.telemetry import log

MEDIA_TYPE: Final = "text/event-stream"
_TRANSPORT: Final = "docurift.transport"
# What a client that does not read can make the kernel hold for it.
_SEND_BUFFER_BYTES: Final = 128 * 1024
_CLOSING_SECONDS: Final = 1.0
_AT_ONCE: Final = struct.pack("ii", 1, 0)


class StreamingHttp(HttpToolsProtocol):
    """uvicorn's protocol, which shows its transport to the application: ASGI knows no way to cut a connection off, and
    a closed one would wait for a client that does not read.
    """

    def on_message_begin(self) -> None:
        """Begin a request."""
        super().on_message_begin()
        self.scope["extensions"] = {_TRANSPORT: {_TRANSPORT: self.transport}}


class EventStream(Response):
    """Sends `blocks` until they end, the client hangs up, or it takes nothing for `stall_seconds`.

    `bell` is rung when the client hangs up; an empty block then lets the answer end. `on_close` is called at the end,
    whatever that was. A HEAD is answered with the headers alone.
    """

    media_type = MEDIA_TYPE

    def __init__(
        self,
        blocks: AsyncGenerator[bytes],
        *,
        bell: asyncio.Event,
        stall_seconds: float,
        on_close: Callable[[], None],
    ) -> None:
        # A proxy that gathered answers before it sends them would make a stream useless (nginx's header for it).
        super().__init__(headers={"X-Accel-Buffering": "no", "Cache-Control": "no-store"})
        del self.headers["content-length"]
        self._blocks, self._bell = blocks, bell
        self._stall_seconds, self._on_close = stall_seconds, on_close

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer with the stream."""
        transport = scope.get("extensions", {}).get(_TRANSPORT, {}).get(_TRANSPORT)
        _bound(transport)
        try:
            with watching(receive, self._bell) as client:
                await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
                if scope["method"] == "HEAD":
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
                else:
                    await self._send_all(send, client, transport)
        finally:
            self._on_close()
            await self._blocks.aclose()

    async def _send_all(self, send: Send, client: asyncio.Task[None], transport: asyncio.WriteTransport | None) -> None:
        try:
            async for block in self._blocks:
                if client.done():
                    return
                if not block:
                    continue
                async with asyncio.timeout(self._stall_seconds):
                    await send({"type": "http.response.body", "body": block, "more_body": True})
            if not client.done():
                async with asyncio.timeout(self._stall_seconds):
                    await send({"type": "http.response.body", "body": b"", "more_body": False})
        except (TimeoutError, FellBehindError) as error:
            log.info("stream.cut_off", reason=type(error).__name__)
            await _cut(transport, client)


class FellBehindError(Exception):
    """The stream holds more than it may, and its client has to come again."""


def _bound(transport: asyncio.WriteTransport | None) -> None:
    connection = None if transport is None else transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER_BYTES)


async def _cut(transport: asyncio.WriteTransport | None, client: asyncio.Task[None]) -> None:
    """The connection is reset: what lies in the kernel for this client is dropped too."""
    if transport is None:
        raise ClientGoneError
    connection = transport.get_extra_info("socket")
    if connection is not None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
    transport.abort()
    await asyncio.wait([client], timeout=_CLOSING_SECONDS)
