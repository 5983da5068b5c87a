"""Keeps the leases of the jobs in hand, from a thread with an event loop and a connection of its own: a busy loop must
not cost a lease, and a worker that drains still holds its jobs. A loop that has stopped does: see `pulse`.

A job whose lease went to somebody else is stopped at once; so is one whose lease could not be renewed until its end by
this machine's own monotonic clock (reliability.md section 2).
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from docurift.actions.take import Lease, renew
from docurift.storage.database import Database, Unavailable
from docurift.telemetry import LEASES_LOST, log
from docurift.worker.pulse import Pulse

_STOP_SECONDS: Final = 10.0


@dataclass(slots=True, eq=False)
class Hold:
    """A lease that is being renewed; it stands until the monotonic clock says `ends`."""

    lease: Lease
    ends: float
    lose: Callable[[], object]
    _is_moving: bool = False

    async def move(self, move: Awaitable[Lease]) -> Lease:
        """Go on with the lease that `move` answers, the next attempt's; the end of the old one meanwhile is no loss."""
        self._is_moving = True
        try:
            self.lease = await move
        finally:
            self._is_moving = False
        return self.lease

    def is_still(self, lease: Lease) -> bool:
        """Whether `lease` is what is held, and not about to be followed by the next attempt's."""
        return self.lease.attempt == lease.attempt and not self._is_moving


class LeaseKeeper:
    """Renews every lease that is held, every `renew_seconds`, until `stop`; ends the process if its `pulse` stops."""

    def __init__(self, dsn: str, *, lease_seconds: float, renew_seconds: float, pulse: Pulse | None = None) -> None:
        self._dsn, self._pulse = dsn, pulse
        self._lease_seconds, self._renew_seconds = lease_seconds, renew_seconds
        self._holds: set[Hold] = set()
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="leases", daemon=True)

    def start(self) -> None:
        """Begin to renew."""
        self._thread.start()

    def stop(self) -> None:
        """Renew no more; leases then run out by themselves."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(_STOP_SECONDS)

    @contextmanager
    def holding(self, lease: Lease, lose: Callable[[], object]) -> Generator[Hold]:
        """Renew `lease` while the block lasts; `lose` is called, in the caller's event loop, if that fails."""
        loop = asyncio.get_running_loop()
        hold = Hold(lease, time.monotonic() + self._lease_seconds, lambda: _call_soon(loop, lose))
        with self._lock:
            self._holds.add(hold)
        try:
            yield hold
        finally:
            with self._lock:
                self._holds.discard(hold)

    def _live(self) -> None:
        asyncio.run(self._renew_until_stopped())

    async def _renew_until_stopped(self) -> None:
        db: Database | None = None
        while not await asyncio.to_thread(self._stopping.wait, self._renew_seconds):
            if self._pulse is not None and self._pulse.has_stalled(waited_seconds=self._renew_seconds):
                self._pulse.end_process()
            try:
                db = db or await Database.open(self._dsn, min_size=1, max_size=1, timeout_seconds=self._renew_seconds)
                await self._renew(db)
            except Unavailable as error:
                log.warning("leases.not_renewed", reason=str(error))
            self._lose(lambda hold: hold.ends <= time.monotonic(), "lease.ran_out")
        if db is not None:
            await db.close()

    async def _renew(self, db: Database) -> None:
        with self._lock:
            held = {hold: hold.lease for hold in self._holds}
        asked = time.monotonic()
        lost = await renew(db, held.values(), lease_seconds=self._lease_seconds)
        for hold, lease in held.items():
            if lease.job.id not in lost:
                hold.ends = asked + self._lease_seconds
        self._lose(lambda hold: hold in held and hold.is_still(held[hold]) and hold.lease.job.id in lost, "lease.lost")

    def _lose(self, is_lost: Callable[[Hold], bool], event: str) -> None:
        with self._lock:
            lost = [hold for hold in self._holds if is_lost(hold)]
            self._holds.difference_update(lost)
        for hold in lost:
            LEASES_LOST.inc()
            log.warning(event, job_id=hold.lease.job.id, attempt=hold.lease.attempt)
            hold.lose()


def _call_soon(loop: asyncio.AbstractEventLoop, lose: Callable[[], object]) -> None:
    if not loop.is_closed():
        loop.call_soon_threadsafe(lose)
