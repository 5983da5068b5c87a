"""Writes how far a job is, at most twice a second, beside the reading and never in its way."""

import asyncio
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar

from docurift.actions.progress import report
from docurift.actions.take import Lease
from docurift.model.failure import Stage
from docurift.model.result import Page
from docurift.model.work import Opened
from docurift.storage.database import Database, Unavailable
from docurift.telemetry import PAGES_READ
from docurift.worker.stored_form import StoredPages

T = TypeVar("T")

# A document that is done sooner writes no progress at all.
_PAUSE_SECONDS: Final = 0.5
_ALL: Final = 99  # 100 is the completed job's


class ProgressWriter:
    """Hears the sandbox (hearing.Listener), keeps the pages, and tells the database."""

    def __init__(self, db: Database, lease: Lease) -> None:
        self._db, self._lease = db, lease
        self._opened: Opened | None = None
        self._read = 0
        self._news = asyncio.Event()
        self.pages = StoredPages()

    def opened(self, opened: Opened) -> None:
        """The document is open."""
        self._opened = opened
        self._news.set()

    def page_read(self, page: Page) -> None:
        """A page is finished."""
        self.pages.add(page)
        self._read += 1
        self._news.set()
        PAGES_READ.labels(page.text_source).inc()

    @property
    def stage(self) -> Stage:
        """Where the reading is, or where it ended."""
        return Stage.READ if self._opened else Stage.LOAD

    def start_over(self) -> None:
        """Forget the pages of a reading that was lost; what was told stays told, for progress never falls."""
        self._opened, self._read, self.pages = None, 0, StoredPages()

    async def beside(self, reading: Coroutine[Any, Any, T]) -> T:
        """What `reading` answers; meanwhile its progress is written.

        Raises:
            LeaseLostError: the job is not ours any more; the reading was stopped.
        """
        work, writing = asyncio.create_task(reading), asyncio.create_task(self._write())
        try:
            done, _ = await asyncio.wait([work, writing], return_when=asyncio.FIRST_COMPLETED)
            return await (work if work in done else writing)
        finally:
            work.cancel()
            writing.cancel()
            await asyncio.wait([work, writing])

    async def _write(self) -> NoReturn:
        while True:
            await asyncio.sleep(_PAUSE_SECONDS)
            await self._news.wait()
            self._news.clear()
            with suppress(Unavailable):  # the next news brings the same and more
                await self._report()

    async def _report(self) -> None:
        wanted = self._opened.pages if self._opened else 1
        await report(
            self._db,
            self._lease,
            page_count=self._opened.page_count if self._opened else None,
            pages_processed=self._read,
            progress=_ALL * self._read // wanted,
            stage=self.stage,
        )
