"""What is old enough goes: events from the beginning of a log, and deliveries that are final."""

from datetime import timedelta
from itertools import takewhile

from docurift.model.ids import OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


async def due(conn: Connection, *, kept: timedelta, limit: int) -> list[OrganizationId]:
    """Organizations whose oldest event is older than `kept` and does not wait for a delivery."""
    cursor = await conn.execute(statement("retention/due"), {"kept": kept, "limit": limit})
    return [OrganizationId(row["id"]) for row in await cursor.fetchall()]


async def delete_oldest(conn: Connection, *, organization_id: OrganizationId, kept: timedelta, limit: int) -> int:
    """How many events are gone from the beginning of the log: never one that a younger one, or one that is still to be
    delivered, stands before.
    """
    asked = {"organization_id": organization_id, "kept": kept, "limit": limit}
    rows = await (await conn.execute(statement("retention/lock_oldest"), asked)).fetchall()
    old = [row["sequence"] for row in takewhile(lambda row: row["is_old"], rows)]
    if not old:
        return 0
    bounds = {"organization_id": organization_id, "first": old[0], "last": old[-1]}
    waiting = await (await conn.execute(statement("retention/pending_from"), bounds)).fetchone()
    if waiting is not None and waiting["sequence"] is not None:
        bounds["last"] = waiting["sequence"] - 1
    return (await conn.execute(statement("retention/delete_events"), bounds)).rowcount


async def delete_deliveries(conn: Connection, *, kept: timedelta, limit: int) -> int:
    """How many deliveries that were final for longer than `kept` are gone, with their attempts."""
    cursor = await conn.execute(statement("retention/delete_deliveries"), {"kept": kept, "limit": limit})
    return cursor.rowcount
