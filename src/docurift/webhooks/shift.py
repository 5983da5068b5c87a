"""The work of one turn: claims what is due at the endpoint, a few at a time and in order, and records outcomes."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from docurift.actions.deliver import Jitter, Recorded, TurnLostError, record
from docurift.model.health import Health
from docurift.model.ids import DeliveryId
from docurift.storage import outcomes, turns, webhooks
from docurift.storage.blob_errors import BlobStoreUnavailableError
from docurift.storage.database import Connection, Database, Unavailable
from docurift.storage.outcomes import Outcome, Verdict
from docurift.storage.turns import Claimed, Turn
from docurift.storage.webhooks import Sending
from docurift.telemetry import DELIVERY_ATTEMPTS, DELIVERY_LAG_SECONDS, log
from docurift.webhooks.courier import Courier
from docurift.webhooks.lanes import SLOW_SECONDS, Lane, Lanes, Place

LINGER_SECONDS: Final = 1.0
"""How long an idle turn is kept: an endpoint that hears of a job a second is not taken and released for each."""
_LOOK_SECONDS: Final = 1.0  # a retry falls due without a hint while its endpoint's turn is held
_POSTPONED_SECONDS: Final = 30.0
_MOST_RECORDED: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """What a deliverer's shifts share; at most `concurrency` attempts are under way to one endpoint."""

    db: Database
    courier: Courier
    lanes: Lanes
    jitter: Jitter
    deliverer: str
    lease_seconds: float
    concurrency: int


class Shift:
    """Sends to one endpoint while its turn is held. `ends`: the end of the lease by this machine's monotonic clock."""

    def __init__(self, desk: Desk, turn: Turn, health: Health, *, ends: float) -> None:
        self.turn = turn
        self.ends = ends
        self._desk = desk
        self._health = health
        # One at a time until it has answered well, then twice as many after each success: whoever hangs holds little.
        self._window = desk.concurrency if health.is_proven else 1
        self._paused = self._draining = self._lost = False
        self._resting_until = 0.0
        self._woken = asyncio.Event()
        self._wanted: asyncio.Future[Place] | None = None
        self._under_way: dict[DeliveryId, tuple[asyncio.Task[Outcome | None], Place]] = {}
        self._unrecorded: list[Outcome] = []
        self._last_started = asyncio.Event()
        self._last_started.set()
        self._may_be_due = True
        self._sending: tuple[Sending, datetime, float] | None = None

    def wake(self) -> None:
        """Look for what is due."""
        self._may_be_due = True
        self._woken.set()

    def drain(self) -> None:
        """Claim no more, and end when what is under way is on record."""
        self._draining = True
        self._woken.set()

    def lose(self) -> None:
        """Stop at once: the turn is somebody else's."""
        self._lost = True
        self._woken.set()

    async def work(self) -> None:
        """Send what is due until nothing is any more, or until drained.

        Raises:
            TurnLostError: the turn was lost; what is not on record will be sent again.
        """
        try:
            while True:
                self._woken.clear()
                self._reap()
                if self._lost or time.monotonic() >= self.ends:
                    raise TurnLostError(self.turn.endpoint_id)
                await self._record()
                await self._fill()
                if not await self._has_more():
                    return
        finally:
            await self._stop()

    async def _has_more(self) -> bool:
        """Wait until there may be something to do; False if there was nothing for a while."""
        if self._under_way or self._unrecorded or self._wanted or (self._is_resting and not self._draining):
            self._may_be_due |= not await _set_within(self._woken, _LOOK_SECONDS)
            return True
        return self._may_send and await _set_within(self._woken, LINGER_SECONDS)

    @property
    def _may_send(self) -> bool:
        return not (self._draining or self._paused or self._health.disabled_reason)

    @property
    def _is_resting(self) -> bool:
        return time.monotonic() < self._resting_until

    @property
    def _lane(self) -> Lane:
        if self._health.consecutive_failures or any(place.is_slow for _, place in self._under_way.values()):
            return Lane.TROUBLED
        return Lane.PROVEN if self._health.is_proven else Lane.NEW

    async def _fill(self) -> None:
        """Begin as many attempts as are due and have room."""
        places = self._places()
        try:
            if places:
                await self._claim(places)
        except Unavailable as error:
            self._rest(error)
        finally:
            for place in places:
                place.leave()

    def _places(self) -> list[Place]:
        room = self._window - len(self._under_way) - len(self._unrecorded)
        if room < 1 or self._is_resting or not self._may_be_due or not self._may_send:
            self._want_none()
            return []
        if self._wanted is None:
            self._wanted = self._desk.lanes.enter(self._lane)
            if not self._wanted.done():
                self._wanted.add_done_callback(lambda _: self._woken.set())
        if not self._wanted.done():
            return []
        places = [self._wanted.result()]
        self._wanted = None
        while len(places) < room and (another := self._desk.lanes.try_enter(self._lane)):
            places.append(another)
        return places

    def _want_none(self) -> None:
        if self._wanted is not None and not self._wanted.cancel():
            self._wanted.result().leave()
        self._wanted = None

    async def _claim(self, places: list[Place]) -> None:
        """Begin what is due, each in one of the places, which are then no more in the list."""
        known = [*self._under_way, *(one.delivery_id for one in self._unrecorded)]
        async with self._desk.db.reading() as conn:
            self._may_be_due = False
            claimed = await turns.claim(conn, self.turn, under_way=known, limit=len(places))
            self._may_be_due |= len(claimed) == len(places)  # or it was set by a hint that came in between
            sending = await self._sending_to(conn, claimed[0].endpoint_changed_at) if claimed else None
        if sending is None:
            return
        for one in claimed:
            if one.number == 1:
                DELIVERY_LAG_SECONDS.observe(one.lag_seconds)
            self._begin(one, sending, places.pop())

    async def _sending_to(self, conn: Connection, changed_at: datetime) -> Sending | None:
        """Address and secrets as of now; a new default secret of the organization is seen a moment later."""
        if self._sending is not None:
            known, of, until = self._sending
            if of == changed_at and time.monotonic() < until:
                return known
        sending = await webhooks.sending(conn, self.turn.endpoint_id)
        self._sending = None if sending is None else (sending, changed_at, time.monotonic() + _LOOK_SECONDS)
        return sending

    def _begin(self, claimed: Claimed, sending: Sending, place: Place) -> None:
        before, self._last_started = self._last_started, asyncio.Event()
        attempt = self._attempt(claimed, sending, after=before, started=self._last_started)
        task = asyncio.create_task(attempt, name=f"deliver-{claimed.id}")
        slow = asyncio.get_running_loop().call_later(SLOW_SECONDS, place.slow)
        task.add_done_callback(lambda _: (slow.cancel(), place.leave(), self._woken.set()))
        self._under_way[claimed.id] = (task, place)

    async def _attempt(
        self, claimed: Claimed, sending: Sending, *, after: asyncio.Event, started: asyncio.Event
    ) -> Outcome | None:
        """What became of it; None if nothing was sent. Bodies are composed at once, but sent in order."""
        try:
            letter = await self._desk.courier.letter(claimed)
            await after.wait()
            if letter is None or not await self._desk.courier.may_leave(letter):
                return None
        except BlobStoreUnavailableError as error:
            log.warning("delivery.postponed", delivery_id=claimed.id, reason=str(error))
            await self._postpone(claimed)
            return None
        except Unavailable as error:
            self._rest(error)
            return None
        finally:
            started.set()
        return await self._desk.courier.send(letter, sending)

    async def _postpone(self, claimed: Claimed) -> None:
        with suppress(Unavailable):
            async with self._desk.db.reading() as conn:
                await outcomes.postpone(conn, claimed.id, seconds=_POSTPONED_SECONDS)

    def _reap(self) -> None:
        """Take what has ended. An error of ours that ended an attempt goes on from here."""
        for delivery_id, (task, _) in list(self._under_way.items()):
            if task.done():
                del self._under_way[delivery_id]
                outcome = task.result()
                if outcome is not None:
                    self._unrecorded.append(outcome)

    async def _record(self) -> None:
        """Put outcomes on record, those that came together in one transaction; without the database they wait."""
        while self._unrecorded and not self._is_resting:
            batch = self._unrecorded[:_MOST_RECORDED]
            try:
                recorded = await record(self._desk.db, self.turn, batch, jitter=self._desk.jitter)
            except Unavailable as error:
                self._rest(error)
                return
            del self._unrecorded[: len(batch)]
            self._learn(recorded)

    def _learn(self, recorded: Recorded) -> None:
        self._health, self._paused = recorded.health, recorded.is_paused
        for outcome, verdict in recorded.judged:
            self._window = min(self._window * 2, self._desk.concurrency) if outcome.is_success else 1
            DELIVERY_ATTEMPTS.labels(_word(verdict)).inc()
            _tell(self.turn, outcome, verdict)

    def _rest(self, error: Unavailable) -> None:
        """Ask the database nothing for a moment. The turn is kept until the end of its lease."""
        log.warning("delivery.database_lost", endpoint_id=self.turn.endpoint_id, reason=str(error))
        self._resting_until, self._may_be_due = time.monotonic() + _LOOK_SECONDS, True

    async def _stop(self) -> None:
        self._want_none()
        tasks = [task for task, _ in self._under_way.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _word(verdict: Verdict) -> str:
    """How an attempt ended, for the metric."""
    return "retried" if verdict.delay_seconds is not None else str(verdict.status)


def _tell(turn: Turn, outcome: Outcome, verdict: Verdict) -> None:
    log.info(
        "delivery.attempted",
        endpoint_id=turn.endpoint_id,
        delivery_id=outcome.delivery_id,
        attempt=outcome.number,
        status=verdict.status.value,
        status_code=outcome.status_code,
        error=outcome.error,
        latency_ms=round(outcome.latency_seconds * 1000),
    )


async def _set_within(event: asyncio.Event, seconds: float) -> bool:
    try:
        async with asyncio.timeout(seconds):
            await event.wait()
    except TimeoutError:
        return False
    return True
