"""What comes from a child is hostile: framing, caps and types hold."""

import asyncio
import socket
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from docurift.worker import frames
from docurift.worker.frames import Caps, FrameError, FrameTooLargeError, Vocabulary

CAPS = Caps(json_bytes=1000, payload_bytes=10)


@dataclass(frozen=True)
class Hello:
    name: str
    share: float


@dataclass(frozen=True)
class Goodbye:
    code: int


WORDS: Vocabulary[Hello | Goodbye] = Vocabulary(Hello, Goodbye)


@pytest.fixture
def pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    left, right = socket.socketpair()
    with left, right:
        yield left, right


def raw(body: bytes, payload: bytes = b"") -> bytes:
    return struct.pack(">II", len(body), len(payload)) + body + payload


def test_a_message_and_its_payload_arrive_as_sent(pair: tuple[socket.socket, socket.socket]) -> None:
    frames.send(pair[0], Hello("ä", 0.5), b"\x00\xff")

    frame = frames.receive(pair[1], WORDS, CAPS)

    assert frame is not None
    assert (frame.message, frame.payload) == (Hello("ä", 0.5), b"\x00\xff")


def test_a_close_between_frames_is_an_end_and_not_an_error(pair: tuple[socket.socket, socket.socket]) -> None:
    frames.send(pair[0], Goodbye(1))
    pair[0].close()

    first, second = frames.receive(pair[1], WORDS, CAPS), frames.receive(pair[1], WORDS, CAPS)

    assert first is not None
    assert second is None


@pytest.mark.parametrize(
    "lie",
    [
        b"not json",
        b"[]",
        b"{}",
        b'{"Hello": {"name": "a", "share": 0.5}, "Goodbye": {"code": 1}}',
        b'{"Unknown": {}}',
        b'{"Hello": {"name": "a"}}',
        b'{"Hello": {"name": 3, "share": 0.5}}',
        b'{"Hello": {"name": "a", "share": NaN}}',
        b'{"Hello": {"name": "a", "share": 1e999}}',
        b'{"Hello": {"name": "\xff", "share": 0.5}}',
        b'{"Goodbye": ' + b"[" * 900 + b"}",
    ],
)
def test_a_lie_is_a_frame_error(pair: tuple[socket.socket, socket.socket], lie: bytes) -> None:
    pair[0].sendall(raw(lie))

    with pytest.raises(FrameError):
        frames.receive(pair[1], WORDS, CAPS)


@pytest.mark.parametrize(("json_bytes", "payload_bytes"), [(1001, 0), (10, 11), (2**32 - 1, 0)])
def test_more_than_the_caps_is_refused_before_it_is_read(
    pair: tuple[socket.socket, socket.socket], json_bytes: int, payload_bytes: int
) -> None:
    pair[0].sendall(struct.pack(">II", json_bytes, payload_bytes))

    with pytest.raises(FrameTooLargeError):
        frames.receive(pair[1], WORDS, CAPS)


@pytest.mark.parametrize("cut", [3, 8, 20])
def test_an_end_in_mid_frame_is_an_error(pair: tuple[socket.socket, socket.socket], cut: int) -> None:
    pair[0].sendall(raw(b'{"Goodbye": {"code": 1}}', b"xy")[:cut])
    pair[0].close()

    with pytest.raises(FrameError):
        frames.receive(pair[1], WORDS, CAPS)


async def test_streams_speak_the_same_frames(pair: tuple[socket.socket, socket.socket]) -> None:
    reader, writer = await asyncio.open_unix_connection(sock=pair[0])

    frames.send(pair[1], Hello("a", 1.0), b"xy")
    frame = await frames.read(reader, WORDS, CAPS)
    await frames.write(writer, Goodbye(7), b"z")
    answer = await asyncio.to_thread(frames.receive, pair[1], WORDS, CAPS)
    pair[1].close()
    end = await frames.read(reader, WORDS, CAPS)
    writer.close()
    await writer.wait_closed()

    assert frame is not None
    assert (frame.message, frame.payload) == (Hello("a", 1.0), b"xy")
    assert answer is not None
    assert (answer.message, answer.payload) == (Goodbye(7), b"z")
    assert end is None
