"""A batch's results as lines, read while the rest still runs (contract section 4)."""

import asyncio
import io
import zipfile
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import msgspec
import pytest_asyncio
from tests.support.batches import jobs_of, lines_of, parts, shown, submit_batch
from tests.support.edge import LIMITS, EdgeUnderTest, an_extraction, code_of
from tests.support.streams import listening

from docurift.actions.batch import NewItem, add_items
from docurift.api.app import create_app
from docurift.model.document import Content, MediaType
from docurift.model.ids import BatchId

OPEN_SECONDS = 10


@pytest_asyncio.fixture
async def url(edge: EdgeUnderTest) -> AsyncIterator[str]:
    async with listening(edge) as address:
        yield address


class Lines:
    """An open answer, line by line."""

    def __init__(self, response: httpx2.Response) -> None:
        self._lines = response.aiter_lines()

    async def next(self) -> dict[str, Any] | None:
        """The next line; an empty one as an empty object, the end as None."""
        async with asyncio.timeout(OPEN_SECONDS):
            async for line in self._lines:
                return msgspec.json.decode(line) if line else {}
        return None

    async def index(self) -> int | None:
        """The index of the next line that is not empty; None at the end."""
        while (line := await self.next()) == {}:
            pass
        return None if line is None else line["index"]


@asynccontextmanager
async def following(edge: EdgeUnderTest, url: str, batch_id: str, **query: str) -> AsyncGenerator[Lines]:
    async with (
        httpx2.AsyncClient(headers={"X-API-Key": edge.key}, timeout=OPEN_SECONDS) as client,
        client.stream("GET", f"{url}/v1/batches/{batch_id}/results", params={"follow": "true", **query}) as response,
    ):
        assert response.status_code == 200
        yield Lines(response)


async def until_open(edge: EdgeUnderTest, count: int) -> None:
    async with asyncio.timeout(OPEN_SECONDS):
        while edge.app.state.runtime.fanout.open_streams != count:  # noqa: ASYNC110 -- nobody is told
            await asyncio.sleep(0.01)


async def test_final_items_are_lines_in_their_order(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a", b"b", b"", b"c"], callbackMetadata='{"n": 1}')
    jobs = await jobs_of(edge, batch_id)
    await edge.complete(jobs[3])
    await edge.complete(jobs[0])

    first, refused, last = await lines_of(client, batch_id)

    assert [one["index"] for one in (first, refused, last)] == [0, 2, 3]
    assert (first["jobId"], first["status"], first["fileName"]) == (jobs[0], "completed", "0.txt")
    assert first["result"]["rawText"] == "Invoice number: INV-1"
    assert first["callbackMetadata"] == {"n": 1}
    assert first["resultUrl"] == f"/v1/jobs/{jobs[0]}/result"
    assert (refused["status"], refused["error"]["code"], refused["result"]) == ("failed", "EMPTY_FILE", None)
    assert [line["index"] for line in await lines_of(client, batch_id, after="0")] == [2, 3]


async def test_a_batch_longer_than_a_page_is_told_whole(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b""] * 120)

    assert [line["index"] for line in await lines_of(client, batch_id)] == list(range(120))
    assert [line["index"] for line in await lines_of(client, batch_id, follow="true")] == list(range(120))
    assert await edge.count("jobs") == 120


async def test_a_large_result_is_null_and_a_deleted_one_too(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    small = create_app(replace(edge.services, limits=replace(LIMITS, max_inline_result_bytes=1_000)))
    batch_id = await submit_batch(client, [b"large", b"deleted"])
    large, deleted = await jobs_of(edge, batch_id)
    await edge.complete(large, an_extraction(result={"rawText": "x" * 2_000}))
    await edge.complete(deleted)
    document = (await client.get(f"/v1/jobs/{deleted}")).json()["data"]["documentId"]
    await client.delete(f"/v1/documents/{document}")

    async with replace(edge, app=small).client() as reader:
        one, two = await lines_of(reader, batch_id)

    assert (one["status"], one["result"], one["resultUrl"]) == ("completed", None, f"/v1/jobs/{large}/result")
    assert (two["status"], two["result"], two["fields"]) == ("completed", None, None)


async def test_who_follows_reads_each_item_as_soon_as_it_is_its_turn(edge: EdgeUnderTest, url: str) -> None:
    async with edge.client() as client:
        batch_id = await submit_batch(client)
    first, second, third = await jobs_of(edge, batch_id)

    async with following(edge, url, batch_id) as lines:
        await edge.complete(second)
        await edge.complete(first)
        early = [await lines.index(), await lines.index()]
        await edge.fail(third)
        late = [await lines.index(), await lines.index()]

    assert early == [0, 1]
    assert late == [2, None]


async def test_who_was_cut_off_goes_on_behind_the_last_line(edge: EdgeUnderTest, url: str) -> None:
    async with edge.client() as client:
        batch_id = await submit_batch(client)
    first, second, third = await jobs_of(edge, batch_id)
    async with following(edge, url, batch_id) as lines:
        await edge.complete(first)
        assert await lines.index() == 0
    await until_open(edge, 0)

    async with following(edge, url, batch_id, after="0") as lines:
        await edge.complete(second)
        await edge.complete(third)
        rest = [await lines.index(), await lines.index(), await lines.index()]

    assert rest == [1, 2, None]


async def test_a_stream_shows_that_it_lives_and_ends_with_its_client(edge: EdgeUnderTest) -> None:
    lively = create_app(replace(edge.services, limits=replace(LIMITS, heartbeat_seconds=0.1)))
    with_beats = replace(edge, app=lively)
    async with edge.client() as client:
        batch_id = await submit_batch(client)

    async with lively.router.lifespan_context(lively), listening(with_beats) as url:
        async with following(with_beats, url, batch_id) as lines:
            assert await lines.next() == {}
            assert await lines.next() == {}
        await until_open(with_beats, 0)


async def test_a_revoked_key_reads_no_further(edge: EdgeUnderTest) -> None:
    limits = replace(LIMITS, heartbeat_seconds=0.1, auth_cache_seconds=0.0)
    strict = replace(edge, app=create_app(replace(edge.services, limits=limits)))
    async with edge.client() as client:
        batch_id = await submit_batch(client)
        async with strict.app.router.lifespan_context(strict.app), listening(strict) as url:
            created = (await client.post("/v1/api-keys", json={"name": "reader", "scopes": ["jobs:read"]})).json()
            reader = replace(strict, key=created["data"]["key"])
            async with following(reader, url, batch_id) as lines:
                await client.delete(f"/v1/api-keys/{created['data']['id']}")
                end = await until_cut(lines)

    assert end == "cut"


async def until_cut(lines: Lines) -> str:
    try:
        while await lines.next() is not None:
            pass
    except httpx2.RemoteProtocolError:
        return "cut"
    return "ended"


async def test_an_archive_is_followed_before_it_is_unpacked(edge: EdgeUnderTest, url: str) -> None:
    archive = io.BytesIO()
    zipfile.ZipFile(archive, "w").close()
    async with edge.client() as client:
        response = await client.post("/v1/batches", files=parts([archive.getvalue()]))
        batch_id = BatchId(response.json()["data"]["id"])
        assert await lines_of(client, batch_id) == []
    sha256 = await edge.services.blobs.put_bytes("org_00000000000000000000000000", b"Invoice")
    content = Content(media_type=MediaType.TEXT, size_bytes=7, sha256=sha256)

    async with following(edge, url, batch_id) as lines:
        async with edge.db.transaction() as tx:
            items = [NewItem(file_name="a.txt", content=content)]
            await add_items(tx, edge.services.blobs, batch_id=batch_id, items=items, secrets=edge.services.secrets)
        await edge.complete((await jobs_of(edge, batch_id))[0])
        told = [await lines.index(), await lines.index()]

    assert told == [0, None]
    async with edge.client() as client:
        assert (await shown(client, batch_id))["status"] == "completed"


async def test_streams_are_limited(edge: EdgeUnderTest) -> None:
    full = create_app(replace(edge.services, limits=replace(LIMITS, max_event_streams=0)))
    async with edge.client() as client:
        batch_id = await submit_batch(client)

    async with replace(edge, app=full).client() as client:
        response = await client.get(f"/v1/batches/{batch_id}/results")

    assert (response.status_code, code_of(response)) == (429, "CONCURRENT_LIMIT_EXCEEDED")
