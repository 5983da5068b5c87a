"""What a child says while it unpacks a batch's archive, heard with suspicion: order, counts, sizes, and its time."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, Protocol

from docurift.model.archive import (
    PIECE_BYTES,
    ArchiveListed,
    ItemBegun,
    ItemEnded,
    ItemFault,
    ItemPiece,
    ItemRefused,
    Unpacked,
    UnpackOrder,
)
from docurift.model.work import Refused
from docurift.worker import frames
from docurift.worker.control import Raised
from docurift.worker.frames import Caps, Frame, Vocabulary
from docurift.worker.hearing import Deadline, heard, insist

Said = ArchiveListed | ItemBegun | ItemPiece | ItemEnded | ItemRefused | Unpacked | Refused | Raised
_SAYINGS: Final[Vocabulary[Said]] = Vocabulary(
    ArchiveListed, ItemBegun, ItemPiece, ItemEnded, ItemRefused, Unpacked, Refused, Raised
)
_CAPS: Final = Caps(json_bytes=64 * 1024, payload_bytes=PIECE_BYTES)
_DETAIL_CHARACTERS: Final = 500


class Shelf(Protocol):
    """Takes the files of an archive, one after the other; its time is not the child's."""

    async def begin(self, name: str) -> None:
        """A file follows, under this name."""
        ...

    async def add(self, piece: bytes) -> None:
        """A piece of it."""
        ...

    async def end(self) -> None:
        """It is whole."""
        ...

    async def refuse(self, name: str, fault: ItemFault) -> None:
        """A file, begun or not, that does not come."""
        ...


class UnpackHearing:
    """One child's conversation about one archive."""

    def __init__(
        self, order: UnpackOrder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deadline: Deadline
    ) -> None:
        self._order, self._limits = order, order.archive
        self._reader, self._writer = reader, writer
        self._deadline = deadline
        self._listed: int | None = None
        self._items = 0
        self._bytes = 0
        self._item_bytes: int | None = None

    async def last_word(self, shelf: Shelf) -> Unpacked | Refused | Raised | None:
        """Order the unpacking, put every file on the shelf; None if the child fell silent.

        Raises:
            LieError, FrameTooLargeError: as `hearing.Hearing.last_word`.
        """
        await frames.write(self._writer, self._order)
        while frame := await heard(self._reader, _SAYINGS, _CAPS):
            insist(not frame.payload or isinstance(frame.message, ItemPiece), "bytes where none belong")
            match frame.message:
                case Unpacked() as unpacked:
                    insist(self._item_bytes is None and self._items == self._listed, "not as many files as listed")
                    return unpacked
                case Refused() as refused:
                    insist(len(refused.detail or "") <= _DETAIL_CHARACTERS, "a novel in place of a reason")
                    return refused
                case Raised() as raised:
                    return raised
                case _:
                    await self._item(frame, shelf)
        return None

    async def _item(self, frame: Frame[Said], shelf: Shelf) -> None:
        match frame.message:
            case ArchiveListed(items=items):
                insist(self._listed is None and 1 <= items <= self._limits.max_items, "more files than the limit")
                self._listed = items
                self._deadline.extend(items)
            case ItemBegun(name=name):
                self._believe_begun()
                self._item_bytes = 0
                await self._shelve(shelf.begin(name))
            case ItemPiece():
                self._believe_piece(len(frame.payload))
                await self._shelve(shelf.add(frame.payload))
            case ItemEnded():
                insist(self._item_bytes is not None, "the end of no file")
                self._item_bytes = None
                await self._shelve(shelf.end())
            case ItemRefused(name=name, fault=fault):
                if self._item_bytes is None:
                    self._believe_begun()
                self._item_bytes = None
                await self._shelve(shelf.refuse(name, fault))
            case _:
                raise AssertionError

    async def _shelve(self, step: Coroutine[Any, Any, None]) -> None:
        with self._deadline.paused():
            await step

    def _believe_begun(self) -> None:
        self._items += 1
        insist(self._item_bytes is None, "a file inside another")
        insist(self._listed is not None and self._items <= self._listed, "more files than listed")

    def _believe_piece(self, size: int) -> None:
        insist(self._item_bytes is not None and size > 0, "a piece of nothing")
        self._item_bytes = (self._item_bytes or 0) + size
        self._bytes += size
        insist(self._item_bytes <= self._limits.max_item_bytes, "a file beyond the limit")
        insist(self._bytes <= self._limits.max_bytes, "files beyond the limit in all")
