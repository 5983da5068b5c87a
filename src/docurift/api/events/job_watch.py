"""How far watched jobs are, read once for all who watch and told to each open stream of a job."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable
from typing import Final, NoReturn

from docurift.actions.event_form import encoded
from docurift.api.events.feeds import Subscription
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job
from docurift.storage.database import Database, Unavailable
from docurift.storage.job_progress import JobProgress, progress_of
from docurift.telemetry import log

# Notices of many jobs come together; one query after such a pause answers them all.
_PAUSE_SECONDS: Final = 0.05

Watched = tuple[OrganizationId, JobId]


class JobWatch:
    """Who watches which job."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._streams: defaultdict[JobId, set[Subscription]] = defaultdict(set)
        self._owners: dict[JobId, OrganizationId] = {}
        self._changed: set[JobId] = set()
        self._news = asyncio.Event()
        self._task: asyncio.Task[NoReturn] | None = None

    def start(self) -> None:
        """Tell of progress from here on."""
        self._task = asyncio.create_task(self._run(), name="job-watch")
        self._task.add_done_callback(self._failed)

    def stop(self) -> None:
        """Tell nothing more."""
        if self._task is not None:
            self._task.cancel()

    def join(self, stream: Subscription, job: Job) -> None:
        """The stream hears of the job, from how far it is now."""
        self._streams[job.id].add(stream)
        self._owners[job.id] = job.organization_id
        self.changed(job.id)

    def leave(self, stream: Subscription, job_id: JobId) -> None:
        """Forget the stream."""
        self._streams[job_id].discard(stream)
        if not self._streams[job_id]:
            del self._streams[job_id], self._owners[job_id]

    def changed(self, job_id: str) -> None:
        """Something about the job may be new."""
        if job_id in self._streams:
            self._changed.add(JobId(job_id))
            self._news.set()

    def all_changed(self) -> None:
        """Notices may have been lost."""
        self._changed |= self._streams.keys()
        self._news.set()

    def _failed(self, task: asyncio.Task[NoReturn]) -> None:
        """An error of ours costs what was asked then; whatever changes next is told."""
        if not task.cancelled():
            log.error("progress.watch_failed", exc_info=task.exception())
            self.start()

    async def _run(self) -> NoReturn:
        while True:
            await self._news.wait()
            await asyncio.sleep(_PAUSE_SECONDS)
            self._news.clear()
            asked, self._changed = self._changed, set()
            try:
                self._tell(await self._progress_of(asked))
            except Unavailable as error:
                log.warning("progress.not_read", reason=str(error))
                self._changed |= asked
                self._news.set()

    async def _progress_of(self, job_ids: Iterable[JobId]) -> list[JobProgress]:
        watched: list[Watched] = [(self._owners[job_id], job_id) for job_id in job_ids if job_id in self._owners]
        if not watched:
            return []
        async with self._db.reading() as conn:
            return await progress_of(conn, watched)

    def _tell(self, news: Iterable[JobProgress]) -> None:
        for one in news:
            if one.status.is_final:
                continue  # its last event tells that, and ends the stream
            block = progress_block(one)
            for stream in self._streams.get(one.job_id, ()):
                stream.transient = block  # the newest is enough for who did not get the one before
                stream.bell.set()


def progress_block(progress: JobProgress) -> bytes:
    """What a job's stream tells between its events; without `id`, since it cannot be asked for again."""
    told: dict[str, object] = {
        "jobId": progress.job_id,
        "status": progress.status.value,
        "progress": progress.progress,
        "stage": progress.stage.value,
        "pagesProcessed": progress.pages_processed,
    }
    return b"event: job.progress\ndata: %s\n\n" % encoded(told)
