"""Cancelling a job over HTTP (contract section 3)."""

import httpx2
from tests.support.batches import events_of, jobs_of, shown, submit_batch
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.actions.take import take
from docurift.model.ids import JobId, new_id


async def test_a_waiting_job_has_failed_when_the_call_answers(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]

    cancelled = (await client.post(f"/v1/jobs/{job_id}/cancel")).json()["data"]

    assert (cancelled["status"], cancelled["error"]["code"]) == ("failed", "JOB_CANCELLED")
    [told] = await events_of(edge, "document.processing.failed")
    assert (told["jobId"], told["error"]["code"]) == (job_id, "JOB_CANCELLED")


async def test_a_running_job_is_asked_to_stop(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]
    await take(edge.db, JobId(job_id), worker="test", lease_seconds=30, max_tries=3)

    asked = (await client.post(f"/v1/jobs/{job_id}/cancel")).json()["data"]

    assert asked["status"] == "processing"
    assert asked["cancelRequestedAt"] is not None
    assert [one["jobId"] for one in await events_of(edge, "job.cancel_requested")] == [job_id]


async def test_a_final_job_cannot_be_cancelled(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]
    await edge.complete(job_id)

    response = await client.post(f"/v1/jobs/{job_id}/cancel")

    assert (response.status_code, code_of(response)) == (409, "JOB_ALREADY_FINAL")


async def test_a_key_gives_the_first_answer_again(client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]
    headers = {"Idempotency-Key": "cancel-1"}

    first = await client.post(f"/v1/jobs/{job_id}/cancel", headers=headers)
    again = await client.post(f"/v1/jobs/{job_id}/cancel", headers=headers)

    assert first.json() == again.json()
    assert again.status_code == 200
    assert again.headers["idempotent-replayed"] == "true"


async def test_an_unknown_job_is_not_found_with_a_key_too(client: httpx2.AsyncClient) -> None:
    response = await client.post(f"/v1/jobs/{new_id('job')}/cancel", headers={"Idempotency-Key": "cancel-2"})

    assert (response.status_code, code_of(response)) == (404, "JOB_NOT_FOUND")


async def test_the_last_job_that_is_cancelled_ends_its_batch(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a", b"b"])
    first, second = await jobs_of(edge, batch_id)
    await edge.complete(first)

    await client.post(f"/v1/jobs/{second}/cancel")

    assert (await shown(client, batch_id))["status"] == "completed"
    assert len(await events_of(edge, "batch.completed")) == 1


async def test_a_retry_of_a_batchs_job_is_a_job_of_its_own(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a"])
    [job_id] = await jobs_of(edge, batch_id)
    await edge.fail(job_id)

    retried = (await client.post(f"/v1/jobs/{job_id}/retry")).json()["data"]["jobId"]

    job = (await client.get(f"/v1/jobs/{retried}")).json()["data"]
    assert (job["retryOf"], job["batchId"]) == (job_id, None)
