"""How often, and how much: limits on use over time."""

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

_MICROSECONDS: Final = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """So many units a second in the long run, and `burst` of them at once after a rest."""

    per_second: float
    burst: int

    def span(self, units: int) -> timedelta:
        """How long it takes until the use of `units` has drained away."""
        # Rounded down, as the whole burst is: so the parts of a burst never come to more than all of it.
        return timedelta(microseconds=math.floor(units / self.per_second * _MICROSECONDS))

    def units_in(self, span: timedelta) -> int:
        """How many units drain away in `span`."""
        return math.floor(span / timedelta(seconds=1) * self.per_second + 1e-6)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whether a use was allowed, and how full its limit is. A use that was not allowed was not counted."""

    is_allowed: bool
    remaining: int
    """Units that could be used now."""
    reset_seconds: int
    """Until all of the burst could."""
    retry_seconds: int
    """Until the same use may be allowed, at least 1; 0 if it was."""
