"""A file on its way in: written to a temporary file while it is counted and hashed."""

import asyncio
import errno
import hashlib
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import EdgeLimits
from docurift.model.document import MediaType
from docurift.model.sniff import sniff
from docurift.storage.room import Room

# Small files are written at once; from here on a thread does it, so that a slow disk does not hold up other calls.
_BUFFER_BYTES: Final = 256 * 1024
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class IncomingFile:
    """A temporary file that knows its size and its SHA-256; gone when its context ends. It is made when it is first
    written to, so that a thousand small ones are not all open at a time.
    """

    def __init__(self, folder: Path, *, max_bytes: int) -> None:
        self._folder, self._max_bytes = folder, max_bytes
        self._buffer = bytearray()
        self._digest = hashlib.sha256()
        self._file: IO[bytes] | None = None
        self.size_bytes = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Nothing is left of the temporary file."""
        self.remove()

    @property
    def path(self) -> Path:
        """Where it is, once something was flushed."""
        if self._file is None:
            raise AssertionError("flush it first")
        return Path(self._file.name)

    @property
    def sha256(self) -> str:
        """The digest of what was written, in lower-case hex."""
        return self._digest.hexdigest()

    def add(self, data: bytes | bytearray | memoryview) -> None:
        """Take more bytes, in memory until `flush`.

        Raises:
            Problem: `FILE_TOO_LARGE`.
        """
        self.size_bytes += len(data)
        if self.size_bytes > self._max_bytes:
            raise Problem(ErrorCode.FILE_TOO_LARGE, details={"maxBytes": self._max_bytes})
        self._buffer += data

    async def flush(self, *, is_last: bool = False) -> None:
        """Write what was taken, if it is enough to be worth it, or the last of it.

        Raises:
            Problem: `STORAGE_FULL`.
        """
        if len(self._buffer) >= _BUFFER_BYTES:
            await asyncio.to_thread(self._write)
        elif is_last:
            self._write()

    def close(self) -> None:
        """Nothing more is written; the file stays until the context ends, and holds no descriptor."""
        if self._file is not None:
            self._file.close()

    def remove(self) -> None:
        """Nothing is left of the temporary file."""
        self.close()
        if self._file is not None:
            self.path.unlink(missing_ok=True)

    def media_type(self) -> MediaType | None:
        """The format by content, once all is written."""
        with self.path.open("rb") as file:
            return sniff(file)

    def _write(self) -> None:
        try:
            if self._file is None:
                # Without a buffer of its own: closing one that the disk has no room for would raise once more.
                self._file = tempfile.NamedTemporaryFile(  # noqa: SIM115
                    buffering=0, dir=self._folder, prefix="upload-", delete=False
                )
            self._digest.update(self._buffer)
            _write_all(self._file, self._buffer)
        except OSError as error:
            if error.errno in _NO_ROOM:
                raise Problem(ErrorCode.STORAGE_FULL) from error
            raise
        self._buffer.clear()


def _write_all(file: IO[bytes], data: bytearray) -> None:
    with memoryview(data) as view:
        written = 0
        while written < len(data):  # a disk that is nearly full takes a part
            written += file.write(view[written:])


class UploadGate:
    """Lets so many uploads in at a time, and none while the disk is nearly full."""

    def __init__(self, folder: Path, limits: EdgeLimits, room: Room) -> None:
        self._folder, self._limits, self._room = folder, limits, room
        self._places = asyncio.Semaphore(limits.max_concurrent_uploads)

    @asynccontextmanager
    async def pass_through(self) -> AsyncGenerator[IncomingFile]:
        """An empty temporary file, and a place to fill it.

        Raises:
            Problem: as `place`.
        """
        async with self.place():
            with IncomingFile(self._folder, max_bytes=self._limits.max_file_bytes) as file:
                yield file

    @asynccontextmanager
    async def place(self) -> AsyncGenerator[Path]:
        """A place to upload something; the folder for its temporary files.

        Raises:
            Problem: `STORAGE_FULL`; `SERVICE_UNAVAILABLE` if no place comes free in time.
        """
        if self._room.short() is not None:
            raise Problem(ErrorCode.STORAGE_FULL)
        try:
            async with asyncio.timeout(self._limits.upload_idle_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise Problem(ErrorCode.SERVICE_UNAVAILABLE) from error
        try:
            yield self._folder
        finally:
            self._places.release()
