"""The engine's entries are hints: written with the job, gone with the transaction, heard of at once."""

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Self

import psycopg
import pytest
from tests.support.submissions import Store

from docurift.model.ids import JobId
from docurift.model.job import JobOptions, Priority
from docurift.storage import queue
from docurift.storage.database import Database, Unavailable
from docurift.storage.shares import Place

pytestmark = pytest.mark.committed

SOON = 10.0
FIRST = Place(start_tag=0)


class _Heard:
    """A handler that notes what it hears, and can be held up."""

    def __init__(self) -> None:
        self.jobs: asyncio.Queue[tuple[JobId, float]] = asyncio.Queue()
        self.open = asyncio.Event()
        self.open.set()
        self.most_at_once = 0
        self._now = 0

    async def __call__(self, job_id: JobId) -> None:
        self._now += 1
        self.most_at_once = max(self.most_at_once, self._now)
        self.jobs.put_nowait((job_id, time.perf_counter()))
        await self.open.wait()
        self._now -= 1

    async def next(self) -> tuple[JobId, float]:
        return await asyncio.wait_for(self.jobs.get(), SOON)


class _Running:
    """A consumer at work for the length of a block."""

    def __init__(
        self, db: Database, handler: _Heard, slots: int = 2, *, may_take: Callable[[], bool] = lambda: True
    ) -> None:
        self.consumer = queue.Consumer(db.dsn)
        self._handler, self._slots, self._may_take = handler, slots, may_take

    async def __aenter__(self) -> Self:
        running = self.consumer.run(self._handler, self._slots, may_take=self._may_take)
        self.task = asyncio.create_task(running)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._handler.open.set()
        await self.consumer.stop()
        await asyncio.wait({self.task}, timeout=SOON)
        await self.consumer.drained()
        assert self.task.done()


async def _offer(db: Database, *job_ids: str, priority: Priority = Priority.NORMAL) -> None:
    async with db.transaction() as tx:
        for job_id in job_ids:
            await queue.enqueue(tx, {JobId(job_id): Place(start_tag=0, priority=priority)})


async def _entries(store: Store) -> int:
    return await store.one("select count(*) from pgqueuer")


class _GaveUp(Exception):  # noqa: N818 -- a test's own
    pass


async def test_a_rolled_back_transaction_leaves_no_entry(store: Store) -> None:
    async def roll_back() -> None:
        async with store.db.transaction() as tx:
            await queue.enqueue(tx, {JobId("job_a"): FIRST})
            raise _GaveUp

    with pytest.raises(_GaveUp):
        await roll_back()

    assert await _entries(store) == 0
    assert await store.one("select count(*) from pgqueuer_log") == 0


async def test_an_uncommitted_job_never_starts(store: Store) -> None:
    heard = _Heard()
    async with _Running(store.db, heard):
        async with store.db.transaction() as tx:
            await queue.enqueue(tx, {JobId("job_uncommitted"): FIRST})
            await _offer(store.db, "job_committed")
            first, _ = await heard.next()
        second, _ = await heard.next()

    assert (first, second) == ("job_committed", "job_uncommitted")


async def test_high_priority_goes_first(store: Store) -> None:
    await _offer(store.db, "job_1", "job_2")
    await _offer(store.db, "job_high", priority=Priority.HIGH)

    heard = _Heard()
    async with _Running(store.db, heard, slots=1):
        order = [(await heard.next())[0] for _ in range(3)]

    assert order == ["job_high", "job_1", "job_2"]


async def test_never_more_than_its_slots_are_at_work(store: Store) -> None:
    await _offer(store.db, *(f"job_{number}" for number in range(7)))
    heard = _Heard()
    heard.open.clear()

    async with _Running(store.db, heard, slots=3) as running:
        for _ in range(3):
            await heard.next()
        # Each offer is a notice, at which the engine may look for work again.
        for number in range(20):
            await _offer(store.db, f"job_more_{number}")
        assert running.consumer.working == 3
        assert await store.one("select count(*) from pgqueuer where status = 'picked'") == 3
        heard.open.set()
        for _ in range(24):
            await heard.next()

    assert heard.most_at_once == 3


async def test_entries_are_deleted_when_done(store: Store) -> None:
    heard = _Heard()
    async with _Running(store.db, heard):
        await _offer(store.db, *(f"job_{number}" for number in range(20)))
        for _ in range(20):
            await heard.next()

    assert await _entries(store) == 0


@pytest.mark.alone
async def test_a_waiting_worker_starts_a_job_at_once(store: Store) -> None:
    heard, waits = _Heard(), list[float]()
    async with _Running(store.db, heard):
        await _offer(store.db, "job_first")
        await heard.next()
        for number in range(15):
            begun = time.perf_counter()
            await _offer(store.db, f"job_{number}")
            waits.append((await heard.next())[1] - begun)

    assert statistics.median(waits) < 0.1, "LISTEN wakes it; looking by itself would take seconds"


@pytest.mark.alone
async def test_a_slot_that_becomes_free_is_used_at_once(store: Store) -> None:
    await _offer(store.db, *(f"job_{number}" for number in range(40)))
    heard = _Heard()

    async with _Running(store.db, heard, slots=1):
        begun = (await heard.next())[1]
        for _ in range(39):
            _, last = await heard.next()

    assert last - begun < 4.0, "no slot may wait for a poll"


async def test_the_consumer_says_when_its_database_is_lost_and_its_work_goes_on(store: Store) -> None:
    heard = _Heard()
    heard.open.clear()
    async with _Running(store.db, heard) as running:
        await _offer(store.db, "job_long")
        await heard.next()
        with psycopg.connect(store.db.dsn, autocommit=True) as other:
            other.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and pid <> pg_backend_pid()"
            )
        with pytest.raises(Unavailable):
            await asyncio.wait_for(running.task, SOON)
        assert running.consumer.working == 1
        running.task = asyncio.create_task(running.consumer.run(heard, 2))
        async with await psycopg.AsyncConnection.connect(store.db.dsn, autocommit=True) as fresh:
            await queue.enqueue(fresh, {JobId("job_next"): FIRST})  # type: ignore[arg-type]
        assert (await heard.next())[0] == "job_next"


async def test_a_submitted_job_is_heard_of(store: Store) -> None:
    heard = _Heard()
    async with _Running(store.db, heard):
        submitted = await store.submit(options=JobOptions(priority=Priority.HIGH))
        assert (await heard.next())[0] == submitted.job.id


async def test_whoever_may_not_take_hears_of_nothing_until_it_may(store: Store) -> None:
    heard, asked, allowed = _Heard(), asyncio.Event(), False

    def may_take() -> bool:
        asked.set()
        return allowed

    async with _Running(store.db, heard, may_take=may_take):
        job_id = (await store.submit()).job.id
        await asyncio.wait_for(asked.wait(), SOON)
        assert heard.jobs.empty()
        allowed = True

        assert (await heard.next())[0] == job_id
