"""One request, however often it is sent, makes one job."""

import asyncio

import pytest
from tests.support.submissions import CORRUPT, ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.delete import delete_job
from docurift.actions.finish import fail
from docurift.actions.retry import retry
from docurift.actions.submit import IdempotencyKey, IdempotencyKeyReusedError

pytestmark = pytest.mark.committed

KEY = IdempotencyKey(key="order-1", fingerprint=b"f" * 32)


async def test_a_repeated_request_answers_the_first_job(store: Store) -> None:
    first = await store.submit(key=KEY)
    second = await store.submit(key=KEY)

    assert not first.replayed
    assert second.replayed
    assert second.job == first.job
    assert second.document == first.document
    assert await store.one("select count(*) from jobs") == 1
    assert await store.one("select count(*) from pgqueuer") == 1


async def test_the_key_of_another_request_is_refused_and_nothing_is_made(store: Store) -> None:
    await store.submit(key=KEY)

    with pytest.raises(IdempotencyKeyReusedError):
        await store.submit(b"other", key=IdempotencyKey(key=KEY.key, fingerprint=b"g" * 32))

    assert await store.one("select count(*) from documents") == 1


async def test_many_at_once_make_one_job_and_all_answer_it(store: Store) -> None:
    answers = await asyncio.gather(*(store.submit(key=KEY) for _ in range(20)))

    assert len({answer.job.id for answer in answers}) == 1
    assert sum(not answer.replayed for answer in answers) == 1
    assert await store.one("select count(*) from jobs") == 1
    assert await store.one("select event_sequence from organizations where id = %s", ORGANIZATION) == 1


async def test_organizations_do_not_share_keys(store: Store) -> None:
    first = await store.submit(key=KEY)
    second = await store.submit(key=KEY, organization=OTHER_ORGANIZATION)

    assert not second.replayed
    assert second.job.id != first.job.id


async def test_a_key_is_free_again_after_a_day(store: Store) -> None:
    first = await store.submit(key=KEY)
    await store.one("update idempotency_keys set created_at = now() - interval '24 hours' returning 1")

    second = await store.submit(b"other", key=IdempotencyKey(key=KEY.key, fingerprint=b"g" * 32))

    assert second.job.id != first.job.id


async def test_a_repeated_retry_makes_one_job(store: Store) -> None:
    job_id = (await store.submit()).job.id
    await fail(store.db, await store.taken(job_id), CORRUPT)

    first = await retry(store.db, organization_id=ORGANIZATION, job_id=job_id, idempotency_key=KEY)
    second = await retry(store.db, organization_id=ORGANIZATION, job_id=job_id, idempotency_key=KEY)

    assert second.replayed
    assert second.job.id == first.job.id


async def test_a_deleted_job_frees_its_key(store: Store) -> None:
    job_id = (await store.submit(key=KEY)).job.id
    await fail(store.db, await store.taken(job_id), CORRUPT)
    await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=job_id)

    again = await store.submit(key=KEY)

    assert not again.replayed
