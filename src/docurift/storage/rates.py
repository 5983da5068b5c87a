"""How much was used of what is limited over time, counted for all processes at once (security.md section 5)."""

import math
from datetime import timedelta
from typing import Final

from docurift.model.rate import Rate, Verdict
from docurift.storage.database import Connection
from docurift.storage.sql import statement

_SECOND: Final = timedelta(seconds=1)


async def charge(conn: Connection, *, scope: str, rate: Rate, units: int, needed: int | None = None) -> Verdict:
    """Count a use of `units` under `scope`, if `needed` of them (by default all) still fit under `rate`.

    What is larger than the burst needs all of it, and no more: it is allowed after a rest, and what follows waits until
    the rest of it has drained away.
    """
    least = rate.span(min(units if needed is None else needed, rate.burst))
    capacity = rate.span(rate.burst)
    asked = {"scope": scope, "cost": rate.span(units), "needed": least, "capacity": capacity}
    cursor = await conn.execute(statement("rates/charge"), asked)
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("a use is allowed or not")
    in_use: timedelta = max(row["in_use"], timedelta())
    wait = in_use + least - capacity
    return Verdict(
        is_allowed=row["is_allowed"],
        remaining=max(rate.units_in(capacity - in_use), 0),
        reset_seconds=math.ceil(in_use / _SECOND),
        retry_seconds=0 if row["is_allowed"] else max(math.ceil(wait / _SECOND), 1),
    )


async def forget(conn: Connection, *, limit: int) -> int:
    """Remove up to `limit` rows that say nothing any more; how many there were."""
    cursor = await conn.execute(statement("rates/forget"), {"limit": limit})
    return cursor.rowcount
