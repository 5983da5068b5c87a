"""Keeps events and deliveries as long as the operator wants, by one leader at a time."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from docurift.storage import leader, retention
from docurift.storage.database import Database

# So much in one transaction; a leader's turn is over long before its connection's time limit.
_BATCH: Final = 2_000
_ORGANIZATIONS: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgotten:
    """What one round removed; `has_more` if there may be more to remove at once."""

    events: int = 0
    deliveries: int = 0

    @property
    def has_more(self) -> bool:
        """Whether the round ended by its bounds."""
        return max(self.events, self.deliveries) >= _BATCH


async def forget_old(db: Database, *, kept: timedelta) -> Forgotten:
    """Events and final deliveries older than `kept` are gone, the oldest first: each log loses its beginning only, and
    no event that is still to be delivered.

    Call it every minute from any number of processes: one of them works, the others return at once.
    """
    async with leader.elected(db, "retention") as leads:
        if not leads:
            return Forgotten()
        async with db.transaction() as tx:
            deliveries = await retention.delete_deliveries(tx, kept=kept, limit=_BATCH)
        events = await _forget_events(db, kept)
        return Forgotten(events=events, deliveries=deliveries)


async def _forget_events(db: Database, kept: timedelta) -> int:
    async with db.reading() as conn:
        organizations = await retention.due(conn, kept=kept, limit=_ORGANIZATIONS)
    events = 0
    for organization_id in organizations:
        async with db.transaction() as tx:
            events += await retention.delete_oldest(tx, organization_id=organization_id, kept=kept, limit=_BATCH)
    return events
