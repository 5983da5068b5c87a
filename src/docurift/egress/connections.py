"""Connections that only the guard opens: one place sees every name and every address before a socket is made."""

import asyncio
import functools
import select
import socket
import ssl
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import httpcore2
import httpx2

from docurift.egress.addresses import Address, address_of
from docurift.egress.guard import Guard
from docurift.egress.refusals import Reason, UrlNotAllowedError
from docurift.egress.target import DEFAULT_PORTS, Target

CONNECT_SECONDS: Final = 5.0
MAX_HEAD_BYTES: Final = 64 * 1024
"""What may stand before the body of an answer, each `100 Continue` included."""

_READ_BYTES: Final = 16 * 1024
_MOST_TRIED: Final = 4  # of a name with many addresses, so that each of them has its second
_SocketOption = tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialing:
    """How connections are made; None: by the system's sockets, and with its trust store. The environment's proxies are
    not used.
    """

    connector: httpcore2.AsyncNetworkBackend | None = None
    tls: ssl.SSLContext | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLimits:
    """Bounds of a pool: `keep_seconds` is how long an idle connection is kept, `answer_bytes` how much one answer may
    have in all.
    """

    connections: int
    keep_seconds: float
    answer_bytes: int


class Connections:
    """A pool of guarded connections, kept open per host. It follows no redirect and keeps no cookie."""

    def __init__(self, guard: Guard, limits: PoolLimits, dialing: Dialing) -> None:
        self._guard = guard
        # One pool a scheme: what opens a connection is told host and port only, and plain http has rules of its own.
        self._pools = {
            scheme: httpcore2.AsyncConnectionPool(
                ssl_context=dialing.tls or _system_trust(),
                max_connections=limits.connections,
                max_keepalive_connections=limits.connections if limits.keep_seconds else 0,
                keepalive_expiry=limits.keep_seconds,
                retries=0,
                network_backend=_GuardedBackend(guard, scheme, limits.answer_bytes, dialing.connector or _sockets()),
            )
            for scheme in DEFAULT_PORTS
        }

    async def ask(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes = b"",
        idle_seconds: float | None = None,
    ) -> tuple[Target, httpcore2.Response]:
        """Where `url` leads and the head of its answer, whose `aclose` the caller owes.

        Raises:
            UrlNotAllowedError: the guard refuses.
            FAULTS: the request fails on its way.
        """
        target = self._guard.check(url)
        sent = {name.lower(): value for name, value in headers.items()} | {"host": target.authority}
        if body:
            sent["content-length"] = str(len(body))
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=target.scheme.encode(),
                host=target.host.encode(),
                port=target.port,
                target=target.rest.encode(),
            ),
            headers=[(name.encode(), value.encode()) for name, value in sent.items()],
            content=body,
            extensions={"timeout": {"connect": CONNECT_SECONDS, "read": idle_seconds}},
        )
        return target, await self._pools[target.scheme].handle_async_request(request)

    async def close(self) -> None:
        """Close all connections; requests under way fail."""
        for pool in self._pools.values():
            await pool.aclose()


async def retire(response: httpcore2.Response) -> None:
    """Close the connection of `response`, so that the next request looks the name up and is vetted again."""
    extensions = cast("Mapping[str, object]", response.extensions)  # pyright: ignore[reportUnknownMemberType] - untyped
    await cast("httpcore2.AsyncNetworkStream", extensions["network_stream"]).aclose()


class _GuardedBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections to addresses that the guard admits for this very connection."""

    def __init__(self, guard: Guard, scheme: str, answer_bytes: int, connector: httpcore2.AsyncNetworkBackend) -> None:
        self._guard, self._scheme, self._answer_bytes, self._connector = guard, scheme, answer_bytes, connector

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore2's interface
        local_address: str | None = None,  # noqa: ARG002 - this and the next are never given
        socket_options: Iterable[_SocketOption] | None = None,  # noqa: ARG002
    ) -> httpcore2.AsyncNetworkStream:
        """Look the host up once, and connect to the first of its vetted addresses that answers."""
        begun = time.monotonic()
        addresses = await self._guard.addresses(self._guard.check(self._url(host, port)))
        ends = begun + (timeout or CONNECT_SECONDS)
        stream = await self._connected(addresses[:_MOST_TRIED], port, ends)
        return _BoundedStream(stream, self._answer_bytes)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)

    def _url(self, host: str, port: int) -> str:
        return f"{self._scheme}://[{host}]:{port}/" if ":" in host else f"{self._scheme}://{host}:{port}/"

    async def _connected(self, addresses: Sequence[Address], port: int, ends: float) -> httpcore2.AsyncNetworkStream:
        failed: httpcore2.ConnectError | httpcore2.ConnectTimeout = httpcore2.ConnectTimeout()
        for left, address in zip(range(len(addresses), 0, -1), addresses, strict=True):
            share = max(ends - time.monotonic(), 0.05) / left
            try:
                stream = await self._connector.connect_tcp(str(address), port, timeout=share)
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failed = error
                continue
            return await _at(stream, address)
        raise failed


class _BoundedStream(httpcore2.AsyncNetworkStream):
    """A stream that reads little at a time and, between two writes, no more than `most_bytes`."""

    def __init__(self, inner: httpcore2.AsyncNetworkStream, most_bytes: int) -> None:
        self._inner, self._most_bytes, self._left, self._closed = inner, most_bytes, most_bytes, False
        self._socket: socket.socket | None = None

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - as above
        """Some bytes; none at the end."""
        if self._left <= 0:
            raise httpcore2.RemoteProtocolError("The answer is too long.")
        data = await self._inner.read(min(max_bytes, _READ_BYTES), timeout)
        self._left -= len(data)
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Send `buffer`; a new answer may follow."""
        self._left = self._most_bytes
        await self._inner.write(buffer, timeout)

    async def aclose(self) -> None:
        """Close the socket."""
        self._closed = True
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """The same stream, encrypted."""
        try:
            secured = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            await self.aclose()  # httpcore2 leaves the socket open when a deadline cancels the handshake
            raise
        return _BoundedStream(secured, self._most_bytes)

    def get_extra_info(self, info: str) -> Any:  # noqa: ANN401 - httpcore2's interface
        """What httpcore2 asks for; a closed stream is readable, which it takes for a connection that has ended."""
        return self._is_readable() if info == "is_readable" else self._inner.get_extra_info(info)

    def _is_readable(self) -> Any:  # noqa: ANN401 - as above
        """As the inner stream tells it, without its 40 microseconds on the way to the socket: httpcore2 asks this of
        every idle connection twice a request.
        """
        if self._closed:
            return True
        if self._socket is None:
            self._socket = self._inner.get_extra_info("socket")
        if self._socket is None:
            return self._inner.get_extra_info("is_readable")
        if self._socket.fileno() < 0:
            return True
        poller = select.poll()
        poller.register(self._socket.fileno(), select.POLLIN)
        return bool(poller.poll(0))


async def _at(stream: httpcore2.AsyncNetworkStream, address: Address) -> httpcore2.AsyncNetworkStream:
    """The stream, once its socket says that it leads to `address`."""
    peer = stream.get_extra_info("server_addr")
    if not peer or address_of(str(peer[0])) != address:
        await stream.aclose()
        raise UrlNotAllowedError(Reason.ADDRESS)
    return stream


def _sockets() -> httpcore2.AsyncNetworkBackend:
    # Its type has two branches, of which the other is for an installation without anyio.
    return cast("httpcore2.AsyncNetworkBackend", httpcore2.AnyIOBackend())


@functools.cache
def _system_trust() -> ssl.SSLContext:
    """Made once: reading the certificates takes some 10 ms."""
    return httpx2.create_ssl_context(trust_env=False)
