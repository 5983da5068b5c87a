"""The log by pages (contract section 4)."""

import asyncio
from typing import Any

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, an_extraction, code_of, submit
from tests.support.streams import tell_some

from docurift.model.event import EventType

EVENTS = "/v1/events"


async def read(client: httpx2.AsyncClient, **query: object) -> dict[str, Any]:
    response = await client.get(EVENTS, params=query)
    assert response.status_code == 200, response.text
    return response.json()["data"]


async def test_an_event_has_the_form_of_the_contract(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job = await submit(client, callbackMetadata='{"order": "7"}')
    await edge.complete(job["jobId"])

    page = await read(client)

    assert [event["sequence"] for event in page["events"]] == [1, 2, 3, 4]
    assert (page["nextAfter"], page["hasMore"], page["firstSequence"], page["lastSequence"]) == (4, False, 1, 4)
    completed = page["events"][3]
    assert list(completed) == ["id", "type", "apiVersion", "createdAt", "sequence", "data"]
    assert completed["type"] == "document.processing.completed"
    assert completed["apiVersion"] == "2024-01-26"
    assert completed["data"].keys() == {
        *("jobId", "batchId", "documentId", "organizationId", "fileName", "fileSize", "mimeType", "documentType"),
        *("pageCount", "metadata", "callbackMetadata", "attempt", "confidence", "pagesProcessed", "processedAt"),
        *("result", "fields", "resultUrl"),
    }
    assert completed["data"]["result"] is None
    assert completed["data"]["fields"] is None
    assert completed["data"]["resultUrl"] == f"/v1/jobs/{job['jobId']}/result"
    shown = (await client.get(f"/v1/jobs/{job['jobId']}")).json()["data"]
    assert completed["data"]["processedAt"] == shown["completedAt"]


async def test_results_are_added_for_who_asks(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    small, large = await submit(client), await submit(client, content=b"another")
    extraction = an_extraction(fields={"/rawText": {"confidence": 0.9}})
    await edge.complete(small["jobId"], extraction)
    await edge.complete(large["jobId"], an_extraction(result={"rawText": "x" * 300_000}))

    thin = await read(client, type="document.processing.completed")
    fat = await read(client, type="document.processing.completed", include="result")

    assert [event["data"]["result"] for event in thin["events"]] == [None, None]
    assert [event["data"]["result"] for event in fat["events"]] == [extraction.result, None]
    assert fat["events"][0]["data"]["fields"] == {"/rawText": {"confidence": 0.9}}
    assert fat["events"][1]["data"]["resultUrl"] == f"/v1/jobs/{large['jobId']}/result"


async def test_evidence_gives_way_to_the_result_where_both_are_too_much(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    job = await submit(client)
    extraction = an_extraction(fields={"/rawText": {"text": "x" * 300_000}})
    await edge.complete(job["jobId"], extraction)

    fat = await read(client, type="document.processing.completed", include="result")

    assert fat["events"][0]["data"]["result"] == extraction.result
    assert fat["events"][0]["data"]["fields"] is None


async def test_a_deleted_documents_events_keep_their_numbers_and_ids_only(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    job = await submit(client)
    await edge.complete(job["jobId"])
    assert (await client.delete(f"/v1/documents/{job['documentId']}")).status_code == 200

    page = await read(client, include="result")

    ids = {"jobId": job["jobId"], "documentId": job["documentId"]}
    assert [event["data"] for event in page["events"][1:4]] == [ids] * 3
    assert page["events"][4]["type"] == "document.deleted"
    assert page["lastSequence"] == 5


async def test_the_log_is_filtered_by_job_and_type(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    first, second = await submit(client), await submit(client, content=b"another")
    await edge.complete(first["jobId"])

    of_job = await read(client, jobId=second["jobId"])
    of_type = await read(client, type="document.processing.accepted")
    of_both = await read(client, jobId=first["jobId"], type="document.processing.started")

    assert [event["data"]["jobId"] for event in of_job["events"]] == [second["jobId"]]
    assert [event["sequence"] for event in of_type["events"]] == [2, 3]
    assert [event["sequence"] for event in of_both["events"]] == [4]


async def test_what_is_kept_no_more_is_410_with_the_first_number_that_is(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    await tell_some(edge.db, 9)
    async with edge.db.reading() as conn:
        await conn.execute("delete from events where sequence <= 6")

    gone = await client.get(EVENTS, params={"after": 5})

    assert gone.status_code == 410
    assert code_of(gone) == "EVENTS_EXPIRED"
    assert gone.json()["error"]["details"] == {"firstSequence": 7}
    assert [event["sequence"] for event in (await read(client, after=6))["events"]] == [7, 8, 9, 10]
    assert [event["sequence"] for event in (await read(client))["events"]] == [7, 8, 9, 10]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "limit"),
        ({"limit": 1001}, "limit"),
        ({"after": -1}, "after"),
        ({"after": "x"}, "after"),
        ({"after": 2}, "after"),
        ({"type": "document.eaten"}, "type"),
        ({"include": "everything"}, "include"),
        ({"page": 1}, "page"),
    ],
)
async def test_a_parameter_out_of_range_is_refused_by_name(
    client: httpx2.AsyncClient, query: dict[str, Any], field: str
) -> None:
    refused = await client.get(EVENTS, params=query)

    assert code_of(refused) == "VALIDATION_ERROR"
    assert [one["field"] for one in refused.json()["error"]["details"]["fields"]] == [field]


async def test_an_answer_that_would_grow_too_large_ends_early_and_goes_on(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    await tell_some(edge.db, 40, blob="x" * 1_000_000)

    first = await read(client, limit=1000)
    second = await read(client, limit=1000, after=first["nextAfter"])
    third = await read(client, limit=1000, after=second["nextAfter"])

    numbers = [event["sequence"] for page in (first, second, third) for event in page["events"]]
    assert numbers == list(range(1, 42))
    assert [page["hasMore"] for page in (first, second, third)] == [True, True, False]


async def test_the_log_shows_nothing_of_another_organization(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    job = await submit(client)

    seen = await read(other)
    of_job = await read(other, jobId=job["jobId"])

    assert (seen["events"], seen["lastSequence"], of_job["events"]) == ([], 0, [])
    assert edge.key


async def test_a_reader_by_number_misses_nothing_and_gets_nothing_twice_while_others_write(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    written = asyncio.Event()

    async def write() -> None:
        for count in (1, 3, 2, 5, 1, 4) * 5:
            await tell_some(edge.db, count, type_=EventType.BATCH_COMPLETED)

    async def walk() -> list[int]:
        seen, after = list[int](), 0
        while True:
            is_last = written.is_set()
            page = await read(client, after=after, limit=7)
            seen += [event["sequence"] for event in page["events"]]
            after = page["nextAfter"]
            if is_last and not page["hasMore"]:
                return seen

    walking = asyncio.create_task(walk())
    await asyncio.gather(*(write() for _ in range(8)))
    written.set()

    assert await walking == list(range(1, 8 * 80 + 2))
