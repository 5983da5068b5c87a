"""One organization's log, read once for all its open streams.

A stream holds no events, only how far it is; what it still has to send lies in the feed, once for all streams. So a
stream costs the same however slowly it is read, and one that stays behind the feed's bounds is cut off: its client
comes again with `Last-Event-ID`.
"""

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final

import msgspec

from docurift.actions.event_form import encoded, thin
from docurift.model.event import Event, EventType
from docurift.model.ids import JobId, KeyId, OrganizationId
from docurift.model.result import Json
from docurift.storage import event_log
from docurift.storage.database import Database, Unavailable
from docurift.storage.event_log import EventsExpiredError
from docurift.telemetry import log

PAGE: Final = 250
PIECE_BYTES: Final = 64 * 1024
"""What one stream sends at a time, about; as much may stand in its connection's own buffer."""
_MAX_FRAMES: Final = 1_000
# Once a feed is full, all its streams wait this long for those that stay behind.
_GRACE_SECONDS: Final = 0.5
_AGAIN_SECONDS: Final = 0.5
_MARK: Final = b"\ndata: "
_CLOSING: Final = frozenset({EventType.API_KEY_UPDATED, EventType.API_KEY_REVOKED})


@dataclass(frozen=True, slots=True)
class Frame:
    """An event as it stands in a stream; `data` is shared by all that send it."""

    sequence: int
    type: EventType
    job_id: JobId | None
    document_id: Json
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, event: Event) -> "Frame":
        """The event in the form of the HTML standard, section 9.2.5."""
        data = b"id: %d\nevent: %s%s%s\n\n" % (event.sequence, event.type.encode(), _MARK, encoded(thin(event)))
        return cls(event.sequence, event.type, event.job_id, event.data.get("documentId"), data)

    def emptied(self) -> "Frame":
        """The same as the log tells it since its document was deleted (`events/empty_of_document`)."""
        head, mark, text = self.data.partition(_MARK)
        form = msgspec.json.decode(text)
        form["data"] = {name: form["data"].get(name) for name in ("jobId", "documentId")}
        return replace(self, data=head + mark + encoded(form) + b"\n\n")


@dataclass(slots=True, kw_only=True, eq=False)
class Subscription:
    """One open stream: it has sent everything up to `position` that it `wants`, and ends when `has_ended`."""

    position: int
    wants: Callable[[Frame], bool]
    key_id: KeyId | None
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    transient: bytes | None = None
    has_ended: bool = False
    is_cut: bool = False

    def end(self) -> None:
        """Let the stream end in good order."""
        self.has_ended = True
        self.bell.set()

    def cut(self) -> None:
        """Let the stream's connection be closed at once."""
        self.is_cut = True
        self.bell.set()


class Feed:
    """Reads the log of one organization on from `cursor`, and rings its streams."""

    def __init__(
        self, db: Database, organization_id: OrganizationId, *, cursor: int, max_bytes: int, poll_seconds: float
    ) -> None:
        self._db, self._organization_id = db, organization_id
        self._cursor, self._max_bytes, self._poll_seconds = cursor, max_bytes, poll_seconds
        self._frames: dict[int, Frame] = {}
        self._bytes = 0
        self._streams: set[Subscription] = set()
        self._news, self._moved = asyncio.Event(), asyncio.Event()
        self._news.set()
        self._task = asyncio.create_task(self._run(), name="event-feed")
        self._task.add_done_callback(self._ended)

    @property
    def is_over(self) -> bool:
        """Whether it reads nothing more; its streams end, and come again to another."""
        return self._task.done()

    @property
    def cursor(self) -> int:
        """The number of the newest event that was read."""
        return self._cursor

    @property
    def is_idle(self) -> bool:
        """Whether nobody listens."""
        return not self._streams

    def ring(self) -> None:
        """Read on: there may be something new."""
        self._news.set()

    def close(self) -> None:
        """Read nothing more."""
        self._task.cancel()

    def join(self, stream: Subscription) -> bool:
        """Whether the stream can go on from here; if not, it first has to read what is not held any more."""
        if stream.position < next(iter(self._frames), self._cursor + 1) - 1:
            return False
        self._streams.add(stream)
        return True

    def leave(self, stream: Subscription) -> None:
        """Forget the stream."""
        self._streams.discard(stream)
        self._moved.set()

    def take(self, stream: Subscription) -> list[Frame]:
        """What the stream has to send next, about `PIECE_BYTES` of it."""
        frames: list[Frame] = []
        size = 0
        while size < PIECE_BYTES and (frame := self._frames.get(stream.position + 1)) is not None:
            stream.position = frame.sequence
            if stream.wants(frame):
                frames.append(frame)
                size += len(frame.data)
        self._moved.set()
        return frames

    def end_all(self) -> None:
        """Let every stream end in good order."""
        for stream in self._streams:
            stream.end()

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled():
            return
        if task.exception() is not None:
            log.error("events.feed_failed", exc_info=task.exception())
        self.end_all()

    async def _run(self) -> None:
        """Read on until the log does not follow what was read."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._poll_seconds):
                    await self._news.wait()
            self._news.clear()
            try:
                await self._read_on()
            except Unavailable as error:
                log.warning("events.not_read", reason=str(error))
                self._news.set()
                await asyncio.sleep(_AGAIN_SECONDS)
            except EventsExpiredError:
                return  # each stream comes again and is told so itself

    async def _read_on(self) -> None:
        has_more = True
        while has_more:
            async with self._db.reading() as conn:
                page = await event_log.page(conn, organization_id=self._organization_id, after=self._cursor, limit=PAGE)
            if page.last_sequence < self._cursor:  # a backup was restored: what comes now has numbers that were read
                raise EventsExpiredError(page.first_sequence)
            has_more = page.has_more
            for event in page.events:
                self._publish(Frame.of(event), event)
            for stream in self._streams if page.events else ():
                stream.bell.set()
            await self._make_room()

    def _publish(self, frame: Frame, event: Event) -> None:
        if event.type is EventType.DOCUMENT_DELETED:
            self._empty_those_of(frame.document_id)
        self._frames[frame.sequence] = frame
        self._bytes += len(frame.data)
        self._cursor = frame.sequence
        if event.type in _CLOSING and event.data.get("enabled") is not True:
            self._end_those_of(event.data.get("keyId"))

    def _empty_those_of(self, document_id: Json) -> None:
        """Streams that are behind tell no more of a document than the log does (reliability.md, I8)."""
        for frame in [frame for frame in self._frames.values() if frame.document_id == document_id]:
            self._frames[frame.sequence] = emptied = frame.emptied()
            self._bytes -= len(frame.data) - len(emptied.data)

    def _end_those_of(self, key_id: Json) -> None:
        for stream in self._streams:
            if stream.key_id == key_id:
                stream.end()

    async def _make_room(self) -> None:
        """Drop what every stream has passed; cut off those that still hold too much after a while."""
        self._drop()
        if not self._is_full():
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GRACE_SECONDS):
                while self._is_full():
                    self._moved.clear()
                    await self._moved.wait()
                    self._drop()
        while self._is_full():
            self._cut_the_last()

    def _cut_the_last(self) -> None:
        behind = min(stream.position for stream in self._streams)
        for stream in [stream for stream in self._streams if stream.position == behind]:
            stream.cut()
            self._streams.discard(stream)
        self._drop()

    def _drop(self) -> None:
        passed = min((stream.position for stream in self._streams), default=self._cursor)
        for sequence in list(self._frames):
            if sequence > passed:
                break
            self._bytes -= len(self._frames.pop(sequence).data)

    def _is_full(self) -> bool:
        return bool(self._frames) and (len(self._frames) > _MAX_FRAMES or self._bytes > self._max_bytes)
