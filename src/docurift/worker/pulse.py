"""Whether a worker's event loop goes on, as a thread beside it can tell: a loop that stands still finishes nothing, but
the thread that renews its leases would hold its jobs for it, for ever.
"""

import asyncio
import os
import sys
import threading
import traceback
from typing import Final, NoReturn

from docurift.telemetry import log

_TELLING_SECONDS: Final = 5.0
_PLACES_TOLD: Final = 8


class Pulse:
    """Of the event loop that it is made in. Only the thread that watches it may ask; the loop only answers."""

    def __init__(self, *, stall_seconds: float) -> None:
        """The loop has stalled when it has not answered for `stall_seconds`."""
        self._loop, self._loop_thread = asyncio.get_running_loop(), threading.get_ident()
        self._stall_seconds = stall_seconds
        self._has_answered = True
        self._silent_seconds = 0.0

    def has_stalled(self, *, waited_seconds: float) -> bool:
        """Whether the loop has been silent for too long; asked again and again, `waited_seconds` apart.

        Rounds are counted, not the clock: a machine or process that was stopped as a whole, and goes on, has answered
        no worse than it was asked.
        """
        if self._has_answered:
            self._silent_seconds = 0.0
            self._has_answered = False
            self._ask()
        else:
            self._silent_seconds += waited_seconds
        return self._silent_seconds >= self._stall_seconds

    def end_process(self) -> NoReturn:
        """Tell where the loop stands and end this process at once: nothing in it could leave in order. Its children go
        with it, its leases run out, and whoever started it starts another.
        """
        # What holds the loop up may be the log itself, if nobody reads it any more.
        teller = threading.Thread(target=self._tell, daemon=True)
        teller.start()
        teller.join(_TELLING_SECONDS)
        os._exit(os.EX_SOFTWARE)

    def _ask(self) -> None:
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._answer)

    def _answer(self) -> None:
        self._has_answered = True

    def _tell(self) -> None:
        frame = sys._current_frames().get(self._loop_thread)  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - its documented name
        places = traceback.extract_stack(frame)[-_PLACES_TOLD:] if frame else []
        where = [f"{os.path.basename(place.filename)}:{place.lineno} {place.name}" for place in places]  # noqa: PTH119
        log.critical("worker.stalled", seconds=self._silent_seconds, where=where[::-1])
        sys.stderr.flush()
