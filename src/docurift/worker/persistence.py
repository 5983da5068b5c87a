"""Writing the end of a piece of work, however long the database is away."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import chain, repeat
from typing import Final, TypeVar

from docurift.storage.database import Unavailable
from docurift.telemetry import log

T = TypeVar("T")

# While the database is away a finished job keeps asking, the last delay again and again; the lease's end ends it.
_DELAYS_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


async def persistently(write: Callable[[], Awaitable[T]]) -> T:
    """Write as soon as the database is there; a write that had happened after all answers that the lease is lost."""
    for delay in chain(_DELAYS_SECONDS, repeat(_DELAYS_SECONDS[-1])):
        try:
            return await write()
        except Unavailable as error:
            log.warning("job.not_written", reason=str(error))
            await asyncio.sleep(delay)
    raise AssertionError
