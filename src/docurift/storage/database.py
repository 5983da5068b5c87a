"""The way into PostgreSQL: a pool whose every call ends, and one kind of error when the database cannot answer."""

import asyncio
import select
import socket
from collections.abc import AsyncGenerator, Generator
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from typing import Any, Final, Protocol

import psycopg
import structlog
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.pq import TransactionStatus
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

Connection = psycopg.AsyncConnection[dict[str, Any]]

# The server gives up first and says why; only a server that says nothing at all meets our own deadline.
WORKER_NAME: Final = "docurift-worker"
"""How the server knows the connection on which a worker listens for work; behind a slash, how many slots it has."""
DELIVERER_NAME: Final = "docurift-deliverer"
_DEADLINE_GRACE_SECONDS: Final = 1.0
# A restart of the database must not leave the pool in a back-off longer than clients are asked to wait.
_RECONNECT_SECONDS: Final = 4.0
_CONNECT_SECONDS: Final = 5
_IDLE_IN_TRANSACTION_SECONDS: Final = 60

_log = structlog.get_logger()


class Unavailable(Exception):  # noqa: N818 -- a state of the database, told to the client as 503; nobody's error
    """The database cannot answer now: not reachable, lost, too slow, or no connection free. Trying again may help."""


class StorageFullError(Unavailable):
    """The database has no room left on its disk."""


class Transactions(Protocol):
    """Where an action gets its one transaction from: the database, or whoever has one open already."""

    def transaction(self) -> AbstractAsyncContextManager[Connection]:
        """As `Database.transaction`."""
        ...


class Database:
    """A pool of connections to one database; every call on it ends within its time limit.

    Connections are in autocommit and answer rows as dictionaries, timestamps in UTC.
    """

    def __init__(self, pool: "AsyncConnectionPool[Connection]", *, dsn: str, timeout_seconds: float) -> None:
        self._pool = pool
        self._dsn = dsn
        self._timeout_seconds = timeout_seconds

    @classmethod
    async def open(
        cls,
        dsn: str,
        *,
        min_size: int,
        max_size: int,
        timeout_seconds: float,
        prepare_threshold: int | None = 5,
    ) -> "Database":
        """A pool on `dsn`, with at least one connection made.

        `timeout_seconds` bounds the wait for a connection, each statement, and each `reading` or `transaction` block.
        `prepare_threshold=None` is for a pooler in transaction mode, such as PgBouncer: no prepared statements and no
        session settings, so set `statement_timeout` and `lock_timeout` on the role there.

        Raises:
            Unavailable: no connection could be made in `timeout_seconds`.
        """
        options = session_options(statement_seconds=timeout_seconds, lock_seconds=timeout_seconds)
        pool = AsyncConnectionPool[Connection](
            dsn if prepare_threshold is None else with_options(dsn, options),
            kwargs=_connection_arguments(prepare_threshold),
            min_size=min_size,
            max_size=max_size,
            timeout=timeout_seconds,
            reconnect_timeout=_RECONNECT_SECONDS,
            check=_discard_if_closed,
            open=False,
        )
        try:
            with _as_unavailable():
                await pool.open(wait=True, timeout=timeout_seconds)
        except Unavailable:
            await pool.close()
            raise
        return cls(pool, dsn=dsn, timeout_seconds=timeout_seconds)

    @property
    def dsn(self) -> str:
        """Where the database is; it may hold a password."""
        return self._dsn

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection for statements that each stand alone (autocommit).

        Raises:
            Unavailable: no connection, a lost one, or the time limit.
        """
        cancellations = _cancellations()
        with _as_unavailable():
            async with self._pool.connection() as connection:
                if _cancellations() > cancellations:
                    # The pool swallows a cancellation that arrives together with the connection.
                    raise asyncio.CancelledError
                with _severed_after(connection, self._timeout_seconds + _DEADLINE_GRACE_SECONDS):
                    yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        """A connection in a transaction: committed when the block ends, rolled back when it raises.

        Raises:
            Unavailable: no connection, a lost one, or the time limit. If it is raised by the COMMIT itself, the
                transaction may have happened: repeat it under the same unique key.
        """
        async with self.reading() as connection, connection.transaction():
            yield connection

    async def ping(self) -> None:
        """Return if the database answers.

        Raises:
            Unavailable: it does not.
        """
        async with self.reading() as connection:
            await connection.execute("select 1")

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()


async def connect(
    dsn: str, *, options: str = "", prepare_threshold: int | None = 5, name: str = "docurift"
) -> Connection:
    """One connection outside any pool, in autocommit, rows as dictionaries; `options` as of `session_options`. The
    server knows it by `name`.

    Raises:
        Unavailable: it could not be made.
    """
    with _as_unavailable():
        return await psycopg.AsyncConnection[dict[str, Any]].connect(
            with_options(dsn, options), **_connection_arguments(prepare_threshold, name)
        )


def session_options(*, statement_seconds: float, lock_seconds: float) -> str:
    """Settings of a session, as PostgreSQL's `options` parameter; 0 seconds means no limit."""
    settings = {
        "TimeZone": "UTC",
        "statement_timeout": f"{statement_seconds * 1000:.0f}",
        "lock_timeout": f"{lock_seconds * 1000:.0f}",
        "idle_in_transaction_session_timeout": f"{_IDLE_IN_TRANSACTION_SECONDS * 1000}",
    }
    return " ".join(f"-c {name}={value}" for name, value in settings.items())


def with_options(dsn: str, options: str) -> str:
    """`dsn` with `options` added; those that it already names win."""
    own = conninfo_to_dict(dsn).get("options")
    return make_conninfo(dsn, options=f"{options} {own or ''}".strip()) if options else dsn


def _connection_arguments(prepare_threshold: int | None, name: str = "docurift") -> dict[str, Any]:
    return {
        "autocommit": True,
        "row_factory": dict_row,
        "prepare_threshold": prepare_threshold,
        "connect_timeout": _CONNECT_SECONDS,
        "application_name": name,
    }


def _cancellations() -> int:
    """How often the running task was asked to stop."""
    task = asyncio.current_task()
    return task.cancelling() if task is not None else 0


async def _discard_if_closed(connection: Connection) -> None:
    """Ask an idle connection's socket, without a round trip, whether the server has hung up; the pool then drops it."""
    poller = select.poll()
    poller.register(connection.fileno(), select.POLLIN)
    if poller.poll(0):
        await connection.execute("select 1")


@contextmanager
def _severed_after(connection: Connection, seconds: float) -> Generator[None]:
    """Cut the connection's socket if the block lasts longer.

    Cancelling is not enough: psycopg then asks the server to stop and waits for its word, and a server behind a silent
    network gives none (reliability.md section 2).
    """
    alarm = asyncio.get_running_loop().call_later(seconds, _sever, connection)
    try:
        yield
    finally:
        alarm.cancel()


def _sever(connection: Connection) -> None:
    if connection.closed or connection.info.transaction_status is TransactionStatus.UNKNOWN:
        return
    _log.warning("database.deadline_passed", backend_pid=connection.info.backend_pid)
    with socket.socket(fileno=connection.fileno()) as its_socket:
        try:
            its_socket.shutdown(socket.SHUT_RDWR)
        finally:
            its_socket.detach()  # libpq owns the descriptor and closes it


@contextmanager
def _as_unavailable() -> Generator[None]:
    """Translate what psycopg raises when the database cannot answer."""
    try:
        yield
    except psycopg.errors.DiskFull as error:
        raise StorageFullError(_told(error)) from error
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.errors.IdleInTransactionSessionTimeout) as error:
        raise Unavailable(_told(error)) from error


def _told(error: psycopg.Error) -> str:
    return f"{type(error).__name__}: {str(error).strip()}"
