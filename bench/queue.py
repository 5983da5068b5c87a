"""What the queue costs: submits/s, no-op jobs/s through our take and finish beside the bare engine's, idle start.

    python -m bench.queue [--jobs 1500] [--slots 8] [--clients 8]

Everything runs in one process beside an embedded server on the same cores, in one run, so that the rows compare. A
"no-op job" of ours is what a real one costs around its reading: take (job, attempt, document, event), complete (job,
result, pages, attempt, document, event) and the engine's own entry; the engine's is a handler that returns at once.
"""

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import cycle
from pathlib import Path

from tests.support.postgres import new_data_folder
from tests.support.submissions import ORGANIZATION, SECRETS, a_file, an_extraction

from docurift.actions.finish import complete
from docurift.actions.submit import submit
from docurift.actions.take import take
from docurift.model.ids import JobId, new_id
from docurift.model.job import JobOptions
from docurift.storage import queue
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.embedded import EmbeddedServer
from docurift.storage.migrate import migrate
from docurift.storage.pages import PageFrame, PagesBlob
from docurift.storage.results import ResultBlob
from docurift.storage.shares import Place

IDLE_ROUNDS = 60


async def submits(db: Database, blobs: Blobs, count: int, clients: int) -> tuple[float, list[float]]:
    """Seconds for `count` submits by so many clients at once, and the milliseconds of each."""
    times, left = list[float](), iter(range(count))

    async def client(number: int) -> None:
        upload = a_file(blobs.incoming, b"content %d" % number)  # equal bytes wait for each other
        for _ in left:
            begun = time.perf_counter()
            await submit(db, blobs, organization_id=ORGANIZATION, source=upload, options=JobOptions(), secrets=SECRETS)
            times.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    return time.perf_counter() - begun, times


async def our_jobs(db: Database, blobs: Blobs, count: int, slots: int) -> float:
    """Seconds until `count` waiting jobs are taken and completed."""
    stored = cycle(await blobs.put_many(ORGANIZATION, [b"result %d" % number for number in range(2 * slots)]))

    async def work(job_id: JobId) -> None:
        lease = await take(db, job_id, worker="bench", lease_seconds=30, max_tries=3)
        if lease is None:
            raise AssertionError(job_id)
        sha256 = next(stored)
        result = ResultBlob(sha256=sha256, stored_bytes=6, result_bytes=6)
        pages = PagesBlob(sha256=sha256, frames=(PageFrame(1, 0, 6),))
        await complete(db, blobs, lease, extraction=an_extraction(), result_blob=result, pages_blob=pages)

    return await _consumed(db, work, count, slots)


async def engine_jobs(db: Database, count: int, slots: int) -> float:
    """Seconds until `count` entries without jobs are handled."""
    async with db.transaction() as tx:
        await queue.offer_again(tx, {JobId(new_id("job")): Place(start_tag=0) for _ in range(count)})

    async def work(_: JobId) -> None:
        pass

    return await _consumed(db, work, count, slots)


async def idle_starts(db: Database) -> list[float]:
    """Milliseconds from before the enqueuing transaction to the start of the handler, on an idle queue."""
    started: asyncio.Queue[float] = asyncio.Queue()

    async def work(_: JobId) -> None:
        started.put_nowait(time.perf_counter())

    times = list[float]()
    async with _consumer(db, work, 2):
        for _ in range(IDLE_ROUNDS):
            begun = time.perf_counter()
            async with db.transaction() as tx:
                await queue.enqueue(tx, {JobId(new_id("job")): Place(start_tag=0)})
            times.append((await started.get() - begun) * 1000)
            await asyncio.sleep(0.02)  # the queue is idle again
    return times[5:]


async def _consumed(db: Database, work: Callable[[JobId], Awaitable[None]], count: int, slots: int) -> float:
    left, done = count, asyncio.Event()

    async def counted(job_id: JobId) -> None:
        nonlocal left
        await work(job_id)
        left -= 1
        if not left:
            done.set()

    begun = time.perf_counter()
    async with _consumer(db, counted, slots):
        await done.wait()
        return time.perf_counter() - begun


@asynccontextmanager
async def _consumer(db: Database, work: queue.Handler, slots: int) -> AsyncGenerator[None]:
    consumer = queue.Consumer(db.dsn)
    running = asyncio.create_task(consumer.run(work, slots))
    try:
        yield
    finally:
        await consumer.stop()
        await running


async def run(dsn: str, folder: Path, arguments: argparse.Namespace) -> None:
    """Print the table."""
    await migrate(dsn)
    db = await Database.open(dsn, min_size=4, max_size=16, timeout_seconds=30)
    blobs = Blobs.open(folder)
    count, slots = arguments.jobs, arguments.slots
    print("| what | per second | p50 ms | p99 ms |\n|---|---|---|---|")
    for clients in (1, arguments.clients):
        seconds, times = await submits(db, blobs, count, clients)
        p50, p99 = statistics.median(times), sorted(times)[int(len(times) * 0.99)]
        print(f"| submits, {clients} at once | {count / seconds:,.0f} | {p50:.1f} | {p99:.1f} |", flush=True)
    seconds = await our_jobs(db, blobs, 2 * count, slots)
    print(f"| no-op jobs, ours, {slots} slots | {2 * count / seconds:,.0f} | | |", flush=True)
    seconds = await engine_jobs(db, 2 * count, slots)
    print(f"| no-op jobs, bare engine, {slots} slots | {2 * count / seconds:,.0f} | | |", flush=True)
    starts = await idle_starts(db)
    p50, p99 = statistics.median(starts), sorted(starts)[int(len(starts) * 0.99)]
    print(f"| idle enqueue to start | | {p50:.1f} | {p99:.1f} |", flush=True)
    await db.close()


async def main() -> None:
    """Run on a server of our own, on a disk that syncs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1500)
    parser.add_argument("--slots", type=int, default=8)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--memory", action="store_true", help="on a file system in memory, without the disk's syncs")
    arguments = parser.parse_args()
    folder = new_data_folder() if arguments.memory else Path(tempfile.mkdtemp(prefix="docurift-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    server = EmbeddedServer(folder / "data")
    (folder / "data").mkdir(mode=0o711)
    try:
        await run(await server.start(), folder / "blobs", arguments)
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
