"""A worker process: takes jobs while it may, mends what others left behind, and leaves in order."""

import asyncio
import os
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Final

from docurift.actions.housekeep import rescue
from docurift.actions.orphans import walk_on
from docurift.actions.retain import Forgotten, forget_old
from docurift.model.ids import BatchId, JobId, is_id
from docurift.storage import leader
from docurift.storage.blobs import BlobError, Blobs, Found
from docurift.storage.database import Database, Unavailable
from docurift.storage.queue import Consumer
from docurift.storage.room import Room
from docurift.telemetry import INCOMING_REMOVED, log
from docurift.worker.admitter import Admitter
from docurift.worker.runner import JobRunner
from docurift.worker.unpacker import Unpacker

_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 5.0
_GIVING_BACK_SECONDS: Final = 2.0  # of the drain: stopping children and writing the rows
_RETAIN_SECONDS: Final = 60.0
_SWEEP_SECONDS: Final = 3600.0  # a file that is on its way in is younger
# A cancelled job is stopped within 5 s (contract section 3). A worker that listened for it would hear of every change
# of every job in the service.
_CANCEL_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How a worker works: documents at a time, seconds between rounds of rescue, seconds that a drain may take, days
    that events are kept, seconds that a job may wait (0: for ever) and bytes may
    stand without a row, jobs of one organization that run at a time (0: no limit).
    """

    slots: int
    rescue_seconds: float
    drain_seconds: float
    event_retention_days: int
    max_wait_seconds: float = 0.0
    orphan_grace_seconds: float = 3_600.0
    most_running: int = 0


class Supervisor:
    """Runs until it is asked to drain."""

    def __init__(
        self, db: Database, blobs: Blobs, runner: JobRunner, unpacker: Unpacker, *, pace: Pace, room: Room
    ) -> None:
        self._db, self._blobs, self._runner, self._unpacker, self._pace = db, blobs, runner, unpacker, pace
        self._room, self._short = room, room.short()
        self._consumer = Consumer(db.dsn)
        self._admitter = Admitter(db, most_running=pace.most_running)
        self._draining = asyncio.Event()
        self._hurrying = asyncio.Event()

    def drain(self) -> None:
        """Take no more jobs, and finish those in hand or give them back; asked a second time, give them back now."""
        if self._draining.is_set():
            self._hurrying.set()
        self._draining.set()

    async def run(self) -> None:
        """Work until drained."""
        chores = [
            asyncio.create_task(chore)
            for chore in (
                self._consume(),
                self._rescue(),
                self._retain(),
                self._walk(),
                self._cancel(),
                self._admitter.run(),
            )
        ]
        log.info("worker.ready", slots=self._pace.slots, worker=self._runner.terms.worker, pid=os.getpid())
        draining = asyncio.create_task(self._draining.wait())
        # A chore ends by an error of ours only; then this process ends too, and is started again.
        done, _ = await asyncio.wait([draining, *chores], return_when=asyncio.FIRST_COMPLETED)
        await self._leave()
        for task in (draining, *chores):
            task.cancel()
        await asyncio.gather(*chores, return_exceptions=True)
        for task in done:
            task.result()

    async def _leave(self) -> None:
        log.info("worker.draining", jobs=self._consumer.working)
        await self._consumer.stop()
        waits = [asyncio.create_task(wait) for wait in (self._consumer.drained(), self._hurrying.wait())]
        seconds = max(0.0, self._pace.drain_seconds - _GIVING_BACK_SECONDS)
        await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        await asyncio.gather(self._runner.give_back(), self._unpacker.give_back())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._consumer.drained(), _GIVING_BACK_SECONDS)
        for wait in waits:
            wait.cancel()
        log.info("worker.drained")

    async def _consume(self) -> None:
        """Hear of jobs until stopped, with growing pauses while the database is away."""
        delay = _FIRST_DELAY_SECONDS
        while True:
            begun = time.monotonic()
            try:
                return await self._consumer.run(self._do, self._pace.slots, may_take=self._has_room)
            except Unavailable as error:
                log.warning("queue.lost", reason=str(error))
            if time.monotonic() - begun > _LONGEST_DELAY_SECONDS:
                delay = _FIRST_DELAY_SECONDS
            await asyncio.sleep(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)

    def _has_room(self) -> bool:
        """Whether what a job writes will find room; changes are told."""
        short = self._room.short()
        if short != self._short:
            self._short = short
            log.warning("worker.rests" if short else "worker.has_room", full=short)
        return short is None

    async def _do(self, hint: str) -> None:
        self._admitter.wake()
        if is_id(hint, "batch"):
            await self._unpacker.run(BatchId(hint))
        else:
            await self._runner.run(JobId(hint))
        self._admitter.wake()

    async def _rescue(self) -> None:
        swept = float("-inf")
        while True:
            try:
                done = await rescue(
                    self._db,
                    self._blobs,
                    max_tries=self._runner.terms.max_tries,
                    max_wait_seconds=self._pace.max_wait_seconds,
                )
                if done.offered or done.failed or done.dropped:
                    log.info("rescue.mended", offered=done.offered, failed=done.failed, dropped=done.dropped)
                if time.monotonic() - swept > _SWEEP_SECONDS:
                    INCOMING_REMOVED.inc(await self._blobs.sweep_incoming(older_than_seconds=_SWEEP_SECONDS))
                    swept = time.monotonic()
            except (Unavailable, BlobError) as error:
                log.warning("rescue.failed", reason=str(error))
            await asyncio.sleep(self._pace.rescue_seconds)

    async def _retain(self) -> None:
        kept = timedelta(days=self._pace.event_retention_days)
        while True:
            has_more = False
            try:
                gone = await forget_old(self._db, kept=kept)
                has_more = gone.has_more
                if gone != Forgotten():
                    log.info("retention.forgot", **asdict(gone))
            except Unavailable as error:
                log.warning("retention.failed", reason=str(error))
            await asyncio.sleep(self._pace.rescue_seconds if has_more else _RETAIN_SECONDS)

    async def _walk(self) -> None:
        """Through all blobs, a piece a round, by one worker at a time; then again after an hour."""
        after: Found | None = None
        resting_until = 0.0
        while True:
            await asyncio.sleep(self._pace.rescue_seconds)
            if time.monotonic() < resting_until:
                continue
            try:
                async with leader.elected(self._db, "orphans") as leads:
                    if leads:
                        walked = await walk_on(
                            self._db, self._blobs, after=after, grace_seconds=self._pace.orphan_grace_seconds
                        )
                        after = walked.after
                if after is None:
                    resting_until = time.monotonic() + _SWEEP_SECONDS
            except (Unavailable, BlobError) as error:
                log.warning("orphans.not_looked_for", reason=str(error))

    async def _cancel(self) -> None:
        while True:
            try:
                await self._runner.stop_cancelled()
            except Unavailable as error:
                log.warning("cancel.not_asked", reason=str(error))
            await asyncio.sleep(_CANCEL_SECONDS)
