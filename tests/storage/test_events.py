"""The organization's log is numbered without gaps, in the order of commits."""

import asyncio
import random

import pytest
from tests.support.submissions import CORRUPT, GONE_LEASE_SECONDS, ORGANIZATION, Store

from docurift.actions.finish import fail
from docurift.model.event import EventType
from docurift.storage import events
from docurift.storage.database import Database
from docurift.storage.events import NewEvent

pytestmark = pytest.mark.committed


class _GaveUp(Exception):  # noqa: N818 -- a test's own
    pass


async def test_a_job_tells_its_life_once(store: Store) -> None:
    job_id = (await store.submit(metadata={"order": 7})).job.id
    await store.taken(job_id, lease_seconds=GONE_LEASE_SECONDS)
    await store.complete(await store.taken(job_id))

    async with store.db.reading() as conn:
        told = await events.after(conn, organization_id=ORGANIZATION, sequence=0)

    assert [(event.sequence, event.type) for event in told] == [
        (1, EventType.DOCUMENT_ACCEPTED),
        (2, EventType.DOCUMENT_STARTED),
        (3, EventType.DOCUMENT_COMPLETED),
    ]
    assert told[2].data["jobId"] == job_id
    assert told[2].data["callbackMetadata"] == {"order": 7}
    assert told[2].data["pagesProcessed"] == 2


async def test_a_failed_job_tells_why(store: Store) -> None:
    lease = await store.taken((await store.submit()).job.id)
    await fail(store.db, lease, CORRUPT)

    async with store.db.reading() as conn:
        told = await events.after(conn, organization_id=ORGANIZATION, sequence=2)

    assert [event.type for event in told] == [EventType.DOCUMENT_FAILED]
    assert told[0].data["error"] == {
        "code": "FILE_CORRUPT",
        "message": CORRUPT.message,
        "retryable": False,
        "stage": "load",
        "page": None,
    }


async def test_writers_that_roll_back_leave_no_gap_and_readers_miss_nothing(store: Store) -> None:
    seen, written = list[int](), asyncio.Event()

    async def write(seed: int) -> None:
        choice = random.Random(seed)  # noqa: S311 -- which of the writers give up
        for _ in range(12):
            try:
                await _write(store.db, gives_up=choice.random() < 0.4)
            except _GaveUp:
                continue

    async def read() -> None:
        while True:
            done = written.is_set()
            async with store.db.reading() as conn:
                told = await events.after(conn, organization_id=ORGANIZATION, sequence=seen[-1] if seen else 0)
            seen.extend(event.sequence for event in told)
            if done and not told:
                return

    reader = asyncio.create_task(read())
    await asyncio.gather(*(write(seed) for seed in range(6)))
    written.set()
    await reader

    assert seen == list(range(1, len(seen) + 1))
    assert len(seen) == await store.one("select count(*) from events") > 0


async def _write(db: Database, *, gives_up: bool) -> None:
    async with db.transaction() as tx:
        await events.append(tx, [NewEvent(type=EventType.API_KEY_CREATED, organization_id=ORGANIZATION, data={})])
        if gives_up:
            raise _GaveUp
