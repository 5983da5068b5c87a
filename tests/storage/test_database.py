import asyncio
from pathlib import Path
from typing import Self

import psycopg
import pytest

from docurift.storage.database import Connection, Database, Unavailable


async def test_a_block_that_raises_leaves_nothing(database: Database) -> None:
    async with database.transaction() as connection:
        await connection.execute("create table kept (n int)")

    with pytest.raises(psycopg.errors.DivisionByZero):
        async with database.transaction() as connection:
            await connection.execute("insert into kept values (1); select 1 / 0")

    async with database.reading() as connection:
        assert (await (await connection.execute("select count(*) as n from kept")).fetchone()) == {"n": 0}


async def test_a_fixture_connection_rolls_back(connection: Connection) -> None:
    await connection.execute("create table never_seen_twice (n int)")


async def test_timestamps_are_in_utc(database: Database) -> None:
    async with database.reading() as connection:
        row = await (await connection.execute("select now() as now")).fetchone()

    assert row is not None
    assert str(row["now"].tzinfo) == "UTC"


async def test_a_statement_over_its_time_is_unavailable(database_dsn: str) -> None:
    database = await Database.open(database_dsn, min_size=1, max_size=1, timeout_seconds=0.1)

    with pytest.raises(Unavailable, match="statement timeout"):
        async with database.reading() as connection:
            await connection.execute("select pg_sleep(30)")

    await database.ping()
    await database.close()


async def test_an_exhausted_pool_is_unavailable(database_dsn: str) -> None:
    database = await Database.open(database_dsn, min_size=1, max_size=1, timeout_seconds=0.1)

    async with database.reading():
        with pytest.raises(Unavailable, match="PoolTimeout"):
            await database.ping()

    await database.close()


async def test_a_task_cancelled_as_it_gets_its_connection_stops(database_dsn: str) -> None:
    database = await Database.open(database_dsn, min_size=1, max_size=1, timeout_seconds=5)

    async with database.reading():
        waiting = asyncio.create_task(database.ping())
        await asyncio.sleep(0)  # it runs until it waits
    waiting.cancel()

    with pytest.raises(asyncio.CancelledError):
        await waiting
    await database.ping()
    await database.close()


async def test_no_server_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable):
        await Database.open(f"host={tmp_path} dbname=none", min_size=1, max_size=1, timeout_seconds=0.2)


async def test_a_lost_connection_is_unavailable_and_the_next_call_works(database: Database) -> None:
    with pytest.raises(Unavailable):
        async with database.reading() as connection:
            await connection.execute("select pg_terminate_backend(pg_backend_pid())")

    await database.ping()


async def test_connections_lost_while_idle_are_never_handed_out(database: Database, database_dsn: str) -> None:
    await database.ping()
    async with await psycopg.AsyncConnection.connect(database_dsn, autocommit=True) as other:
        await other.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where datname = current_database() and pid <> pg_backend_pid() and application_name = 'docurift'"
        )

    await asyncio.gather(*(database.ping() for _ in range(8)))


async def test_a_silent_server_is_given_up_at_the_deadline(database_dsn: str, tmp_path: Path) -> None:
    async with _SilentProxy(database_dsn, tmp_path) as proxy:
        database = await Database.open(proxy.dsn, min_size=1, max_size=1, timeout_seconds=0.2)
        await database.ping()
        proxy.silent = True

        async with asyncio.timeout(5):
            with pytest.raises(Unavailable):
                await database.ping()

        await database.close()


class _SilentProxy:
    """Passes bytes between a client and the server's socket, until it keeps those of the server to itself."""

    def __init__(self, dsn: str, folder: Path) -> None:
        self._parts = psycopg.conninfo.conninfo_to_dict(dsn)
        self._folder = folder
        self._tasks: set[asyncio.Task[None]] = set()
        self.silent = False

    @property
    def dsn(self) -> str:
        return psycopg.conninfo.make_conninfo("", **{**self._parts, "host": str(self._folder), "port": 5432})

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._serve, self._folder / ".s.PGSQL.5432")
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        port = self._parts.get("port", 5432)
        host = str(self._parts["host"])
        if host.startswith("/"):
            from_server, to_server = await asyncio.open_unix_connection(f"{host}/.s.PGSQL.{port}")
        else:
            from_server, to_server = await asyncio.open_connection(host, int(str(port)))
        for source, target in ((reader, to_server), (from_server, writer)):
            self._tasks.add(asyncio.create_task(self._pump(source, target)))

    async def _pump(self, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                if not self.silent:
                    target.write(data)
                    await target.drain()
        finally:
            target.close()
