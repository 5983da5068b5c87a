"""How many jobs an organization may have open, and how many of them run at a time (contract section 6)."""

import asyncio
from dataclasses import replace

import httpx2
import pytest
from tests.support.edge import LIMITS, OTHER, EdgeUnderTest, code_of, submit

from docurift.api.app import create_app
from docurift.api.services import EdgeLimits
from docurift.model.failure import FailureCode
from docurift.model.key import Scope
from docurift.storage.database import WORKER_NAME, connect


def limited(edge: EdgeUnderTest, limits: EdgeLimits) -> EdgeUnderTest:
    services = replace(edge.services, limits=limits)
    return EdgeUnderTest(create_app(services), services, edge.key)


async def sent(client: httpx2.AsyncClient, content: bytes = b"%PDF-1.7 one more") -> httpx2.Response:
    return await client.post("/v1/documents/process/async", files={"file": ("a.pdf", content)})


async def test_as_many_jobs_are_open_as_may_be_and_another_may_come_when_one_has_ended(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_jobs=2))
    async with narrow.client() as client:
        first = (await submit(client, b"first"))["jobId"]
        await submit(client, b"second")

        refused = await sent(client)
        assert (refused.status_code, code_of(refused)) == (429, "CONCURRENT_LIMIT_EXCEEDED")
        assert refused.json()["error"]["details"] == {"limit": 2, "open": 2, "of": "jobs"}
        assert refused.json()["error"]["retryable"]
        assert int(refused.headers["retry-after"]) >= 1

        await edge.fail(first, FailureCode.FILE_CORRUPT)
        async with asyncio.timeout(10):
            while (await sent(client)).status_code == 429:  # noqa: ASYNC110 -- it is counted again within a second
                await asyncio.sleep(0.05)


async def test_many_at_once_do_not_pass_together(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_jobs=5))
    async with narrow.client() as client:
        answers = await asyncio.gather(*(sent(client, b"%%PDF-1.7 %d" % number) for number in range(20)))

    assert sorted(answer.status_code for answer in answers) == [202] * 5 + [429] * 15


async def test_a_batch_counts_with_all_its_items(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_jobs=3))
    files = [("file", (f"{number}.pdf", b"%%PDF-1.7 %d" % number)) for number in range(4)]
    async with narrow.client() as client:
        refused = await client.post("/v1/batches", files=files)
        taken = await client.post("/v1/batches", files=files[:3])

    assert (refused.status_code, code_of(refused)) == (429, "CONCURRENT_LIMIT_EXCEEDED")
    assert taken.status_code == 202


async def test_known_pages_count(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_pages=50))
    async with narrow.client() as client:
        await submit(client)
        async with edge.db.reading() as conn:
            await conn.execute("update jobs set page_count = 60")

        async with asyncio.timeout(10):
            while (refused := await sent(client)).status_code == 202:  # noqa: ASYNC110 -- counted before they were known
                await asyncio.sleep(0.05)

    assert refused.json()["error"]["details"]["of"] == "pages"


async def test_one_organizations_jobs_leave_room_for_anothers(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_jobs=1))
    others = await edge.key_of(OTHER, Scope.JOBS_WRITE)
    async with narrow.client() as client, narrow.client(others) as stranger:
        await submit(client)

        assert (await sent(client)).status_code == 429
        assert (await sent(stranger)).status_code == 202


@pytest.mark.parametrize("path", ["/v1/jobs/{job}/retry", "/v1/batches/{batch}/retry-failed"])
async def test_a_retry_is_one_more(edge: EdgeUnderTest, path: str) -> None:
    narrow = limited(edge, replace(LIMITS, max_open_jobs=1))
    async with edge.client() as client:
        batch = (await client.post("/v1/batches", files=[("file", ("a.pdf", b"%PDF-1.7 a"))])).json()["data"]["id"]
        job = (await client.get(f"/v1/batches/{batch}/jobs")).json()["data"]["jobs"][0]["id"]
        await edge.fail(job)
        await submit(client, b"another")

    async with narrow.client() as client:
        refused = await client.post(path.format(job=job, batch=batch))

    assert (refused.status_code, code_of(refused)) == (429, "CONCURRENT_LIMIT_EXCEEDED")


async def test_a_job_says_that_its_own_organizations_jobs_hold_it_back(edge: EdgeUnderTest) -> None:
    narrow = limited(edge, replace(LIMITS, max_running_jobs=1))
    async with narrow.client() as client, await connect(edge.db.dsn, name=f"{WORKER_NAME}/2"):
        await submit(client, b"first")
        held_back = (await submit(client, b"second"))["jobId"]

        told = (await client.get(f"/v1/jobs/{held_back}/explain")).json()["data"]

    assert [reason["code"] for reason in told["reasons"]] == ["RUNNING_LIMIT", "WAITS_IN_QUEUE"]
    assert told["reasons"][0]["details"] == {"limit": 1, "running": 1}
