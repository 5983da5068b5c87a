"""Waiting for a fact that no event tells."""

import time
from collections.abc import Callable

PATIENCE_SECONDS = 60.0
# Asked without a pause, a test takes from what it waits for half of a machine with two cores.
PAUSE_SECONDS = 0.02


def until(fact: Callable[[], object], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Return when it is so; fail if it is not so in time."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "it did not come true"
        time.sleep(PAUSE_SECONDS)
