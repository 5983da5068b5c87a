import asyncio
from datetime import UTC, datetime, timedelta

import httpx2
from tests.support.edge import LIMITS, EdgeUnderTest, an_extraction, code_of, submit

from docurift.model.failure import FailureCode


async def the_job(client: httpx2.AsyncClient, job_id: str, **query: object) -> dict[str, object]:
    response = await client.get(f"/v1/jobs/{job_id}", params={name: str(value) for name, value in query.items()})
    assert response.status_code == 200, response.text
    return response.json()["data"]


async def test_a_submitted_job_is_pending_and_has_a_place_in_the_queue(client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, callbackMetadata='{"order": "4711"}')

    job = await the_job(client, accepted["jobId"])

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

    job = await the_job(client, accepted["jobId"])

    assert job["status"] == "completed"
    assert job["progress"] == 100
    assert job["result"]["detectedLanguage"] == "en"
    assert job["fields"] == {}
    assert job["warnings"] == []
    assert job["resultUrl"] == f"/v1/jobs/{accepted['jobId']}/result"
    assert job["queuePosition"] is None


async def test_a_failed_job_carries_its_error(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    await edge.fail(accepted["jobId"], FailureCode.FILE_CORRUPT)

    job = await the_job(client, accepted["jobId"])

    assert job["status"] == "failed"
    assert job["error"]["code"] == "FILE_CORRUPT"
    assert job["error"]["retryable"] is False
    assert "result" not in job


async def test_a_result_over_the_inline_limit_is_null_and_whole_at_its_url(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    large = {"rawText": "x" * (LIMITS.max_inline_result_bytes + 1)}
    await edge.complete(accepted["jobId"], an_extraction(result=large))

    job = await the_job(client, accepted["jobId"])
    whole = await client.get(job["resultUrl"])

    assert job["result"] is None
    assert whole.json()["data"]["result"] == large


async def test_waiting_answers_as_soon_as_the_job_is_final(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    waiting = asyncio.create_task(the_job(client, accepted["jobId"], wait=60))

    await edge.complete(accepted["jobId"])

    assert (await asyncio.wait_for(waiting, 5))["status"] == "completed"


async def test_waiting_answers_when_its_time_is_up(client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)

    job = await asyncio.wait_for(the_job(client, accepted["jobId"], wait=1), 5)

    assert job["status"] == "pending"


async def test_an_unchanged_job_is_answered_304_without_body(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    path = f"/v1/jobs/{accepted['jobId']}"
    tag = (await client.get(path)).headers["etag"]

    unchanged = await client.get(path, headers={"If-None-Match": tag})
    await edge.complete(accepted["jobId"])
    changed = await client.get(path, headers={"If-None-Match": tag})

    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["etag"] == tag
    assert changed.status_code == 200
    assert changed.headers["etag"] != tag


async def test_a_list_is_walked_by_cursor_without_gaps_and_by_page(client: httpx2.AsyncClient) -> None:
    ids = [(await submit(client))["jobId"] for _ in range(5)]

    first = (await client.get("/v1/jobs?limit=2")).json()["data"]
    second = (await client.get("/v1/jobs", params={"limit": 2, "cursor": first["pagination"]["nextCursor"]})).json()
    by_page = (await client.get("/v1/jobs?limit=2&page=2")).json()["data"]

    assert [job["id"] for job in first["jobs"]] == ids[:2:-1]
    assert [job["id"] for job in second["data"]["jobs"]] == ids[2:0:-1]
    assert by_page["jobs"] == second["data"]["jobs"]
    assert first["pagination"] | {"nextCursor": None} == {
        "page": 1,
        "limit": 2,
        "total": 5,
        "totalPages": 3,
        "hasNext": True,
        "hasPrev": False,
        "nextCursor": None,
        "totalIsEstimate": False,
    }


async def test_a_cursor_is_good_for_its_own_filter_only(client: httpx2.AsyncClient) -> None:
    for _ in range(3):
        await submit(client)
    cursor = (await client.get("/v1/jobs?limit=1")).json()["data"]["pagination"]["nextCursor"]

    changed = await client.get("/v1/jobs", params={"limit": 1, "cursor": cursor, "status": "pending"})
    damaged = await client.get("/v1/jobs", params={"limit": 1, "cursor": cursor[:-2] + "xx"})

    assert (changed.status_code, code_of(changed)) == (400, "INVALID_CURSOR")
    assert (damaged.status_code, code_of(damaged)) == (400, "INVALID_CURSOR")


async def test_every_filter_of_the_list_finds_what_it_names(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    wanted = await submit(client, documentType="invoice", callbackMetadata='{"order": "4711"}')
    await edge.fail(wanted["jobId"], FailureCode.FILE_ENCRYPTED)
    await submit(client, callbackMetadata='{"order": "4712"}')
    today, tomorrow = datetime.now(UTC).date(), datetime.now(UTC).date() + timedelta(days=1)

    for query in (
        {"status": "failed"},
        {"documentType": "invoice"},
        {"errorCode": "FILE_ENCRYPTED"},
        {"documentId": wanted["documentId"]},
        {"metadata.order": "4711"},
        {"metadata.order": "4711", "search": "INVOICE", "startDate": str(today), "endDate": str(tomorrow)},
    ):
        found = (await client.get("/v1/jobs", params=query)).json()["data"]["jobs"]
        assert [job["id"] for job in found] == [wanted["jobId"]], query

    for query in ({"startDate": str(tomorrow)}, {"batchId": "batch_0"}, {"metadata.order": "4713"}):
        assert (await client.get("/v1/jobs", params=query)).json()["data"]["jobs"] == [], query


BAD_QUERIES = [
    ("page=0", "page"),
    ("limit=101", "limit"),
    ("limit=0", "limit"),
    ("limit=ten", "limit"),
    ("limit=1&limit=2", "limit"),
    ("status=done", "status"),
    ("sortBy=size", "sortBy"),
    ("startDate=yesterday", "startDate"),
    ("endDate=2026-02-30", "endDate"),
    ("colour=red", "colour"),
    ("page=501&limit=20", "page"),
    ("search=", "search"),
    ("search=%00", "search"),
    ("metadata.=x", "metadata."),
    ("page=1&cursor=x", "page"),
]


async def test_a_query_out_of_range_or_unknown_is_refused_by_name(client: httpx2.AsyncClient) -> None:
    for query, field in BAD_QUERIES:
        response = await client.get(f"/v1/jobs?{query}")

        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR"), query
        assert [one["field"] for one in response.json()["error"]["details"]["fields"]] == [field]


async def test_a_list_carries_results_only_when_asked(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    await edge.complete(accepted["jobId"])

    [plain] = (await client.get("/v1/jobs")).json()["data"]["jobs"]
    [joined] = (await client.get("/v1/jobs?include=result")).json()["data"]["jobs"]

    assert "result" not in plain
    assert plain["confidence"] == 0.9
    assert joined["result"]["rawText"] == "Invoice number: INV-1"


async def test_statistics_count_by_status_and_type(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    await edge.complete((await submit(client))["jobId"])
    await submit(client, documentType="receipt")

    stats = (await client.get("/v1/jobs/stats")).json()["data"]
    receipts = (await client.get("/v1/jobs/stats?documentType=receipt")).json()["data"]

    assert stats["byStatus"] == {"pending": 1, "processing": 0, "completed": 1, "failed": 0}
    assert stats["byDocumentType"] == {"generic": 1, "receipt": 1}
    assert stats["oldestPendingSeconds"] >= 0
    assert stats["pagesPerMinute"] > 0
    assert receipts["total"] == 1


async def test_a_result_is_given_as_json_markdown_or_text(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    await edge.complete(accepted["jobId"])
    path = f"/v1/jobs/{accepted['jobId']}/result"

    json, markdown, text = [await client.get(path, params={"format": form}) for form in ("json", "markdown", "text")]

    assert json.json()["data"]["result"]["detectedLanguage"] == "en"
    assert (markdown.text, markdown.headers["content-type"]) == ("# Invoice\n", "text/markdown; charset=utf-8")
    assert (text.text, text.headers["content-type"]) == ("Invoice number: INV-1", "text/plain; charset=utf-8")


async def test_there_is_no_result_before_the_end_nor_of_a_failed_job(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    early = await client.get(f"/v1/jobs/{accepted['jobId']}/result")
    await edge.fail(accepted["jobId"])
    never = await client.get(f"/v1/jobs/{accepted['jobId']}/result")

    assert (early.status_code, code_of(early)) == (409, "JOB_NOT_FINAL")
    assert (never.status_code, code_of(never)) == (404, "NOT_FOUND")


async def test_a_retry_is_a_new_job_on_the_same_document(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client, documentType="invoice")
    early = await client.post(f"/v1/jobs/{accepted['jobId']}/retry")
    await edge.fail(accepted["jobId"])

    retried = await client.post(f"/v1/jobs/{accepted['jobId']}/retry", headers={"Idempotency-Key": "again"})
    replayed = await client.post(f"/v1/jobs/{accepted['jobId']}/retry", headers={"Idempotency-Key": "again"})

    assert (early.status_code, code_of(early)) == (409, "JOB_NOT_FINAL")
    assert retried.status_code == 202
    assert replayed.json() == retried.json()
    assert replayed.headers["idempotent-replayed"] == "true"
    job = await the_job(client, retried.json()["data"]["jobId"])
    assert (job["retryOf"], job["documentId"]) == (accepted["jobId"], accepted["documentId"])
    assert job["documentType"] == "invoice"


async def test_only_a_final_job_is_deleted_and_its_document_stays(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    path = f"/v1/jobs/{accepted['jobId']}"
    early = await client.delete(path)
    await edge.complete(accepted["jobId"])

    deleted = await client.delete(path)

    assert (early.status_code, code_of(early)) == (409, "JOB_NOT_FINAL")
    assert deleted.json()["data"]["deleted"] is True
    assert code_of(await client.get(path)) == "JOB_NOT_FOUND"
    assert (await client.get(f"/v1/documents/{accepted['documentId']}")).status_code == 200


async def test_a_caller_that_hangs_up_waits_no_longer(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    scope = {
        "type": "http",
        "method": "GET",
        "path": f"/v1/jobs/{accepted['jobId']}",
        "raw_path": b"",
        "query_string": b"wait=60",
        "headers": [(b"host", b"docurift.test"), (b"x-api-key", edge.key.encode())],
    }
    messages = iter([{"type": "http.request", "body": b""}, {"type": "http.disconnect"}])
    sent: list[object] = []

    async def receive() -> dict[str, object]:
        return next(messages)

    async def send(message: object) -> None:
        sent.append(message)

    await asyncio.wait_for(edge.app(scope, receive, send), 5)

    assert sent == []
