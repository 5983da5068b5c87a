"""The whole log by cursor over HTTP while it is written: nothing missed, nothing twice; and what reading costs.

    python -m bench.events_cursor [--events 100000] [--writers 8] [--jobs 300]

Writers tell 1 to 20 events in a transaction and roll one of ten back; beside them jobs are submitted, taken and
completed. A reader follows with `GET /v1/events?after=` from the start; a second one reads all of it afterwards.
"""

import argparse
import asyncio
import random
import sys
import time
from collections.abc import Iterator

import httpx2
from bench.api_process import ApiProcess, an_api, load
from tests.support.submissions import ORGANIZATION, Store, submit_a_job

from docurift.actions.telling import tell_all
from docurift.model.event import EventType
from docurift.model.result import Json
from docurift.storage.blobs import Blobs
from docurift.storage.events import NewEvent

MOST_AT_ONCE = 20
ROLLED_BACK = 0.1
PAGE = 1000


class _GaveUp(Exception):  # noqa: N818 -- the writer's own
    pass


async def write(api: ApiProcess, left: Iterator[int], seed: int) -> None:
    """Tell events until enough were begun by all."""
    choice = random.Random(seed)  # noqa: S311 -- sizes, and which give up
    for count in left:
        try:
            async with api.db.transaction() as tx:
                data: dict[str, Json] = {"batchId": f"batch_{count}", "text": "x" * 300}
                news = NewEvent(type=EventType.BATCH_COMPLETED, organization_id=ORGANIZATION, data=data)
                await tell_all(tx, [news] * count)
                _give_up_sometimes(choice)
        except _GaveUp:
            continue


def _give_up_sometimes(choice: random.Random) -> None:
    if choice.random() < ROLLED_BACK:
        raise _GaveUp


async def run_jobs(api: ApiProcess, count: int) -> None:
    """Jobs as they are, without their reading."""
    store = Store(api.db, Blobs.open(api.folder / "bench-blobs"))
    for number in range(count):
        submitted = await submit_a_job(store, b"content %d" % number)
        lease = await store.take(submitted.job.id)
        assert lease is not None
        await store.complete(lease, f"text {number}")


async def read(api: ApiProcess, done: asyncio.Event | None) -> list[int]:
    """Every number as it is read; to the end, and if `done` is given, not before it."""
    seen, after = list[int](), 0
    async with httpx2.AsyncClient(base_url=f"http://{api.host}:{api.port}", headers={"X-API-Key": api.key}) as client:
        while True:
            is_last = done is None or done.is_set()
            response = await client.get("/v1/events", params={"after": after, "limit": PAGE}, timeout=60)
            page = response.raise_for_status().json()["data"]
            seen += [event["sequence"] for event in page["events"]]
            after = page["nextAfter"]
            if is_last and not page["hasMore"]:
                return seen


def sizes(events: int) -> Iterator[int]:
    """Sizes of transactions, so many events together."""
    choice = random.Random(events)  # noqa: S311 -- sizes
    while events > 0:
        size = min(events, choice.randint(1, MOST_AT_ONCE))
        yield size
        events -= size


async def measure(api: ApiProcess, arguments: argparse.Namespace) -> bool:
    """Print the table; whether nothing was missed or doubled."""
    written = asyncio.Event()
    left = sizes(int(arguments.events / (1 - ROLLED_BACK)))
    reading = asyncio.create_task(read(api, written))
    begun = time.perf_counter()
    writers = [write(api, left, seed) for seed in range(arguments.writers)]
    await asyncio.gather(run_jobs(api, arguments.jobs), *writers)
    seconds = time.perf_counter() - begun
    written.set()
    followed = await reading
    begun = time.perf_counter()
    again = await read(api, None)
    again_seconds = time.perf_counter() - begun
    async with api.db.reading() as conn:
        row = await (await conn.execute("select count(*) as n, max(sequence) as last from events")).fetchone()
    assert row is not None
    print(load())
    print("| what | measured |\n|---|---|")
    print(f"| events in the log, its last number | {row['n']:,}, {row['last']:,} |")
    missed, doubled = row["n"] - len(set(followed)), len(followed) - len(set(followed))
    beside = f"{arguments.writers} writers and {arguments.jobs} jobs beside"
    print(f"| written, {beside}, events/s | {row['n'] / seconds:,.0f} |")
    print(f"| followed meanwhile: missed, doubled | {missed}, {doubled} |")
    print(f"| read once more, events/s | {len(again) / again_seconds:,.0f} |")
    return followed == again == list(range(1, row["n"] + 1))


async def main() -> int:
    """1 if an event was missed, doubled or out of order."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--jobs", type=int, default=300)
    async with an_api() as api:
        return int(not await measure(api, parser.parse_args()))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
