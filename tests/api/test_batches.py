"""Many documents in one call, followed as one (contract section 4)."""

import base64
import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from tests.support.batches import FILES, events_of, jobs_of, parts, shown, submit_batch
from tests.support.edge import LIMITS, EdgeUnderTest, code_of, submit

from docurift.api.app import create_app
from docurift.model.failure import FailureCode

BATCHES = "/v1/batches"


async def test_several_files_become_jobs_in_their_order(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    response = await client.post(BATCHES, files=parts(), data={"documentType": "invoice"})
    batch = response.json()["data"]

    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/batches/{batch['id']}"
    assert (batch["status"], batch["total"]) == ("pending", 3)
    jobs = (await client.get(f"/v1/batches/{batch['id']}/jobs?sortOrder=asc")).json()["data"]["jobs"]
    assert [job["fileName"] for job in jobs] == ["0.txt", "1.txt", "2.txt"]
    assert {job["batchId"] for job in jobs} == {batch["id"]}
    assert {job["documentType"] for job in jobs} == {"invoice"}
    assert edge.incoming == []


async def test_items_override_what_is_asked_of_all(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    items = json.dumps([{"language": "de", "callbackMetadata": {"n": 1}}, {}, {"fileName": "c.txt"}])

    batch_id = await submit_batch(client, items=items, language="fr", callbackMetadata='{"n": 0}')

    jobs = (await client.get(f"/v1/batches/{batch_id}/jobs?sortOrder=asc")).json()["data"]["jobs"]
    assert [job["callbackMetadata"]["n"] for job in jobs] == [1, 0, 0]
    assert [job["fileName"] for job in jobs] == ["0.txt", "1.txt", "c.txt"]
    async with edge.db.reading() as conn:
        rows = await (await conn.execute("select options from jobs order by batch_index")).fetchall()
    assert [row["options"]["language"] for row in rows] == ["de", "fr", "fr"]


async def test_counts_and_progress_follow_the_jobs_until_the_batch_is_completed(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    batch_id = await submit_batch(client)
    first, second, third = await jobs_of(edge, batch_id)

    await edge.complete(first)
    await edge.fail(second)
    half = await shown(client, batch_id)
    await edge.complete(third)
    whole = await shown(client, batch_id, wait="5")

    assert half["status"] == "processing"
    assert half["counts"] == {"pending": 1, "processing": 0, "completed": 1, "failed": 1, "total": 3}
    assert (half["progress"], half["completedAt"]) == (66, None)
    assert (whole["status"], whole["progress"]) == ("completed", 100)
    assert whole["counts"] == {"pending": 0, "processing": 0, "completed": 2, "failed": 1, "total": 3}
    [told] = await events_of(edge, "batch.completed")
    assert (told["batchId"], told["status"], told["counts"]) == (batch_id, "completed", whole["counts"])


async def test_a_bad_file_is_a_failed_job_and_its_neighbours_run(client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"good", b"", b"MZ\x00\x01program", b"good too"])

    jobs = (await client.get(f"/v1/batches/{batch_id}/jobs?sortOrder=asc")).json()["data"]["jobs"]

    codes = [job.get("error", {}).get("code") for job in jobs]
    assert codes == [None, FailureCode.EMPTY_FILE, FailureCode.INVALID_FILE_TYPE, None]
    assert (await shown(client, batch_id))["counts"]["failed"] == 2
    document = await client.get(f"/v1/documents/{jobs[1]['documentId']}")
    assert document.json()["data"]["status"] == "failed"


async def test_a_batch_of_nothing_but_bad_files_is_complete_at_once(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    batch_id = await submit_batch(client, [b"", b""])

    assert (await shown(client, batch_id))["status"] == "completed"
    assert len(await events_of(edge, "batch.completed")) == 1


async def test_json_names_what_is_there_sends_a_little_and_has_the_rest_fetched(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    known = await submit(client)
    body = {
        "items": [
            {"documentId": known["documentId"], "documentType": "receipt"},
            {"fileBase64": base64.b64encode(b"Paper").decode(), "fileName": "p.txt"},
            {"fileUrl": "https://files.example.com/scans/7.pdf?signature=secret"},
        ],
        "documentType": "invoice",
    }

    response = await client.post(BATCHES, json=body)

    assert response.status_code == 202, response.text
    path = f"/v1/batches/{response.json()['data']['id']}/jobs?sortOrder=asc"
    jobs = (await client.get(path)).json()["data"]["jobs"]
    assert [job["fileName"] for job in jobs] == ["invoice.txt", "p.txt", "7.pdf"]
    assert [job["documentType"] for job in jobs] == ["receipt", "invoice", "invoice"]
    assert jobs[0]["documentId"] == known["documentId"]
    assert edge.incoming == []


async def test_the_short_forms_take_addresses_or_documents(client: httpx2.AsyncClient) -> None:
    one, two = await submit(client, b"one"), await submit(client, b"two")

    documents = await client.post(BATCHES, json={"documentIds": [one["documentId"], two["documentId"]]})
    urls = await client.post(BATCHES, json={"fileUrls": ["https://files.example.com/a.pdf"]})

    assert (documents.status_code, documents.json()["data"]["total"]) == (202, 2)
    assert (urls.status_code, urls.json()["data"]["total"]) == (202, 1)


async def test_a_single_zip_is_an_archive_and_an_office_document_is_not(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as zipped:
        zipped.writestr("a.txt", "Invoice number: INV-1")

    response = await client.post(BATCHES, files=parts([archive.getvalue()]), data={"documentType": "invoice"})
    beside = await submit_batch(client, [archive.getvalue(), b"a neighbour"])

    batch = response.json()["data"]
    assert (response.status_code, batch["total"]) == (202, None)
    assert (await shown(client, batch["id"]))["counts"]["total"] is None
    assert (await shown(client, beside))["counts"] == {
        "pending": 1,
        "processing": 0,
        "completed": 0,
        "failed": 1,
        "total": 2,
    }
    async with edge.db.reading() as conn:
        row = await (
            await conn.execute("select payload from pgqueuer where payload = %s", [batch["id"].encode()])
        ).fetchone()
    assert row is not None


async def test_a_cancelled_archive_ends_its_batch_without_jobs(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    archive = io.BytesIO()
    zipfile.ZipFile(archive, "w").close()
    batch_id = (await client.post(BATCHES, files=parts([archive.getvalue()]))).json()["data"]["id"]

    cancelled = (await client.post(f"/v1/batches/{batch_id}/cancel")).json()["data"]

    assert (cancelled["status"], cancelled["error"]["code"]) == ("failed", "JOB_CANCELLED")
    [told] = await events_of(edge, "batch.completed")
    assert (told["status"], told["error"]["code"]) == ("failed", "JOB_CANCELLED")
    assert [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == []


def refused_bodies() -> list[tuple[dict[str, Any], int, str, str | None]]:
    item = {"fileBase64": "SW52"}
    return [
        ({}, 400, "VALIDATION_ERROR", "items"),
        ({"items": []}, 400, "VALIDATION_ERROR", "items"),
        ({"items": [item], "documentIds": ["doc_x"]}, 400, "VALIDATION_ERROR", "documentIds"),
        ({"items": [item, 7]}, 400, "VALIDATION_ERROR", "items.1"),
        ({"items": [item, {}]}, 400, "VALIDATION_ERROR", "items.1"),
        ({"items": [item, {**item, "documentId": "doc_x"}]}, 400, "VALIDATION_ERROR", "items.1"),
        ({"items": [item, {**item, "language": "zz"}]}, 400, "VALIDATION_ERROR", "items.1.language"),
        ({"items": [item, {**item, "colour": "red"}]}, 400, "VALIDATION_ERROR", "items.1.colour"),
        ({"items": [item, {**item, "webhookUrl": "https://a.example"}]}, 400, "VALIDATION_ERROR", "items.1.webhookUrl"),
        ({"items": [item, {"fileBase64": "S!W5"}]}, 400, "VALIDATION_ERROR", "items.1.fileBase64"),
        ({"items": [item, {**item, "pages": "1-9999"}]}, 413, "TOO_MANY_PAGES", "items.1.pages"),
        ({"items": [item], "colour": "red"}, 400, "VALIDATION_ERROR", "colour"),
        ({"items": [item] * 21}, 400, "VALIDATION_ERROR", "items"),
        ({"documentIds": ["doc_01hf7yat00e2pbd2pq9j0m4x6z"]}, 404, "DOCUMENT_NOT_FOUND", "documentIds.0"),
        ({"fileUrls": ["https://a.example/x", "http://10.0.0.1/x"]}, 400, "URL_NOT_ALLOWED", None),
        ({"fileUrls": ["https://a.example/x"], "webhookUrl": "http://10.0.0.1/x"}, 400, "URL_NOT_ALLOWED", None),
        ({"items": [{"documentId": "doc_\x00"}]}, 400, "VALIDATION_ERROR", "items.0.documentId"),
    ]


async def test_a_request_with_something_wrong_is_refused_whole_and_names_the_item(edge: EdgeUnderTest) -> None:
    small = create_app(replace(edge.services, limits=replace(LIMITS, max_batch_items=20)))
    async with replace(edge, app=small).client() as client:
        for body, status, code, field in refused_bodies():
            response = await client.post(BATCHES, json=body)

            assert (response.status_code, code_of(response)) == (status, code), (body, response.text)
            if field is not None:
                assert field in [one["field"] for one in response.json()["error"]["details"]["fields"]], response.text

    assert [await edge.count(table) for table in ("jobs", "documents", "batches", "events")] == [0, 0, 0, 1]
    assert stored(edge) == []


async def test_a_form_with_something_wrong_leaves_no_row_and_no_byte(edge: EdgeUnderTest) -> None:
    limits = replace(LIMITS, max_batch_items=5, max_file_bytes=1_000, max_batch_bytes=4_000)
    small = create_app(replace(edge.services, limits=limits))
    forms: list[tuple[list[bytes], dict[str, str], int, str]] = [
        ([b"x"] * 6, {}, 400, "VALIDATION_ERROR"),
        ([b"x", b"y" * 1_001], {}, 413, "FILE_TOO_LARGE"),
        ([b"y" * 1_001], {}, 413, "FILE_TOO_LARGE"),
        ([b"x"], {"colour": "red"}, 400, "VALIDATION_ERROR"),
        ([b"x"], {"items": "{}"}, 400, "VALIDATION_ERROR"),
        ([b"x"], {"items": "[{}, {}]"}, 400, "VALIDATION_ERROR"),
        ([b"x"], {"items": '[{"language": "zz"}]'}, 400, "VALIDATION_ERROR"),
        ([b"x"], {"fileUrl": "https://a.example"}, 400, "VALIDATION_ERROR"),
    ]
    async with replace(edge, app=small).client() as client:
        for contents, fields, status, code in forms:
            response = await client.post(BATCHES, files=parts(contents), data=fields)

            assert (response.status_code, code_of(response)) == (status, code), (fields, response.text)

    assert [await edge.count(table) for table in ("jobs", "documents", "batches")] == [0, 0, 0]
    assert stored(edge) == []
    assert edge.incoming == []


async def test_a_batch_of_another_organizations_document_is_refused(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    mine = await submit(client)

    response = await other.post(BATCHES, json={"documentIds": [mine["documentId"]]})

    assert (response.status_code, code_of(response)) == (404, "DOCUMENT_NOT_FOUND")


async def test_a_deleted_document_is_410(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    mine = await submit(client)
    await edge.complete(mine["jobId"])
    await client.delete(f"/v1/documents/{mine['documentId']}")

    response = await client.post(BATCHES, json={"documentIds": [mine["documentId"]]})

    assert (response.status_code, code_of(response)) == (410, "DOCUMENT_DELETED")


async def test_the_same_key_and_request_give_the_first_answer_again(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    first = await client.post(BATCHES, files=parts(), headers={"Idempotency-Key": "b-1"})
    again = await client.post(BATCHES, files=parts(), headers={"Idempotency-Key": "b-1"})
    different = await client.post(BATCHES, files=parts(FILES[:2]), headers={"Idempotency-Key": "b-1"})

    assert again.json() == first.json()
    assert again.headers["idempotent-replayed"] == "true"
    assert (different.status_code, code_of(different)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert [await edge.count(table) for table in ("batches", "jobs")] == [1, 3]
    assert len(stored(edge)) == 3


async def test_a_cancelled_batch_ends_what_waits_and_keeps_what_is_done(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    batch_id = await submit_batch(client)
    await edge.complete((await jobs_of(edge, batch_id))[0])

    cancelled = await client.post(f"/v1/batches/{batch_id}/cancel")
    again = await client.post(f"/v1/batches/{batch_id}/cancel")

    assert cancelled.json()["data"]["counts"] == {
        "pending": 0,
        "processing": 0,
        "completed": 1,
        "failed": 2,
        "total": 3,
    }
    assert cancelled.json()["data"]["status"] == "completed"
    assert (again.status_code, code_of(again)) == (409, "BATCH_ALREADY_FINAL")
    errors = [one["error"]["code"] for one in await events_of(edge, "document.processing.failed")]
    assert errors == ["JOB_CANCELLED", "JOB_CANCELLED"]


async def test_what_failed_is_retried_in_a_new_batch_in_its_order(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    batch_id = await submit_batch(client, [b"a", b"b", b"", b"c"])
    early = await client.post(f"/v1/batches/{batch_id}/retry-failed")
    jobs = await jobs_of(edge, batch_id)
    await edge.fail(jobs[0])
    await edge.complete(jobs[1])
    await edge.fail(jobs[3])

    response = await client.post(f"/v1/batches/{batch_id}/retry-failed", headers={"Idempotency-Key": "r"})
    replayed = await client.post(f"/v1/batches/{batch_id}/retry-failed", headers={"Idempotency-Key": "r"})

    assert (early.status_code, code_of(early)) == (409, "BATCH_NOT_FINAL")
    assert replayed.json() == response.json()
    new = await shown(client, response.json()["data"]["id"])
    assert (new["retryOf"], new["counts"]["total"]) == (batch_id, 2)
    again = (await client.get(f"/v1/batches/{new['id']}/jobs?sortOrder=asc")).json()["data"]["jobs"]
    assert [job["retryOf"] for job in again] == [jobs[0], jobs[3]]


async def test_a_batch_without_failures_has_nothing_to_retry(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a"])
    await edge.complete((await jobs_of(edge, batch_id))[0])

    response = await client.post(f"/v1/batches/{batch_id}/retry-failed")

    assert (response.status_code, code_of(response)) == (409, "NOTHING_TO_RETRY")


async def test_lists_are_newest_first_and_filter_by_status(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    done, waits = await submit_batch(client, [b"a"]), await submit_batch(client, [b"b"])
    await edge.complete((await jobs_of(edge, done))[0])

    async def listed(query: str) -> list[str]:
        found = (await client.get(f"{BATCHES}?{query}")).json()["data"]["batches"]
        return [batch["id"] for batch in found]

    assert await listed("") == [waits, done]
    assert await listed("status=completed") == [done]
    assert await listed("status=pending") == [waits]
    assert await listed("status=failed") == []
    first = (await client.get(f"{BATCHES}?limit=1")).json()["data"]["pagination"]
    assert await listed(f"limit=1&cursor={first['nextCursor']}") == [done]


@pytest.mark.parametrize("path", ["", "/jobs", "/results", "/cancel", "/retry-failed"])
async def test_another_organizations_batch_is_not_found(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient, path: str
) -> None:
    batch_id = await submit_batch(client)
    method = "POST" if path in {"/cancel", "/retry-failed"} else "GET"

    response = await other.request(method, f"/v1/batches/{batch_id}{path}")

    assert (response.status_code, code_of(response)) == (404, "BATCH_NOT_FOUND")
    assert (await other.get(BATCHES)).json()["data"]["batches"] == []


async def test_the_ends_of_a_batch_go_where_the_call_asks(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a"], webhookUrl="http://127.0.0.1:9000/hook", callbackMetadata='{"n": 1}')
    await edge.complete((await jobs_of(edge, batch_id))[0])

    async with edge.db.reading() as conn:
        cursor = await conn.execute("select event_type from deliveries order by sequence")
        types = [row["event_type"] for row in await cursor.fetchall()]
    assert types == ["document.processing.completed", "batch.completed"]
    [told] = await events_of(edge, "batch.completed")
    assert told["callbackMetadata"] == {"n": 1}


def stored(edge: EdgeUnderTest) -> list[str]:
    """Names of the blobs that are there."""
    return [path.name for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()]
