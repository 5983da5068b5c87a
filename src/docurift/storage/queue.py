"""The queue engine's only address: PgQueuer is imported here and nowhere else.

An entry is a hint that there is work; the jobs row decides (actions/take.py). Losing a hint costs seconds.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.metadata import version
from typing import Any, Final, cast

import psycopg
from pgqueuer.db import PsycopgDriver
from pgqueuer.domain.errors import FailingListenerError
from pgqueuer.domain.models import Job as Entry
from pgqueuer.domain.settings import db_settings
from pgqueuer.domain.types import QueueEntrypoint, QueueManagerId
from pgqueuer.ports.driver import NotifyCallback
from pgqueuer.ports.repository import EntrypointExecutionParameter
from pgqueuer.qm import QueueManager
from pgqueuer.queries import Queries
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from docurift.model.ids import JobId
from docurift.model.job import Priority
from docurift.storage.database import Connection, Unavailable, connect
from docurift.storage.sql import statement

SCHEMA: Final = f"pgqueuer-{version('pgqueuer')}"
"""Names the version of the engine's tables in `schema_migrations`."""

Handler = Callable[[JobId], Awaitable[None]]
"""What to do about a hint; expected to deal with its own failures."""

_ENTRYPOINT: Final = "job"
_PRIORITIES: Final = {Priority.NORMAL: 0, Priority.HIGH: 10}
_BATCH: Final = 10
# LISTEN wakes the consumer at once; looking by itself only mends a lost notice.
_POLL: Final = timedelta(seconds=2)
_STALE_ENTRY: Final = timedelta(seconds=30)
_NO_STATISTICS: Final = timedelta(0)
_CHANGED: Final = json.dumps(
    {
        "channel": db_settings().channel,
        "operation": "insert",
        "sent_at": "2000-01-01T00:00:00Z",
        "table": db_settings().queue_table,
        "type": "table_changed_event",
    }
)


async def install(dsn: str) -> None:
    """Create the engine's tables, or bring older ones to this version; repeating it changes nothing."""
    async with await AsyncConnection.connect(dsn, autocommit=True) as connection:
        queries = Queries.from_psycopg_connection(connection)
        if await queries.schema_is_installed():
            await queries.upgrade()
        else:
            await queries.install()
        await queries.optimize_autovacuum()
        # On tables never analyzed, fetches were 4-9 times slower (storage-and-queue.md section 1).
        await connection.execute("analyze pgqueuer")


async def enqueue(conn: Connection, job_id: JobId, priority: Priority) -> None:
    """A worker will hear of the job when the caller's transaction commits, and never if it does not."""
    await _enqueue(conn, {job_id: priority})


async def ping(conn: Connection) -> None:
    """Return if entries could be written and read."""
    await conn.execute(statement("queue/ping"))


async def offer_again(conn: Connection, offered: Mapping[JobId, Priority]) -> None:
    """Fresh entries in place of whatever entries these jobs had, in the caller's transaction."""
    if offered:
        await conn.execute(statement("queue/drop"), {"job_ids": list(offered)})
        await _enqueue(conn, offered)


async def drop_final(conn: Connection, *, limit: int) -> int:
    """How many entries were removed whose job is final or gone."""
    return (await conn.execute(statement("queue/drop_final"), {"limit": limit})).rowcount


async def purge_log(conn: Connection, *, limit: int) -> int:
    """How many rows of the engine's log were removed, all older than an hour."""
    return (await conn.execute(statement("queue/purge_log"), {"limit": limit})).rowcount


async def _enqueue(conn: Connection, offered: Mapping[JobId, Priority]) -> None:
    # Connections are in autocommit, with the caller's transaction open around this: what the engine's driver wants.
    await Queries(PsycopgDriver(_rows_unseen(conn))).enqueue(
        [_ENTRYPOINT] * len(offered),
        [job_id.encode() for job_id in offered],
        [_PRIORITIES[priority] for priority in offered.values()],
        dedupe_key=list(offered),
        on_conflict="skip",
    )


def _rows_unseen(conn: Connection) -> AsyncConnection:
    """The engine's driver brings its own row factory to each cursor, so it does not matter what the connection's is."""
    return cast("AsyncConnection", conn)


class Consumer:
    """Hears of jobs and hands them to a handler, never more than `slots` at once.

    `run` ends with Unavailable as soon as the database is lost, while handlers that are at work go on; run it again.
    """

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._working: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    @property
    def working(self) -> int:
        """How many handlers are at work."""
        return len(self._working)

    async def run(self, handler: Handler, slots: int) -> None:
        """Hand out jobs until `stop`; handlers may still be at work then.

        Raises:
            Unavailable: the database was lost or cannot be reached.
        """
        # Two connections: one that waits for notices keeps its queries waiting, up to a second.
        async with await connect(self._dsn) as asking, await connect(self._dsn) as listening:
            driver = _Driver(asking, listening, free=lambda: slots - len(self._working))
            manager = QueueManager(_SlottedQueries(driver, free=driver.free))
            manager.entrypoint(_ENTRYPOINT, accepts_context=False)(self._entry_handler(handler, driver))
            ending = asyncio.create_task(self._end(manager, driver))
            try:
                await _run(manager)
            finally:
                ending.cancel()
        if driver.lost:
            raise Unavailable("the queue's connection was lost")

    async def stop(self) -> None:
        """Take no more."""
        self._stop.set()

    async def drained(self) -> None:
        """Return when no handler is at work any more."""
        while self._working:
            await asyncio.wait(set(self._working))

    async def _end(self, manager: QueueManager, driver: "_Driver") -> None:
        """Let the engine end, without its handlers, when it is to stop or its database is gone."""
        waits = [asyncio.create_task(event.wait()) for event in (self._stop, driver.ended, manager.shutdown)]
        try:
            await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for wait in waits:
                wait.cancel()
        driver.ended.set()
        manager.shutdown.set()

    def _entry_handler(self, handler: Handler, driver: "_Driver") -> Callable[[Entry], Awaitable[None]]:
        async def handle(entry: Entry) -> None:
            work = asyncio.create_task(_call(handler, JobId((entry.payload or b"").decode())))
            self._working.add(work)
            work.add_done_callback(self._working.discard)
            work.add_done_callback(lambda _: driver.wake())
            # The engine waits for its own tasks before it ends, and a long job must not hold up its coming back.
            leaving = asyncio.create_task(driver.ended.wait())
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()

        return handle


async def _call(handler: Handler, job_id: JobId) -> None:
    await handler(job_id)


async def _run(manager: QueueManager) -> None:
    try:
        await manager.run(
            dequeue_timeout=_POLL,
            batch_size=_BATCH,
            heartbeat_timeout=_STALE_ENTRY,
            shutdown_on_listener_failure=True,
            log_aggregation_interval=_NO_STATISTICS,
        )
    except (psycopg.Error, FailingListenerError) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from error


class _Driver(PsycopgDriver):
    """PgQueuer's driver on two connections; it passes on only those notices that can mean work for a free slot."""

    def __init__(self, asking: Connection, listening: Connection, *, free: Callable[[], int]) -> None:
        super().__init__(_rows_unseen(listening))
        self._asking = asking
        self._callbacks: list[NotifyCallback] = []
        self.free = free
        self.ended = asyncio.Event()
        self.lost = False

    async def fetch(self, query: str, *args: object) -> list[dict[str, Any]]:
        async with self._watched():
            cursor = psycopg.AsyncRawCursor(self._asking, row_factory=dict_row)
            await cursor.execute(query.encode(), args or None)
            return await cursor.fetchall()

    async def execute(self, query: str, *args: object) -> str:
        async with self._watched():
            cursor = psycopg.AsyncRawCursor(self._asking)
            await cursor.execute(query.encode(), args or None)
            return cursor.statusmessage or ""

    async def add_listener(self, channel: str, callback: NotifyCallback) -> None:
        def pass_on(payload: str | bytes | bytearray) -> None:
            if not _is_change(payload) or (self.free() > 0 and _is_insertion(payload)):
                callback(payload)

        self._callbacks.append(callback)
        await super().add_listener(channel, pass_on)

    async def watch_notifies(self) -> None:
        async with self._watched():
            await super().watch_notifies()

    def wake(self) -> None:
        """Have the engine look for work: a slot has become free."""
        for callback in self._callbacks:
            callback(_CHANGED)

    @asynccontextmanager
    async def _watched(self) -> AsyncGenerator[None]:
        """Say so when the connection is lost, whoever learns of it first."""
        try:
            yield
        except psycopg.Error:
            if self._asking.closed or self._connection.closed:
                self.lost = True
                self.ended.set()
            raise


@dataclass
class _SlottedQueries(Queries):
    """PgQueuer's queries, asking for no more than there are free slots. Its own limit is kept in the database, where a
    finished job counts until its entry is deleted, and takes at least two.
    """

    free: Callable[[], int] = field(kw_only=True)

    async def dequeue(
        self,
        batch_size: int,
        entrypoints: dict[QueueEntrypoint, EntrypointExecutionParameter],
        queue_manager_id: QueueManagerId,
        global_concurrency_limit: int | None,
        heartbeat_timeout: timedelta,
    ) -> list[Entry]:
        wanted = min(batch_size, self.free())
        if wanted < 1:
            return []
        return await super().dequeue(wanted, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout)

    async def eligible_queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        return await super().eligible_queued_work(entrypoints) if self.free() > 0 else 0

    async def queued_work(self, entrypoints: list[QueueEntrypoint]) -> int:
        return await self.eligible_queued_work(entrypoints)

    async def next_deferred_eta(self, entrypoints: list[QueueEntrypoint]) -> timedelta | None:  # noqa: ARG002 -- engine's
        """Nothing is deferred in the engine: what is due later waits in our own rows."""
        return None


def _is_change(payload: str | bytes | bytearray) -> bool:
    return "table_changed_event" in _text(payload)


def _is_insertion(payload: str | bytes | bytearray) -> bool:
    return json.loads(payload)["operation"] == "insert"


def _text(payload: str | bytes | bytearray) -> str:
    return payload if isinstance(payload, str) else payload.decode()
