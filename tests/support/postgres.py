"""A throw-away PostgreSQL for tests: `DOCURIFT_TEST_DATABASE_URL` (its role may create databases) or an embedded one.

Import the fixtures into a folder's conftest:

    from tests.support.postgres import connection, database, database_dsn, postgres, shared_dsn, template  # noqa: F401

`connection` is in a transaction that is rolled back; `database_dsn` and `database` are a fresh clone of the migrated
template, for tests that commit.
"""

import asyncio
import fcntl
import os
import shutil
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self, TypeVar
from uuid import uuid4

import psycopg
import pytest
import pytest_asyncio
from psycopg import sql
from psycopg.conninfo import make_conninfo

from docurift.storage.database import Connection, Database, connect, session_options
from docurift.storage.embedded import CLUSTER_FOLDER, EmbeddedServer
from docurift.storage.migrate import migrate

_T = TypeVar("_T")
_PREFIX = "docurift-test-"
_FIRST_WORKER = "gw0"  # as pytest-xdist names them
_ENOUGH_MEMORY_BYTES = 2 << 30


@dataclass(frozen=True)
class Postgres:
    """A server on which databases may be made. `application_dsn` names the role that the service would use."""

    admin_dsn: str
    application_dsn: str

    def create(self, *, template: str = "template1") -> str:
        """A new database, owned by the application's role; answers its name."""
        name = f"test_{uuid4().hex[:12]}"
        owner = psycopg.conninfo.conninfo_to_dict(self.application_dsn).get("user")
        statement = sql.SQL("create database {} template {}").format(sql.Identifier(name), sql.Identifier(template))
        self._run(statement if owner is None else statement + sql.SQL(" owner {}").format(sql.Identifier(str(owner))))
        return name

    def drop(self, name: str) -> None:
        """The database is gone, whoever was connected to it."""
        self._run(sql.SQL("drop database if exists {} with (force)").format(sql.Identifier(name)))

    def dsn(self, name: str) -> str:
        """How the application connects to database `name`."""
        return make_conninfo(self.application_dsn, dbname=name)

    def _run(self, statement: sql.Composable) -> None:
        with psycopg.connect(self.admin_dsn, autocommit=True) as connection:
            connection.execute(statement)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """The server of this test session."""
    named = os.environ.get("DOCURIFT_TEST_DATABASE_URL")
    if named:
        yield Postgres(admin_dsn=named, application_dsn=named)
        return
    _sweep()
    folder = new_data_folder()
    with _LoopInThread() as loop:
        server = EmbeddedServer(folder)
        try:
            dsn = loop.run(server.start())
            yield Postgres(admin_dsn=server.admin_dsn, application_dsn=dsn)
        finally:
            loop.run(server.stop())
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres: Postgres) -> Iterator[str]:
    """Name of a database that has this release's schema and no rows; nobody may stay connected to it."""
    name = postgres.create()
    with _LoopInThread() as loop:
        loop.run(migrate(postgres.dsn(name)))
    yield name
    postgres.drop(name)


@pytest.fixture(scope="session")
def shared_dsn(postgres: Postgres, template: str) -> Iterator[str]:
    """A database whose tests roll back."""
    name = postgres.create(template=template)
    yield postgres.dsn(name)
    postgres.drop(name)


@pytest.fixture
def database_dsn(postgres: Postgres, template: str) -> Iterator[str]:
    """A database of the test's own."""
    name = postgres.create(template=template)
    yield postgres.dsn(name)
    postgres.drop(name)


@pytest_asyncio.fixture
async def database(database_dsn: str) -> AsyncIterator[Database]:
    """A pool on a database of the test's own."""
    opened = await Database.open(database_dsn, min_size=1, max_size=8, timeout_seconds=30)
    yield opened
    await opened.close()


@pytest_asyncio.fixture
async def connection(shared_dsn: str) -> AsyncIterator[Connection]:
    """A connection in a transaction that is rolled back at the end; inner transactions are savepoints."""
    options = session_options(statement_seconds=10, lock_seconds=10)
    async with await connect(shared_dsn, options=options) as opened, opened.transaction(force_rollback=True):
        yield opened


def new_data_folder() -> Path:
    """A folder that an unprivileged server can pass through, in memory if there is room; the caller removes it."""
    memory = Path("/dev/shm")
    in_memory = memory.is_dir() and shutil.disk_usage(memory).free > _ENOUGH_MEMORY_BYTES
    folder = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=memory if in_memory else None))
    folder.chmod(0o711)
    return folder


def _sweep() -> None:
    """Stop servers and remove folders of this account's test runs that were killed."""
    if os.environ.get("PYTEST_XDIST_WORKER", _FIRST_WORKER) != _FIRST_WORKER:
        return  # of the workers of a run one sweeps: two would adopt the same server
    for folder in Path("/dev/shm").glob(f"{_PREFIX}*"):
        if _was_left(folder):
            if (folder / CLUSTER_FOLDER / "PG_VERSION").exists():  # else its run was killed while it was made
                with _LoopInThread() as loop:
                    left = EmbeddedServer(folder)
                    loop.run(left.start())  # adopts it, so that it can be stopped
                    loop.run(left.stop())
            shutil.rmtree(folder, ignore_errors=True)


def _was_left(folder: Path) -> bool:
    lock = folder / "lock"
    try:
        found = folder.stat()
        old = time.time() - found.st_mtime > 60
        return found.st_uid == os.geteuid() and old and lock.exists() and _is_free(lock)
    except FileNotFoundError:  # its own run has just removed it
        return False


def _is_free(lock: Path) -> bool:
    with lock.open("ab") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True


class _LoopInThread:
    """An event loop of its own, so that a server outlives the loops of single tests."""

    def __enter__(self) -> Self:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="postgres-loop", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()

    def run(self, coroutine: Coroutine[Any, Any, _T]) -> _T:
        return asyncio.run_coroutine_threadsafe(coroutine, self._loop).result()
