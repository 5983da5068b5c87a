"""One job, from taking it to its final state. Knows nothing of the queue that hinted at it."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Final, TypeVar

from docurift.actions.finish import complete, fail, outcome_of
from docurift.actions.progress import resumed
from docurift.actions.take import Lease, LeaseLostError, begin_again, put_off, release, take
from docurift.model.checkpoint import reading_of
from docurift.model.document import Content
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.job import Job
from docurift.model.work import Completed, Limits, Refused, WorkOrder
from docurift.storage import jobs
from docurift.storage.attempts import Spent
from docurift.storage.blobs import (
    BlobCorruptError,
    BlobMissingError,
    Blobs,
    BlobStoreFullError,
    BlobStoreUnavailableError,
)
from docurift.storage.checkpoints import Reading
from docurift.storage.database import Database, Unavailable
from docurift.storage.pages import PagesBlob
from docurift.storage.results import ResultBlob
from docurift.storage.secrets import Secrets
from docurift.telemetry import JOB_SECONDS, JOBS_FINISHED, JOBS_HELD, JOBS_TAKEN, log
from docurift.worker.child import Ending, Sandbox
from docurift.worker.fetching import Fetcher
from docurift.worker.hearing import OcrReader
from docurift.worker.leases import Hold, LeaseKeeper
from docurift.worker.llm import LanguageModel
from docurift.worker.persistence import persistently
from docurift.worker.progress_writer import ProgressWriter
from docurift.worker.rereading import Rereader
from docurift.worker.stored_form import StoredAnswer
from docurift.worker.verdict import Killed
from docurift.worker.work_order import work_order

T = TypeVar("T")

_PUTS: Final = 3
_FIRST_DELAY_SECONDS: Final = 5.0
_LONGEST_DELAY_SECONDS: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which a worker takes jobs; `worker` is its name in the attempts."""

    worker: str
    lease_seconds: float
    max_tries: int
    most_deaths: int
    limits: Limits
    engine_version: str
    max_job_seconds: float | None = None


@dataclass(slots=True, eq=False)
class _Held:
    """A job in hand; its lease becomes that of a later attempt when a child dies and another one takes its place."""

    hold: Hold = field(init=False)
    work: asyncio.Task[None] = field(init=False)
    cancelled_at: Stage | None = None
    code: FailureCode = FailureCode.JOB_CANCELLED

    @property
    def lease(self) -> Lease:
        return self.hold.lease

    def lose(self) -> None:
        self.work.cancel()

    def cancel(self, stage: Stage, code: FailureCode = FailureCode.JOB_CANCELLED) -> None:
        self.cancelled_at, self.code = stage, code
        self.work.cancel()


@dataclass(slots=True, eq=False)
class JobRunner:
    """Runs jobs, several at a time if it is asked to."""

    db: Database
    blobs: Blobs
    secrets: Secrets
    fetcher: Fetcher
    sandbox: Sandbox
    ocr: OcrReader
    keeper: LeaseKeeper
    terms: Terms
    llm: LanguageModel | None = None
    _held: set[_Held] = field(default_factory=set[_Held])

    async def run(self, job_id: JobId) -> None:
        """The job is final, or was not to be had, or is somebody else's; after an error of our own its lease runs out,
        and it is tried again.
        """
        try:
            lease = await take(
                self.db,
                job_id,
                worker=self.terms.worker,
                lease_seconds=self.terms.lease_seconds,
                max_tries=self.terms.max_tries,
                max_seconds=self.terms.max_job_seconds,
            )
        except Unavailable as error:
            log.warning("job.not_taken", job_id=job_id, reason=str(error))
            return
        if lease is not None:
            JOBS_TAKEN.inc()
            with JOBS_HELD.track_inprogress(), JOB_SECONDS.time():
                await self._hold(lease)

    async def stop_cancelled(self) -> None:
        """The jobs in hand that somebody asked to cancel are being stopped: their children are killed at once, and they
        fail with `JOB_CANCELLED`; those past their deadline with `PROCESSING_TIMEOUT`.

        Raises:
            Unavailable: the database cannot answer.
        """
        held = {one.lease.job.id: one for one in self._held}
        if not held:
            return
        async with self.db.reading() as conn:
            asked = await jobs.cancel_requested(conn, held)
            late = await jobs.late(conn, held)
        for job_id, stage in (late | asked).items():
            held[job_id].cancel(stage, FailureCode.JOB_CANCELLED if job_id in asked else FailureCode.PROCESSING_TIMEOUT)

    async def give_back(self) -> None:
        """Stop whatever is at work; its jobs wait in the queue again, their tries uncounted."""
        stopped = list(self._held)
        for held in stopped:
            held.work.cancel()
        await asyncio.gather(*(held.work for held in stopped), return_exceptions=True)
        for lease in [held.lease for held in stopped]:
            try:
                await release(self.db, lease)
            except LeaseLostError:
                continue  # it was finished in the last moment
            except Unavailable:
                log.warning("job.not_given_back", job_id=lease.job.id)
                continue
            log.info("job.given_back", job_id=lease.job.id, attempt=lease.attempt)

    async def _hold(self, lease: Lease) -> None:
        held = _Held()
        with self.keeper.holding(lease, held.lose) as held.hold:
            held.work = asyncio.create_task(self._guarded(held), name=lease.job.id)
            self._held.add(held)
            try:
                if lease.job.cancel_requested_at is not None:  # of an attempt that was lost before it could stop
                    held.cancel(lease.job.stage)
                await asyncio.wait([held.work])
                if held.cancelled_at is not None and held.work.cancelled():
                    await self._end_cancelled(held.lease, held.cancelled_at, held.code)
            finally:
                self._held.discard(held)

    async def _end_cancelled(self, lease: Lease, stage: Stage, code: FailureCode) -> None:
        with suppress(LeaseLostError):  # given back in the same moment: whoever takes it next ends it
            await self._fail(lease, Failure.of(code, stage=stage), Spent())
            JOBS_FINISHED.labels(code).inc()
            log.info("job.stopped", job_id=lease.job.id, attempt=lease.attempt, stage=stage, code=code)

    async def _guarded(self, held: _Held) -> None:
        begun, job_id = time.monotonic(), held.lease.job.id
        try:
            job = await self._work(held)
        except LeaseLostError:
            log.warning("job.lost", job_id=job_id, attempt=held.lease.attempt)
        except Unavailable as error:
            log.warning("job.left", job_id=job_id, attempt=held.lease.attempt, reason=str(error))
        except (BlobStoreFullError, BlobStoreUnavailableError) as error:
            log.warning("job.put_off", job_id=job_id, attempt=held.lease.attempt, reason=str(error))
            await self._put_off(held.lease)
        except Exception:  # noqa: BLE001 - the claim loop: one of the three places (style rule 11)
            log.exception("job.broke", job_id=job_id, attempt=held.lease.attempt)
            with suppress(LeaseLostError):
                await self._fail(held.lease, Failure.of(FailureCode.INTERNAL_ERROR, stage=Stage.FINISH), Spent())
        else:
            code = job.failure.code if job.failure else None
            JOBS_FINISHED.labels(code or "completed").inc()
            log.info(
                "job.finished",
                job_id=job.id,
                attempt=job.attempt,
                status=job.status,
                code=code,
                pages=job.pages_processed,
                seconds=round(time.monotonic() - begun, 3),
            )

    async def _put_off(self, lease: Lease) -> None:
        """For twice as long each time: the blob store is away or full, and a try is not spent on that."""
        seconds = min(_FIRST_DELAY_SECONDS * 2 ** min(lease.attempt - 1, 16), _LONGEST_DELAY_SECONDS)
        with suppress(LeaseLostError, Unavailable):  # then its lease runs out
            await put_off(self.db, lease, seconds=seconds)

    async def _work(self, held: _Held) -> Job:
        lease = held.lease
        document = lease.document if lease.document.content else await self.fetcher.bring(lease)
        if isinstance(document, Failure):
            return await self._fail(lease, document, Spent())
        if document.content is None:
            raise AssertionError("a document that was brought has its content")
        held.hold.lease = replace(lease, document=document)
        return await self._process(held, document.content)

    async def _process(self, held: _Held, content: Content) -> Job:
        lease = held.lease
        try:
            data = await self.blobs.read(lease.job.organization_id, content.sha256)
        except BlobMissingError:
            return await self._fail(lease, Failure.of(FailureCode.BLOB_MISSING, stage=Stage.LOAD), Spent())
        except BlobCorruptError:
            return await self._fail(lease, Failure.of(FailureCode.BLOB_CORRUPT, stage=Stage.LOAD), Spent())
        progress = await self._begun(lease, content)
        questions = self.llm.of_job(lease.job) if self.llm else None
        order = work_order(
            lease,
            content,
            self.secrets,
            limits=self.terms.limits,
            engine_version=self.terms.engine_version,
            llm=questions.terms if questions else None,
        )
        rereader = Rereader(sandbox=self.sandbox, ocr=self.ocr, most_deaths=self.terms.most_deaths, llm=questions)
        ending = await progress.beside(self._read(held, order, data, progress, rereader))
        spent = _spent(ending, progress)
        match ending.verdict:
            case Completed() as completed:
                return await self._complete(held.lease, completed, progress, spent)
            case Refused(code=code, stage=stage, page=page, detail=detail):
                return await self._fail(held.lease, Failure.of(code, stage=stage, page=page, detail=detail), spent)
            case Killed():
                raise AssertionError("the rereader has judged it")

    async def _begun(self, lease: Lease, content: Content) -> ProgressWriter:
        """The job's progress, with the pages that an earlier attempt or the job that this one retries has finished."""
        reading = Reading(
            organization_id=lease.job.organization_id,
            job_id=lease.job.id,
            digest=reading_of(content, lease.job.options, engine_version=self.terms.engine_version),
            sha256=content.sha256,
        )
        progress = ProgressWriter(self.db, lease, reading)
        if lease.attempt > 1 or lease.job.retry_of is not None:
            progress.resume(await resumed(self.db, reading))
        return progress

    async def _read(
        self, held: _Held, order: WorkOrder, data: bytes, progress: ProgressWriter, rereader: Rereader
    ) -> Ending:
        async def again(code: FailureCode, ending: Ending) -> None:
            spent = _spent(ending, progress)
            log.warning("job.begun_again", job_id=held.lease.job.id, attempt=held.lease.attempt, code=code)
            next_attempt = persistently(lambda: begin_again(self.db, held.lease, outcome=outcome_of(code), spent=spent))
            await progress.move(held.hold.move(next_attempt))

        return await rereader.read(order, data, progress, again)

    async def _complete(self, lease: Lease, completed: Completed, progress: ProgressWriter, spent: Spent) -> Job:
        """Bytes first, rows second; equal bytes that a deletion removes in between are put again."""
        organization_id, extraction, pages = lease.job.organization_id, completed.extraction, progress.pages
        answer = await asyncio.to_thread(StoredAnswer.of, extraction)
        for left in reversed(range(_PUTS)):
            several = [answer.data, *([pages.data] if pages.frames else [])]
            hashes = await self.blobs.put_many(organization_id, several)
            try:
                return await persistently(
                    lambda hashes=hashes: complete(
                        self.db,
                        self.blobs,
                        lease,
                        extraction=extraction,
                        result_blob=ResultBlob(
                            sha256=hashes[0], stored_bytes=len(answer.data), result_bytes=answer.result_bytes
                        ),
                        pages_blob=PagesBlob(sha256=hashes[1], frames=pages.frames) if pages.frames else None,
                        spent=spent,
                        checkpointed=progress.reading if progress.has_checkpoints else None,
                    )
                )
            except BlobMissingError:
                if not left:
                    raise
        raise AssertionError

    async def _fail(self, lease: Lease, failure: Failure, spent: Spent) -> Job:
        return await persistently(lambda: fail(self.db, lease, failure, spent=spent))


def _spent(ending: Ending, progress: ProgressWriter) -> Spent:
    return Spent(
        last_page=progress.pages.last_page,
        peak_memory_bytes=ending.peak_rss_bytes,
        cpu_seconds=ending.cpu_seconds,
    )
