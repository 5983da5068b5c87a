"""Fetches the file of a `fileUrl` for the job that is the first to need it (security.md section 7, rule 6).

The address is a secret as often as not, a signed link: it is in no log, no event and no failure.
"""

import asyncio
import errno
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from typing import Final

from docurift.actions.delete import sweep
from docurift.actions.fetched import give_content
from docurift.actions.progress import report
from docurift.actions.take import Lease, LeaseLostError
from docurift.egress.fetch import Fetched, FetchError, fetch
from docurift.egress.guard import Guard
from docurift.model.document import Content, Document, MediaType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.sniff import sniff
from docurift.storage import documents
from docurift.storage.blobs import BlobMissingError, Blobs, BlobStoreFullError
from docurift.storage.database import Database
from docurift.storage.secrets import Secrets, SecretUnreadableError
from docurift.telemetry import log

_PUTS: Final = 3
_NO_ROOM: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_OFF: Final = "Fetching from URLs is turned off by the operator of this service. Send the file itself."
_UNREADABLE: Final = "Its address was sealed with another key of the service. Send the document again."
_EMPTY: Final = "There is nothing at the address: its answer was empty."
_UNKNOWN: Final = "The content there is of no type that is read here: no PDF, image, office file or text."
_FULL: Final = "The service has no room for the file. Ask its operator to make some."


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchTerms:
    """Bounds of a fetch; `is_on` is the operator's word on whether there are any."""

    is_on: bool = True
    max_bytes: int
    seconds: float


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Fetcher:
    """Brings the bytes of documents that stand without."""

    db: Database
    blobs: Blobs
    secrets: Secrets
    guard: Guard
    terms: FetchTerms

    async def bring(self, lease: Lease) -> Document | Failure:
        """The lease's document with its content, or why it has none. Its address is kept for a retry if that failed.

        Raises:
            LeaseLostError: the job is not ours any more; the document is unchanged.
            Unavailable, BlobStoreUnavailableError: database or blob store cannot answer.
        """
        sealed = await self._sealed(lease)
        if sealed is None:
            return Failure.of(FailureCode.BLOB_MISSING, stage=Stage.LOAD)
        if not self.terms.is_on:
            return _failed(_OFF)
        try:
            url = self.secrets.unseal(sealed, owner=lease.document.id)
        except SecretUnreadableError:
            log.error("fetch.address_unreadable", job_id=lease.job.id)
            return _failed(_UNREADABLE)
        await report(self.db, lease, page_count=None, pages_processed=0, progress=0, stage=Stage.FETCH)
        with _temporary(self.blobs.incoming) as path:
            return await self._fetch(lease, url, path)

    async def _sealed(self, lease: Lease) -> bytes | None:
        async with self.db.reading() as conn:
            return await documents.source_url(
                conn, organization_id=lease.job.organization_id, document_id=lease.document.id
            )

    async def _fetch(self, lease: Lease, url: str, path: Path) -> Document | Failure:
        try:
            fetched = await fetch(self.guard, url, path, max_bytes=self.terms.max_bytes, seconds=self.terms.seconds)
            media_type = await asyncio.to_thread(_sniffed, path)
            if media_type is None:
                return _failed(_UNKNOWN if fetched.size_bytes else _EMPTY)
            return await self._keep(lease, path, _content(fetched, media_type))
        except FetchError as error:
            log.info("fetch.failed", job_id=lease.job.id, attempt=lease.attempt, too_large=error.too_large)
            return _failed(error.reason)
        except BlobStoreFullError:
            return _failed(_FULL)
        except OSError as error:
            if error.errno in _NO_ROOM:
                return _failed(_FULL)
            raise

    async def _keep(self, lease: Lease, path: Path, content: Content) -> Document:
        """Bytes first, rows second; what was put for nothing is removed again."""
        try:
            document = await self._put(lease, path, content)
        except LeaseLostError:
            await self._sweep(lease, content)
            raise
        if document.content != content:
            await self._sweep(lease, content)
        log.info("fetch.done", job_id=lease.job.id, attempt=lease.attempt, size_bytes=content.size_bytes)
        return document

    async def _put(self, lease: Lease, path: Path, content: Content) -> Document:
        for left in reversed(range(_PUTS)):
            await self.blobs.put_file(lease.job.organization_id, path, content.sha256)
            try:
                return await give_content(self.db, self.blobs, lease, content)
            except BlobMissingError:  # equal bytes of a document that was being deleted
                if not left:
                    raise
        raise AssertionError

    async def _sweep(self, lease: Lease, content: Content) -> None:
        await sweep(self.db, self.blobs, organization_id=lease.job.organization_id, hashes={content.sha256})


@contextmanager
def _temporary(folder: Path) -> Generator[Path]:
    """A name for a file on its way in; nothing is left of it. What a killed process leaves is swept after an hour."""
    path = folder / f"fetch-{token_hex(16)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


def _sniffed(path: Path) -> MediaType | None:
    with path.open("rb") as file:
        return sniff(file)


def _content(fetched: Fetched, media_type: MediaType) -> Content:
    return Content(media_type=media_type, size_bytes=fetched.size_bytes, sha256=fetched.sha256)


def _failed(detail: str) -> Failure:
    return Failure.of(FailureCode.FETCH_FAILED, stage=Stage.FETCH, detail=detail)
