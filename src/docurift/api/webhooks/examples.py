"""The worked case of the reference, told on: an endpoint that hears how documents end, and what was sent to it."""

from typing import Final

from docurift.api.jobs.wire import DeletedOut
from docurift.api.reference.examples import JOB_ID
from docurift.api.webhooks.wire import (
    AttemptOut,
    DefaultSecretOut,
    DeliveryOut,
    ReplayedOut,
    ShownDefaultSecretOut,
    ShownWebhookOut,
    TestedOut,
    WebhookOut,
)
from docurift.model.event import EventType
from docurift.model.webhook import DeliveryOrigin, DeliveryStatus

_WEBHOOK_ID: Final = "wh_01hf7yat00e2pbd2pq9j0m4x6v"
_DELIVERY_ID: Final = "dlv_01hf7yat00e2pbd2pq9j0m4x6t"
_EVENT_ID: Final = "evt_01hf7yat00e2pbd2pq9j0m4x6s"
_SECRET: Final = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"  # noqa: S105 -- security.md section 6.1's vector: nobody's
_URL: Final = "https://hooks.acme-imports.com/docurift"
_CREATED, _DONE = "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.310Z"
_UNTIL: Final = "2026-02-01T12:00:00.000Z"
_SENT, _ENDED = "2026-01-31T12:00:00.318Z", "2026-01-31T12:00:00.342Z"

WEBHOOK: Final = WebhookOut(
    id=_WEBHOOK_ID,
    url=_URL,
    events=(EventType.DOCUMENT_COMPLETED.value, EventType.DOCUMENT_FAILED.value),
    active=True,
    created_at=_CREATED,
    updated_at=_CREATED,
    header_names=("Authorization",),
    per_call=False,
    previous_secret_until=None,
    consecutive_failures=0,
    failing_since=None,
    last_success_at=_ENDED,
    last_failure_at=None,
    paused_until=None,
    disabled_at=None,
    disabled_reason=None,
)
SHOWN_WEBHOOK: Final = ShownWebhookOut(
    id=_WEBHOOK_ID,
    url=_URL,
    events=(EventType.DOCUMENT_COMPLETED.value, EventType.DOCUMENT_FAILED.value),
    active=True,
    created_at=_CREATED,
    updated_at=_CREATED,
    header_names=("Authorization",),
    per_call=False,
    previous_secret_until=None,
    consecutive_failures=0,
    failing_since=None,
    last_success_at=None,
    last_failure_at=None,
    paused_until=None,
    disabled_at=None,
    disabled_reason=None,
    secret=_SECRET,
)
DELETED_WEBHOOK: Final = DeletedOut(id=_WEBHOOK_ID, deleted=True, deleted_at=_DONE)
DEFAULT_SECRET: Final = DefaultSecretOut(exists=True, previous_secret_until=_UNTIL)
SHOWN_DEFAULT_SECRET: Final = ShownDefaultSecretOut(exists=True, previous_secret_until=_UNTIL, secret=_SECRET)
DELIVERY: Final = DeliveryOut(
    id=_DELIVERY_ID,
    webhook_id=_WEBHOOK_ID,
    event_id=_EVENT_ID,
    event_type=EventType.DOCUMENT_COMPLETED,
    sequence=17,
    job_id=JOB_ID,
    origin=DeliveryOrigin.EVENT,
    status=DeliveryStatus.DELIVERED,
    attempt_count=1,
    next_attempt_at=None,
    created_at=_DONE,
    completed_at=_ENDED,
    attempts=(
        AttemptOut(number=1, started_at=_SENT, latency_ms=24, status_code=200, error=None, answer='{"received":true}'),
    ),
)
AGAIN: Final = DeliveryOut(
    id="dlv_01hf7yat00e2pbd2pq9j0m4x6r",
    webhook_id=_WEBHOOK_ID,
    event_id=_EVENT_ID,
    event_type=EventType.DOCUMENT_COMPLETED,
    sequence=17,
    job_id=JOB_ID,
    origin=DeliveryOrigin.REDELIVERY,
    status=DeliveryStatus.PENDING,
    attempt_count=0,
    next_attempt_at="2026-01-31T13:00:00.000Z",
    created_at="2026-01-31T13:00:00.000Z",
    completed_at=None,
    attempts=(),
)
TESTED: Final = TestedOut(event_id=_EVENT_ID, delivery_id=_DELIVERY_ID)
REPLAYED: Final = ReplayedOut(deliveries=214)
