"""Webhook endpoints and deliveries as they travel (contract section 4). No header's value does, no secret but once."""

from typing import Annotated, Self

import msgspec
from msgspec import Meta

from docurift.actions.webhooks import ShownDefaultSecret, ShownEndpoint
from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp
from docurift.api.jobs.wire import Count
from docurift.api.webhooks.fields import EVERY_EVENT
from docurift.model.event import EventType
from docurift.model.webhook import Delivery, DeliveryAttempt, DeliveryOrigin, DeliveryStatus, DisabledReason, Endpoint
from docurift.storage.default_secret import DefaultSecret

WebhookIdText = Annotated[str, Meta(pattern="^wh_[0-9a-z]{26}$", examples=["wh_01hf7yat00e2pbd2pq9j0m4x6v"])]
DeliveryIdText = Annotated[str, Meta(pattern="^dlv_[0-9a-z]{26}$", examples=["dlv_01hf7yat00e2pbd2pq9j0m4x6t"])]
EventIdText = Annotated[str, Meta(pattern="^evt_[0-9a-z]{26}$", examples=["evt_01hf7yat00e2pbd2pq9j0m4x6s"])]
EventName = Annotated[str, Meta(extra_json_schema={"enum": [EVERY_EVENT, *(one.value for one in EventType)]})]


class WebhookOut(Wire, frozen=True):
    """A webhook endpoint. `perCall`: a job's `webhookUrl` made it. `previousSecretUntil` is there during a rotation."""

    id: WebhookIdText
    url: str
    events: tuple[EventName, ...]
    active: bool
    created_at: Timestamp
    updated_at: Timestamp
    header_names: tuple[str, ...]
    per_call: bool
    previous_secret_until: Timestamp | None
    consecutive_failures: Count
    failing_since: Timestamp | None
    last_success_at: Timestamp | None
    last_failure_at: Timestamp | None
    paused_until: Timestamp | None
    disabled_at: Timestamp | None
    disabled_reason: DisabledReason | None

    @classmethod
    def of(cls, endpoint: Endpoint) -> Self:
        """The endpoint as it travels."""
        return cls(
            id=endpoint.id,
            url=endpoint.url,
            events=tuple(one.value for one in endpoint.events) or (EVERY_EVENT,),
            active=endpoint.active,
            created_at=stamp(endpoint.created_at),
            updated_at=stamp(endpoint.updated_at),
            header_names=endpoint.header_names,
            per_call=endpoint.per_call,
            previous_secret_until=maybe_stamp(endpoint.previous_secret_until),
            consecutive_failures=endpoint.consecutive_failures,
            failing_since=maybe_stamp(endpoint.failing_since),
            last_success_at=maybe_stamp(endpoint.last_success_at),
            last_failure_at=maybe_stamp(endpoint.last_failure_at),
            paused_until=maybe_stamp(endpoint.paused_until),
            disabled_at=maybe_stamp(endpoint.disabled_at),
            disabled_reason=endpoint.disabled_reason,
        )


class ShownWebhookOut(WebhookOut, frozen=True):
    """A webhook endpoint with its secret, which is shown this once."""

    secret: str

    @classmethod
    def with_secret(cls, shown: ShownEndpoint) -> Self:
        """The endpoint as it travels this once."""
        return cls(**msgspec.structs.asdict(WebhookOut.of(shown.endpoint)), secret=shown.secret)


class DefaultSecretOut(Wire, frozen=True):
    """How the organization's own secret stands; it signs for a `webhookUrl` without `webhookSecret`."""

    exists: bool
    previous_secret_until: Timestamp | None

    @classmethod
    def of(cls, found: DefaultSecret) -> Self:
        """The same as it travels."""
        return cls(exists=found.exists, previous_secret_until=maybe_stamp(found.previous_until))


class ShownDefaultSecretOut(DefaultSecretOut, frozen=True):
    """The organization's own secret, which is shown this once."""

    secret: str

    @classmethod
    def with_secret(cls, shown: ShownDefaultSecret) -> Self:
        """The secret as it travels this once."""
        return cls(exists=True, previous_secret_until=maybe_stamp(shown.previous_until), secret=shown.secret)


class AttemptOut(Wire, frozen=True):
    """One try: what the endpoint answered (`answer`: the first 1 KiB), or why there was no answer (`error`)."""

    number: Annotated[int, Meta(ge=1)]
    started_at: Timestamp
    latency_ms: Count
    status_code: int | None
    error: str | None
    answer: str | None

    @classmethod
    def of(cls, attempt: DeliveryAttempt) -> Self:
        """The attempt as it travels."""
        return cls(
            number=attempt.number,
            started_at=stamp(attempt.started_at),
            latency_ms=attempt.latency_ms,
            status_code=attempt.status_code,
            error=attempt.error,
            answer=attempt.answer,
        )


class DeliveryOut(Wire, frozen=True):
    """One event on its way to one endpoint. `origin`: with the event, or sent again by hand."""

    id: DeliveryIdText
    webhook_id: WebhookIdText
    event_id: EventIdText
    event_type: EventType
    sequence: Annotated[int, Meta(ge=1)]
    job_id: str | None
    origin: DeliveryOrigin
    status: DeliveryStatus
    attempt_count: Count
    next_attempt_at: Timestamp | None
    created_at: Timestamp
    completed_at: Timestamp | None
    attempts: tuple[AttemptOut, ...]

    @classmethod
    def of(cls, delivery: Delivery) -> Self:
        """The delivery as it travels."""
        return cls(
            id=delivery.id,
            webhook_id=delivery.endpoint_id,
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            sequence=delivery.sequence,
            job_id=delivery.job_id,
            origin=delivery.origin,
            status=delivery.status,
            attempt_count=delivery.attempts,
            next_attempt_at=maybe_stamp(delivery.next_attempt_at),
            created_at=stamp(delivery.created_at),
            completed_at=maybe_stamp(delivery.completed_at),
            attempts=tuple(AttemptOut.of(one) for one in delivery.log),
        )


class TestedOut(Wire, frozen=True):
    """A test event that is on its way."""

    event_id: EventIdText
    delivery_id: DeliveryIdText


class ReplayedOut(Wire, frozen=True):
    """How many events are on their way again."""

    deliveries: Count
