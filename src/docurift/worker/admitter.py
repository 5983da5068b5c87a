"""The worker's part in admission: whenever a job begins or ends here there may be room in the queue for another."""

import asyncio
from typing import Final

from docurift.actions.admit import admit
from docurift.storage.database import Database, Unavailable
from docurift.telemetry import ADMITTED, log

# For what was submitted while the queue looked full and was emptied a moment later.
_TICK_SECONDS: Final = 1.0
# Short jobs begin and end by the hundred in a second; one look does for all of them.
_REST_SECONDS: Final = 0.02


class Admitter:
    """Looks whenever it is woken, and once a second. Of all workers' one at a time admits."""

    def __init__(self, db: Database, *, most_running: int) -> None:
        self._db, self._most_running = db, most_running
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Look soon."""
        self._woken.set()

    async def run(self) -> None:
        """Admit for ever."""
        while True:
            try:
                ADMITTED.inc(await admit(self._db, most_running=self._most_running))
            except Unavailable as error:
                log.warning("admission.failed", reason=str(error))
            await asyncio.sleep(_REST_SECONDS)
            try:
                await asyncio.wait_for(self._woken.wait(), _TICK_SECONDS)
            except TimeoutError:
                continue  # the tick
            finally:
                self._woken.clear()
