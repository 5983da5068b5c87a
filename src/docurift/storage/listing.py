"""What lists are asked for, what they answer, and the cursor that walks them without gaps (contract section 1)."""

import base64
import binascii
import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Generic, TypeVar

import msgspec

from docurift.model.batch import BatchStatus
from docurift.model.document import DocumentStatus
from docurift.model.failure import FailureCode
from docurift.model.ids import DocumentId, OrganizationId
from docurift.model.job import DocumentType, JobStatus

T = TypeVar("T")

DEEPEST_ROW: Final = 10_000
"""Page numbers reach no further: OFFSET reads all it skips (storage-and-queue.md section 5)."""
COUNTED_ROWS: Final = 10_000
"""Totals above are estimates."""
_CHECKSUM_BYTES: Final = 9


class InvalidCursorError(Exception):
    """The cursor is damaged, or was made for another list, filter or order."""


class PageTooDeepError(Exception):
    """The page lies beyond `DEEPEST_ROW`; the cursor goes there."""


class JobSort(StrEnum):
    """Orders of jobs."""

    CREATED_AT = "createdAt"
    UPDATED_AT = "updatedAt"


class DocumentSort(StrEnum):
    """Orders of documents; what has no value yet sorts lowest."""

    CREATED_AT = "createdAt"
    PROCESSED_AT = "processedAt"
    FILE_NAME = "fileName"
    CONFIDENCE = "confidence"


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs; None does not ask. Created in `created_from <= t < created_before`; `search` is a piece of the file
    name, in any case; `metadata` are pairs that the callback metadata has at its top level.
    """

    status: JobStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    document_type: DocumentType | None = None
    document_id: DocumentId | None = None
    batch_id: str | None = None
    error_code: FailureCode | None = None
    search: str | None = None
    metadata: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentFilter:
    """Which documents; as `JobFilter`, and `search` also takes a whole id."""

    status: DocumentStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    document_type: DocumentType | None = None
    search: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFilter:
    """Which batches; as `JobFilter`."""

    status: BatchStatus | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOrder:
    """Newest first unless asked otherwise."""

    by: JobSort = JobSort.CREATED_AT
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentOrder:
    """Newest first unless asked otherwise."""

    by: DocumentSort = DocumentSort.CREATED_AT
    descending: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """Which part of a list: a page, counted from 1, or what follows `cursor`, which wins."""

    limit: int = 20
    page: int = 1
    cursor: str | None = None

    @property
    def offset(self) -> int:
        """How many rows come before the page.

        Raises:
            PageTooDeepError: it reaches beyond `DEEPEST_ROW`.
        """
        skipped = (self.page - 1) * self.limit
        if skipped + self.limit > DEEPEST_ROW:
            raise PageTooDeepError
        return skipped


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[T]):
    """One part of a list. `page` is the number of the part, also when it was reached by cursor; `next_cursor` is None
    at the end.
    """

    items: tuple[T, ...]
    page: int
    total: int
    total_is_estimate: bool
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which row a walk goes on: the row's sort value and id, and the number of the page that follows."""

    value: str | float | None
    id: str
    page: int


def fingerprint(organization_id: OrganizationId, filter_: object, order: object) -> bytes:
    """What a cursor is bound to: whose list, which filter, which order."""
    asked = msgspec.json.encode([organization_id, type(filter_).__name__, filter_, order])
    return hashlib.blake2b(asked, digest_size=16).digest()


def cursor_of(position: Position, binding: bytes) -> str:
    """The opaque text for `position`."""
    payload = msgspec.json.encode([position.value, position.id, position.page])
    return base64.urlsafe_b64encode(_checksum(payload, binding) + payload).decode().rstrip("=")


def position_of(cursor: str, binding: bytes) -> Position:
    """Where `cursor` stands.

    Raises:
        InvalidCursorError: it was not made by `cursor_of` with this binding.
    """
    try:
        raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
        checksum, payload = raw[:_CHECKSUM_BYTES], raw[_CHECKSUM_BYTES:]
        if checksum != _checksum(payload, binding):
            raise InvalidCursorError
        return Position(*msgspec.json.decode(payload, type=tuple[str | float | None, str, int]))
    except (binascii.Error, ValueError, msgspec.MsgspecError) as error:
        raise InvalidCursorError from error


def _checksum(payload: bytes, binding: bytes) -> bytes:
    return hashlib.blake2b(payload, key=binding, digest_size=_CHECKSUM_BYTES).digest()
