"""How many attempts are under way at once, to all endpoints: one bound, of which endpoints in trouble get half.

An endpoint that hangs holds a place for as long as an attempt may last. If such places could fill the whole bound, a
few dead endpoints would hold up all others; so they wait for each other, and whoever answers finds room.
"""

import asyncio
from collections import deque
from enum import StrEnum
from typing import Final

SLOW_SECONDS: Final = 2.0
"""An attempt that lasts longer counts as one of an endpoint in trouble."""


class Lane(StrEnum):
    """Which half an attempt is of."""

    QUICK = "quick"
    TROUBLED = "troubled"


class Place:
    """Room for one attempt; leave it."""

    def __init__(self, lanes: "Lanes", lane: Lane) -> None:
        self._lanes, self._lane = lanes, lane
        self._left = False

    @property
    def is_slow(self) -> bool:
        """Whether it counts among those of endpoints in trouble."""
        return self._lane is Lane.TROUBLED

    def slow(self) -> None:
        """It has taken long; from now on it is in the troubled lane, also beyond the half."""
        if not self._left and self._lane is Lane.QUICK:
            self._lane = Lane.TROUBLED
            self._lanes.move()

    def leave(self) -> None:
        """Somebody else may have the room."""
        if not self._left:
            self._left = True
            self._lanes.leave(self._lane)


class Lanes:
    """`most` attempts in all, at most half of them of endpoints in trouble; first come, first served in each lane."""

    def __init__(self, most: int) -> None:
        self._bounds = {Lane.QUICK: most, Lane.TROUBLED: most // 2}
        self.most = most
        self._used = dict.fromkeys(Lane, 0)
        self._waiting: dict[Lane, deque[asyncio.Future[Place]]] = {lane: deque() for lane in Lane}

    @property
    def used(self) -> int:
        """Attempts under way."""
        return sum(self._used.values())

    def enter(self, lane: Lane) -> "asyncio.Future[Place]":
        """A place, when there is one. Who does not want it any more cancels, or leaves what was given."""
        wanted: asyncio.Future[Place] = asyncio.get_running_loop().create_future()
        self._waiting[lane].append(wanted)
        self._serve()
        return wanted

    def try_enter(self, lane: Lane) -> Place | None:
        """A place, if there is one and nobody waits for it."""
        if any(not one.done() for one in self._waiting[lane]) or not self._has_room(lane):
            return None
        return self._place(lane)

    def leave(self, lane: Lane) -> None:
        """For `Place`."""
        self._used[lane] -= 1
        self._serve()

    def move(self) -> None:
        """For `Place`."""
        self._used[Lane.QUICK] -= 1
        self._used[Lane.TROUBLED] += 1

    def _serve(self) -> None:
        # Whoever answers goes first: the other lane is bounded because it is the one that takes long.
        for lane, waiting in self._waiting.items():
            while waiting and (waiting[0].done() or self._has_room(lane)):
                wanted = waiting.popleft()
                if not wanted.done():
                    wanted.set_result(self._place(lane))

    def _has_room(self, lane: Lane) -> bool:
        return self.used < self.most and self._used[lane] < self._bounds[lane]

    def _place(self, lane: Lane) -> Place:
        self._used[lane] += 1
        return Place(self, lane)
