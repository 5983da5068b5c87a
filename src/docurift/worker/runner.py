"""One job, from taking it to its final state. Knows nothing of the queue that hinted at it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import chain, repeat
from typing import Final, TypeVar

from docurift.actions.finish import complete, fail
from docurift.actions.take import Lease, LeaseLostError, release, take
from docurift.model.document import Content
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.job import Job
from docurift.model.work import Completed, Limits, Refused, WorkOrder
from docurift.storage import jobs
from docurift.storage.attempts import Spent
from docurift.storage.blobs import BlobCorruptError, BlobMissingError, Blobs, BlobStoreUnavailableError
from docurift.storage.database import Database, Unavailable
from docurift.storage.pages import PagesBlob
from docurift.storage.results import ResultBlob
from docurift.storage.secrets import Secrets, SecretUnreadableError
from docurift.telemetry import JOB_SECONDS, JOBS_FINISHED, JOBS_HELD, JOBS_TAKEN, log
from docurift.worker.child import Ending, Sandbox, memory_file
from docurift.worker.fetching import Fetcher
from docurift.worker.forks import ZygoteLostError
from docurift.worker.hearing import OcrReader
from docurift.worker.leases import LeaseKeeper
from docurift.worker.progress_writer import ProgressWriter
from docurift.worker.stored_form import StoredAnswer, StoredPages
from docurift.worker.verdict import Killed

T = TypeVar("T")

_SANDBOXES_PER_ATTEMPT: Final = 3
_PUTS: Final = 3
# While the database is away a finished job keeps asking, the last delay again and again; the lease's end ends it.
_DELAYS_SECONDS: Final = (0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Under which a worker takes jobs; `worker` is its name in the attempts."""

    worker: str
    lease_seconds: float
    max_tries: int
    limits: Limits
    engine_version: str


@dataclass(slots=True, eq=False)
class _Held:
    lease: Lease
    work: asyncio.Task[None]
    cancelled_at: Stage | None = None

    def cancel(self, stage: Stage) -> None:
        self.cancelled_at = stage
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
        fail with `JOB_CANCELLED`.

        Raises:
            Unavailable: the database cannot answer.
        """
        held = {one.lease.job.id: one for one in self._held}
        if not held:
            return
        async with self.db.reading() as conn:
            asked = await jobs.cancel_requested(conn, held)
        for job_id, stage in asked.items():
            held[job_id].cancel(stage)

    async def give_back(self) -> None:
        """Stop whatever is at work; its jobs wait in the queue again, their tries uncounted."""
        leases = [held.lease for held in self._held]
        works = [held.work for held in self._held]
        for work in works:
            work.cancel()
        await asyncio.gather(*works, return_exceptions=True)
        for lease in leases:
            try:
                await release(self.db, lease)
            except LeaseLostError:
                continue  # it was finished in the last moment
            except Unavailable:
                log.warning("job.not_given_back", job_id=lease.job.id)
                continue
            log.info("job.given_back", job_id=lease.job.id, attempt=lease.attempt)

    async def _hold(self, lease: Lease) -> None:
        held = _Held(lease, asyncio.create_task(self._guarded(lease), name=lease.job.id))
        self._held.add(held)
        try:
            with self.keeper.holding(lease, held.work.cancel):
                if lease.job.cancel_requested_at is not None:  # of an attempt that was lost before it could stop
                    held.cancel(lease.job.stage)
                await asyncio.wait([held.work])
                if held.cancelled_at is not None and held.work.cancelled():
                    await self._end_cancelled(lease, held.cancelled_at)
        finally:
            self._held.discard(held)

    async def _end_cancelled(self, lease: Lease, stage: Stage) -> None:
        with suppress(LeaseLostError):  # given back in the same moment: whoever takes it next ends it
            await self._fail(lease, Failure.of(FailureCode.JOB_CANCELLED, stage=stage), Spent())
            JOBS_FINISHED.labels(FailureCode.JOB_CANCELLED).inc()
            log.info("job.cancelled", job_id=lease.job.id, attempt=lease.attempt, stage=stage)

    async def _guarded(self, lease: Lease) -> None:
        begun = time.monotonic()
        try:
            job = await self._work(lease)
        except LeaseLostError:
            log.warning("job.lost", job_id=lease.job.id, attempt=lease.attempt)
        except (Unavailable, BlobStoreUnavailableError) as error:
            log.warning("job.left", job_id=lease.job.id, attempt=lease.attempt, reason=str(error))
        except Exception:  # noqa: BLE001 - the claim loop: one of the three places (style rule 11)
            log.exception("job.broke", job_id=lease.job.id, attempt=lease.attempt)
            with suppress(LeaseLostError):
                await self._fail(lease, Failure.of(FailureCode.INTERNAL_ERROR, stage=Stage.FINISH), Spent())
        else:
            code = job.failure.code if job.failure else None
            JOBS_FINISHED.labels(code or "completed").inc()
            log.info(
                "job.finished",
                job_id=job.id,
                attempt=lease.attempt,
                status=job.status,
                code=code,
                pages=job.pages_processed,
                seconds=round(time.monotonic() - begun, 3),
            )

    async def _work(self, lease: Lease) -> Job:
        document = lease.document if lease.document.content else await self.fetcher.bring(lease)
        if isinstance(document, Failure):
            return await self._fail(lease, document, Spent())
        if document.content is None:
            raise AssertionError("a document that was brought has its content")
        return await self._process(replace(lease, document=document), document.content)

    async def _process(self, lease: Lease, content: Content) -> Job:
        try:
            data = await self.blobs.read(lease.job.organization_id, content.sha256)
            order = self._order(lease, content)
        except BlobMissingError:
            return await self._fail(lease, Failure.of(FailureCode.BLOB_MISSING, stage=Stage.LOAD), Spent())
        except BlobCorruptError:
            return await self._fail(lease, Failure.of(FailureCode.BLOB_CORRUPT, stage=Stage.LOAD), Spent())
        progress = ProgressWriter(self.db, lease)
        ending = await self._read(order, data, progress)
        spent = Spent(
            last_page=progress.pages.last_page,
            peak_memory_bytes=ending.peak_rss_bytes,
            cpu_seconds=ending.cpu_seconds,
        )
        match ending.verdict:
            case Completed() as completed:
                return await self._complete(lease, completed, progress.pages, spent)
            case Refused(code=code, stage=stage, page=page, detail=detail):
                return await self._fail(lease, Failure.of(code, stage=stage, page=page, detail=detail), spent)
            case Killed(code=code):
                return await self._fail(lease, Failure.of(code, stage=progress.stage), spent)

    async def _read(self, order: WorkOrder, data: bytes, progress: ProgressWriter) -> Ending:
        """What the sandbox says; it is asked again if its zygote was lost, for which no document is to blame."""
        for left in reversed(range(_SANDBOXES_PER_ATTEMPT)):
            try:
                with memory_file(data) as document:
                    return await progress.beside(self.sandbox.run(order, document, ocr=self.ocr, listener=progress))
            except ZygoteLostError:
                if not left:
                    raise
                progress.start_over()
        raise AssertionError

    def _order(self, lease: Lease, content: Content) -> WorkOrder:
        options = lease.job.options
        return WorkOrder(
            document_type=options.document_type,
            language=options.language,
            extract_tables=options.extract_tables,
            ocr_fallback=options.ocr_fallback,
            pages=options.pages,
            password=self._password(lease),
            page_error_limit=options.page_error_limit,
            media_type=content.media_type,
            file_name=lease.document.file_name,
            limits=self.terms.limits,
            engine_version=self.terms.engine_version,
        )

    def _password(self, lease: Lease) -> str | None:
        if lease.sealed_password is None:
            return None
        try:
            return self.secrets.unseal(lease.sealed_password, owner=lease.job.id)
        except SecretUnreadableError:
            log.error("job.password_unreadable", job_id=lease.job.id)
            return None  # a document that needs it says FILE_ENCRYPTED

    async def _complete(self, lease: Lease, completed: Completed, pages: StoredPages, spent: Spent) -> Job:
        """Bytes first, rows second; equal bytes that a deletion removes in between are put again."""
        organization_id, extraction = lease.job.organization_id, completed.extraction
        answer = await asyncio.to_thread(StoredAnswer.of, extraction)
        for left in reversed(range(_PUTS)):
            several = [answer.data, *([pages.data] if pages.frames else [])]
            hashes = await self.blobs.put_many(organization_id, several)
            try:
                return await _persistently(
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
                    )
                )
            except BlobMissingError:
                if not left:
                    raise
        raise AssertionError

    async def _fail(self, lease: Lease, failure: Failure, spent: Spent) -> Job:
        return await _persistently(lambda: fail(self.db, lease, failure, spent=spent))


async def _persistently(write: Callable[[], Awaitable[T]]) -> T:
    """Write as soon as the database is there; a write that had happened after all answers that the lease is lost."""
    for delay in chain(_DELAYS_SECONDS, repeat(_DELAYS_SECONDS[-1])):
        try:
            return await write()
        except Unavailable as error:
            log.warning("job.not_written", reason=str(error))
            await asyncio.sleep(delay)
    raise AssertionError
