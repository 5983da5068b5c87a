"""`GET /v1/jobs/{id}/attempts` (contract section 3)."""

import httpx2
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.actions.finish import fail
from docurift.actions.take import take
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId, new_id
from docurift.storage.attempts import Spent

GONE_LEASE_SECONDS = -1.0


async def test_a_job_that_waits_has_no_attempts(client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]

    told = (await client.get(f"/v1/jobs/{job_id}/attempts")).json()["data"]

    assert told == {"jobId": job_id, "attempts": []}


async def test_each_attempt_says_who_made_it_how_it_ended_and_what_it_used(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    job_id = JobId((await submit(client))["jobId"])
    await take(edge.db, job_id, worker="worker-1", lease_seconds=GONE_LEASE_SECONDS, max_tries=3)
    lease = await take(edge.db, job_id, worker="worker-2", lease_seconds=30, max_tries=3)
    assert lease is not None
    spent = Spent(last_page=2, peak_memory_bytes=1024, cpu_seconds=0.5)
    await fail(edge.db, lease, Failure.of(FailureCode.OUT_OF_MEMORY, stage=Stage.READ, page=3), spent=spent)

    lost, last = (await client.get(f"/v1/jobs/{job_id}/attempts")).json()["data"]["attempts"]

    assert (lost["number"], lost["worker"], lost["outcome"], lost["lastPage"]) == (1, "worker-1", "worker_lost", None)
    assert lost["endedAt"] >= lost["startedAt"]
    assert (last["number"], last["worker"], last["outcome"], last["lastPage"]) == (2, "worker-2", "out_of_memory", 2)
    assert (last["peakMemoryBytes"], last["cpuSeconds"]) == (1024, 0.5)


async def test_a_running_attempt_has_no_end(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = JobId((await submit(client))["jobId"])
    await take(edge.db, job_id, worker="worker-1", lease_seconds=30, max_tries=3)

    [running] = (await client.get(f"/v1/jobs/{job_id}/attempts")).json()["data"]["attempts"]

    assert (running["endedAt"], running["outcome"]) == (None, None)


async def test_attempts_at_an_unknown_job_are_not_found(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/v1/jobs/{new_id('job')}/attempts")

    assert (response.status_code, code_of(response)) == (404, "JOB_NOT_FOUND")
