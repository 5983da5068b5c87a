"""Blobs in a folder, through our own few lines: obstore's LocalStore syncs nothing to disk (decision 0008)."""

import asyncio
import errno
import os
import shutil
import tempfile
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import IO, Final, ParamSpec, TypeVar

from docurift.storage.blob_errors import BlobMissingError, BlobStoreFullError, BlobStoreUnavailableError

_P = ParamSpec("_P")
_T = TypeVar("_T")

_KNOWN_FOLDERS: Final = 65_536
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})


class FolderStore:
    """A folder, private to its owner; everything under a final name is whole and synced."""

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._incoming = self._root / "incoming"
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._incoming.mkdir(mode=0o700, exist_ok=True)
        self._ensure_folder = lru_cache(_KNOWN_FOLDERS)(self._make_folder)

    @property
    def incoming(self) -> Path:
        """On the same file system as the blobs, so that a file can be linked in."""
        return self._incoming

    async def put_file(self, key: str, path: Path) -> bool:
        """The bytes of the file are durable under `key`; False, and nothing changed, if there was such an object."""
        return await _in_thread(key, self._put_file, key, path)

    async def put_bytes(self, key: str, data: bytes) -> bool:
        """`data` is durable under `key`; False, and nothing changed, if there was such an object."""
        return await _in_thread(key, self._put_bytes, key, data)

    async def replace_with_file(self, key: str, path: Path) -> None:
        """As `put_file`, in place of what was there."""
        await _in_thread(key, self._replace, key, lambda target: _append(path, target))

    async def replace_with_bytes(self, key: str, data: bytes) -> None:
        """As `put_bytes`, in place of what was there."""
        await _in_thread(key, self._replace, key, lambda target: target.write(data))

    async def read(self, key: str) -> bytes:
        """All of the object."""
        return await _in_thread(key, (self._root / key).read_bytes)

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, the end not included, or fewer where the object ends."""
        return await _in_thread(key, _read_range, self._root / key, start, end)

    async def size(self, key: str) -> int:
        """How many bytes it has."""
        return (await _in_thread(key, (self._root / key).stat)).st_size

    async def delete(self, key: str) -> None:
        """It is gone for good; also if there was none."""
        await _in_thread(key, self._delete, key)

    async def listed(self, *, after: str, limit: int) -> list[tuple[str, float]]:
        """The first keys behind `after`, in the order of their bytes, each with the Unix time of its last change."""
        return await _in_thread(after, lambda: list(islice(self._behind(after), limit)))

    async def ping(self) -> None:
        """Return if the folder can be written to."""
        await _in_thread("incoming", self._write_a_little)

    def _put_file(self, key: str, path: Path) -> bool:
        if path.stat().st_dev != self._incoming.stat().st_dev:
            return self._put_new(key, lambda target: _append(path, target))
        with path.open("rb") as file:
            os.fsync(file.fileno())
        return self._link(path, key)

    def _put_bytes(self, key: str, data: bytes) -> bool:
        if (path := self._root / key).exists():
            _sync_folder(path.parent)  # whoever linked it may not have come to this yet
            return False
        return self._put_new(key, lambda target: target.write(data))

    def _put_new(self, key: str, write: Callable[[IO[bytes]], object]) -> bool:
        with self._written(write) as path:
            return self._link(path, key)

    def _link(self, path: Path, key: str) -> bool:
        """Give the synced file its final name, unless that is taken. Linking never replaces, renaming would."""
        target = self._root / key
        folder = self._ensure_folder(target.parent)
        try:
            os.link(path, target)
        except FileExistsError:
            return False
        finally:
            _sync_folder(folder)
        return True

    def _replace(self, key: str, write: Callable[[IO[bytes]], object]) -> None:
        folder = self._ensure_folder((self._root / key).parent)
        with self._written(write) as path:
            os.link(path, path.with_suffix(".new"))
            path.with_suffix(".new").replace(self._root / key)
        _sync_folder(folder)

    @contextmanager
    def _written(self, write: Callable[[IO[bytes]], object]) -> Generator[Path]:
        """A synced file in `incoming` while the block runs."""
        descriptor, name = tempfile.mkstemp(dir=self._incoming)  # mode 600
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            yield Path(name)
        finally:
            Path(name).unlink(missing_ok=True)

    def _make_folder(self, folder: Path) -> Path:
        """The folder exists and its names on the way are synced; once for each folder and process."""
        for path in (folder.parent, folder):
            path.mkdir(mode=0o700, exist_ok=True)
            _sync_folder(path.parent)
        return folder

    def _delete(self, key: str) -> None:
        path = self._root / key
        if path.exists():
            path.unlink(missing_ok=True)
            _sync_folder(path.parent)

    def _behind(self, after: str) -> Iterator[tuple[str, float]]:
        for organization in _names(self._root, least=after.partition("/")[0]):
            for shard in _names(self._root / organization):
                folder = f"{organization}/{shard}"
                if f"{folder}/~" <= after:
                    continue
                for name in _names(self._root / folder):
                    with suppress(FileNotFoundError):  # deleted meanwhile
                        if (key := f"{folder}/{name}") > after:
                            yield key, (self._root / key).stat().st_mtime

    def _write_a_little(self) -> None:
        with tempfile.TemporaryFile(dir=self._incoming) as file:
            file.write(b"\0" * 4096)


async def _in_thread(key: str, step: Callable[_P, _T], *args: _P.args, **kwargs: _P.kwargs) -> _T:
    with _as_blob_error(key):
        return await asyncio.to_thread(step, *args, **kwargs)


@contextmanager
def _as_blob_error(key: str) -> Generator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise BlobMissingError(key) from error
    except OSError as error:
        kind = BlobStoreFullError if error.errno in _NO_ROOM else BlobStoreUnavailableError
        raise kind(f"{key}: {error.strerror}") from error


def _names(folder: Path, *, least: str = "") -> list[str]:
    try:
        return sorted(path.name for path in folder.iterdir() if path.name >= least)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _append(path: Path, target: IO[bytes]) -> None:
    with path.open("rb") as source:
        shutil.copyfileobj(source, target)


def _read_range(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        return os.pread(file.fileno(), max(0, end - start), start)


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
