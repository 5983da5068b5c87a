"""One endpoint's: takes its turn, has it worked off, releases it, and looks once more.

The last look closes a gap. A hint that comes while a turn is held is kept by nobody but the holder: another deliverer
drops it and knocks, and the knock may come after the holder's last claim. It was dropped because the turn still stood,
so what it speaks of was committed before the release, and a look after the release sees it.
"""

import time

from docurift.actions.deliver import TurnLostError
from docurift.model.ids import WebhookId
from docurift.storage import turns
from docurift.storage.database import Unavailable
from docurift.telemetry import TURNS_LOST, log
from docurift.webhooks.shift import Desk, Shift


class Pump:
    """Runs until nothing is due at the endpoint, or somebody else sends to it."""

    def __init__(self, endpoint_id: WebhookId, desk: Desk) -> None:
        self.endpoint_id = endpoint_id
        self.shift: Shift | None = None
        """What is under way while the turn is held."""
        self._desk = desk
        self._woken = self._draining = False

    def wake(self) -> None:
        """Something may be due."""
        self._woken = True
        if self.shift is not None:
            self.shift.wake()

    def drain(self) -> None:
        """End when what is under way is on record."""
        self._draining = True
        if self.shift is not None:
            self.shift.drain()

    async def run(self) -> None:
        """Work off turns while something is due. Nothing is awaited between its last look and its end."""
        while await self._turn_leaves_more() or (self._woken and not self._draining):
            continue

    async def _turn_leaves_more(self) -> bool:
        """Work off one turn; whether something is due after it."""
        self._woken = False
        try:
            self.shift = await self._taken()
            if self.shift is None:
                return False
            if self._draining:
                self.shift.drain()
            await self.shift.work()
            return await self._released(self.shift)
        except TurnLostError:
            TURNS_LOST.inc()
            log.warning("turn.lost", endpoint_id=self.endpoint_id)
        except Unavailable as error:  # the sweep finds what is left, when the turn has run out
            log.warning("turn.not_taken", endpoint_id=self.endpoint_id, reason=str(error))
        finally:
            self.shift = None
        return False

    async def _taken(self) -> Shift | None:
        asked = time.monotonic()
        async with self._desk.db.reading() as conn:
            taken = await turns.take(
                conn, self.endpoint_id, deliverer=self._desk.deliverer, lease_seconds=self._desk.lease_seconds
            )
            if taken is None:
                await turns.knock(conn, self.endpoint_id)
                return None
        turn, health = taken
        return Shift(self._desk, turn, health, ends=asked + self._desk.lease_seconds)

    async def _released(self, shift: Shift) -> bool:
        async with self._desk.db.reading() as conn:
            await turns.release(conn, shift.turn)
            return not self._draining and await turns.is_due(conn, self.endpoint_id)
