"""A deliverer takes an endpoint's turn, freezes what is sent, and records what became of it (contract section 4).

Everything it writes names the turn; once somebody newer has it, nothing is written. What was sent then and is not on
record is sent again: at least once, never less.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from docurift.actions.telling import tell
from docurift.model import schedule
from docurift.model.event import EventType
from docurift.model.health import GONE, Health
from docurift.model.ids import DeliveryId
from docurift.model.result import Json
from docurift.model.webhook import DeliveryStatus, DisabledReason
from docurift.storage import bodies, organizations, outcomes, turns
from docurift.storage.database import Connection, Database
from docurift.storage.events import NewEvent
from docurift.storage.outcomes import Outcome, Verdict
from docurift.storage.turns import Turn

Jitter = Callable[[], float]
"""Answers -1 to 1."""


class TurnLostError(Exception):
    """Somebody newer has the turn, or the endpoint is gone: drop everything and stop."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What is on record: each attempt with where its delivery stands since, and how the endpoint fares."""

    judged: tuple[tuple[Outcome, Verdict], ...]
    health: Health
    is_paused: bool


def verdict_of(outcome: Outcome, jitter: Jitter) -> Verdict:
    """Where the delivery stands after this attempt."""
    if outcome.is_success:
        return Verdict(status=DeliveryStatus.DELIVERED)
    if outcome.status_code == GONE:
        return Verdict(status=DeliveryStatus.CANCELLED)
    retry_after = schedule.asked_for(outcome.status_code, outcome.retry_after_seconds)
    delay = schedule.retry_delay(outcome.number, jitter=jitter(), retry_after=retry_after)
    if delay is None:
        return Verdict(status=DeliveryStatus.EXHAUSTED)
    return Verdict(status=DeliveryStatus.PENDING, delay_seconds=delay)


async def record(db: Database, turn: Turn, made: Sequence[Outcome], *, jitter: Jitter) -> Recorded:
    """These attempts are on record, and so is what they say of the endpoint.

    An attempt that is on record already counts once. An endpoint that is gone, or has failed for five days, is disabled
    with an event, and what waits for it is cancelled: visible, and to be replayed when it is switched on again.

    Raises:
        TurnLostError: nothing was written.
        Unavailable: the database cannot answer; repeat it.
    """
    judged = tuple((outcome, verdict_of(outcome, jitter)) for outcome in made)
    if all(outcome.is_success for outcome in made):
        return await _record_delivered(db, turn, judged)
    async with db.transaction() as tx:
        known = await turns.health(tx, turn)
        if known is None:
            raise TurnLostError(turn.endpoint_id)
        before, now = known
        recorded = await outcomes.record(tx, turn.endpoint_id, judged)
        after = before
        for outcome in made:
            if outcome.delivery_id in recorded:
                after = _learned(after, outcome, now)
        await turns.save_health(tx, turn, after)
        if after.disabled_reason is not None and before.disabled_reason is None:
            await _disable(tx, turn, after, after.disabled_reason)
    return Recorded(judged=judged, health=after, is_paused=after.is_paused(now))


async def _record_delivered(db: Database, turn: Turn, judged: tuple[tuple[Outcome, Verdict], ...]) -> Recorded:
    async with db.reading() as conn:
        health = await outcomes.record_delivered(conn, turn, [outcome for outcome, _ in judged])
    if health is None:
        raise TurnLostError(turn.endpoint_id)
    return Recorded(judged=judged, health=health, is_paused=False)


async def frozen(db: Database, delivery_id: DeliveryId, body: bytes) -> bytes | None:
    """The bytes that are sent: `body`, unless others stand for the event. None: the delivery was cancelled."""
    async with db.reading() as conn:
        return await bodies.freeze(conn, delivery_id, body)


async def frozen_before(db: Database, delivery_id: DeliveryId) -> bytes | None:
    """The bytes that stand for the event; None: there are none yet, or the delivery was cancelled."""
    async with db.reading() as conn:
        return await bodies.of_delivery(conn, delivery_id)


async def still_stands(db: Database, delivery_id: DeliveryId) -> bool:
    """Whether the bytes may still be sent: a deletion cancels the delivery and removes them."""
    async with db.reading() as conn:
        return await bodies.stands(conn, delivery_id)


def _learned(health: Health, outcome: Outcome, now: datetime) -> Health:
    if outcome.is_success:
        return health.after_success(now)
    retry_after = schedule.asked_for(outcome.status_code, outcome.retry_after_seconds)
    return health.after_failure(now, status_code=outcome.status_code, retry_after=retry_after)


async def _disable(tx: Connection, turn: Turn, health: Health, reason: DisabledReason) -> None:
    # Who tells an event holds this lock until it has committed: what it wrote for this endpoint is seen below.
    await organizations.lock_counter(tx, turn.organization_id)
    await outcomes.cancel_of_endpoint(tx, turn.endpoint_id)
    data: dict[str, Json] = {
        "webhookId": turn.endpoint_id,
        "reason": reason.value,
        "consecutiveFailures": health.consecutive_failures,
    }
    await tell(tx, NewEvent(type=EventType.WEBHOOK_DISABLED, organization_id=turn.organization_id, data=data))
