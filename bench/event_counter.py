"""What numbers without gaps cost: one event a transaction, beside a plain sequence that has gaps.

    python -m bench.event_counter [--writers 8] [--seconds 5]

All rows write the same event in a transaction of its own on the same server; only the number differs.
"""

import argparse
import asyncio
import statistics
import time
from collections.abc import Awaitable, Callable

from bench.api_process import ApiProcess, an_api, load
from psycopg.types.json import Jsonb

from docurift.actions.telling import tell
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId, new_id
from docurift.model.result import Json
from docurift.storage import organizations
from docurift.storage.database import Connection
from docurift.storage.events import NewEvent

DATA: dict[str, Json] = {"batchId": "batch_1", "text": "x" * 300}
PLAIN = """
insert into events (organization_id, sequence, id, type, data)
values (%s, nextval('bench_sequence'), %s, 'batch.completed', %s)
returning sequence, created_at, pg_notify('docurift_events', %s)
"""

Write = Callable[[Connection, OrganizationId], Awaitable[object]]


async def counted(tx: Connection, organization_id: OrganizationId) -> None:
    """By the counter of the organization, with the outbox: as the service does."""
    await tell(tx, NewEvent(type=EventType.BATCH_COMPLETED, organization_id=organization_id, data=DATA))


async def plain(tx: Connection, organization_id: OrganizationId) -> None:
    """By a sequence, without the outbox."""
    await tx.execute(PLAIN, (organization_id, new_id("evt"), Jsonb(DATA), organization_id))


async def rate(
    api: ApiProcess, write: Write, owners: list[OrganizationId], seconds: float
) -> tuple[float, float, float]:
    """Transactions a second, and milliseconds of one: median and 99th of 100."""
    times: list[float] = []
    end = time.perf_counter() + seconds

    async def writer(owner: OrganizationId) -> None:
        while (begun := time.perf_counter()) < end:
            async with api.db.transaction() as tx:
                await write(tx, owner)
            times.append((time.perf_counter() - begun) * 1000)

    await asyncio.gather(*(writer(owner) for owner in owners))
    return len(times) / seconds, statistics.median(times), sorted(times)[int(len(times) * 0.99)]


async def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=5.0)
    arguments = parser.parse_args()
    count, seconds = arguments.writers, arguments.seconds
    async with an_api() as api:
        others = [OrganizationId(f"org_{number:026}") for number in range(1, count + 1)]
        async with api.db.reading() as conn:
            await conn.execute("create sequence bench_sequence start 1000000000")
            await conn.execute("insert into organizations (id, name) select unnest(%s::text[]), 'bench'", (others,))
        one = organizations.DEFAULT
        rows: list[tuple[str, Write, list[OrganizationId]]] = [
            ("counter, 1 writer", counted, [one]),
            ("sequence, 1 writer", plain, [one]),
            (f"counter, {count} writers of one organization", counted, [one] * count),
            (f"counter, {count} writers of {count} organizations", counted, others),
            (f"sequence, {count} writers", plain, [one] * count),
        ]
        print(load())
        print("| one event a transaction | per second | p50 ms | p99 ms |\n|---|---|---|---|")
        for name, write, owners in rows:
            per_second, p50, p99 = await rate(api, write, owners, seconds)
            print(f"| {name} | {per_second:,.0f} | {p50:.1f} | {p99:.1f} |", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
