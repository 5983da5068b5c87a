"""`GET /v1/jobs/{id}/explain` (contract section 3)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.actions.take import Lease, release, take
from docurift.model.failure import FailureCode
from docurift.model.ids import JobId, new_id
from docurift.storage.database import WORKER_NAME, connect

GONE_LEASE_SECONDS = -1.0


@asynccontextmanager
async def _a_worker(edge: EdgeUnderTest) -> AsyncGenerator[None]:
    """Somebody who listens for work."""
    async with await connect(edge.db.dsn, name=WORKER_NAME):
        yield


async def _explained(client: httpx2.AsyncClient, job_id: str) -> dict[str, Any]:
    response = await client.get(f"/v1/jobs/{job_id}/explain")
    assert response.status_code == 200, response.text
    assert response.json()["data"]["jobId"] == job_id
    return response.json()["data"]


def _codes(told: dict[str, Any]) -> list[str]:
    return [reason["code"] for reason in told["reasons"]]


async def _taken(edge: EdgeUnderTest, job_id: str, *, lease_seconds: float = 30.0, max_seconds: float = 60.0) -> Lease:
    lease = await take(
        edge.db,
        JobId(job_id),
        worker="worker-1",
        lease_seconds=lease_seconds,
        max_tries=3,
        max_seconds=max_seconds,
    )
    assert lease is not None
    return lease


async def test_a_waiting_job_knows_its_place(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    await submit(client, b"first")
    job_id = (await submit(client, b"second"))["jobId"]

    async with _a_worker(edge):
        told = await _explained(client, job_id)

    assert (told["status"], _codes(told)) == ("pending", ["WAITS_IN_QUEUE"])
    assert told["reasons"][0]["details"]["position"] == 2
    assert (told["next"]["code"], told["actions"]) == ("IS_TAKEN", ["wait", "cancel"])


async def test_a_job_that_nobody_can_take_says_so_first(client: httpx2.AsyncClient) -> None:
    told = await _explained(client, (await submit(client))["jobId"])

    assert _codes(told) == ["NO_WORKER", "WAITS_IN_QUEUE"]
    assert "ask_operator" in told["actions"]


async def test_a_job_at_work_says_how_far_it_is_and_when_it_would_fail(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    job_id = (await submit(client))["jobId"]
    await _taken(edge, job_id)

    told = await _explained(client, job_id)

    assert (told["status"], _codes(told)) == ("processing", ["IS_PROCESSED"])
    details = told["reasons"][0]["details"]
    assert (details["stage"], details["attempt"]) == ("load", 1)
    assert details["heldUntil"] < told["next"]["failsAt"]
    assert (told["next"]["code"], told["actions"]) == ("ENDS", ["wait", "cancel"])


async def test_a_job_whose_worker_was_lost_waits_for_another(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]
    await _taken(edge, job_id, lease_seconds=GONE_LEASE_SECONDS)

    async with _a_worker(edge):
        told = await _explained(client, job_id)
        await _taken(edge, job_id)
        again = await _explained(client, job_id)

    assert (_codes(told), told["next"]["code"]) == (["WAITS_FOR_ANOTHER_WORKER"], "IS_TAKEN_AGAIN")
    assert _codes(again) == ["IS_PROCESSED", "EARLIER_ATTEMPT"]
    assert again["reasons"][1]["details"] == {"attempt": 1, "outcome": "worker_lost"}


async def test_a_job_that_was_given_back_waits_for_another_worker(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    job_id = (await submit(client))["jobId"]
    await release(edge.db, await _taken(edge, job_id))

    told = await _explained(client, job_id)

    assert _codes(told) == ["WAITS_FOR_ANOTHER_WORKER", "NO_WORKER", "EARLIER_ATTEMPT"]


async def test_a_job_that_is_asked_to_stop_says_so(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client))["jobId"]
    await _taken(edge, job_id)
    await client.post(f"/v1/jobs/{job_id}/cancel")

    told = await _explained(client, job_id)

    assert (_codes(told), told["next"]["code"]) == (["CANCEL_REQUESTED", "IS_PROCESSED"], "IS_STOPPED")
    assert told["actions"] == ["wait"]


async def test_a_failed_job_says_why_in_the_words_of_its_error(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client, expiresAfter="3600"))["jobId"]
    await edge.fail(job_id, FailureCode.FILE_CORRUPT)
    job = (await client.get(f"/v1/jobs/{job_id}")).json()["data"]

    told = await _explained(client, job_id)

    [failed, attempt] = told["reasons"]
    assert (failed["code"], failed["message"]) == ("FAILED", job["error"]["message"])
    assert failed["details"] == {"error": "FILE_CORRUPT", "stage": "load", "page": None, "retryable": False}
    assert attempt["details"] == {"attempt": 1, "outcome": "error"}
    assert (told["next"]["code"], told["next"]["at"]) == ("IS_REMOVED", job["expiresAt"])
    assert told["actions"] == ["retry", "delete"]


async def test_a_completed_job_says_whether_its_result_is_there(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    await edge.complete(accepted["jobId"])

    there = await _explained(client, accepted["jobId"])
    deleted = (await client.delete(f"/v1/documents/{accepted['documentId']}")).json()["data"]
    gone = await _explained(client, accepted["jobId"])

    assert (_codes(there), there["actions"]) == (["COMPLETED"], ["fetch_result", "retry", "delete"])
    assert there["next"]["code"] == "NOTHING"
    assert (_codes(gone), gone["actions"]) == (["RESULT_REMOVED", "COMPLETED"], ["send_again", "delete"])
    assert gone["reasons"][0]["details"]["deletedAt"] == deleted["deletedAt"]


async def test_an_unknown_job_is_not_explained(client: httpx2.AsyncClient) -> None:
    response = await client.get(f"/v1/jobs/{new_id('job')}/explain")

    assert (response.status_code, code_of(response)) == (404, "JOB_NOT_FOUND")
