"""Whose turn it is to send to an endpoint, and what is due there. One deliverer at a time has the turn; its number
fences every later write, as the attempt of a job does (reliability.md section 2).
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from docurift.model.event import Event, EventType
from docurift.model.health import Health
from docurift.model.ids import DeliveryId, OrganizationId, WebhookId
from docurift.model.webhook import DisabledReason
from docurift.storage.database import Connection
from docurift.storage.sql import statement

CHANNEL: Final = "docurift_turns"
"""Notified when more is due for an endpoint whose turn is held; the payload is the endpoint's id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """The right to send to this endpoint until the lease ends or a later number is given out."""

    endpoint_id: WebhookId
    organization_id: OrganizationId
    number: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """A delivery that is to be attempted now, for the time `number`. No `body`: it is the first attempt of all."""

    id: DeliveryId
    number: int
    event: Event
    body: bytes | None = field(repr=False)
    started_at: datetime
    lag_seconds: float
    endpoint_changed_at: datetime


async def take(
    conn: Connection, endpoint_id: WebhookId, *, deliverer: str, lease_seconds: float
) -> tuple[Turn, Health] | None:
    """The endpoint's turn and how it fares; None: somebody has it, it is paused, or it is to get nothing."""
    asked = {"endpoint_id": endpoint_id, "deliverer": deliverer, "lease_seconds": lease_seconds}
    row = await (await conn.execute(statement("turns/take"), asked)).fetchone()
    if row is None:
        return None
    turn = Turn(endpoint_id=endpoint_id, organization_id=row["organization_id"], number=row["turn"])
    return turn, health_of(row)


async def knock(conn: Connection, endpoint_id: WebhookId) -> None:
    """Whoever has the turn hears, on `CHANNEL`, that more is due."""
    await conn.execute(statement("turns/knock"), {"endpoint_id": endpoint_id})


async def renew(conn: Connection, held: Collection[Turn], *, lease_seconds: float) -> set[WebhookId]:
    """The endpoints whose turns still stand, for `lease_seconds` from now."""
    asked = {
        "endpoint_ids": [turn.endpoint_id for turn in held],
        "turns": [turn.number for turn in held],
        "lease_seconds": lease_seconds,
    }
    cursor = await conn.execute(statement("turns/renew"), asked)
    return {row["id"] for row in await cursor.fetchall()}


async def release(conn: Connection, turn: Turn) -> None:
    """Anybody may take the turn, unless somebody has."""
    await conn.execute(statement("turns/release"), {"endpoint_id": turn.endpoint_id, "turn": turn.number})


async def is_due(conn: Connection, endpoint_id: WebhookId) -> bool:
    """Whether something is to be sent to the endpoint now, by whoever takes its turn."""
    row = await (await conn.execute(statement("turns/is_due"), {"endpoint_id": endpoint_id})).fetchone()
    return bool(row and row["is_due"])


async def untended(conn: Connection, *, limit: int) -> list[WebhookId]:
    """Endpoints that have something due, are not paused, and whose turn nobody has."""
    cursor = await conn.execute(statement("turns/untended"), {"limit": limit})
    return [row["id"] for row in await cursor.fetchall()]


async def claim(conn: Connection, turn: Turn, *, under_way: Collection[DeliveryId], limit: int) -> list[Claimed]:
    """At most `limit` deliveries that are due and not `under_way`; none if the turn was lost."""
    asked = {
        "endpoint_id": turn.endpoint_id,
        "turn": turn.number,
        "under_way": list(under_way),
        "limit": limit,
    }
    cursor = await conn.execute(statement("turns/claim"), asked)
    return [_claimed_of(row) for row in await cursor.fetchall()]


async def health(conn: Connection, turn: Turn) -> tuple[Health, datetime] | None:
    """How the endpoint fares, and the database's time; nobody else changes it until the transaction ends.

    None: the turn was lost, or the endpoint is gone.
    """
    asked = {"endpoint_id": turn.endpoint_id, "turn": turn.number}
    row = await (await conn.execute(statement("turns/health"), asked)).fetchone()
    return None if row is None else (health_of(row), row["now"])


async def save_health(conn: Connection, turn: Turn, new: Health) -> None:
    """What was learned of the endpoint; it is active no more if there is a reason."""
    asked = {
        "endpoint_id": turn.endpoint_id,
        "turn": turn.number,
        "consecutive_failures": new.consecutive_failures,
        "failing_since": new.failing_since,
        "last_success_at": new.last_success_at,
        "last_failure_at": new.last_failure_at,
        "paused_until": new.paused_until,
        "disabled_reason": new.disabled_reason,
    }
    await conn.execute(statement("turns/save_health"), asked)


def health_of(row: Mapping[str, Any]) -> Health:
    """How the endpoint of `row` fares."""
    reason = row["disabled_reason"]
    return Health(
        consecutive_failures=row["consecutive_failures"],
        failing_since=row["failing_since"],
        last_success_at=row["last_success_at"],
        last_failure_at=row["last_failure_at"],
        paused_until=row["paused_until"],
        disabled_reason=None if reason is None else DisabledReason(reason),
    )


def _claimed_of(row: Mapping[str, Any]) -> Claimed:
    event = Event(
        id=row["event_id"],
        organization_id=row["organization_id"],
        sequence=row["sequence"],
        type=EventType(row["type"]),
        created_at=row["created_at"],
        data=row["data"],
    )
    return Claimed(
        id=row["id"],
        number=row["attempts"] + 1,
        event=event,
        body=row["body"],
        started_at=row["started_at"],
        lag_seconds=row["lag_seconds"],
        endpoint_changed_at=row["endpoint_changed_at"],
    )
