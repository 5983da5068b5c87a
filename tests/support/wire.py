"""A network of scripted answers: what would be a socket is an entry in a list."""
# ruff: noqa: ANN401, ARG002, ASYNC109 - the interface is httpcore2's

import ssl
from collections.abc import Iterable
from typing import Any

import httpcore2

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


def an_answer(status: int, *headers: str, body: bytes = b"") -> bytes:
    lines = [f"HTTP/1.1 {status} Said", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


class Wire(httpcore2.AsyncNetworkBackend):
    """`connected` are the addresses that were connected to; each request takes the next answer, the last one repeats.
    `peer` is what the socket says it leads to, if that is not what was asked.
    """

    def __init__(self, *answers: bytes, peer: str | None = None) -> None:
        self.connected: list[str] = []
        self._answers, self._peer = list(answers or (OK,)), peer

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        self.connected.append(host)
        return _Line(self, (self._peer or host, port))

    def answer(self) -> bytes:
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


class _Line(httpcore2.AsyncNetworkStream):
    def __init__(self, wire: Wire, peer: tuple[str, int]) -> None:
        self._wire, self._peer = wire, peer

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._wire.answer()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        pass

    async def aclose(self) -> None:
        pass

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        return self

    def get_extra_info(self, info: str) -> Any:
        return {"server_addr": self._peer, "is_readable": False}.get(info)
