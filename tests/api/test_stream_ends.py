"""How streams of events end: with their client, their key, their feed, their process; and what they hold meanwhile."""

import asyncio
import gc
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import LiteralString
from urllib.parse import urlsplit

import httpx2
import msgspec
from tests.support.edge import LIMITS, EdgeUnderTest, submit
from tests.support.streams import connected, listening, streaming, tell_some, until_open

from docurift.actions.telling import tell_all
from docurift.api.app import create_app
from docurift.api.events.fanout import Fanout
from docurift.api.events.feeds import Feed, Subscription
from docurift.api.services import EdgeLimits
from docurift.model.event import Event, EventType
from docurift.storage import organizations
from docurift.storage.events import NewEvent

PATIENT = replace(LIMITS, heartbeat_seconds=60.0, stream_stall_seconds=60.0, event_poll_seconds=60.0)


@asynccontextmanager
async def served(edge: EdgeUnderTest, limits: EdgeLimits = PATIENT) -> AsyncGenerator[tuple[EdgeUnderTest, str]]:
    """The same service in a process with other limits, and the address of its log's stream."""
    app = create_app(replace(edge.services, limits=limits))
    own = replace(edge, app=app)
    async with app.router.lifespan_context(app), listening(own) as url:
        yield own, f"{url}/v1/events/stream"


def fanout_of(edge: EdgeUnderTest) -> Fanout:
    return edge.app.state.runtime.fanout


def one_that_stays(edge: EdgeUnderTest, *, position: int) -> tuple[Feed, Subscription]:
    """A stream that is in its feed for as long as the process lives, like one whose client does not read."""
    stream = Subscription(position=position, wants=lambda _: True, key_id=None)
    feed = fanout_of(edge).join(organizations.DEFAULT, stream)
    assert feed is not None
    return feed, stream


async def change(edge: EdgeUnderTest, statement: LiteralString, *values: str) -> None:
    async with edge.db.reading() as conn:
        await conn.execute(statement, values)


async def test_who_hangs_up_makes_room_at_once(edge: EdgeUnderTest) -> None:
    async with served(edge) as (own, url):
        async with streaming(url, edge.key) as stream:
            await stream.block()
        await until_open(own, 0)


async def test_a_head_of_a_stream_is_answered_and_over(edge: EdgeUnderTest) -> None:
    async with served(edge) as (own, url):
        parts = urlsplit(url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        head = f"HEAD {parts.path} HTTP/1.1\r\nHost: x\r\nX-API-Key: {edge.key}\r\n\r\n"
        writer.write(head.encode() + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        async with asyncio.timeout(5):
            first = await reader.readuntil(b"\r\n\r\n")
            second = await reader.readuntil(b"\r\n\r\n")
        writer.close()

        assert b"content-type: text/event-stream" in first
        assert second.startswith(b"HTTP/1.1 200")
        await until_open(own, 0)


async def test_streams_that_are_not_read_hold_no_events_of_the_log(edge: EdgeUnderTest) -> None:
    for _ in range(10):
        await tell_some(edge.db, 25, blob="x" * 10_000)

    async with served(edge) as (own, url):
        lazy = [await opened(url, edge.key, last_event_id=0) for _ in range(4)]
        await until_open(own, 4)
        for connection in lazy:
            await until_received(connection, b"id: 5\n")
        async with asyncio.timeout(5):
            while events_in_memory() > 10:  # noqa: ASYNC110 -- nobody is told
                await asyncio.sleep(0.05)
        for _, writer in lazy:
            writer.close()


async def test_a_stream_that_still_reads_the_log_ends_with_its_key(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    created = (await client.post("/v1/api-keys", json={"name": "reader", "scopes": ["jobs:read"]})).json()["data"]
    *_, last = [number for _ in range(20) for number in await tell_some(edge.db, 25, blob="x" * 10_000)]

    async with served(edge, replace(PATIENT, auth_cache_seconds=0.0)) as (_, url):
        reader, writer = await opened(url, created["key"], last_event_id=0)
        await until_received((reader, writer), b"id: 5\n")
        await client.patch(f"/v1/api-keys/{created['id']}", json={"enabled": False})
        async with asyncio.timeout(10):
            rest = await reader.read()
        writer.close()

    assert b"id: %d\n" % last not in rest


async def test_a_stream_ends_when_its_key_expires(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    soon = (datetime.now(UTC) + timedelta(seconds=2)).isoformat()
    asked = {"name": "reader", "scopes": ["jobs:read"], "expiresAt": soon}
    created = (await client.post("/v1/api-keys", json=asked)).json()["data"]

    async with served(edge) as (own, url), streaming(url, created["key"]) as stream:
        await stream.block()
        assert await stream.event() is None
        await until_open(own, 0)


async def test_a_stream_comes_again_to_a_feed_that_works(edge: EdgeUnderTest) -> None:
    async with served(edge) as (own, url):
        one_that_stays(own, position=1)
        async with streaming(url, edge.key) as stream:
            await stream.block()
            async with edge.db.transaction() as tx:
                await tell_all(tx, [a_fact()])
                await tx.execute("update events set type = 'of.a.later.version' where sequence = 2")
            assert await stream.event() is None
        await change(edge, "update events set type = 'batch.created' where sequence = 2")

        async with streaming(url, edge.key, last_event_id=1) as again:
            found = await again.events(1)
            await tell_some(edge.db, 1)
            found += await again.events(1)

    assert [block.field("id") for block in found] == ["2", "3"]


async def test_a_stream_comes_again_behind_what_retention_took(edge: EdgeUnderTest) -> None:
    async with served(edge) as (own, url):
        one_that_stays(own, position=1)
        async with streaming(url, edge.key) as stream:
            await stream.block()
            async with edge.db.transaction() as tx:
                await tell_all(tx, [a_fact()] * 4)
                await tx.execute("delete from events where sequence < 5")
            assert await stream.event() is None

        async with streaming(url, edge.key, last_event_id=5) as again:
            await again.block()
            await tell_some(edge.db, 1)
            [found] = await again.events(1)

    assert found.field("id") == "6"


async def test_a_stream_ends_when_the_log_was_set_back(edge: EdgeUnderTest) -> None:
    await tell_some(edge.db, 4)
    async with served(edge) as (_, url), streaming(url, edge.key) as stream:
        await tell_some(edge.db, 1)
        await stream.events(1)
        async with edge.db.transaction() as tx:
            await tx.execute("delete from events where sequence > 2")
            await tx.execute("update organizations set event_sequence = 2")
            await tell_all(tx, [a_fact()])

        assert await stream.event() is None, "its client comes again, and is told that its number was not given"


async def test_a_stream_shows_that_it_lives_while_others_are_told_much(edge: EdgeUnderTest) -> None:
    async with (
        served(edge, replace(PATIENT, heartbeat_seconds=0.5)) as (_, url),
        streaming(f"{url}?type=batch.completed", edge.key) as stream,
    ):
        await stream.block()
        quiet = asyncio.create_task(stream.block())
        while not quiet.done():
            await tell_some(edge.db, 1)
            await asyncio.wait([quiet], timeout=0.05)
        shown = await quiet

    assert shown is not None
    assert shown.lines[0] == ": nothing new"
    assert shown.field("id") is not None, "a client that is cut off begins behind what it did not want"


async def test_progress_that_cannot_be_told_costs_no_other(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    jobs = [(await submit(client))["jobId"], (await submit(client, b"another"))["jobId"]]

    async with served(edge) as (_, url):
        address = f"{url.removesuffix('/events/stream')}/jobs/"
        async with (
            streaming(f"{address}{jobs[0]}/events", edge.key) as first,
            streaming(f"{address}{jobs[1]}/events", edge.key) as second,
        ):
            for stream in (first, second):
                assert [block.field("event") for block in await stream.events(2)][1] == "job.progress"
            await change(edge, "update jobs set stage = 'of a later version' where id = %s", jobs[0])
            await change(edge, "select pg_notify('docurift_jobs', %s)", jobs[0])
            hearing = asyncio.create_task(second.event())
            while not hearing.done():
                await change(edge, "select pg_notify('docurift_jobs', %s)", jobs[1])
                await asyncio.wait([hearing], timeout=0.1)
            told = await hearing

    assert told is not None
    assert told.data["jobId"] == jobs[1]


async def test_a_stream_that_is_behind_tells_nothing_of_a_document_that_was_deleted(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    async with served(edge) as (own, url), streaming(url, edge.key) as reader:
        feed, behind = one_that_stays(own, position=1)
        deleted, kept = await submit(client), await submit(client, b"kept")
        await edge.complete(deleted["jobId"])
        await client.delete(f"/v1/documents/{deleted['documentId']}")
        read = await reader.events(5)
        frames = feed.take(behind)
        logged = await client.get("/v1/events?after=1")

    told = [msgspec.json.decode(frame.data.partition(b"data: ")[2]) for frame in frames]
    assert [block.data["data"].get("fileName") for block in read][:2] == ["invoice.txt", "invoice.txt"]
    assert [one["data"].get("fileName") for one in told] == [None, "invoice.txt", None, None, None]
    assert told[1]["data"]["documentId"] == kept["documentId"]
    assert told == logged.json()["data"]["events"], "as who reads the log is told from now on"


async def test_who_waits_is_answered_when_the_process_ends(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job = await submit(client)

    async with httpx2.AsyncClient(timeout=30, headers={"X-API-Key": edge.key}) as caller:
        async with served(edge, replace(PATIENT, poll_seconds=60.0)) as (own, url):
            address = f"{url.removesuffix('/events/stream')}/jobs/{job['jobId']}?wait=60"
            waiting = asyncio.create_task(caller.get(address))
            await until_waited_for(own, job["jobId"])
        answered = await waiting

    assert answered.json()["data"]["status"] == "pending"


def a_fact() -> NewEvent:
    return NewEvent(type=EventType.BATCH_CREATED, organization_id=organizations.DEFAULT, data={})


def events_in_memory() -> int:
    gc.collect()
    return sum(type(one) is Event for one in gc.get_objects())


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def opened(url: str, key: str, *, last_event_id: int) -> Connection:
    """A stream on a connection that takes in only what is read."""
    parts = urlsplit(url)
    connection = await connected(str(parts.hostname), parts.port or 0)
    reader, writer = await asyncio.open_connection(sock=connection, limit=1_024)
    own = f"X-API-Key: {key}\r\nLast-Event-ID: {last_event_id}\r\nConnection: close"
    writer.write(f"GET {parts.path} HTTP/1.1\r\nHost: x\r\n{own}\r\n\r\n".encode())
    return reader, writer


async def until_received(connection: Connection, piece: bytes) -> None:
    received = b""
    async with asyncio.timeout(10):
        while piece not in received:
            received += await connection[0].read(4_096)


async def until_waited_for(edge: EdgeUnderTest, job_id: str) -> None:
    bells = edge.app.state.runtime.waiters._bells
    async with asyncio.timeout(10):
        while not bells.get(job_id):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
