"""Frames between our own processes: an 8-byte header (two big-endian uint32: JSON length, payload length), JSON,
payload.

The JSON is one object with one member, `{"<type name>": {…fields…}}`. Whatever comes from a child is hostile: lengths
are capped before anything is allocated, values are decoded into their types, and any deviation is a `FrameError`.
Imported by children too: standard library and msgspec only.
"""

import asyncio
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

import msgspec

from docurift.model.work import MIB

_HEADER: Final = struct.Struct(">II")
_ENCODER: Final = msgspec.json.Encoder()
_ENVELOPE: Final = msgspec.json.Decoder(dict[str, msgspec.Raw])

T = TypeVar("T")
Buffer = bytes | bytearray | memoryview


class FrameError(Exception):
    """The other side broke the framing, or sent what it must not send."""


class FrameTooLargeError(FrameError):
    """The other side announced more bytes than its caps allow."""


@dataclass(frozen=True, slots=True)
class Caps:
    """The largest JSON and the largest payload that a receiver takes, in bytes."""

    json_bytes: int = 8 * MIB
    payload_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Frame(Generic[T]):
    """One message, and the raw bytes that follow it; `size` counts both."""

    message: T
    payload: bytes
    size: int


class Vocabulary(Generic[T]):
    """The messages that one direction of a channel may carry, each a frozen dataclass told by its name."""

    def __init__(self, *types: type[T]) -> None:
        self._decoders = {kind.__name__: msgspec.json.Decoder(kind) for kind in types}

    def decode(self, data: Buffer) -> T:
        """The message in `data`, a frame's JSON.

        Raises:
            FrameError: it is not JSON, not of this vocabulary, or its values are not of their types.
        """
        try:
            ((kind, body),) = _ENVELOPE.decode(data).items()
            return self._decoders[kind].decode(body)
        except (msgspec.MsgspecError, ValueError, KeyError, RecursionError) as error:
            raise FrameError(f"not a message of this channel: {error}") from error


def encode(message: object) -> bytes:
    """The JSON of `message`, under its name."""
    return _ENCODER.encode({type(message).__name__: message})


def pack(message: object, payload_bytes: int = 0) -> bytes:
    """Header and JSON of `message`, which `payload_bytes` raw bytes will follow."""
    body = encode(message)
    return _HEADER.pack(len(body), payload_bytes) + body


def send(sock: socket.socket, message: object, payload: Buffer = b"") -> None:
    """Write one frame to a blocking socket.

    Raises:
        OSError: the other side is gone.
    """
    view = memoryview(payload).cast("B")
    sock.sendall(pack(message, view.nbytes))
    if view.nbytes:
        sock.sendall(view)


def receive(sock: socket.socket, vocabulary: Vocabulary[T], caps: Caps) -> Frame[T] | None:
    """Read one frame from a blocking socket; None when the other side closed between two frames.

    Raises:
        FrameError: as `Vocabulary.decode`; also for an end in mid-frame.
        FrameTooLargeError: more than `caps`.
    """
    header = _receive_exactly(sock, _HEADER.size)
    if header is None:
        return None
    json_bytes, payload_bytes = _lengths(header, caps)
    body = _receive_exactly(sock, json_bytes)
    payload = _receive_exactly(sock, payload_bytes) if payload_bytes else b""
    if body is None or payload is None:
        raise FrameError("the channel ended in mid-frame")
    return Frame(vocabulary.decode(body), bytes(payload), json_bytes + payload_bytes)


async def write(writer: asyncio.StreamWriter, message: object, payload: Buffer = b"") -> None:
    """Write one frame to a stream and wait until it is nearly sent.

    Raises:
        OSError: the other side is gone.
    """
    view = memoryview(payload).cast("B")
    writer.write(pack(message, view.nbytes))
    if view.nbytes:
        writer.write(view)
    await writer.drain()


async def read(reader: asyncio.StreamReader, vocabulary: Vocabulary[T], caps: Caps) -> Frame[T] | None:
    """Read one frame from a stream; None when the other side closed between two frames.

    Raises:
        FrameError: as `Vocabulary.decode`; also for an end in mid-frame.
        FrameTooLargeError: more than `caps`.
        OSError: the other side reset the connection.
    """
    try:
        header = await reader.readexactly(_HEADER.size)
    except asyncio.IncompleteReadError as error:
        if error.partial:
            raise FrameError("the channel ended in mid-frame") from error
        return None
    json_bytes, payload_bytes = _lengths(header, caps)
    try:
        body = await reader.readexactly(json_bytes)
        payload = await reader.readexactly(payload_bytes)
    except asyncio.IncompleteReadError as error:
        raise FrameError("the channel ended in mid-frame") from error
    return Frame(vocabulary.decode(body), payload, json_bytes + payload_bytes)


def _lengths(header: bytes | bytearray, caps: Caps) -> Sequence[int]:
    json_bytes, payload_bytes = _HEADER.unpack(header)
    if json_bytes > caps.json_bytes or payload_bytes > caps.payload_bytes:
        raise FrameTooLargeError(f"a frame of {json_bytes} + {payload_bytes} bytes")
    return json_bytes, payload_bytes


def _receive_exactly(sock: socket.socket, count: int) -> bytearray | None:
    """`count` bytes; None at the end of the stream before the first of them."""
    buffer = bytearray(count)
    view, done = memoryview(buffer), 0
    while done < count:
        got = sock.recv_into(view[done:])
        if not got:
            if done:
                raise FrameError("the channel ended in mid-frame")
            return None
        done += got
    return buffer
