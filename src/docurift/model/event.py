"""Events of the one numbered log (contract section 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docurift.model.ids import EventId, OrganizationId
from docurift.model.result import Json


class EventType(StrEnum):
    """What happened. A job's acceptance is in the log under a name of ours, since the published ones begin later."""

    DOCUMENT_ACCEPTED = "document.processing.accepted"
    DOCUMENT_STARTED = "document.processing.started"
    DOCUMENT_COMPLETED = "document.processing.completed"
    DOCUMENT_FAILED = "document.processing.failed"
    API_KEY_CREATED = "api_key.created"
    API_KEY_REVOKED = "api_key.revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact. `sequence` counts without gaps within its organization."""

    id: EventId
    organization_id: OrganizationId
    sequence: int
    type: EventType
    created_at: datetime
    data: dict[str, Json]
