"""A server of the loopback that behaves as badly as a test wants, over real sockets."""

import asyncio
import ipaddress
import socket
import ssl
import struct
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

Behavior = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass
class Peer:
    """`requests` are what it was sent, head and body; `opened` counts connections, `ended` those that have ended."""

    port: int = 0
    requests: list[bytes] = field(default_factory=list[bytes])
    opened: int = 0
    ended: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    def url(self, path: str = "/", *, scheme: str = "http", host: str = "127.0.0.1") -> str:
        return f"{scheme}://{host}:{self.port}{path}"

    async def hear(self, reader: asyncio.StreamReader) -> bytes:
        """The next request, taken down."""
        head = await reader.readuntil(b"\r\n\r\n")
        lengths = [int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        request = head + await reader.readexactly(lengths[0] if lengths else 0)
        self.requests.append(request)
        return request


@asynccontextmanager
async def a_peer(behavior: Callable[[Peer], Behavior], tls: ssl.SSLContext | None = None) -> AsyncGenerator[Peer]:
    """A server whose connections behave so; all of them are gone at the end."""
    peer, meetings = Peer(), set[asyncio.Task[None]]()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting is not None
        meetings.add(meeting)
        peer.opened += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError, ssl.SSLError):
                await behavior(peer)(reader, writer)
        finally:
            writer.close()
            peer.ended.release()

    server = await asyncio.start_server(meet, "127.0.0.1", 0, ssl=tls)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)


def says(*answers: bytes) -> Callable[[Peer], Behavior]:
    """Answers each request of a connection with the next of `answers`, and the rest with the last."""

    def behavior(peer: Peer) -> Behavior:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            while True:
                await peer.hear(reader)
                writer.write(answers[min(len(peer.requests), len(answers)) - 1])
                await writer.drain()

        return behave

    return behavior


def pours(
    start: bytes, endless: bytes, *, every_seconds: float = 0, unasked: bool = False
) -> Callable[[Peer], Behavior]:
    """Answers with `start`, and `endless` over and over again until the client hangs up."""

    def behavior(peer: Peer) -> Behavior:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            if not unasked:
                await peer.hear(reader)
            writer.write(start)
            while True:
                writer.write(endless)
                await writer.drain()
                await asyncio.sleep(every_seconds)

        return behave

    return behavior


def resets(start: bytes = b"") -> Callable[[Peer], Behavior]:
    """Answers with `start` and then resets the connection."""

    def behavior(peer: Peer) -> Behavior:
        async def behave(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await peer.hear(reader)
            writer.write(start)
            await writer.drain()
            linger = struct.pack("ii", 1, 0)
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)

        return behave

    return behavior


def hangs(_: Peer) -> Behavior:
    """Hears nothing and says nothing until the client hangs up."""

    async def behave(reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        while await reader.read(65_536):
            pass

    return behave


@dataclass(frozen=True, kw_only=True)
class Certified:
    """A server's side and a client's side of TLS, of an authority made for the test."""

    server: ssl.SSLContext
    client: ssl.SSLContext


def certify(folder: Path, *hosts: str) -> Certified:
    """A certificate for `hosts`, signed by itself and trusted by `client`."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([_general_name(host) for host in hosts]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file = folder / "certificate.pem"
    file.write_bytes(private + certificate.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return Certified(server=server, client=ssl.create_default_context(cafile=str(file)))


def _general_name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
