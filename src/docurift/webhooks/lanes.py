"""How many attempts are under way at once, to all endpoints: one bound, with shares of it.

An endpoint that hangs holds a place for as long as an attempt may last. If such places could fill the whole bound, a
few dead endpoints would hold up all others; so they wait for each other, and whoever answers finds room.
"""

import asyncio
from collections import deque
from enum import IntEnum
from typing import Final

SLOW_SECONDS: Final = 2.0
"""An attempt that lasts longer counts as one of an endpoint in trouble."""


class Lane(IntEnum):
    """Whose attempt it is. Each lane shares its room with those below it, and a lower one has less."""

    TROUBLED = 0
    """Of an endpoint that failed when it was last asked, or that takes long: half of the places."""
    NEW = 1
    """Of one that has shown nothing yet: three quarters, with those in trouble."""
    PROVEN = 2
    """Of one that answered well when it was last asked: all of them."""


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
        """It has taken long; from now on it is in the troubled lane, even if that is full."""
        if not self._left:
            self._lanes.move(self._lane, Lane.TROUBLED)
            self._lane = Lane.TROUBLED

    def leave(self) -> None:
        """Somebody else may have the room."""
        if not self._left:
            self._left = True
            self._lanes.leave(self._lane)


class Lanes:
    """`most` attempts in all; first come, first served in each lane."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._bounds = {Lane.TROUBLED: most // 2, Lane.NEW: most - most // 4, Lane.PROVEN: most}
        self._used = dict.fromkeys(Lane, 0)
        self._waiting: dict[Lane, deque[asyncio.Future[Place]]] = {lane: deque() for lane in reversed(Lane)}

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

    def move(self, lane: Lane, to: Lane) -> None:
        """For `Place`."""
        self._used[lane] -= 1
        self._used[to] += 1

    def leave(self, lane: Lane) -> None:
        """For `Place`."""
        self._used[lane] -= 1
        self._serve()

    def _serve(self) -> None:
        # Whoever answers goes first: the others are bounded because they are the ones that take long.
        for lane, waiting in self._waiting.items():
            while waiting and (waiting[0].done() or self._has_room(lane)):
                wanted = waiting.popleft()
                if not wanted.done():
                    wanted.set_result(self._place(lane))

    def _has_room(self, lane: Lane) -> bool:
        sharing = sum(used for other, used in self._used.items() if other <= lane)
        return self.used < self.most and sharing < self._bounds[lane]

    def _place(self, lane: Lane) -> Place:
        self._used[lane] += 1
        return Place(self, lane)
