"""Events of the one numbered log (contract section 4)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from docurift.model.ids import EventId, JobId, OrganizationId
from docurift.model.result import Json

API_VERSION: Final = "2024-01-26"
"""Of the form of events (contract section 4)."""


class EventType(StrEnum):
    """What happened. Those that the contract does not name are ours: every change of a job, a document, a batch, a key
    and an endpoint has one.
    """

    DOCUMENT_ACCEPTED = "document.processing.accepted"
    DOCUMENT_STARTED = "document.processing.started"
    DOCUMENT_COMPLETED = "document.processing.completed"
    DOCUMENT_FAILED = "document.processing.failed"
    DOCUMENT_DELETED = "document.deleted"
    JOB_CANCEL_REQUESTED = "job.cancel_requested"
    JOB_DELETED = "job.deleted"
    BATCH_CREATED = "batch.created"
    BATCH_CANCEL_REQUESTED = "batch.cancel_requested"
    BATCH_COMPLETED = "batch.completed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_UPDATED = "api_key.updated"
    API_KEY_REVOKED = "api_key.revoked"
    WEBHOOK_CREATED = "webhook.created"
    WEBHOOK_UPDATED = "webhook.updated"
    WEBHOOK_SECRET_ROTATED = "webhook.secret_rotated"  # noqa: S105 -- a name of an event
    WEBHOOK_DISABLED = "webhook.disabled"
    WEBHOOK_DELETED = "webhook.deleted"
    WEBHOOK_TEST = "webhook.test"

    @property
    def sentence(self) -> str:
        """When it is told, for the reference."""
        return _SENTENCES[self]


_SENTENCES: Final[Mapping[EventType, str]] = {
    EventType.DOCUMENT_ACCEPTED: "A job was accepted and waits: of a new document, or of a retry.",
    EventType.DOCUMENT_STARTED: "A worker took the job for the first time.",
    EventType.DOCUMENT_COMPLETED: "The job is completed and its result can be read.",
    EventType.DOCUMENT_FAILED: "The job has failed; `error` says why.",
    EventType.DOCUMENT_DELETED: "The document, its pages and its results are gone.",
    EventType.JOB_CANCEL_REQUESTED: "A running job was asked to stop; its end is a `document.processing.failed`.",
    EventType.JOB_DELETED: "The job and its result are gone; its document stays.",
    EventType.BATCH_CREATED: "A batch was accepted.",
    EventType.BATCH_CANCEL_REQUESTED: "Whatever of the batch was not final was asked to stop.",
    EventType.BATCH_COMPLETED: "Every job of the batch is final; told once.",
    EventType.API_KEY_CREATED: "An API key was made.",
    EventType.API_KEY_UPDATED: "An API key was renamed, enabled or disabled.",
    EventType.API_KEY_REVOKED: "An API key was deleted.",
    EventType.WEBHOOK_CREATED: "A webhook endpoint was made.",
    EventType.WEBHOOK_UPDATED: "A webhook endpoint was changed.",
    EventType.WEBHOOK_SECRET_ROTATED: "A webhook endpoint has a new secret.",
    EventType.WEBHOOK_DISABLED: "An endpoint answered 410, or failed for five days, and gets nothing more.",
    EventType.WEBHOOK_DELETED: "A webhook endpoint was deleted.",
    EventType.WEBHOOK_TEST: "Somebody asked for a test event; only the endpoint that is tested gets it.",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `sequence` counts without gaps within its organization."""

    id: EventId
    organization_id: OrganizationId
    sequence: int
    type: EventType
    created_at: datetime
    data: dict[str, Json]
    job_id: JobId | None = None
