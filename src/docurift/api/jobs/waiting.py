"""Waiting for a job: the fan-out of the process (`events/fanout.py`) wakes whoever waits here.

A notice is only a hint: a waiting call looks by itself every few seconds, so that a lost notice costs seconds.
"""

import asyncio
import contextlib
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Generator
from typing import TypeVar

from starlette.requests import Request

from docurift.api.edge import ClientGoneError
from docurift.api.hangup import watching

T = TypeVar("T")


class Waiters:
    """Who waits for which job."""

    def __init__(self, *, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._is_draining = False

    async def until(
        self,
        is_done: Callable[[T], bool],
        look: Callable[[], Awaitable[T]],
        *,
        request: Request,
        job_id: str,
        seconds: float,
    ) -> T:
        """What `look` sees as soon as it `is_done`, or when `seconds` are over or the process is about to end.

        Raises:
            ClientGoneError: the client hung up while it waited.
        """
        deadline = time.monotonic() + seconds
        bell = asyncio.Event()
        with self.ringing(job_id, bell), watching(request.receive, bell) as client:
            while True:
                bell.clear()
                seen, left = await look(), deadline - time.monotonic()
                if is_done(seen) or left <= 0 or self._is_draining:
                    return seen
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, self._poll_seconds)):
                        await bell.wait()
                if client.done():
                    raise ClientGoneError

    @contextlib.contextmanager
    def ringing(self, job_id: str, bell: asyncio.Event) -> Generator[None]:
        """While the block lasts, `bell` is rung when the job may have changed, or the batch of that id."""
        self._bells[job_id].add(bell)
        try:
            yield
        finally:
            self._bells[job_id].discard(bell)
            if not self._bells[job_id]:
                del self._bells[job_id]

    def ring(self, job_id: str) -> None:
        """Have whoever waits for the job look again."""
        for bell in self._bells.get(job_id, ()):
            bell.set()

    def drain(self) -> None:
        """Let nobody wait any more."""
        self._is_draining = True
        self.ring_all()

    def ring_all(self) -> None:
        """Have everybody look again."""
        for job_id in self._bells:
            self.ring(job_id)
