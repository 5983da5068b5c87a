"""What a child may say while it unpacks an archive: an honest one is heard, every lie is found out at once."""

import asyncio
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from docurift.model.archive import (
    PIECE_BYTES,
    ArchiveLimits,
    ArchiveListed,
    ItemBegun,
    ItemEnded,
    ItemFault,
    ItemPiece,
    ItemRefused,
    Unpacked,
    UnpackOrder,
)
from docurift.model.work import Limits, Opened
from docurift.worker import frames
from docurift.worker.frames import FrameTooLargeError
from docurift.worker.hearing import Deadline, LieError
from docurift.worker.parcels import UnpackHearing

ORDER = UnpackOrder(archive=ArchiveLimits(max_items=3, max_item_bytes=10, max_bytes=15), limits=Limits())
LISTED, BEGUN, ENDED, DONE = ArchiveListed(items=2), ItemBegun(name="a"), ItemEnded(), Unpacked()
REFUSED = ItemRefused(name="b", fault=ItemFault.DAMAGED)


def a_piece(size: int) -> tuple[ItemPiece, bytes]:
    return ItemPiece(), bytes(size)


@dataclass
class Kept:
    """A shelf that remembers."""

    log: list[str] = field(default_factory=list)

    async def begin(self, name: str) -> None:
        self.log.append(f"begin {name}")

    async def add(self, piece: bytes) -> None:
        self.log.append(f"{len(piece)} bytes")

    async def end(self) -> None:
        self.log.append("end")

    async def refuse(self, name: str, fault: ItemFault) -> None:
        self.log.append(f"refuse {name} {fault}")


async def hear(*said: object) -> tuple[object, list[str]]:
    ours, theirs = socket.socketpair()
    reader, writer = await asyncio.open_unix_connection(sock=ours)
    _, child = await asyncio.open_unix_connection(sock=theirs)
    for one in said:
        message, payload = one if isinstance(one, tuple) else (one, b"")
        child.write(frames.pack(message, len(payload)) + payload)
    child.write_eof()
    shelf = Kept()
    try:
        async with asyncio.timeout(30) as timeout:
            hearing = UnpackHearing(ORDER, reader, writer, deadline=Deadline(timeout, ORDER.limits))
            return await hearing.last_word(shelf), shelf.log
    finally:
        writer.transport.abort()
        child.transport.abort()


async def test_an_honest_child_is_heard() -> None:
    said = (LISTED, BEGUN, a_piece(6), a_piece(4), ENDED, REFUSED, DONE)

    assert await hear(*said) == (DONE, ["begin a", "6 bytes", "4 bytes", "end", f"refuse b {ItemFault.DAMAGED}"])


async def test_a_file_may_be_refused_in_its_middle() -> None:
    word, log = await hear(ArchiveListed(items=1), BEGUN, a_piece(6), ItemRefused(name="a", fault="damaged"), DONE)

    assert (word, log[-1]) == (DONE, "refuse a damaged")


async def test_silence_is_no_answer() -> None:
    assert (await hear(LISTED, BEGUN))[0] is None


@pytest.mark.parametrize(
    "lies",
    [
        (BEGUN,),
        (REFUSED,),
        (ArchiveListed(items=0),),
        (ArchiveListed(items=4),),
        (LISTED, LISTED),
        (LISTED, BEGUN, BEGUN),
        (LISTED, BEGUN, ENDED, ENDED),
        (LISTED, a_piece(1)),
        (LISTED, BEGUN, a_piece(0)),
        (LISTED, BEGUN, a_piece(6), a_piece(6)),
        (LISTED, BEGUN, a_piece(9), ENDED, BEGUN, a_piece(9)),
        (LISTED, REFUSED, REFUSED, REFUSED),
        (LISTED, REFUSED, DONE),
        (LISTED, REFUSED, BEGUN, DONE),
        (DONE,),
        (LISTED, Opened(page_count=1, pages=1)),
        (LISTED, (BEGUN, b"bytes where none belong")),
        (LISTED, ItemRefused(name="a", fault="not a fault")),
    ],
)
async def test_a_lie_is_found_out(lies: Sequence[object]) -> None:
    with pytest.raises(LieError):
        await hear(*lies)


@pytest.mark.parametrize("large", [(ItemPiece(), bytes(PIECE_BYTES + 1)), ItemBegun(name="n" * 70_000)])
async def test_what_is_too_much_is_not_read(large: object) -> None:
    with pytest.raises(FrameTooLargeError):
        await hear(LISTED, BEGUN, large)
