"""A deliverer process: hears which endpoints have something due, keeps their turns, mends hints, leaves in order."""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from docurift.model.ids import WebhookId
from docurift.storage import leader, queue, turns
from docurift.storage.database import Database, Unavailable
from docurift.storage.listen import Listener
from docurift.storage.queue import Consumer, Line
from docurift.telemetry import TURNS_HELD, log
from docurift.webhooks.pump import Pump
from docurift.webhooks.shift import Desk

_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 5.0
_SWEEP_SECONDS: Final = 1.0
_SWEPT: Final = 500
_HINTS: Final = 10  # handed over at once; none of them waits for an endpoint
_MOST_PUMPS: Final = 2_000  # a hint beyond is dropped, and the sweep finds its endpoint again
_GIVING_BACK_SECONDS: Final = 2.0  # of the drain: recording, and releasing turns


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """Seconds between renewals of turns, and seconds that a drain may take."""

    renew_seconds: float
    drain_seconds: float


class Deliverer:
    """Runs until it is asked to drain."""

    def __init__(self, db: Database, desk: Desk, *, pace: Pace) -> None:
        self._db, self._desk, self._pace = db, desk, pace
        self._consumer = Consumer(db.dsn, Line.DELIVERY)
        self._pumps: dict[WebhookId, tuple[Pump, asyncio.Task[None]]] = {}
        self._draining, self._hurrying = asyncio.Event(), asyncio.Event()

    def drain(self) -> None:
        """Begin no more attempts, and finish those under way; asked a second time, drop them: they are sent again."""
        if self._draining.is_set():
            self._hurrying.set()
        self._draining.set()

    async def run(self) -> None:
        """Deliver until drained.

        Raises:
            Unavailable: the database cannot be reached at the start.
        """
        knocks = Listener(self._db.dsn, on_payload={turns.CHANNEL: self._knocked}, on_gap=self._wake_all)
        await knocks.start()
        chores = [asyncio.create_task(chore) for chore in (self._consume(), self._renew(), self._sweep())]
        log.info("deliverer.ready", most_in_flight=self._desk.lanes.most)
        draining = asyncio.create_task(self._draining.wait())
        # A chore ends by an error of ours only; then this process ends too, and is started again.
        done, _ = await asyncio.wait([draining, *chores], return_when=asyncio.FIRST_COMPLETED)
        await self._leave()
        for task in (draining, *chores):
            task.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        await knocks.stop()
        for task in done:
            task.result()

    def _hear(self, endpoint_id: WebhookId) -> None:
        if endpoint_id in self._pumps:
            self._pumps[endpoint_id][0].wake()
        elif len(self._pumps) < _MOST_PUMPS and not self._draining.is_set():
            pump = Pump(endpoint_id, self._desk)
            task = asyncio.create_task(self._tend(pump), name=f"pump-{endpoint_id}")
            task.add_done_callback(_tell_failure)
            self._pumps[endpoint_id] = (pump, task)
            TURNS_HELD.set(len(self._pumps))

    async def _tend(self, pump: Pump) -> None:
        try:
            await pump.run()
        finally:
            del self._pumps[pump.endpoint_id]
            TURNS_HELD.set(len(self._pumps))

    def _knocked(self, endpoint_id: str) -> None:
        if endpoint_id in self._pumps:
            self._pumps[WebhookId(endpoint_id)][0].wake()

    def _wake_all(self) -> None:
        for pump, _ in self._pumps.values():
            pump.wake()

    async def _consume(self) -> None:
        """Hear of endpoints until stopped, with growing pauses while the database is away."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            begun = time.monotonic()
            try:
                return await self._consumer.run(self._do, _HINTS)
            except Unavailable as error:
                log.warning("queue.lost", reason=str(error))
            if time.monotonic() - begun > _LONGEST_DELAY_SECONDS:
                delay = _FIRST_DELAY_SECONDS
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)

    async def _do(self, hint: str) -> None:
        for endpoint_id in hint.split():
            self._hear(WebhookId(endpoint_id))

    async def _renew(self) -> None:
        """Keep the turns, also while draining; one that cannot be renewed ends with its lease, by the shift's clock."""
        while True:
            await asyncio.sleep(self._pace.renew_seconds)
            shifts = [pump.shift for pump, _ in self._pumps.values() if pump.shift is not None]
            asked = time.monotonic()
            try:
                async with self._db.reading() as conn:
                    stand = await turns.renew(
                        conn, [shift.turn for shift in shifts], lease_seconds=self._desk.lease_seconds
                    )
            except Unavailable as error:
                log.warning("turns.not_renewed", reason=str(error))
                continue
            for shift in shifts:
                if shift.turn.endpoint_id in stand:
                    shift.ends = asked + self._desk.lease_seconds
                else:
                    shift.lose()

    async def _sweep(self) -> None:
        """Find what has fallen due, and hints that were lost: one deliverer does it for all, and all are told."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            try:
                async with leader.elected(self._db, "deliveries") as leads:
                    if leads:
                        await self._offer()
            except Unavailable as error:
                log.warning("deliveries.not_swept", reason=str(error))

    async def _offer(self) -> None:
        async with self._db.transaction() as tx:
            untended = await turns.untended(tx, limit=_SWEPT)
            await queue.enqueue_deliveries(tx, untended)

    async def _leave(self) -> None:
        log.info("deliverer.draining", in_flight=self._desk.lanes.used)
        await self._consumer.stop()
        for pump, _ in self._pumps.values():
            pump.drain()
        tasks = [task for _, task in self._pumps.values()]
        hurrying = asyncio.create_task(self._hurrying.wait())
        ending = asyncio.gather(*tasks, return_exceptions=True)
        seconds = max(0.0, self._pace.drain_seconds - _GIVING_BACK_SECONDS)
        await asyncio.wait([ending, hurrying], timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        hurrying.cancel()
        await self._give_back(tasks)
        await asyncio.wait([ending], timeout=_GIVING_BACK_SECONDS)
        log.info("deliverer.drained")

    async def _give_back(self, tasks: Sequence[asyncio.Task[None]]) -> None:
        """Stop what is left, and release its turns: what it sent and did not record is sent again, soon."""
        left = [pump.shift.turn for pump, _ in self._pumps.values() if pump.shift is not None]
        for task in tasks:
            task.cancel()
        with suppress(Unavailable):
            async with self._db.reading() as conn:
                for turn in left:
                    await turns.release(conn, turn)


def _tell_failure(task: asyncio.Task[None]) -> None:
    """An error of ours at one endpoint leaves the others alone; the sweep tries it again when its turn has run out."""
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("pump.failed", task=task.get_name(), exc_info=error)
