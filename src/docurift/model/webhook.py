"""Webhook endpoints and what is sent to them (contract section 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docurift.model.event import EventType
from docurift.model.ids import DeliveryId, EventId, JobId, OrganizationId, WebhookId


class DisabledReason(StrEnum):
    """Why the service itself stopped sending to an endpoint."""

    GONE = "gone"
    """It answered 410."""
    FAILING = "failing"
    """It has failed for five days."""


class DeliveryStatus(StrEnum):
    """Where a delivery stands; all but `pending` are final."""

    PENDING = "pending"
    DELIVERED = "delivered"
    EXHAUSTED = "exhausted"
    CANCELLED = "cancelled"


class DeliveryOrigin(StrEnum):
    """Why a delivery exists."""

    EVENT = "event"
    REDELIVERY = "redelivery"
    REPLAY = "replay"


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """An address that hears of events; its secrets are not here. No `events` means all of them. `per_call`: it was made
    by a job's `webhookUrl` and hears how those jobs end.
    """

    id: WebhookId
    organization_id: OrganizationId
    url: str
    events: tuple[EventType, ...]
    active: bool
    per_call: bool
    header_names: tuple[str, ...]
    created_at: datetime
    updated_at: datetime
    previous_secret_until: datetime | None = None
    consecutive_failures: int = 0
    failing_since: datetime | None = None
    last_success_at: datetime | None = None
    last_failure_at: datetime | None = None
    paused_until: datetime | None = None
    disabled_at: datetime | None = None
    disabled_reason: DisabledReason | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryAttempt:
    """One try: the endpoint's answer (status, first 1 KiB with control characters escaped), or why there was none."""

    number: int
    started_at: datetime
    latency_ms: int
    status_code: int | None
    error: str | None
    answer: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event on its way to one endpoint. `attempts` counts those that were made."""

    id: DeliveryId
    organization_id: OrganizationId
    endpoint_id: WebhookId
    sequence: int
    event_id: EventId
    event_type: EventType
    job_id: JobId | None
    origin: DeliveryOrigin
    status: DeliveryStatus
    attempts: int
    next_attempt_at: datetime | None
    created_at: datetime
    completed_at: datetime | None
    log: tuple[DeliveryAttempt, ...] = ()
