"""Bytes by content: documents, pages and results, each under the hash of its bytes, apart for each organization.

A blob is whole and durable under its name before any row speaks of it (architecture.md section 2.7), and its hash is
checked when it is read (security.md T30). Keys are made of an organization's id and a hash only, never of a name that a
client chose (T12).
"""

import asyncio
import contextlib
import hashlib
import os
import re
import tempfile
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Generator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, Protocol

from docurift.storage.blob_errors import (
    BlobCorruptError,
    BlobError,
    BlobMissingError,
    BlobStoreFullError,
    BlobStoreUnavailableError,
)

__all__ = [
    "BlobCorruptError",
    "BlobError",
    "BlobMissingError",
    "BlobStoreFullError",
    "BlobStoreUnavailableError",
    "Blobs",
    "Found",
]

CHUNK_BYTES: Final = 1 << 20
"""How much `stream` hands out at once."""

_ORGANIZATION: Final = re.compile(r"org_[0-9a-z]{1,60}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_HASHED_AT_ONCE_BYTES: Final = 64 * 1024
_TRUST_SECONDS: Final = 600.0
_TRUSTED_BLOBS: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A blob that is there, and how long it has been, by the store's clock and ours."""

    organization_id: str
    sha256: str
    age_seconds: float


class Store(Protocol):
    """Where objects are kept: a folder or an object store, with the same promises (one conformance test for both).

    Each call raises `BlobMissingError`, `BlobStoreFullError` or `BlobStoreUnavailableError`.
    """

    @property
    def incoming(self) -> Path:
        """A local folder for files on their way into the store."""
        ...

    async def put_file(self, key: str, path: Path) -> bool:
        """The bytes of the file are durable under `key`; False, and nothing changed, if there was such an object."""
        ...

    async def put_bytes(self, key: str, data: bytes) -> bool:
        """`data` is durable under `key`; False, and nothing changed, if there was such an object."""
        ...

    async def replace_with_file(self, key: str, path: Path) -> None:
        """As `put_file`, in place of what was there."""
        ...

    async def replace_with_bytes(self, key: str, data: bytes) -> None:
        """As `put_bytes`, in place of what was there."""
        ...

    async def read(self, key: str) -> bytes:
        """All of the object."""
        ...

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, the end not included, or fewer where the object ends."""
        ...

    async def size(self, key: str) -> int:
        """How many bytes it has."""
        ...

    async def delete(self, key: str) -> None:
        """It is gone for good; also if there was none."""
        ...

    async def listed(self, *, after: str, limit: int) -> list[tuple[str, float]]:
        """The first keys behind `after`, in the order of their bytes, each with the Unix time of its last change."""
        ...

    async def ping(self) -> None:
        """Return if the store can be used."""
        ...


class Blobs:
    """A content-addressed store over a folder or an object store."""

    def __init__(self, store: Store) -> None:
        self._store = store
        # Blobs that this process has read through and found right, by the time of it.
        self._trusted: OrderedDict[str, float] = OrderedDict()
        # Files on their way in, as they were when they were last looked at, and since when they are.
        self._unchanged: dict[Path, tuple[int, float]] = {}

    @classmethod
    def open(
        cls,
        url_or_folder: str | Path,
        *,
        incoming: Path | None = None,
        options: Mapping[str, str] | None = None,
        seconds: float = 30.0,
    ) -> "Blobs":
        """The store at a folder, or at `s3://bucket/prefix`, `gs://…` or `az://account/container/prefix`.

        Credentials and endpoint of an object store come from its usual environment variables (`AWS_…`, `GOOGLE_…`,
        `AZURE_…`) and from `options`, by obstore's names for them. `incoming` is where files wait on their way to an
        object store; a folder has its own. `seconds` bounds one request to an object store, and the time in which it is
        repeated.

        Raises:
            ValueError: an address that is none of these.
        """
        if isinstance(url_or_folder, Path) or "://" not in url_or_folder:
            from docurift.storage.blob_folder import FolderStore  # noqa: PLC0415 -- only what is used is loaded

            return cls(FolderStore(Path(url_or_folder)))
        from docurift.storage.blob_objects import ObjectStore  # noqa: PLC0415 -- 15 MB of library

        waiting = incoming if incoming is not None else Path(tempfile.mkdtemp(prefix="docurift-incoming-"))
        return cls(ObjectStore.open(url_or_folder, incoming=waiting, options=options or {}, seconds=seconds))

    @property
    def store(self) -> Store:
        """Where the objects are."""
        return self._store

    @property
    def incoming(self) -> Path:
        """A folder for uploads on their way in, on the same file system as the store if that is a folder."""
        return self._store.incoming

    async def put_file(self, organization_id: str, path: Path, sha256: str) -> None:
        """The bytes of `path`, whose hash the caller knows, are durable. Repeating it changes nothing.

        The file is neither changed nor removed; it must not be written to any more (a folder store links it).
        """
        key = _key(organization_id, sha256)
        while not await self._store.put_file(key, path):
            if (is_right := await self._is_still_right(key, sha256)) is not None:
                if not is_right:
                    await self._store.replace_with_file(key, path)
                return

    async def put_bytes(self, organization_id: str, data: bytes) -> str:
        """`data` is durable; answers its SHA-256, hexadecimal. Repeating it changes nothing."""
        sha256 = await asyncio.to_thread(_hash_of, data)
        key = _key(organization_id, sha256)
        while not await self._store.put_bytes(key, data):
            if (is_right := await self._is_still_right(key, sha256)) is not None:
                if not is_right:
                    await self._store.replace_with_bytes(key, data)
                break
        return sha256

    async def put_many(self, organization_id: str, several: list[bytes]) -> list[str]:
        """As `put_bytes` for each, at the same time, so that they share the wait for the disk."""
        return list(await asyncio.gather(*(self.put_bytes(organization_id, data) for data in several)))

    async def read(self, organization_id: str, sha256: str) -> bytes:
        """All bytes, checked.

        Raises:
            BlobMissingError: there is no such blob.
            BlobCorruptError: its bytes have another hash.
        """
        key = _key(organization_id, sha256)
        data = await self._store.read(key)
        # A thread costs more than the hash of a few pages.
        found = _hash_of(data) if len(data) <= _HASHED_AT_ONCE_BYTES else await asyncio.to_thread(_hash_of, data)
        if found != sha256:
            raise BlobCorruptError(key)
        return data

    async def read_range(self, organization_id: str, sha256: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, the end not included, **not** checked: for parts that carry a checksum of their own.

        Raises:
            BlobMissingError: there is no such blob.
        """
        return await self._store.read_range(_key(organization_id, sha256), start, end)

    async def size(self, organization_id: str, sha256: str) -> int:
        """How many bytes it has.

        Raises:
            BlobMissingError: there is no such blob.
        """
        return await self._store.size(_key(organization_id, sha256))

    async def verify(self, organization_id: str, sha256: str) -> None:
        """Return if the blob has been read through and found right, now or in the last ten minutes.

        Raises:
            BlobMissingError: there is no such blob.
            BlobCorruptError: its bytes have another hash.
        """
        key = _key(organization_id, sha256)
        if self._trusted.get(key, float("-inf")) < time.monotonic() - _TRUST_SECONDS:
            if not await self._is_right(key, sha256):
                raise BlobCorruptError(key)
            self._trust(key)

    async def stream(
        self, organization_id: str, sha256: str, start: int = 0, end: int | None = None
    ) -> AsyncIterator[bytes]:
        """Bytes `start` to `end`, the end not included, in chunks, after `verify`.

        Raises:
            BlobMissingError, BlobCorruptError: before the first chunk.
        """
        await self.verify(organization_id, sha256)
        key = _key(organization_id, sha256)
        async for chunk in self._chunks(key, start, end):
            yield chunk

    async def copy_to_file(self, organization_id: str, sha256: str, path: Path) -> None:
        """`path` is a new file, mode 600, with all bytes, checked; it is not synced to disk.

        Raises:
            BlobMissingError: there is no such blob.
            BlobCorruptError: its bytes have another hash; there is no file then.
            FileExistsError: there is a file.
        """
        key = _key(organization_id, sha256)
        with _new_file(path) as file:
            if await self._copy(key, file) != sha256:
                raise BlobCorruptError(key)

    async def delete(self, organization_id: str, sha256: str) -> None:
        """The blob is gone for good; also if there was none."""
        key = _key(organization_id, sha256)
        self._trusted.pop(key, None)
        await self._store.delete(key)

    async def listed(self, *, after: Found | None, limit: int) -> list[Found]:
        """The first blobs behind `after`, in order of organization and hash; all together are fewer than `limit` only
        at the end.
        """
        start = "" if after is None else _key(after.organization_id, after.sha256)
        found: list[Found] = []
        while len(found) < limit:
            keys = await self._store.listed(after=start, limit=limit - len(found))
            found += [one for one in (_found(key, changed) for key, changed in keys) if one is not None]
            if not keys:
                break
            start = keys[-1][0]
        return found

    async def ping(self) -> None:
        """Return if the store answers.

        Raises:
            BlobStoreUnavailableError: it does not.
            BlobStoreFullError: nothing more fits in.
        """
        await self._store.ping()

    async def sweep_incoming(self, *, older_than_seconds: float) -> int:
        """Remove files left in `incoming` by processes that were killed; answers how many.

        They are those that an earlier call, so long ago, has seen as they are. That is by our monotonic clock: one that
        jumps must not make an upload under way look old.
        """
        now = time.monotonic()
        found = await asyncio.to_thread(_changes, self.incoming)
        self._unchanged = {
            path: known if (known := self._unchanged.get(path)) and known[0] == changed else (changed, now)
            for path, changed in found.items()
        }
        left = [
            path for path, (_, since) in self._unchanged.items() if now - since >= older_than_seconds and since < now
        ]
        return sum([await asyncio.to_thread(_remove, path) for path in left])

    async def _is_right(self, key: str, sha256: str) -> bool:
        return await self._copy(key, None) == sha256

    async def _is_still_right(self, key: str, sha256: str) -> bool | None:
        """As `_is_right`; None if it was removed since it was found: equal bytes of a document that was deleted."""
        try:
            return await self._is_right(key, sha256)
        except BlobMissingError:
            return None

    async def _copy(self, key: str, file: IO[bytes] | None) -> str:
        """The hash of the object, written to `file` on the way."""
        digest = hashlib.sha256()

        def take(chunk: bytes) -> None:
            digest.update(chunk)
            if file is not None:
                file.write(chunk)

        async for chunk in self._chunks(key, 0, None):
            await asyncio.to_thread(take, chunk)
        return digest.hexdigest()

    async def _chunks(self, key: str, start: int, end: int | None) -> AsyncIterator[bytes]:
        size = await self._store.size(key)
        stop = size if end is None else min(end, size)
        for position in range(start, stop, CHUNK_BYTES):
            yield await self._store.read_range(key, position, min(position + CHUNK_BYTES, stop))

    def _trust(self, key: str) -> None:
        self._trusted[key] = time.monotonic()
        self._trusted.move_to_end(key)
        while len(self._trusted) > _TRUSTED_BLOBS:
            self._trusted.popitem(last=False)


def _key(organization_id: str, sha256: str) -> str:
    if not _ORGANIZATION.fullmatch(organization_id) or not _SHA256.fullmatch(sha256):
        raise ValueError(f"no blob can be called {organization_id!r}, {sha256!r}")
    return f"{organization_id}/{sha256[:2]}/{sha256}"


def _found(key: str, changed: float) -> Found | None:
    """The blob of a key of ours; None where others keep something in the same store."""
    organization_id, _, rest = key.partition("/")
    sha256 = rest.rpartition("/")[2]
    is_ours = _ORGANIZATION.fullmatch(organization_id) and _SHA256.fullmatch(sha256)
    if not is_ours or key != _key(organization_id, sha256):
        return None
    return Found(organization_id=organization_id, sha256=sha256, age_seconds=time.time() - changed)


def _hash_of(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@contextlib.contextmanager
def _new_file(path: Path) -> Generator[IO[bytes]]:
    """A new private file, which does not outlive an error in the block."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
    except BaseException:
        path.unlink()
        raise


def _changes(folder: Path) -> dict[Path, int]:
    """The files, each with the time of its last change."""
    found: dict[Path, int] = {}
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):  # its owner was quicker
            found[path] = path.stat().st_mtime_ns
    return found


def _remove(path: Path) -> bool:
    """Whether it was there."""
    try:
        path.unlink()
    except FileNotFoundError:
        return False
    return True
