"""One open stream from its first block to its last: what the log already holds, then what the feed brings.

Of the log, one block is in memory while the client takes its time, whatever stands in the events behind it.
"""

import asyncio
import random
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from docurift.api.events.fanout import Fanout
from docurift.api.events.feeds import PAGE, PIECE_BYTES, Feed, Frame, Subscription
from docurift.api.events.sse import FellBehindError
from docurift.model.ids import OrganizationId
from docurift.storage.database import Unavailable
from docurift.storage.event_log import EventsExpiredError, LogPage

# After a restart the streams of a process come again; not all at the same moment.
_RETRY_MILLISECONDS: Final = (2_000, 5_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a stream is bound to. `read_on` reads so many events of the log itself, from a number on; `is_last` knows
    the event that ends it; `is_over` says that nothing follows what the log holds already.

    `is_admitted` asks once more for the key: before each page of the log, and `doubt_seconds` after the stream goes on
    with the feed, since the key may have been closed just before; later the log itself tells of that. At `until`
    (monotonic) the key expires.
    """

    read_on: Callable[[int, int], Awaitable[LogPage]]
    is_last: Callable[[Frame], bool]
    is_over: bool
    is_admitted: Callable[[], Awaitable[bool]]
    doubt_seconds: float
    heartbeat_seconds: float
    until: float


@dataclass(slots=True, kw_only=True)
class Live:
    """Tells until the last event, or until its key or its process ends; then its client comes again or knows enough."""

    fanout: Fanout
    organization_id: OrganizationId
    stream: Subscription
    terms: Terms
    _told: int = field(init=False, default=-1)
    _is_done: bool = field(init=False, default=False)
    _page_events: int = field(init=False, default=PAGE)
    _spoke_at: float = field(init=False, default_factory=time.monotonic)
    _doubted_until: float | None = field(init=False, default=None)

    async def blocks(self, page: LogPage | None) -> AsyncGenerator[bytes]:
        """The blocks of the stream; `page` is the log's first, None for a stream that begins now.

        Raises:
            FellBehindError: the client reads too slowly.
        """
        yield b"retry: %d\n%s\n" % (random.randint(*_RETRY_MILLISECONDS), self._position())  # noqa: S311
        feed: Feed | None = None
        while feed is None:
            piece, is_at_end = (b"", True) if page is None else self._piece_of(page)
            page = None
            yield piece
            if self._must_end() or (is_at_end and self.terms.is_over):
                return
            feed = self.fanout.join(self.organization_id, self.stream) if is_at_end else None
            if feed is None and (page := await self._read_on()) is None:
                return
        self._doubted_until = time.monotonic() + self.terms.doubt_seconds
        try:
            async for block in self._brought_by(feed):
                yield block
        finally:
            self.fanout.leave(self.organization_id, feed, self.stream)

    def _piece_of(self, page: LogPage) -> tuple[bytes, bool]:
        """The beginning of the page, as much as is sent at a time, and whether the log ends with it. What is left is
        read again, and no more than that.
        """
        piece = next(self._pieces(Frame.of(event) for event in page.events), b"")
        sent = sum(event.sequence <= self._told for event in page.events)
        is_whole = sent == len(page.events)
        self.stream.position = page.next_after if is_whole else self._told
        self._page_events = PAGE if is_whole else sent + 1
        return piece, is_whole and not page.has_more

    async def _brought_by(self, feed: Feed) -> AsyncGenerator[bytes]:
        while not self._must_end():
            self.stream.bell.clear()
            pieces = list(self._pieces(feed.take(self.stream)))
            if self.stream.transient is not None and not self._is_done:
                pieces.append(self.stream.transient)
                self.stream.transient = None
            if not pieces and not await self._is_rung():
                pieces.append(b": nothing new\n%s\n" % self._position())
            for piece in pieces:
                yield piece
                self._spoke_at = time.monotonic()
            if not pieces:
                yield b""
            if not await self._is_admitted():
                return

    def _pieces(self, frames: Iterable[Frame]) -> Iterator[bytes]:
        """The frames up to the last of all, joined to about what is sent at a time."""
        gathered: list[bytes] = []
        size = 0
        for frame in frames:
            gathered.append(frame.data)
            size += len(frame.data)
            self._told = frame.sequence
            self._is_done = self.terms.is_last(frame)
            if self._is_done or size >= PIECE_BYTES:
                yield b"".join(gathered)
                gathered, size = [], 0
            if self._is_done:
                return
        if gathered:
            yield b"".join(gathered)

    def _position(self) -> bytes:
        """A line that tells the client where to go on, though no event says so: it may have passed over others."""
        if self.stream.position <= self._told:
            return b""
        self._told = self.stream.position
        return b"id: %d\n" % self._told

    async def _is_rung(self) -> bool:
        """Whether something was told before it was time for a sign of life, which what others want is none of, or for
        the end.
        """
        left = min(self._spoke_at + self.terms.heartbeat_seconds, self.terms.until) - time.monotonic()
        if left <= 0:
            return False
        try:
            async with asyncio.timeout(left):
                return await self.stream.bell.wait()
        except TimeoutError:
            return False

    async def _read_on(self) -> LogPage | None:
        """The next page of the log. Where it cannot be read, the stream ends: who comes again is told why."""
        try:
            if await self.terms.is_admitted():
                return await self.terms.read_on(self.stream.position, self._page_events)
        except (EventsExpiredError, Unavailable):
            pass
        return None

    async def _is_admitted(self) -> bool:
        if self._doubted_until is None or time.monotonic() < self._doubted_until:
            return True
        try:
            is_admitted = await self.terms.is_admitted()
        except Unavailable:
            return True  # and asked again
        self._doubted_until = None
        return is_admitted

    def _must_end(self) -> bool:
        if self.stream.is_cut:
            raise FellBehindError
        is_closed = self.stream.has_ended or self.fanout.is_draining
        return self._is_done or is_closed or time.monotonic() >= self.terms.until
