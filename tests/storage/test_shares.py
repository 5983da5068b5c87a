"""Which of the waiting jobs are in the queue, and whose turn is next (decision 0023)."""

import asyncio
from collections import Counter
from itertools import count

import pytest
from tests.support.submissions import MAX_TRIES, ORGANIZATION, OTHER_ORGANIZATION, SECRETS, Store, a_file

from docurift.actions.admit import admit
from docurift.actions.batch_submit import AskedItem, BatchOrder, submit_batch
from docurift.actions.cancel import cancel, cancel_batch
from docurift.actions.retry import retry
from docurift.actions.submit import submit
from docurift.actions.take import Lease
from docurift.model.ids import BatchId, JobId, OrganizationId
from docurift.model.job import Job, JobOptions, Priority
from docurift.storage import jobs, shares
from docurift.storage.shares import WINDOW
from docurift.storage.shown_jobs import shown

pytestmark = pytest.mark.committed

HIGH = JobOptions(priority=Priority.HIGH)
NUMBERS = count()


async def a_job(
    store: Store, organization: OrganizationId = ORGANIZATION, *, options: JobOptions | None = None, most: int = 0
) -> Job:
    submitted = await submit(
        store.db,
        store.blobs,
        organization_id=organization,
        source=a_file(store.blobs.incoming, b"%d" % next(NUMBERS)),
        options=options or JobOptions(),
        secrets=SECRETS,
        most_running=most,
    )
    return submitted.job


async def some_jobs(
    store: Store, number: int, organization: OrganizationId = ORGANIZATION, *, most: int = 0
) -> BatchId:
    """A batch of so many."""
    items = [
        AskedItem(
            source=a_file(store.blobs.incoming, b"%d" % next(NUMBERS)),
            options=JobOptions(),
            callback_metadata=None,
            password=None,
        )
        for _ in range(number)
    ]
    order = BatchOrder(content=items, callback_metadata=None, webhook=None)
    submitted = await submit_batch(
        store.db, store.blobs, SECRETS, organization_id=organization, order=order, most_running=most
    )
    return submitted.batch.id


async def queued(store: Store) -> list[JobId]:
    """The jobs in the engine's queue, in the order in which it hands them out."""
    async with store.db.reading() as conn:
        cursor = await conn.execute(
            "select dedupe_key from pgqueuer where status = 'queued' order by priority desc, id"
        )
        return [JobId(row["dedupe_key"]) for row in await cursor.fetchall()]


async def begun(store: Store) -> Lease:
    """The job that the engine hands out next, in the hands of a worker."""
    job_id = (await queued(store))[0]
    async with store.db.reading() as conn:
        await conn.execute("delete from pgqueuer where dedupe_key = %s", (job_id,))
    return await store.taken(job_id)


async def test_a_job_of_a_quiet_service_is_in_the_queue_at_once(store: Store) -> None:
    job = await a_job(store)

    assert await queued(store) == [job.id]


async def test_what_the_queue_has_no_room_for_waits_in_the_backlog_and_follows_in_its_order(store: Store) -> None:
    submitted = [await a_job(store) for _ in range(WINDOW + 3)]
    first, later = submitted[:WINDOW], submitted[WINDOW:]
    assert await queued(store) == [job.id for job in first]
    assert await admit(store.db) == 0, "there is no room yet"

    for job in first[:2]:
        assert (await begun(store)).job.id == job.id
    await admit(store.db)

    assert await queued(store) == [job.id for job in [*first[2:], *later[:2]]]


async def test_a_batch_leaves_what_has_no_room_in_the_backlog(store: Store) -> None:
    await some_jobs(store, 100)

    assert len(await queued(store)) == WINDOW


async def test_another_organizations_single_job_is_next_whatever_waits(store: Store) -> None:
    await some_jobs(store, 200)
    running = [await begun(store) for _ in range(2)]

    single = await a_job(store, OTHER_ORGANIZATION)

    assert {lease.job.organization_id for lease in running} == {ORGANIZATION}
    assert (await queued(store))[0] == single.id


async def test_organizations_that_wait_for_each_answer_do_not_starve_a_large_batch(store: Store) -> None:
    await some_jobs(store, 60)
    served = Counter[OrganizationId]()
    for _ in range(30):
        if not await store.one(
            "select count(*) from jobs where organization_id = %s and status = 'pending'", OTHER_ORGANIZATION
        ):
            await a_job(store, OTHER_ORGANIZATION)
        lease = await begun(store)
        await store.complete(lease, lease.job.id, pages=1)
        await admit(store.db)
        served[lease.job.organization_id] += 1

    assert abs(served[ORGANIZATION] - served[OTHER_ORGANIZATION]) <= 2


async def test_shares_are_equal_in_pages(store: Store) -> None:
    """One organization's documents have ten pages, the other's one; nothing is known of them before they are read."""
    await some_jobs(store, 60)
    await some_jobs(store, 60, OTHER_ORGANIZATION)

    async def serve(number: int) -> Counter[OrganizationId]:
        served = Counter[OrganizationId]()
        for _ in range(number):
            lease = await begun(store)
            owner = lease.job.organization_id
            await store.complete(lease, lease.job.id, pages=10 if owner == ORGANIZATION else 1)
            await admit(store.db)
            served[owner] += 1
        return served

    await serve(2 * WINDOW)  # what was in the queue before keeps its place
    served = await serve(33)

    assert served[ORGANIZATION] * 10 <= served[OTHER_ORGANIZATION]


async def test_high_priority_goes_before_the_organizations_own(store: Store) -> None:
    mine = [await a_job(store) for _ in range(WINDOW + 5)]
    high = await a_job(store, options=HIGH)
    assert high.start_tag is None, "it waits in the backlog"

    await admit(store.db)

    assert (await queued(store))[:2] == [high.id, mine[0].id]


async def test_high_priority_takes_nothing_of_anothers_share(store: Store) -> None:
    for _ in range(4):
        await a_job(store, options=HIGH)
    first = await begun(store)
    other = await a_job(store, OTHER_ORGANIZATION)

    assert first.job.organization_id == ORGANIZATION
    assert (await queued(store))[0] == other.id


async def test_no_more_jobs_of_one_organization_are_in_the_queue_than_may_run(store: Store) -> None:
    await asyncio.gather(*(a_job(store, most=2) for _ in range(12)))
    await some_jobs(store, 5, most=2)
    for _ in range(3):
        await admit(store.db, most_running=2)

    running = await begun(store), await begun(store)
    await admit(store.db, most_running=2)
    assert await queued(store) == []

    await store.complete(running[0])
    await admit(store.db, most_running=2)
    assert len(await queued(store)) == 1


async def test_a_limit_of_running_jobs_holds_up_nobody_else(store: Store) -> None:
    await some_jobs(store, 5, most=1)
    await begun(store)

    other = await a_job(store, OTHER_ORGANIZATION, most=1)

    assert await queued(store) == [other.id]


async def test_many_admit_at_once_while_jobs_are_cancelled(store: Store) -> None:
    """None is in the queue twice, and nobody waits for somebody who waits for him."""
    batch_id = await some_jobs(store, 150)
    loose = [await a_job(store, OTHER_ORGANIZATION) for _ in range(40)]

    async def make_room() -> None:
        for _ in range(10):
            for job_id in (await queued(store))[:1]:
                await store.take(job_id)  # or it is cancelled
                async with store.db.reading() as conn:
                    await conn.execute("delete from pgqueuer where dedupe_key = %s", (job_id,))

    await asyncio.gather(
        make_room(),
        *(admit(store.db) for _ in range(20)),
        *(cancel(store.db, organization_id=OTHER_ORGANIZATION, job_id=job.id) for job in loose[-8:]),
        cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch_id),
    )

    entries = await queued(store)
    assert len(entries) == len(set(entries))
    assert await store.one("select count(*) from jobs where status = 'pending' and batch_id is not null") == 0


async def test_only_what_is_in_the_queue_is_offered_again(store: Store) -> None:
    await some_jobs(store, WINDOW + 10)
    async with store.db.reading() as conn:
        await conn.execute("delete from pgqueuer")
        await conn.execute("update jobs set created_at = created_at - interval '1 minute'")

        offered = await jobs.to_offer(conn, max_tries=MAX_TRIES, limit=1_000)

    assert len(offered) == WINDOW


async def test_a_retry_waits_like_any_other(store: Store) -> None:
    first = await a_job(store)
    await store.complete(await begun(store))
    await some_jobs(store, WINDOW + 5)

    again = await retry(store.db, organization_id=ORGANIZATION, job_id=first.id)

    assert again.job.start_tag is None


async def test_a_place_counts_the_organizations_own_only(store: Store) -> None:
    await some_jobs(store, 50)
    other = await a_job(store, OTHER_ORGANIZATION)

    async with store.db.reading() as conn:
        seen = await shown(conn, organization_id=OTHER_ORGANIZATION, job_id=other.id)

    assert seen is not None
    assert seen.queue_position == 1


async def test_tags_begin_anew_when_the_queue_is_empty(store: Store) -> None:
    job = await a_job(store)
    async with store.db.reading() as conn:
        await conn.execute("insert into shares values (%s, 5000)", (OTHER_ORGANIZATION,))
        assert await shares.begin_anew(conn, above=1000) == 0, "a job waits"

    await store.complete(await begun(store))

    async with store.db.reading() as conn:
        assert await shares.begin_anew(conn, above=1000) == 1
    assert job.start_tag is not None
    assert await store.one("select max(finish_tag) from shares") < 1000


async def test_what_is_open_is_counted_with_the_pages_that_are_known(store: Store) -> None:
    for _ in range(3):
        await a_job(store)
    lease = await begun(store)
    async with store.db.reading() as conn:
        await conn.execute("update jobs set page_count = 40 where id = %s", (lease.job.id,))

        opened = await shares.open_of(conn, organization_id=ORGANIZATION)
        others = await shares.open_of(conn, organization_id=OTHER_ORGANIZATION)
        bounded = await shares.open_of(conn, organization_id=ORGANIZATION, most=2)

    assert (opened.jobs, opened.pages) == (3, 42)
    assert (others.jobs, others.pages) == (0, 0)
    assert bounded.jobs == 2
