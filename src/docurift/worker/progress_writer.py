"""Writes how far a job is and what it has finished, at most twice a second, beside the reading and never in its way."""

import asyncio
from collections.abc import Awaitable, Coroutine, Iterable
from contextlib import suppress
from typing import Any, Final, NoReturn, TypeVar

from docurift.actions.progress import report
from docurift.actions.take import Lease
from docurift.model.failure import Stage
from docurift.model.result import Page
from docurift.model.selection import selected_pages
from docurift.model.work import Opened
from docurift.storage.checkpoints import Reading
from docurift.storage.database import Database, Unavailable
from docurift.telemetry import PAGES_READ
from docurift.worker.stored_form import StoredPages

T = TypeVar("T")

# A document that is done sooner writes no progress at all.
_PAUSE_SECONDS: Final = 0.5
_ALL: Final = 99  # 100 is the completed job's


class ProgressWriter:
    """Hears the sandbox (hearing.Listener), keeps the pages, and tells the database. `reading` is what the pages are
    kept as for a later attempt.
    """

    def __init__(self, db: Database, lease: Lease, reading: Reading) -> None:
        self._db, self._lease, self.reading = db, lease, reading
        self._opened: Opened | None = None
        self._is_open = False
        self._checkpoints = 0
        self._has_checkpoints = False
        self._news = asyncio.Event()
        self._writing = asyncio.Lock()
        self.pages = StoredPages()

    def resume(self, frames: Iterable[bytes]) -> None:
        """Begin with pages that an earlier attempt has read."""
        self.pages.resume(frames)
        self._checkpoints = len(self.pages.frames)
        self._has_checkpoints = self._checkpoints > 0

    def begin_child(self) -> tuple[Page, ...]:
        """The pages that a child need not read, which is about to begin."""
        self._is_open = False
        return self.pages.pages()

    def opened(self, opened: Opened) -> None:
        """The document is open."""
        self._opened, self._is_open = opened, True
        self._news.set()

    def page_read(self, page: Page) -> None:
        """A page is finished."""
        self.pages.add(page)
        self._news.set()
        PAGES_READ.labels(page.text_source).inc()

    @property
    def has_checkpoints(self) -> bool:
        """Whether pages are kept for a later attempt, or may be."""
        return self._has_checkpoints

    @property
    def stage(self) -> Stage:
        """Where the reading is, or where it ended."""
        return Stage.READ if self._is_open else Stage.LOAD

    @property
    def wanted(self) -> int:
        """How many pages are to be read; 0 before anybody knows."""
        return self._opened.pages if self._opened else 0

    @property
    def next_page(self) -> int | None:
        """The page that the child is at; None before it has opened the document, and after the last page."""
        if self._opened is None or not self._is_open:
            return None
        read = {frame.number for frame in self.pages.frames}
        selected = selected_pages(self._lease.job.options.pages, self._opened.page_count)
        return next((number for number in selected if number not in read), None)

    async def move(self, move: Awaitable[Lease]) -> Lease:
        """Go on with the lease that `move` answers; nothing is written in the name of the old one meanwhile."""
        async with self._writing:
            self._lease = await move
        return self._lease

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
                async with self._writing:
                    await self._report()

    async def _report(self) -> None:
        read = len(self.pages.frames)
        self._has_checkpoints |= read > 0
        await report(
            self._db,
            self._lease,
            page_count=self._opened.page_count if self._opened else None,
            pages_processed=read,
            progress=_ALL * read // (self.wanted or 1),
            stage=self.stage,
            reading=self.reading,
            finished=self.pages.checkpoints(self._checkpoints),
        )
        self._checkpoints = read
