"""Waiting for a job: one LISTEN connection of the process wakes whoever waits here.

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
from docurift.storage.jobs import CHANNEL
from docurift.storage.listen import Listener

T = TypeVar("T")


class Waiters:
    """Who waits for which job."""

    def __init__(self, dsn: str, *, poll_seconds: float) -> None:
        self._poll_seconds = poll_seconds
        self._bells: defaultdict[str, set[asyncio.Event]] = defaultdict(set)
        self._listener = Listener(dsn, channel=CHANNEL, on_payload=self._ring, on_gap=self._ring_all)

    async def start(self) -> None:
        """Listen from here on.

        Raises:
            Unavailable: the database cannot be reached.
        """
        await self._listener.start()

    async def stop(self) -> None:
        """Hear nothing more; who still waits goes on by looking."""
        await self._listener.stop()

    async def until(
        self,
        is_done: Callable[[T], bool],
        look: Callable[[], Awaitable[T]],
        *,
        request: Request,
        job_id: str,
        seconds: float,
    ) -> T:
        """What `look` sees as soon as it `is_done`, or when `seconds` are over.

        Raises:
            ClientGoneError: the client hung up while it waited.
        """
        deadline = time.monotonic() + seconds
        with self._bell(job_id) as bell, _watching(request, bell) as client:
            while True:
                bell.clear()
                seen, left = await look(), deadline - time.monotonic()
                if is_done(seen) or left <= 0:
                    return seen
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(min(left, self._poll_seconds)):
                        await bell.wait()
                if client.done():
                    raise ClientGoneError

    @contextlib.contextmanager
    def _bell(self, job_id: str) -> Generator[asyncio.Event]:
        bell = asyncio.Event()
        self._bells[job_id].add(bell)
        try:
            yield bell
        finally:
            self._bells[job_id].discard(bell)
            if not self._bells[job_id]:
                del self._bells[job_id]

    def _ring(self, job_id: str) -> None:
        for bell in self._bells.get(job_id, ()):
            bell.set()

    def _ring_all(self) -> None:
        for job_id in self._bells:
            self._ring(job_id)


@contextlib.contextmanager
def _watching(request: Request, bell: asyncio.Event) -> Generator[asyncio.Task[None]]:
    """A task that ends, and rings, when the client hangs up."""

    async def watch() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass
        bell.set()

    client = asyncio.create_task(watch())
    try:
        yield client
    finally:
        client.cancel()
