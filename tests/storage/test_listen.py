import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import psycopg
import pytest
import pytest_asyncio

from docurift.storage.database import Database, Unavailable
from docurift.storage.listen import Listener


@dataclass
class Heard:
    payloads: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    others: asyncio.Queue[str] = field(default_factory=asyncio.Queue)
    gaps: asyncio.Queue[None] = field(default_factory=asyncio.Queue)


@pytest_asyncio.fixture
async def heard(database_dsn: str) -> AsyncIterator[Heard]:
    heard = Heard()
    listener = Listener(
        database_dsn,
        on_payload={"Some Channel": heard.payloads.put_nowait, "another": heard.others.put_nowait},
        on_gap=lambda: heard.gaps.put_nowait(None),
    )
    await listener.start()
    yield heard
    await listener.stop()


async def say(database: Database, payload: str) -> None:
    async with database.transaction() as connection:
        await connection.execute("select pg_notify('Some Channel', %s)", (payload,))


async def test_payloads_are_heard_in_order(database: Database, heard: Heard) -> None:
    for number in range(100):
        await say(database, str(number))

    async with asyncio.timeout(5):
        assert [await heard.payloads.get() for _ in range(100)] == [str(number) for number in range(100)]
    assert heard.gaps.empty()


async def test_each_channel_is_heard_by_its_own(database: Database, heard: Heard) -> None:
    async with database.transaction() as connection:
        await connection.execute("select pg_notify('another', 'one')")
    await say(database, "two")

    async with asyncio.timeout(5):
        assert (await heard.others.get(), await heard.payloads.get()) == ("one", "two")


async def test_a_lost_connection_is_made_again_and_the_gap_is_told(database: Database, heard: Heard) -> None:
    for _ in range(3):
        async with database.reading() as connection:
            await connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity where query ilike 'listen %%' "
                "and datname = current_database() and pid <> %s",
                (connection.info.backend_pid,),
            )
        async with asyncio.timeout(5):
            await heard.gaps.get()

    await say(database, "heard again")
    async with asyncio.timeout(5):
        assert await heard.payloads.get() == "heard again"


async def test_no_server_at_the_start_is_unavailable(database_dsn: str) -> None:
    nowhere = psycopg.conninfo.make_conninfo(database_dsn, host="/nowhere")
    listener = Listener(nowhere, on_payload={"x": lambda _: None}, on_gap=lambda: None)

    with pytest.raises(Unavailable):
        await listener.start()
