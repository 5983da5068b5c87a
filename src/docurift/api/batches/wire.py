"""Batches as they travel (contract section 4)."""

from typing import Annotated, Self, TypeVar

import msgspec
from msgspec import UNSET, Meta, UnsetType

from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp
from docurift.api.jobs.wire import (
    NULL,
    Count,
    DocumentIdText,
    Evidence,
    FailureOut,
    JobIdText,
    JobOut,
    Metadata,
    Share,
    ValueTree,
    WarningOut,
)
from docurift.model.batch import Batch, BatchFailure, BatchStatus
from docurift.model.failure import FailureCode
from docurift.model.job import JobStatus

T = TypeVar("T")

BatchIdText = Annotated[str, Meta(pattern="^batch_[0-9a-z]{26}$", examples=["batch_01hf7yat00e2pbd2pq9j0m4x6z"])]


class CountsOut(Wire, frozen=True):
    """Jobs of a batch by status. `total` is null until an archive is unpacked; it counts deleted jobs too, which the
    others do not.
    """

    pending: Count
    processing: Count
    completed: Count
    failed: Count
    total: Count | None


class BatchFailureOut(Wire, frozen=True):
    """Why an archive has no jobs."""

    code: FailureCode
    message: str

    @classmethod
    def of(cls, failure: BatchFailure) -> Self:
        """The failure as it travels."""
        return cls(code=failure.code, message=failure.message)


class BatchOut(Wire, frozen=True):
    """A batch. It is `completed` once every job is final, however each ended; `failed`, with `error`, if its archive
    could not be read.
    """

    id: BatchIdText
    status: BatchStatus
    counts: CountsOut
    progress: Annotated[int, Meta(ge=0, le=100)]
    created_at: Timestamp
    completed_at: Timestamp | None
    cancel_requested_at: Timestamp | None
    callback_metadata: Metadata
    retry_of: BatchIdText | None
    error: BatchFailureOut | None

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """The batch as it travels."""
        counts = batch.counts
        return cls(
            id=batch.id,
            status=batch.status,
            counts=CountsOut(
                pending=counts.pending,
                processing=counts.processing,
                completed=counts.completed,
                failed=counts.failed,
                total=batch.item_count,
            ),
            progress=batch.progress,
            created_at=stamp(batch.created_at),
            completed_at=maybe_stamp(batch.completed_at),
            cancel_requested_at=maybe_stamp(batch.cancel_requested_at),
            callback_metadata=batch.callback_metadata,
            retry_of=batch.retry_of,
            error=None if batch.failure is None else BatchFailureOut.of(batch.failure),
        )


class AcceptedBatchOut(Wire, frozen=True):
    """A batch that was taken; `total` is null for an archive, whose files are not counted yet."""

    id: BatchIdText
    batch_id: BatchIdText
    status: BatchStatus
    total: Count | None
    created_at: Timestamp

    @classmethod
    def of(cls, batch: Batch) -> Self:
        """As it was when it was taken: a replay says the same."""
        return cls(
            id=batch.id,
            batch_id=batch.id,
            status=BatchStatus.PENDING,
            total=None if batch.is_archive else batch.item_count,
            created_at=stamp(batch.created_at),
        )


class ItemResultOut(Wire, frozen=True):
    """A line of a batch's results: one item that is final. `result` and `fields` are null where there are none, where
    they have expired, and where the result is over 4 MiB; it is whole at `resultUrl`.
    """

    index: Count
    job_id: JobIdText
    document_id: DocumentIdText
    file_name: str
    status: JobStatus
    confidence: Share | None
    result: ValueTree
    fields: Evidence
    warnings: tuple[WarningOut, ...]
    result_url: str | None
    error: FailureOut | None
    callback_metadata: Metadata

    @classmethod
    def of(cls, index: int, shown: JobOut) -> Self:
        """The line of a final job."""
        return cls(
            index=index,
            job_id=shown.id,
            document_id=shown.document_id,
            file_name=shown.file_name,
            status=shown.status,
            confidence=_given(shown.confidence),
            result=shown.result if isinstance(shown.result, msgspec.Raw) else NULL,
            fields=shown.fields if isinstance(shown.fields, msgspec.Raw) else NULL,
            warnings=_given(shown.warnings) or (),
            result_url=_given(shown.result_url),
            error=_given(shown.error),
            callback_metadata=shown.callback_metadata,
        )


def _given(value: T | UnsetType) -> T | None:
    return None if value is UNSET else value  # pyright: ignore[reportReturnType] -- msgspec's marker is no literal
