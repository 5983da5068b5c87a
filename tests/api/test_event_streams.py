"""The log and a job's life as streams (contract sections 3 and 4)."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import httpx2
import pytest
import pytest_asyncio
from tests.support.edge import OTHER, EdgeUnderTest, code_of, submit
from tests.support.streams import Stream, connected, listening, streaming, tell_some, until_open

from docurift.actions.progress import report
from docurift.actions.take import take
from docurift.model.failure import Stage
from docurift.model.ids import JobId
from docurift.model.key import Scope

ACCEPTED, STARTED = "document.processing.accepted", "document.processing.started"
COMPLETED = "document.processing.completed"


@pytest_asyncio.fixture
async def url(edge: EdgeUnderTest) -> AsyncIterator[str]:
    async with listening(edge) as address:
        yield address


@pytest_asyncio.fixture
async def log_url(url: str) -> str:
    return f"{url}/v1/events/stream"


async def numbers_of(stream: Stream, count: int) -> list[int]:
    return [int(block.field("id") or 0) for block in await stream.events(count)]


async def until_reset(connection: socket.socket) -> tuple[bytes, bool]:
    """What was received, and whether the end was a reset; the connection is closed."""
    received = b""
    with connection:
        try:
            while piece := await asyncio.get_running_loop().sock_recv(connection, 65_536):
                received += piece
        except ConnectionResetError:
            return received, True
    return received, False


async def test_a_stream_tells_what_happens_from_now_on(edge: EdgeUnderTest, log_url: str) -> None:
    await tell_some(edge.db, 3)

    async with streaming(log_url, edge.key) as stream:
        hello = await stream.block()
        told = await tell_some(edge.db, 2, order="7")
        first, second = await stream.events(2)

    assert stream.response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert hello is not None
    assert 2_000 <= int(hello.field("retry") or 0) <= 5_000
    assert hello.field("id") == "4", "a client that is cut off before the first event misses none"
    assert [int(block.field("id") or 0) for block in (first, second)] == told
    assert first.field("event") == "batch.created"
    assert list(first.data) == ["id", "type", "apiVersion", "createdAt", "sequence", "data"]
    assert first.data["data"] == {"order": "7"}


async def test_a_stream_is_resumed_behind_the_last_event_that_was_seen(edge: EdgeUnderTest, log_url: str) -> None:
    await tell_some(edge.db, 700)  # more than one page

    async with streaming(log_url, edge.key, last_event_id=5) as stream:
        seen = await numbers_of(stream, 696)
        await tell_some(edge.db, 3)
        seen += await numbers_of(stream, 3)

    assert seen == list(range(6, 705))


async def test_the_header_wins_over_the_address_that_a_browser_opens_again(edge: EdgeUnderTest, log_url: str) -> None:
    await tell_some(edge.db, 9)

    async with streaming(f"{log_url}?after=2", edge.key) as stream:
        assert await numbers_of(stream, 1) == [3]
    async with streaming(f"{log_url}?after=2", edge.key, last_event_id=7) as stream:
        assert await numbers_of(stream, 1) == [8]


async def test_streams_see_the_same_while_many_write(edge: EdgeUnderTest, log_url: str) -> None:
    async with (
        streaming(log_url, edge.key, last_event_id=0) as early,
        streaming(log_url, edge.key, last_event_id=0) as late,
    ):
        writing = asyncio.gather(*(tell_some(edge.db, count) for count in range(1, 21)))
        seen = await numbers_of(early, 211)
        await writing
        seen_later = await numbers_of(late, 211)

    assert seen == seen_later == list(range(1, 212))


async def test_a_quiet_stream_shows_that_it_lives(edge: EdgeUnderTest, log_url: str) -> None:
    async with streaming(f"{log_url}?type={COMPLETED}", edge.key) as stream:
        await stream.block()
        quiet = await stream.block()
        await tell_some(edge.db, 2)
        moved = await stream.block()
        while moved is not None and moved.field("id") is None:
            moved = await stream.block()

    assert quiet is not None
    assert quiet.lines == (": nothing new",)
    assert moved is not None
    assert moved.lines == (": nothing new", "id: 3"), "a client that is cut off begins behind what it did not want"


async def test_a_stream_that_would_have_a_gap_is_410_before_it_begins(
    edge: EdgeUnderTest, url: str, client: httpx2.AsyncClient
) -> None:
    job = await submit(client)
    await tell_some(edge.db, 5)
    async with edge.db.reading() as conn:
        await conn.execute("delete from events where sequence <= 4")

    for path in ("/v1/events/stream", f"/v1/jobs/{job['jobId']}/events"):
        refused = await client.get(path, headers={"Last-Event-ID": "2"})
        assert refused.status_code == 410
        assert code_of(refused) == "EVENTS_EXPIRED"
        assert refused.json()["error"]["details"] == {"firstSequence": 5}
    async with streaming(f"{url}/v1/events/stream", edge.key, last_event_id=4) as stream:
        assert await numbers_of(stream, 3) == [5, 6, 7]


@pytest.mark.parametrize("given", ["x", "-1", "1.0", "9" * 16, "2"])
async def test_an_event_id_that_is_none_is_refused(client: httpx2.AsyncClient, given: str) -> None:
    refused = await client.get("/v1/events/stream", headers={"Last-Event-ID": given})

    assert code_of(refused) == "VALIDATION_ERROR"


async def test_there_are_no_more_streams_than_the_process_may_have(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, log_url: str
) -> None:
    opened = [streaming(log_url, edge.key) for _ in range(5)]
    for one in opened:
        await one.__aenter__()

    refused = await client.get("/v1/events/stream")
    await opened[0].__aexit__(None, None, None)
    await until_open(edge, 4)
    async with streaming(log_url, edge.key) as another:
        assert await another.block() is not None
    for one in opened[1:]:
        await one.__aexit__(None, None, None)

    assert refused.status_code == 429
    assert code_of(refused) == "CONCURRENT_LIMIT_EXCEEDED"
    assert int(refused.headers["retry-after"]) > 0


async def test_a_stream_shows_nothing_of_another_organization(edge: EdgeUnderTest, log_url: str) -> None:
    async with streaming(log_url, await edge.key_of(OTHER, Scope.JOBS_READ)) as stream:
        await tell_some(edge.db, 3)
        await tell_some(edge.db, 1, organization=OTHER)
        event = await stream.event()

    assert event is not None
    assert event.field("id") == "1"


async def test_a_stream_ends_with_its_key(edge: EdgeUnderTest, client: httpx2.AsyncClient, log_url: str) -> None:
    created = await client.post("/v1/api-keys", json={"name": "reader", "scopes": ["jobs:read"]})
    key = created.json()["data"]

    async with streaming(log_url, key["key"]) as stream, streaming(log_url, edge.key) as another:
        await stream.block()
        await client.patch(f"/v1/api-keys/{key['id']}", json={"enabled": False})
        async with asyncio.timeout(5):
            while await stream.block() is not None:
                pass
        told = await another.event()

    assert told is not None
    assert told.field("event") == "api_key.updated"


async def test_a_listener_that_was_lost_costs_no_event(edge: EdgeUnderTest, log_url: str) -> None:
    async with streaming(log_url, edge.key) as stream:
        await stream.block()
        async with edge.db.reading() as conn:
            await conn.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %%' "
                "and datname = current_database() and pid <> %s",
                (conn.info.backend_pid,),
            )
        told = await tell_some(edge.db, 5)

        assert await numbers_of(stream, 5) == told


async def test_streams_end_in_good_order_when_the_process_does(edge: EdgeUnderTest) -> None:
    async with listening(edge) as address:
        stack = streaming(f"{address}/v1/events/stream", edge.key)
        stream = await stack.__aenter__()
        await stream.block()

    assert await stream.block() is None
    await stack.__aexit__(None, None, None)
    edge_again = await edge.client().get("/v1/events/stream")
    assert edge_again.status_code == 503


async def test_a_client_that_does_not_read_is_cut_off_and_resumes(edge: EdgeUnderTest, log_url: str) -> None:
    parts = urlsplit(log_url)
    request = f"GET {parts.path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {edge.key}\r\n\r\n"
    with await connected(str(parts.hostname), parts.port or 0) as lazy:
        await asyncio.get_running_loop().sock_sendall(lazy, request.encode())

        async with streaming(log_url, edge.key) as reader:
            await reader.block()
            reading = asyncio.create_task(numbers_of(reader, 400))
            told = [number for _ in range(40) for number in await tell_some(edge.db, 10, blob="x" * 30_000)]
            seen = await reading
        await until_open(edge, 0)
        received, is_reset = await until_reset(lazy)

    assert is_reset
    assert seen == told
    whole = received.rpartition(b"\n\n")[0]
    last = max((int(line[4:]) for line in whole.split(b"\n") if line.startswith(b"id: ")), default=1)
    assert last < told[-1]
    async with streaming(log_url, edge.key, last_event_id=last) as resumed:
        assert await numbers_of(resumed, told[-1] - last) == list(range(last + 1, told[-1] + 1))


async def test_a_jobs_stream_tells_its_life_and_ends(edge: EdgeUnderTest, client: httpx2.AsyncClient, url: str) -> None:
    job, another = await submit(client), await submit(client, content=b"another")
    job_id = JobId(job["jobId"])

    async with streaming(f"{url}/v1/jobs/{job_id}/events", edge.key) as stream:
        accepted, waiting = await stream.events(2)
        lease = await take(edge.db, job_id, worker="test", lease_seconds=30, max_tries=3)
        assert lease is not None
        blocks = await stream.events(2)
        await report(edge.db, lease, page_count=2, pages_processed=1, progress=49, stage=Stage.READ)
        blocks += await stream.events(1)
        await edge.complete(another["jobId"])
        await edge.finish(lease)
        last = await stream.event()
        end = await stream.event()

    assert (accepted.field("event"), waiting.field("event")) == (ACCEPTED, "job.progress")
    assert waiting.field("id") is None
    assert waiting.data["status"] == "pending"
    assert sorted(block.field("event") or "" for block in blocks[:2]) == [STARTED, "job.progress"]
    assert blocks[2].data == {
        "jobId": job_id,
        "status": "processing",
        "progress": 49,
        "stage": "read",
        "pagesProcessed": 1,
    }
    assert last is not None
    assert last.field("event") == COMPLETED
    assert json.loads(last.field("data") or "")["data"]["jobId"] == job_id
    assert end is None


async def test_the_stream_of_a_final_job_tells_all_and_ends_and_is_not_opened_again(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, url: str
) -> None:
    job = await submit(client)
    await edge.complete(job["jobId"])
    address = f"{url}/v1/jobs/{job['jobId']}/events"

    async with streaming(address, edge.key) as stream:
        events = await stream.events(3)
        assert await stream.event() is None
    again = await client.get(f"/v1/jobs/{job['jobId']}/events", headers={"Last-Event-ID": events[2].field("id") or ""})

    assert [block.field("event") for block in events] == [ACCEPTED, STARTED, COMPLETED]
    assert again.status_code == 204, "which tells a browser to stay away"


async def test_a_job_of_another_organization_has_no_stream(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    job = await submit(client)

    refused = await other.get(f"/v1/jobs/{job['jobId']}/events")

    assert refused.status_code == 404
    assert code_of(refused) == "JOB_NOT_FOUND"
