"""What events of each type say in `data` (contract section 4). Their bytes are made by `actions/event_form.py`; a test
holds the two together.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from msgspec import UNSET, Meta, UnsetType

from docurift.api.answers import Timestamp, Wire
from docurift.api.batches.wire import BatchFailureOut, CountsOut
from docurift.api.jobs.wire import Count, Evidence, FailureOut, Metadata, Share, ValueTree
from docurift.api.webhooks.wire import EventName
from docurift.model.batch import BatchStatus
from docurift.model.document import MediaType
from docurift.model.event import EventType
from docurift.model.job import DocumentType
from docurift.model.key import Scope
from docurift.model.webhook import DisabledReason


class Said(Wire, frozen=True, forbid_unknown_fields=True):
    """What an event says."""


class JobSaid(Said, frozen=True):
    """About a job and its document."""

    job_id: str
    batch_id: Annotated[str | None, Meta(description="The batch that the job belongs to.")]
    document_id: str
    organization_id: str
    file_name: str
    file_size: Annotated[Count | None, Meta(description="Bytes; null until a `fileUrl` was fetched, or if refused.")]
    mime_type: Annotated[MediaType | None, Meta(description="Null as `fileSize` is.")]
    document_type: Annotated[DocumentType, Meta(description="The type that was asked for.")]
    page_count: Annotated[Count | None, Meta(description="Null until it is known.")]
    metadata: Annotated[Metadata, Meta(description="The same as `callbackMetadata`.")]
    callback_metadata: Annotated[Metadata, Meta(description="What the request gave.")]
    attempt: Annotated[Count, Meta(description="How often workers have taken the job.")]


class JobCompletedSaid(JobSaid, frozen=True):
    """About a completed job. In a stream, and in `GET /v1/events` without `include=result`, `result` and `fields` are
    null.
    """

    confidence: Share | None
    pages_processed: Count
    processed_at: Timestamp | None
    result: Annotated[ValueTree, Meta(description="Null over 256 KiB, and once it has expired or was deleted.")]
    fields: Annotated[Evidence, Meta(description="Null where `result` is, and over 256 KiB together with it.")]
    result_url: Annotated[str, Meta(description="Where the result is, whatever its size.")]


class JobFailedSaid(JobSaid, frozen=True):
    """About a failed job."""

    error: Annotated[FailureOut, Meta(description="As in the job: code, message, retryable, stage, page.")]


class JobDeletedSaid(Said, frozen=True):
    """About a job that is gone."""

    job_id: str
    document_id: str
    organization_id: str


class DocumentDeletedSaid(Said, frozen=True):
    """About a document that is gone."""

    document_id: str
    organization_id: str
    deleted_at: Timestamp


class EmptiedSaid(Said, frozen=True):
    """All that is left of what an event said once its document was deleted."""

    document_id: str
    job_id: str | None


class BatchSaid(Said, frozen=True):
    """About a batch."""

    batch_id: str
    organization_id: str
    status: BatchStatus
    counts: Annotated[CountsOut, Meta(description="Jobs by status, and `total`, null until an archive is unpacked.")]
    callback_metadata: Metadata
    retry_of: Annotated[str | None, Meta(description="The batch whose failed jobs this one runs again.")]
    error: Annotated[
        BatchFailureOut | UnsetType, Meta(description="Only of a batch whose archive could not be read, or never was.")
    ] = UNSET


class KeySaid(Said, frozen=True):
    """About an API key."""

    key_id: str
    name: str
    prefix: Annotated[str, Meta(description="Its first characters, by which it is recognized.")]
    scopes: tuple[Scope, ...]
    enabled: Annotated[bool, Meta(description="Whether it opens anything from now on.")]


class WebhookSaid(Said, frozen=True):
    """About a webhook endpoint. All four are null in `webhook.secret_rotated` of the organization's own secret."""

    webhook_id: str | None
    url: str | None
    events: Annotated[tuple[EventName, ...] | None, Meta(description="What it subscribes to; `*` for all.")]
    active: bool | None


class WebhookDisabledSaid(Said, frozen=True):
    """About an endpoint that the service disabled."""

    webhook_id: str
    reason: Annotated[DisabledReason, Meta(description="`gone`: it answered 410; `failing`: it failed for five days.")]
    consecutive_failures: Count


SAID: Final[Mapping[EventType, type[Said]]] = {
    EventType.DOCUMENT_ACCEPTED: JobSaid,
    EventType.DOCUMENT_STARTED: JobSaid,
    EventType.DOCUMENT_COMPLETED: JobCompletedSaid,
    EventType.DOCUMENT_FAILED: JobFailedSaid,
    EventType.DOCUMENT_DELETED: DocumentDeletedSaid,
    EventType.JOB_CANCEL_REQUESTED: JobSaid,
    EventType.JOB_DELETED: JobDeletedSaid,
    EventType.BATCH_CREATED: BatchSaid,
    EventType.BATCH_CANCEL_REQUESTED: BatchSaid,
    EventType.BATCH_COMPLETED: BatchSaid,
    EventType.API_KEY_CREATED: KeySaid,
    EventType.API_KEY_UPDATED: KeySaid,
    EventType.API_KEY_REVOKED: KeySaid,
    EventType.WEBHOOK_CREATED: WebhookSaid,
    EventType.WEBHOOK_UPDATED: WebhookSaid,
    EventType.WEBHOOK_SECRET_ROTATED: WebhookSaid,
    EventType.WEBHOOK_DISABLED: WebhookDisabledSaid,
    EventType.WEBHOOK_DELETED: WebhookSaid,
    EventType.WEBHOOK_TEST: WebhookSaid,
}
