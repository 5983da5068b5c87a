"""The files of a batch on their way in: each is put into the blob store while the next still comes.

So the wait for the disk is over, but for the last few, when the last byte is here. Bytes that no job came to need are
removed again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from docurift.actions.batch_submit import RefusedFile
from docurift.actions.delete import sweep
from docurift.actions.submit import ReceivedFile
from docurift.api.intake.incoming import IncomingFile
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.services import Services
from docurift.model.document import Content
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.filename import clean
from docurift.model.ids import OrganizationId

# Enough to share the waits for a disk; each has a descriptor and, if small, its bytes in memory.
_STORED_AT_ONCE: Final = 16
_ZIP: Final = (b"PK\x03\x04", b"PK\x05\x06")
_HEAD_BYTES: Final = 4


@dataclass(slots=True)
class _Part:
    file: IncomingFile
    name: str | None
    head: bytes = b""
    is_whole: bool = False
    source: ReceivedFile | RefusedFile | None = None


class IncomingFiles:
    """Takes files one after the other; their temporary files are gone when the context ends."""

    def __init__(self, services: Services, organization_id: OrganizationId, folder: Path) -> None:
        self._services, self._organization_id, self._folder = services, organization_id, folder
        self._parts: list[_Part] = []
        self._ended: list[_Part] = []
        self._storing: set[asyncio.Task[None]] = set()
        self._put: set[str] = set()
        self._is_kept = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left of temporary files, and of the stored bytes only what something needs."""
        for task in self._storing:
            task.cancel()
        if self._storing:
            await asyncio.wait(self._storing)
        await asyncio.to_thread(self._unlink)
        if not self._is_kept and not isinstance(error, asyncio.CancelledError):
            services = self._services
            await sweep(services.db, services.blobs, organization_id=self._organization_id, hashes=self._put)

    def keep(self) -> None:
        """The stored bytes are needed now."""
        self._is_kept = True

    def begin(self, file_name: str | None) -> None:
        """A file begins.

        Raises:
            Problem: `VALIDATION_ERROR`: there are too many.
        """
        limits = self._services.limits
        if len(self._parts) >= limits.max_batch_items:
            raise invalid("file", f"should be given at most {limits.max_batch_items} times")
        # A single ZIP may be as large as a batch; whether it is one, its first bytes say.
        most = limits.max_file_bytes if self._parts else limits.max_batch_bytes
        self._parts.append(_Part(IncomingFile(self._folder, max_bytes=most), file_name))

    def add(self, data: bytes | memoryview) -> None:
        """More bytes of the file that began last.

        Raises:
            Problem: `FILE_TOO_LARGE`, naming the item.
        """
        part = self._parts[-1]
        part.head += bytes(data[: _HEAD_BYTES - len(part.head)])
        try:
            part.file.add(data)
        except Problem as problem:
            raise self._too_large(len(self._parts) - 1, problem.details["maxBytes"]) from problem
        if part.file.size_bytes > self._services.limits.max_file_bytes and part.head not in _ZIP:
            raise self._too_large(len(self._parts) - 1, self._services.limits.max_file_bytes)

    def end(self) -> None:
        """The file that began last is whole."""
        self._parts[-1].is_whole = True
        self._ended.append(self._parts[-1])

    async def flush(self) -> None:
        """Put whole files into the store, a few at a time, and write of the last what is worth it.

        Raises:
            Problem: `STORAGE_FULL`.
            BlobError: the store cannot take a file.
        """
        ended, self._ended = self._ended, []
        for part in ended:
            while len(self._storing) >= _STORED_AT_ONCE:
                await self._wait(asyncio.FIRST_COMPLETED)
            self._storing.add(asyncio.create_task(self._store(part)))
        if self._parts and not self._parts[-1].is_whole:
            await self._parts[-1].file.flush()

    async def sources(self) -> Sequence[ReceivedFile | RefusedFile]:
        """All files, stored, in their order.

        Raises:
            Problem, BlobError: as `flush`.
        """
        await self.flush()
        while self._storing:
            await self._wait(asyncio.ALL_COMPLETED)
        limits = self._services.limits
        if self.archive is None and self._parts and self._parts[0].file.size_bytes > limits.max_file_bytes:
            raise self._too_large(0, limits.max_file_bytes)
        return [part.source for part in self._parts if part.source is not None]

    @property
    def archive(self) -> IncomingFile | None:
        """The only file, if it is a ZIP and no office document; ask after `sources`."""
        if len(self._parts) != 1 or self._parts[0].head not in _ZIP:
            return None
        return self._parts[0].file if isinstance(self._parts[0].source, RefusedFile) else None

    async def put_archive(self, archive: IncomingFile) -> None:
        """The bytes of the archive are durable."""
        self._put.add(archive.sha256)
        await self._services.blobs.put_file(self._organization_id, archive.path, archive.sha256)

    async def _wait(self, until: str) -> None:
        done, self._storing = await asyncio.wait(self._storing, return_when=until)
        for task in done:
            task.result()

    async def _store(self, part: _Part) -> None:
        file = part.file
        await file.flush(is_last=True)
        file.close()
        part.source = _source_of(file, clean(part.name))
        if isinstance(part.source, ReceivedFile):
            self._put.add(file.sha256)
            await self._services.blobs.put_file(self._organization_id, file.path, file.sha256)

    def _unlink(self) -> None:
        for part in self._parts:
            part.file.remove()

    def _too_large(self, index: int, most: object) -> Problem:
        field = {"field": f"items.{index}", "message": f"should be at most {most} bytes"}
        return Problem(ErrorCode.FILE_TOO_LARGE, details={"maxBytes": most, "fields": [field]})


def _source_of(file: IncomingFile, name: str) -> ReceivedFile | RefusedFile:
    if file.size_bytes == 0:
        return _refused(file, name, FailureCode.EMPTY_FILE)
    media_type = file.media_type()
    if media_type is None:
        return _refused(file, name, FailureCode.INVALID_FILE_TYPE)
    content = Content(media_type=media_type, size_bytes=file.size_bytes, sha256=file.sha256)
    return ReceivedFile(path=file.path, content=content, file_name=name)


def _refused(file: IncomingFile, name: str, code: FailureCode) -> RefusedFile:
    return RefusedFile(file_name=name, sha256=file.sha256, failure=Failure.of(code, stage=Stage.LOAD))
