import asyncio

import httpx2
import pytest

from docurift.model.failure import FailureCode
from tests.support.edge import EdgeUnderTest, an_extraction, code_of, submit


async def test_a_submitted_job_is_pending_and_has_a_place_in_the_queue(client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, callbackMetadata='{"order": "4711"}')

    job = (await client.get(f"/v1/jobs/{accepted['jobId']}")).json()["data"]

    assert job["status"] == "pending"
    assert job["queuePosition"] == 1
    assert job["callbackMetadata"] == {"order": "4711"}
    assert job["documentId"] == accepted["documentId"]
    assert "result" not in job
    assert "error" not in job


async def test_a_completed_job_carries_result_fields_and_where_they_are_whole(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    await edge.complete(accepted["jobId"])

    job = (await client.get(f"/v1/jobs/{accepted['jobId']}")).json()["data"]

    assert job["status"] == "completed"
    assert job["progress"] == 100
    assert job["result"]["detectedLanguage"] == "en"
    assert job["fields"] == {}
    assert job["warnings"] == []
    assert job["resultUrl"] == f"/v1/jobs/{accepted['jobId']}/result"
