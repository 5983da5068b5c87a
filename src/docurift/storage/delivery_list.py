"""Deliveries as their endpoint's owner looks at them, with every attempt, and those that are made by hand."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from psycopg.sql import SQL

from docurift.model.event import EventType
from docurift.model.ids import DeliveryId, EventId, JobId, OrganizationId, WebhookId
from docurift.model.webhook import Delivery, DeliveryAttempt, DeliveryOrigin, DeliveryStatus, Endpoint
from docurift.storage.database import Connection
from docurift.storage.listing import Listing, Window, fingerprint
from docurift.storage.sql import statement
from docurift.storage.walk import SortKey, Walk, window_of


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryFilter:
    """Which deliveries; None does not ask. Created in `created_from <= t < created_before`."""

    status: DeliveryStatus | None = None
    event_type: EventType | None = None
    event_id: EventId | None = None
    job_id: JobId | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRange:
    """A part of the log, by time (`since <= t < before`), by number (both inclusive), or both; None is no bound."""

    since: datetime | None = None
    before: datetime | None = None
    first_sequence: int | None = None
    last_sequence: int | None = None


_CONDITIONS: Final = {
    "status": SQL("status = %(status)s"),
    "event_type": SQL("event_type = %(event_type)s"),
    "event_id": SQL("event_id = %(event_id)s"),
    "job_id": SQL("job_id = %(job_id)s"),
    "created_from": SQL("created_at >= %(created_from)s"),
    "created_before": SQL("created_at < %(created_before)s"),
}


async def page_of(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    endpoint_id: WebhookId,
    filter: DeliveryFilter,  # noqa: A002 -- the contract's word
    window: Window,
) -> Listing[Delivery]:
    """Deliveries to the endpoint with their attempts, newest first.

    Raises:
        InvalidCursorError: the cursor was made for another list.
        PageTooDeepError: the page is out of reach.
    """
    given = {name: getattr(filter, name) for name in _CONDITIONS if getattr(filter, name) is not None}
    owned = [SQL("organization_id = %(organization_id)s"), SQL("endpoint_id = %(endpoint_id)s")]
    walk = Walk(
        table=SQL("deliveries"),
        where=SQL(" and ").join([*owned, *(_CONDITIONS[name] for name in given)]),
        asked={**given, "organization_id": organization_id, "endpoint_id": endpoint_id},
        sort=SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at"),
        descending=True,
        binding=fingerprint(organization_id, filter, endpoint_id),
    )
    listing = await window_of(conn, walk, window, _delivery_of)
    return replace(listing, items=await _with_attempts(conn, listing.items))


async def by_id(
    conn: Connection, *, organization_id: OrganizationId, endpoint_id: WebhookId, delivery_id: DeliveryId
) -> Delivery | None:
    """The delivery with its attempts."""
    asked = {"organization_id": organization_id, "endpoint_id": endpoint_id, "delivery_id": delivery_id}
    cursor = await conn.execute(statement("deliveries/by_id"), asked)
    row = await cursor.fetchone()
    if row is None:
        return None
    [delivery] = await _with_attempts(conn, [_delivery_of(row)])
    return delivery


async def of_event(conn: Connection, *, endpoint_id: WebhookId, sequence: int) -> DeliveryId | None:
    """The delivery that was written with the event."""
    asked = {"endpoint_id": endpoint_id, "sequence": sequence}
    cursor = await conn.execute(statement("deliveries/of_event"), asked)
    row = await cursor.fetchone()
    return None if row is None else DeliveryId(row["id"])


async def lock_event(conn: Connection, *, organization_id: OrganizationId, sequence: int) -> bool:
    """Whether the event is still kept; it stays until the transaction ends."""
    asked = {"organization_id": organization_id, "sequence": sequence}
    cursor = await conn.execute(statement("deliveries/lock_event"), asked)
    return await cursor.fetchone() is not None


async def replayable(conn: Connection, endpoint: Endpoint, range_: EventRange, *, limit: int) -> list[int]:
    """Numbers of the kept events in the range that the endpoint subscribes to, in order, `limit` at most."""
    asked = {
        "organization_id": endpoint.organization_id,
        "types": [one.value for one in endpoint.events],
        "since": range_.since,
        "before": range_.before,
        "first_sequence": range_.first_sequence,
        "last_sequence": range_.last_sequence,
        "limit": limit,
    }
    cursor = await conn.execute(statement("deliveries/replayable"), asked)
    return [row["sequence"] for row in await cursor.fetchall()]


async def _with_attempts(conn: Connection, deliveries: Sequence[Delivery]) -> tuple[Delivery, ...]:
    if not deliveries:
        return ()
    asked = {"delivery_ids": [delivery.id for delivery in deliveries]}
    cursor = await conn.execute(statement("deliveries/attempts_of"), asked)
    attempts: defaultdict[str, list[DeliveryAttempt]] = defaultdict(list)
    for row in await cursor.fetchall():
        attempts[row["delivery_id"]].append(_attempt_of(row))
    return tuple(replace(delivery, log=tuple(attempts[delivery.id])) for delivery in deliveries)


def _attempt_of(row: Mapping[str, Any]) -> DeliveryAttempt:
    return DeliveryAttempt(
        number=row["number"],
        started_at=row["started_at"],
        latency_ms=row["latency_ms"],
        status_code=row["status_code"],
        error=row["error"],
        answer=row["answer"],
    )


def _delivery_of(row: Mapping[str, Any]) -> Delivery:
    return Delivery(
        id=row["id"],
        organization_id=row["organization_id"],
        endpoint_id=row["endpoint_id"],
        sequence=row["sequence"],
        event_id=row["event_id"],
        event_type=EventType(row["event_type"]),
        job_id=row["job_id"],
        origin=DeliveryOrigin(row["origin"]),
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        next_attempt_at=row["next_attempt_at"],
        created_at=row["created_at"],
        completed_at=row["completed_at"],
    )
