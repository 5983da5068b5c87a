"""What the database announces, handed to all who wait in this process: one LISTEN connection for every waiting call and
every open stream.

A notice is only a hint: feeds read by themselves every few seconds, and waiting calls look.
"""

from typing import Final

from prometheus_client import Gauge

from docurift.api.events.feeds import Feed, Subscription
from docurift.api.events.job_watch import JobWatch
from docurift.api.jobs.waiting import Waiters
from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import MIB, EdgeLimits
from docurift.model.ids import OrganizationId
from docurift.storage import event_log, events, jobs
from docurift.storage.database import Database
from docurift.storage.listen import Listener

_ALL_FEEDS_BYTES: Final = 64 * MIB
_FEED_BYTES: Final = (64 * 1024, MIB)
_STREAMS: Final = Gauge("docurift_event_streams", "Event streams that this process holds open.")
_COME_AGAIN: Final = {"Retry-After": "5"}
_TOO_MANY_STREAMS: Final = (
    "This process holds as many event streams open as it may. Try again shortly, or read `/v1/events`."
)


class Fanout:
    """Waiting calls, feeds of events and watched jobs of one process."""

    def __init__(self, db: Database, limits: EdgeLimits) -> None:
        self._db, self._limits = db, limits
        self._feeds: dict[OrganizationId, Feed] = {}
        self._open = 0
        self._is_draining = False
        self.waiters = Waiters(poll_seconds=limits.poll_seconds)
        self.jobs = JobWatch(db)
        self._listener = Listener(
            db.dsn,
            on_payload={jobs.CHANNEL: self._job_changed, events.CHANNEL: self._log_grew},
            on_gap=self._catch_up,
        )

    async def start(self) -> None:
        """Listen from here on.

        Raises:
            Unavailable: the database cannot be reached.
        """
        await self._listener.start()
        self.jobs.start()

    async def stop(self) -> None:
        """Hear nothing more; who still waits goes on by looking."""
        self.jobs.stop()
        for feed in self._feeds.values():
            feed.close()
        await self._listener.stop()

    def drain(self) -> None:
        """Let every stream end in good order and answer who waits, and open no more: the process is about to end."""
        self._is_draining = True
        self.waiters.drain()
        for feed in self._feeds.values():
            feed.end_all()

    @property
    def is_draining(self) -> bool:
        """Whether the process is about to end."""
        return self._is_draining

    @property
    def open_streams(self) -> int:
        """How many streams are open."""
        return self._open

    def sit_down(self) -> None:
        """Take the room of one stream, until `stand_up`.

        Raises:
            Problem: `CONCURRENT_LIMIT_EXCEEDED`, or `SERVICE_UNAVAILABLE` once the process is about to end.
        """
        if self._is_draining:
            raise Problem(ErrorCode.SERVICE_UNAVAILABLE)
        if self._open >= self._limits.max_event_streams:
            raise Problem(ErrorCode.CONCURRENT_LIMIT_EXCEEDED, _TOO_MANY_STREAMS, headers=_COME_AGAIN)
        self._open += 1
        _STREAMS.set(self._open)

    def stand_up(self) -> None:
        """Give the room of one stream back."""
        self._open -= 1
        _STREAMS.set(self._open)

    async def now(self, organization_id: OrganizationId) -> int:
        """The number from which on a stream without `after` begins.

        Raises:
            Unavailable: the database cannot answer.
        """
        feed = self._feeds.get(organization_id)
        if feed is not None and not feed.is_over:
            return feed.cursor
        async with self._db.reading() as conn:
            return await event_log.last_sequence(conn, organization_id)

    def join(self, organization_id: OrganizationId, stream: Subscription) -> Feed | None:
        """The feed that the stream goes on with; None if the stream first has to read more of the log by itself."""
        feed = self._feeds.get(organization_id)
        if feed is None or feed.is_over:
            feed = self._feeds[organization_id] = self._new_feed(organization_id, stream.position)
        return feed if feed.join(stream) else None

    def leave(self, organization_id: OrganizationId, feed: Feed, stream: Subscription) -> None:
        """Forget the stream; the feed of the last one ends."""
        feed.leave(stream)
        if feed.is_idle:
            feed.close()
            if self._feeds.get(organization_id) is feed:
                del self._feeds[organization_id]

    def _new_feed(self, organization_id: OrganizationId, cursor: int) -> Feed:
        least, most = _FEED_BYTES
        return Feed(
            self._db,
            organization_id,
            cursor=cursor,
            max_bytes=max(least, min(most, _ALL_FEEDS_BYTES // (len(self._feeds) + 1))),
            poll_seconds=self._limits.event_poll_seconds,
        )

    def _job_changed(self, job_id: str) -> None:
        self.waiters.ring(job_id)
        self.jobs.changed(job_id)

    def _log_grew(self, organization_id: str) -> None:
        feed = self._feeds.get(OrganizationId(organization_id))
        if feed is not None:
            feed.ring()

    def _catch_up(self) -> None:
        self.waiters.ring_all()
        self.jobs.all_changed()
        for feed in self._feeds.values():
            feed.ring()
