"""Puts the files of an archive into the blob store as they come out of the sandbox, and keeps their order.

A file is on disk under a random name while it comes; the name that the archive gives it is text to show.
"""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, cast

from docurift.actions.batch import NewItem
from docurift.model import filename
from docurift.model.archive import ItemFault, failure_of
from docurift.model.document import Content, MediaType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import OrganizationId
from docurift.model.sniff import sniff
from docurift.storage.blobs import Blobs

# Each put waits for the disk; several of them share the wait.
_PUTS: Final = 8
_ZIP: Final = b"PK\x03\x04"


@dataclass(slots=True, eq=False)
class _Arriving:
    """A file on its way in."""

    name: str
    path: Path
    file: BinaryIO
    digest: "hashlib._Hash" = field(default_factory=hashlib.sha256)  # pyright: ignore[reportPrivateUsage] - it has no public name
    size: int = 0

    @classmethod
    def in_folder(cls, folder: Path, name: str) -> "_Arriving":
        descriptor, path = tempfile.mkstemp(dir=folder)  # mode 600
        return cls(name, Path(path), cast("BinaryIO", os.fdopen(descriptor, "w+b")))

    def add(self, piece: bytes) -> None:
        self.file.write(piece)
        self.digest.update(piece)
        self.size += len(piece)

    def end(self) -> Content | Failure:
        """What came, told by its content; or why it is not taken."""
        self.file.flush()
        if not self.size:
            return Failure.of(FailureCode.EMPTY_FILE, stage=Stage.LOAD)
        media_type = sniff(self.file)
        if media_type is None:
            return _not_taken(self.file)
        return Content(media_type=MediaType(media_type), size_bytes=self.size, sha256=self.digest.hexdigest())

    def discard(self) -> None:
        try:
            self.file.close()  # which writes what is left, and may find no room for it
        finally:
            self.path.unlink(missing_ok=True)


class ItemShelf:
    """Takes the files of one archive (parcels.Shelf); `items` are they, once all are put."""

    def __init__(self, blobs: Blobs, organization_id: OrganizationId) -> None:
        self._blobs, self._organization_id = blobs, organization_id
        self._arriving: _Arriving | None = None
        self._unfinished: set[_Arriving] = set()
        self._putting: set[asyncio.Task[None]] = set()
        self._items: list[NewItem] = []

    @classmethod
    @asynccontextmanager
    async def opened(cls, blobs: Blobs, organization_id: OrganizationId) -> AsyncGenerator["ItemShelf"]:
        """A shelf that leaves nothing half-way behind."""
        shelf = cls(blobs, organization_id)
        try:
            yield shelf
        finally:
            await shelf._close()

    async def begin(self, name: str) -> None:
        """A file follows, under this name."""
        shown = filename.clean(name)
        # Not in a thread: cancelled in between, nobody would know of the file.
        self._arriving = _Arriving.in_folder(self._blobs.incoming, shown)
        self._unfinished.add(self._arriving)

    async def add(self, piece: bytes) -> None:
        """A piece of it."""
        await asyncio.to_thread(self._current().add, piece)

    async def end(self) -> None:
        """It is whole, and is being put into the store."""
        arrived, self._arriving = self._current(), None
        ended = await asyncio.to_thread(arrived.end)
        if isinstance(ended, Failure):
            self._discard(arrived)
            self._items.append(NewItem(file_name=arrived.name, content=None, failure=ended))
            return
        self._items.append(NewItem(file_name=arrived.name, content=ended))
        self._putting.add(asyncio.create_task(self._put(arrived, ended.sha256)))
        await self._settle(most=_PUTS - 1)

    async def refuse(self, name: str, fault: ItemFault) -> None:
        """A file, begun or not, that does not come."""
        if self._arriving is not None:
            self._discard(self._arriving)
            self._arriving = None
        self._items.append(NewItem(file_name=filename.clean(name), content=None, failure=failure_of(fault)))

    async def items(self) -> list[NewItem]:
        """All of them, durable, in their order.

        Raises:
            BlobError: the store could not take one.
        """
        await self._settle(most=0)
        return self._items

    async def _put(self, arrived: _Arriving, sha256: str) -> None:
        try:
            await self._blobs.put_file(self._organization_id, arrived.path, sha256)
        finally:
            self._discard(arrived)

    async def _settle(self, *, most: int) -> None:
        """Wait until no more than `most` are being put."""
        while len(self._putting) > most:
            done, self._putting = await asyncio.wait(self._putting, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()

    async def _close(self) -> None:
        for task in self._putting:
            task.cancel()
        await asyncio.gather(*self._putting, return_exceptions=True)
        for arrived in list(self._unfinished):  # also of tasks that were cancelled before they began
            self._discard(arrived)

    def _discard(self, arrived: _Arriving) -> None:
        arrived.discard()
        self._unfinished.discard(arrived)

    def _current(self) -> _Arriving:
        if self._arriving is None:
            raise AssertionError("the hearing keeps the order of messages")
        return self._arriving


def _not_taken(file: BinaryIO) -> Failure:
    file.seek(0)
    nested = file.read(len(_ZIP)) == _ZIP
    detail = "Archives inside of an archive are not unpacked." if nested else None
    return Failure.of(FailureCode.INVALID_FILE_TYPE, stage=Stage.LOAD, detail=detail)
