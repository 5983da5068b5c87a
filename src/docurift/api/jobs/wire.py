"""Jobs and documents as they travel (contract sections 2 and 3)."""

from typing import Annotated, Literal, Self

import msgspec
from msgspec import UNSET, Meta, UnsetType

from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp
from docurift.api.documents.results import Answered
from docurift.api.reference.results import RESULT
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.job import DocumentType, Job, JobStatus, Priority
from docurift.model.result import Json, ResultWarning, WarningCode
from docurift.storage.job_list import JobStats

_OBJECT_OR_NULL: dict[str, object] = {"type": ["object", "null"]}
ValueTree = Annotated[msgspec.Raw, Meta(extra_json_schema={**_OBJECT_OR_NULL, "allOf": [{"$ref": RESULT}]})]
"""The value tree of the document type, or null where it is over 4 MiB or has expired."""
Evidence = Annotated[msgspec.Raw, Meta(extra_json_schema=_OBJECT_OR_NULL)]
"""JSON Pointers into the value tree, each with the evidence of its value."""
Metadata = Annotated[dict[str, Json] | None, Meta(extra_json_schema=_OBJECT_OR_NULL)]
NULL = msgspec.Raw(b"null")

JobIdText = Annotated[str, Meta(pattern="^job_[0-9a-z]{26}$", examples=["job_01hf7yat00e2pbd2pq9j0m4x6z"])]
DocumentIdText = Annotated[str, Meta(pattern="^doc_[0-9a-z]{26}$", examples=["doc_01hf7yat00e2pbd2pq9j0m4x6z"])]
Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0)]


class WarningOut(Wire, frozen=True):
    """Something that a user should know about a completed job."""

    code: WarningCode
    message: str
    page: int | None
    pointer: str | None

    @classmethod
    def of(cls, warning: ResultWarning) -> Self:
        """The warning as it travels."""
        return cls(code=warning.code, message=warning.message, page=warning.page, pointer=warning.pointer)


class FailureOut(Wire, frozen=True):
    """Why a job failed."""

    code: FailureCode
    message: str
    retryable: bool
    stage: Stage
    page: int | None

    @classmethod
    def of(cls, failure: Failure) -> Self:
        """The failure as it travels."""
        return cls(
            code=failure.code,
            message=failure.message,
            retryable=failure.retryable,
            stage=failure.stage,
            page=failure.page,
        )


class JobOut(Wire, frozen=True):
    """A job. `result`, `confidence`, `fields`, `warnings`, `resultUrl` and `detectedDocumentType` are there once it is
    completed, `error` once it is failed.
    """

    id: JobIdText
    status: JobStatus
    progress: Annotated[int, Meta(ge=0, le=100)]
    document_type: DocumentType
    created_at: Timestamp
    updated_at: Timestamp
    document_id: DocumentIdText
    batch_id: str | None
    file_name: str
    priority: Priority
    page_count: Count | None
    pages_processed: Count
    stage: Stage
    queue_position: Annotated[int, Meta(ge=1)] | None
    attempt: Count
    started_at: Timestamp | None
    completed_at: Timestamp | None
    expires_at: Timestamp | None
    callback_metadata: Metadata
    retry_of: JobIdText | None
    cancel_requested_at: Timestamp | None
    result: ValueTree | UnsetType = UNSET
    confidence: Share | UnsetType | None = UNSET
    fields: Evidence | UnsetType = UNSET
    warnings: tuple[WarningOut, ...] | UnsetType = UNSET
    result_url: str | UnsetType = UNSET
    detected_document_type: str | UnsetType | None = UNSET
    error: FailureOut | UnsetType = UNSET

    @classmethod
    def of(cls, job: Job, *, queue_position: int | None) -> Self:
        """The job as it travels, without the parts of its result that are not in its row."""
        is_completed = job.status is JobStatus.COMPLETED
        return cls(
            id=job.id,
            status=job.status,
            progress=job.progress,
            document_type=job.options.document_type,
            created_at=stamp(job.created_at),
            updated_at=stamp(job.updated_at),
            document_id=job.document_id,
            batch_id=job.batch_id,
            file_name=job.file_name,
            priority=job.options.priority,
            page_count=job.page_count,
            pages_processed=job.pages_processed,
            stage=job.stage,
            queue_position=queue_position,
            attempt=job.attempt,
            started_at=maybe_stamp(job.started_at),
            completed_at=maybe_stamp(job.completed_at),
            expires_at=maybe_stamp(job.expires_at),
            callback_metadata=job.callback_metadata,
            retry_of=job.retry_of,
            cancel_requested_at=maybe_stamp(job.cancel_requested_at),
            confidence=job.confidence if is_completed else UNSET,
            result_url=result_url(job) if is_completed else UNSET,
            detected_document_type=job.detected_document_type if is_completed else UNSET,
            error=FailureOut.of(job.failure) if job.failure else UNSET,
        )


class AcceptedOut(Wire, frozen=True):
    """A submission that was taken; `id` is the job's."""

    id: JobIdText
    job_id: JobIdText
    document_id: DocumentIdText
    status: JobStatus
    document_type: DocumentType
    created_at: Timestamp

    @classmethod
    def of(cls, job: Job) -> Self:
        """As it was when it was taken: a replay says the same."""
        return cls(
            id=job.id,
            job_id=job.id,
            document_id=job.document_id,
            status=JobStatus.PENDING,
            document_type=job.options.document_type,
            created_at=stamp(job.created_at),
        )


class ProcessedOut(Wire, frozen=True):
    """A waited submission whose job is completed."""

    id: JobIdText
    document_id: DocumentIdText
    job_id: JobIdText
    status: Literal["completed"]
    document_type: DocumentType
    confidence: Share | None
    pages_processed: Count
    processed_at: Timestamp | None
    result: ValueTree
    result_url: str

    @classmethod
    def of(cls, job: Job, result: msgspec.Raw) -> Self:
        """The completed job with its result."""
        return cls(
            id=job.id,
            document_id=job.document_id,
            job_id=job.id,
            status="completed",
            document_type=job.options.document_type,
            confidence=job.confidence,
            pages_processed=job.pages_processed,
            processed_at=maybe_stamp(job.completed_at),
            result=result,
            result_url=result_url(job),
        )


class ProcessingOut(Wire, frozen=True):
    """A waited submission whose job goes on after the wait."""

    id: JobIdText
    document_id: DocumentIdText
    job_id: JobIdText
    status: Literal["processing"]
    document_type: DocumentType
    result: None

    @classmethod
    def of(cls, job: Job) -> Self:
        """The job that is not final yet."""
        return cls(
            id=job.id,
            document_id=job.document_id,
            job_id=job.id,
            status="processing",
            document_type=job.options.document_type,
            result=None,
        )


class DeletedOut(Wire, frozen=True):
    """What is gone for good."""

    id: str
    deleted: Literal[True]
    deleted_at: Timestamp


class StatsOut(Wire, frozen=True):
    """How many jobs there are and how the work goes on."""

    total: Count
    by_status: dict[JobStatus, Count]
    by_document_type: dict[str, Count]
    oldest_pending_seconds: Annotated[float, Meta(ge=0)] | None
    pages_per_minute: Annotated[float, Meta(ge=0)]

    @classmethod
    def of(cls, stats: JobStats) -> Self:
        """The statistics as they travel."""
        return cls(
            total=stats.total,
            by_status=stats.by_status,
            by_document_type=stats.by_document_type,
            oldest_pending_seconds=stats.oldest_pending_seconds,
            pages_per_minute=stats.pages_per_minute,
        )


class ResultOut(Wire, frozen=True):
    """The whole result of a completed job, however large."""

    job_id: JobIdText
    document_id: DocumentIdText
    document_type: DocumentType
    confidence: Share | None
    result: ValueTree
    fields: Evidence
    warnings: tuple[WarningOut, ...]

    @classmethod
    def of(cls, job: Job, answered: Answered) -> Self:
        """The job's result as it travels."""
        return cls(
            job_id=job.id,
            document_id=job.document_id,
            document_type=job.options.document_type,
            confidence=job.confidence,
            result=answered.result,
            fields=answered.fields,
            warnings=tuple(WarningOut.of(warning) for warning in answered.warnings),
        )


class Pagination(Wire, frozen=True):
    """Where in a list this part stands."""

    page: Annotated[int, Meta(ge=1)]
    limit: Annotated[int, Meta(ge=1, le=100)]
    total: Count
    total_pages: Count
    has_next: bool
    has_prev: bool
    next_cursor: str | None
    total_is_estimate: bool


def result_url(job: Job) -> str:
    """Where the whole result of a job is."""
    return f"/v1/jobs/{job.id}/result"
