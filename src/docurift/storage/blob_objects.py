"""Blobs in an object store, S3, Google Cloud Storage or Azure, through obstore."""

import asyncio
import os
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, cast

import obstore
from obstore import exceptions
from obstore.store import AzureStore, GCSStore, S3Store

from docurift.storage.blob_errors import BlobMissingError, BlobStoreUnavailableError

# Options come as text from the operator; obstore checks them when the store is made.
_Maker = Callable[..., S3Store | GCSStore | AzureStore]
_MAKERS: Final[Mapping[str, _Maker]] = {
    **dict.fromkeys(("s3", "s3a"), cast("_Maker", S3Store.from_url)),
    "gs": cast("_Maker", GCSStore.from_url),
    **dict.fromkeys(("az", "azure", "abfs", "abfss"), cast("_Maker", AzureStore.from_url)),
}
_ALLOW_HTTP: Final = {"s3": "AWS_ALLOW_HTTP", "s3a": "AWS_ALLOW_HTTP"}
# The store itself checks what arrives, where it knows how to.
_S3_CHECKSUM: Final = {"checksum_algorithm": "SHA256"}
_CONNECT_SECONDS: Final = 5.0
_RETRIES: Final = 4
# For a question without bytes, its repetitions included: whoever asks holds a connection to the database (submit.py,
# finish.py), and a store that says nothing must not use up the pool.
_QUESTION_SECONDS: Final = 5.0
# Up to here one request that the store refuses if there is such an object; above, parts, so that memory stays small.
_WHOLE_BYTES: Final = 5 << 20


class ObjectStore:
    """A bucket, or a part of it under a prefix."""

    def __init__(self, store: "S3Store | GCSStore | AzureStore", *, incoming: Path, seconds: float) -> None:
        self._store = store
        self._incoming = incoming
        self._question_seconds = min(seconds, _QUESTION_SECONDS)

    @classmethod
    def open(cls, url: str, *, incoming: Path, options: Mapping[str, str], seconds: float) -> "ObjectStore":
        """The store at `url`; nothing is asked of it yet. A request ends within `seconds`, and none is repeated later
        than so long after the first.

        Raises:
            ValueError: an address or option that obstore does not know.
        """
        scheme = url.partition("://")[0]
        make = _MAKERS.get(scheme)
        if make is None:
            raise ValueError(f"{scheme}:// is no blob store: name a folder, or s3://, gs:// or az://")
        config = {**(_S3_CHECKSUM if scheme.startswith("s3") else {}), **options}
        client: dict[str, Any] = {
            "connect_timeout": timedelta(seconds=min(seconds, _CONNECT_SECONDS)),
            "timeout": timedelta(seconds=seconds),
        }
        # obstore does not look for this one in the environment where it is given any options of the client.
        if config.pop("allow_http", os.environ.get(_ALLOW_HTTP.get(scheme, ""), "false")).lower() == "true":
            client["allow_http"] = True
        retry = {"max_retries": _RETRIES, "retry_timeout": timedelta(seconds=seconds)}
        incoming.mkdir(mode=0o700, parents=True, exist_ok=True)
        try:
            store = make(url, config=config, client_options=client, retry_config=retry)
        except exceptions.BaseError as error:
            raise ValueError(f"{url}: {error}") from error
        return cls(store, incoming=incoming, seconds=seconds)

    @property
    def incoming(self) -> Path:
        """A local folder for files on their way into the store."""
        return self._incoming

    async def put_file(self, key: str, path: Path) -> bool:
        """The bytes of the file are durable under `key`; False, and nothing changed, if there was such an object."""
        if (await asyncio.to_thread(path.stat)).st_size <= _WHOLE_BYTES:
            return await self._create(key, path)
        if await self._exists(key):
            return False
        await self.replace_with_file(key, path)  # whoever else puts this key puts the same bytes
        return True

    async def put_bytes(self, key: str, data: bytes) -> bool:
        """`data` is durable under `key`; False, and nothing changed, if there was such an object."""
        return await self._create(key, data)

    async def replace_with_file(self, key: str, path: Path) -> None:
        """As `put_file`, in place of what was there."""
        with _as_blob_error(key):
            await obstore.put_async(self._store, key, path, max_concurrency=4)

    async def replace_with_bytes(self, key: str, data: bytes) -> None:
        """As `put_bytes`, in place of what was there."""
        with _as_blob_error(key):
            await obstore.put_async(self._store, key, data)

    async def read(self, key: str) -> bytes:
        """All of the object."""
        with _as_blob_error(key):
            return bytes(await (await obstore.get_async(self._store, key)).bytes_async())

    async def read_range(self, key: str, start: int, end: int) -> bytes:
        """Bytes `start` to `end`, the end not included, or fewer where the object ends."""
        if end <= start:
            return b""
        with _as_blob_error(key):
            return bytes(await obstore.get_range_async(self._store, key, start=start, end=end))

    async def size(self, key: str) -> int:
        """How many bytes it has."""
        with _as_blob_error(key):
            async with asyncio.timeout(self._question_seconds):
                return (await obstore.head_async(self._store, key))["size"]

    async def delete(self, key: str) -> None:
        """It is gone for good; also if there was none."""
        try:
            with _as_blob_error(key):
                async with asyncio.timeout(self._question_seconds):
                    await obstore.delete_async(self._store, key)
        except BlobMissingError:
            return

    async def listed(self, *, after: str, limit: int) -> list[tuple[str, float]]:
        """The first keys behind `after`, in the order of their bytes, each with the Unix time of its last change."""
        with _as_blob_error(after):
            stream = obstore.list(self._store, offset=after or None, chunk_size=limit)  # pyright: ignore[reportUnknownMemberType] -- its Arrow form is untyped
            async for found in stream:
                return [(one["path"], one["last_modified"].timestamp()) for one in found]
        return []

    async def ping(self) -> None:
        """Return if the bucket is there and lets us list it."""
        try:
            with _as_blob_error("ping"):
                async with asyncio.timeout(self._question_seconds):
                    await obstore.list_with_delimiter_async(self._store, prefix="ping")  # pyright: ignore[reportUnknownMemberType] -- its Arrow form is untyped
        except BlobMissingError as error:
            raise BlobStoreUnavailableError(f"no such bucket: {error.__cause__}") from error

    async def _create(self, key: str, data: bytes | Path) -> bool:
        try:
            with _as_blob_error(key):
                await obstore.put_async(self._store, key, data, mode="create")
        except FileExistsError:
            return False
        return True

    async def _exists(self, key: str) -> bool:
        try:
            await self.size(key)
        except BlobMissingError:
            return False
        return True


@contextmanager
def _as_blob_error(key: str) -> Generator[None]:
    try:
        yield
    except exceptions.AlreadyExistsError as error:
        raise FileExistsError(key) from error
    except FileNotFoundError as error:
        raise BlobMissingError(key) from error
    except (exceptions.BaseError, OSError) as error:
        raise BlobStoreUnavailableError(f"{key}: {str(error) or 'no answer in time'}") from error
