"""`ifDuplicate`: the same bytes with the same options are read again, answered with the job there is, or refused."""

import asyncio

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, an_extraction, code_of

ASYNC = "/v1/documents/process/async"
BYTES = b"INV-2041 for Miller & Sons"


async def sent(
    client: httpx2.AsyncClient, policy: str, content: bytes = BYTES, key: str | None = None, **fields: str
) -> httpx2.Response:
    headers = {} if key is None else {"Idempotency-Key": key}
    files = {"file": ("a.txt", content)}
    return await client.post(ASYNC, files=files, data={"ifDuplicate": policy, **fields}, headers=headers)


async def job_of(client: httpx2.AsyncClient, policy: str, content: bytes = BYTES, **more: str) -> str:
    response = await sent(client, policy, content, **more)
    assert response.status_code == 202, response.text
    return response.json()["data"]["jobId"]


async def completed(edge: EdgeUnderTest, client: httpx2.AsyncClient, **options: str) -> str:
    job_id = await job_of(client, "rerun", **options)
    await edge.complete(job_id, an_extraction(engine_version=edge.services.engine_version))
    return job_id


async def test_a_job_that_waits_is_joined(client: httpx2.AsyncClient) -> None:
    first = await job_of(client, "return")

    assert await job_of(client, "return") == first
    assert await job_of(client, "rerun") != first
    assert await job_of(client, "return", b"other bytes") != first


async def test_a_completed_job_answers_also_a_waited_call(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    first = await completed(edge, client)

    answer = await client.post(
        "/v1/documents/process", files={"file": ("b.txt", BYTES)}, data={"ifDuplicate": "return"}
    )

    assert (answer.status_code, answer.json()["data"]["jobId"]) == (200, first)


async def test_a_duplicate_is_refused_by_name(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    first = await completed(edge, client)

    refused = await sent(client, "refuse")

    details = refused.json()["error"]["details"]
    assert (refused.status_code, code_of(refused), details["jobId"]) == (409, "DUPLICATE_DOCUMENT", first)
    assert await edge.count("documents") == 1
    assert (await sent(client, "refuse", b"other bytes")).status_code == 202


@pytest.mark.parametrize("field", [{"language": "de"}, {"extractTables": "false"}, {"pages": "1"}])
async def test_other_options_are_another_job(client: httpx2.AsyncClient, field: dict[str, str]) -> None:
    first = await job_of(client, "return")

    assert await job_of(client, "return", **field) != first


async def test_priority_retention_and_deadline_change_no_result(client: httpx2.AsyncClient) -> None:
    first = await job_of(client, "return")

    assert await job_of(client, "return", priority="high", expiresAfter="3600", deadlineSeconds="60") == first


async def test_what_failed_was_cancelled_or_deleted_is_no_duplicate(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    failed = await job_of(client, "return")
    await edge.fail(failed)
    cancelled = await job_of(client, "return")
    await client.post(f"/v1/jobs/{cancelled}/cancel")
    deleted = await completed(edge, client)
    document = (await client.get(f"/v1/jobs/{deleted}")).json()["data"]["documentId"]
    await client.delete(f"/v1/documents/{document}")

    assert await job_of(client, "return") not in {failed, cancelled, deleted}


async def test_a_result_of_another_engine_is_no_duplicate(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    first = await job_of(client, "rerun")
    await edge.complete(first, an_extraction(engine_version="docurift-0.0.1"))

    assert await job_of(client, "return") != first


async def test_a_document_with_a_password_joins_no_job_that_may_not_open_it(client: httpx2.AsyncClient) -> None:
    first = await job_of(client, "return", password="one")

    assert await job_of(client, "return", password="another") != first
    assert await job_of(client, "return") != first


async def test_another_organizations_bytes_are_no_duplicate(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    mine, theirs = await sent(client, "refuse"), await sent(other, "refuse")

    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.headers.keys() == theirs.headers.keys()


async def test_fifty_at_once_are_one_job(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    jobs = await asyncio.gather(*(job_of(client, "return") for _ in range(50)))

    assert (len(set(jobs)), await edge.count("jobs"), await edge.count("documents")) == (1, 1, 1)


async def test_an_idempotency_key_stands_for_the_job_that_was_joined(client: httpx2.AsyncClient) -> None:
    first = await job_of(client, "return")
    joined = await job_of(client, "return", key="k")

    replayed = await sent(client, "return", key="k")

    assert joined == first
    assert replayed.json()["data"]["jobId"] == first
    assert replayed.headers["Idempotent-Replayed"] == "true"


async def test_bytes_that_are_not_known_yet_are_compared_with_nothing(client: httpx2.AsyncClient) -> None:
    refused = await client.post(ASYNC, json={"fileUrl": "https://93.184.215.14/a.pdf", "ifDuplicate": "return"})

    assert (refused.status_code, code_of(refused)) == (400, "VALIDATION_ERROR")
    assert [one["field"] for one in refused.json()["error"]["details"]["fields"]] == ["ifDuplicate"]
