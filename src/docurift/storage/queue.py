"""The queue engine's only address: PgQueuer is imported here and nowhere else.

An entry is a hint that there is work; the jobs row decides (actions/take.py). Losing a hint costs seconds.
"""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Container, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
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

from docurift.model.ids import BatchId, JobId, WebhookId
from docurift.model.job import Priority
from docurift.storage.database import DELIVERER_NAME, WORKER_NAME, Connection, Unavailable, connect
from docurift.storage.shares import Place
from docurift.storage.sql import statement

SCHEMA: Final = f"pgqueuer-{version('pgqueuer')}"
"""Names the version of the engine's tables in `schema_migrations`."""

Handler = Callable[[str], Awaitable[None]]
"""What to do about a hint, which is the id of what waits; expected to deal with its own failures."""


class Line(StrEnum):
    """What waits in the queue: work on documents (the hint is a job or a batch's archive) and webhook endpoints that
    have something to be sent (the hint is their ids, with spaces between).
    """

    WORK = "job"
    DELIVERY = "delivery"


# The engine's priority is a whole number of 32 bits; shares.begin_anew keeps tags far below this.
_LAST: Final = 2**31 - 1
_BATCH: Final = 10
# An entry costs the engine more than an endpoint costs its deliverer; all in one would leave the other deliverers idle.
_ENDPOINTS_OF_AN_ENTRY: Final = 25
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


async def enqueue(conn: Connection, admitted: Mapping[JobId, Place]) -> None:
    """A worker will hear of these jobs when the caller's transaction commits, and never if it does not."""
    if admitted:
        await _enqueue(conn, admitted)


async def enqueue_archive(conn: Connection, batch_id: BatchId, place: Place) -> None:
    """A worker will hear that the archive of this batch waits to be unpacked."""
    await _enqueue(conn, {batch_id: place})


async def enqueue_deliveries(conn: Connection, endpoint_ids: Iterable[WebhookId]) -> None:
    """A deliverer will hear that each of these endpoints has something to be sent; several of them share an entry.

    Nothing is deduplicated: an entry that is being handled would swallow a hint that comes a moment too late for it.
    """
    ids = list(endpoint_ids)
    payloads: list[bytes | None] = [
        " ".join(ids[start : start + _ENDPOINTS_OF_AN_ENTRY]).encode()
        for start in range(0, len(ids), _ENDPOINTS_OF_AN_ENTRY)
    ]
    if payloads:
        await _queries(conn).enqueue([Line.DELIVERY] * len(payloads), payloads, [0] * len(payloads))


async def ping(conn: Connection) -> None:
    """Return if entries could be written and read."""
    await conn.execute(statement("queue/ping"))


async def offer_again(conn: Connection, offered: Mapping[JobId, Place]) -> None:
    """Fresh entries in place of whatever entries these jobs had, in the caller's transaction."""
    if offered:
        await conn.execute(statement("queue/drop"), {"job_ids": list(offered)})
        await _enqueue(conn, offered)


async def offer_archives_again(conn: Connection, batch_ids: Sequence[BatchId], place: Place) -> None:
    """As `offer_again`, for archives of batches."""
    if batch_ids:
        await conn.execute(statement("queue/drop"), {"job_ids": list(batch_ids)})
        await _enqueue(conn, dict.fromkeys(batch_ids, place))


async def drop_final(conn: Connection, *, limit: int) -> int:
    """How many entries were removed whose job is final or gone."""
    return (await conn.execute(statement("queue/drop_final"), {"limit": limit})).rowcount


async def purge_log(conn: Connection, *, limit: int) -> int:
    """How many rows of the engine's log were removed, all older than an hour."""
    return (await conn.execute(statement("queue/purge_log"), {"limit": limit})).rowcount


async def _enqueue(conn: Connection, offered: Mapping[JobId, Place] | Mapping[BatchId, Place]) -> None:
    await _queries(conn).enqueue(
        [Line.WORK] * len(offered),
        [hint.encode() for hint in offered],
        [_engine_priority(place) for place in offered.values()],
        dedupe_key=list(offered),
        on_conflict="skip",
    )


def _engine_priority(place: Place) -> int:
    """The engine takes the highest first, and of equal ones the oldest."""
    return -min(round(2 * place.start_tag), _LAST - 1) + (place.priority is Priority.HIGH)


def _queries(conn: Connection) -> Queries:
    # Connections are in autocommit, with the caller's transaction open around this: what the engine's driver wants.
    return Queries(PsycopgDriver(_rows_unseen(conn)))


def _rows_unseen(conn: Connection) -> AsyncConnection:
    """The engine's driver brings its own row factory to each cursor, so it does not matter what the connection's is."""
    return cast("AsyncConnection", conn)


class Consumer:
    """Hears of what waits in a line and hands it to a handler, never more than `slots` at once.

    `run` ends with Unavailable as soon as the database is lost, while handlers that are at work go on; run it again.
    """

    def __init__(self, dsn: str, line: Line = Line.WORK) -> None:
        self._dsn, self._line = dsn, line
        self._working: set[asyncio.Task[None]] = set()
        self._stop = asyncio.Event()

    @property
    def working(self) -> int:
        """How many handlers are at work."""
        return len(self._working)

    async def run(self, handler: Handler, slots: int, *, may_take: Callable[[], bool] = lambda: True) -> None:
        """Hand out hints until `stop`, none while `may_take` says no; handlers may still be at work then.

        Raises:
            Unavailable: the database was lost or cannot be reached.
        """
        # Two connections: one that waits for notices keeps its queries waiting, up to a second.
        async with await connect(self._dsn) as asking, await connect(self._dsn, name=self._name(slots)) as listening:
            coming = set[int]()
            driver = _Driver(
                asking, listening, free=lambda: slots - len(self._working) - len(coming) if may_take() else 0
            )
            queries = _SlottedQueries(driver, free=driver.free, coming=coming)
            manager = QueueManager(queries)
            queries.running = manager.job_context
            manager.entrypoint(self._line, accepts_context=False)(self._entry_handler(handler, driver, coming))
            ending = asyncio.create_task(self._end(manager, driver))
            try:
                await _run(manager)
            finally:
                ending.cancel()
        if driver.lost:
            raise Unavailable("the queue's connection was lost")

    def _name(self, slots: int) -> str:
        return f"{WORKER_NAME}/{slots}" if self._line is Line.WORK else DELIVERER_NAME

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

    def _entry_handler(
        self, handler: Handler, driver: "_Driver", coming: set[int]
    ) -> Callable[[Entry], Awaitable[None]]:
        async def handle(entry: Entry) -> None:
            work = asyncio.create_task(_call(handler, (entry.payload or b"").decode()))
            coming.discard(entry.id)
            self._working.add(work)
            work.add_done_callback(self._working.discard)
            work.add_done_callback(lambda _: driver.wake())
            # The engine waits for its own tasks before it ends, and a long job must not hold up its coming back.
            leaving = asyncio.create_task(driver.ended.wait())
            await asyncio.wait({work, leaving}, return_when=asyncio.FIRST_COMPLETED)
            leaving.cancel()

        return handle


async def _call(handler: Handler, hint: str) -> None:
    await handler(hint)


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
    finished job counts until its entry is deleted, and takes at least two. `coming` are entries that were handed to the
    engine and have not reached their handler yet: it asks again before they do, and they have their slots.
    An entry in `running` is not handled a second time, however late its heartbeat.
    """

    free: Callable[[], int] = field(kw_only=True)
    coming: set[int] = field(kw_only=True)
    running: Container[int] = field(default=(), kw_only=True)

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
        entries = await super().dequeue(
            wanted, entrypoints, queue_manager_id, global_concurrency_limit, heartbeat_timeout
        )
        self.coming.update(entry.id for entry in entries if entry.id not in self.running)
        return entries

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
