"""The Jobs API (contract section 3)."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import Field
from starlette.responses import Response

from docurift.actions.cancel import JobAlreadyFinalError
from docurift.actions.cancel import cancel as cancel_job
from docurift.actions.delete import delete_job
from docurift.actions.retry import DocumentGoneError, JobNotFinalError, JobNotFoundError
from docurift.actions.retry import retry as retry_job
from docurift.actions.submit import IdempotencyKeyReusedError
from docurift.api.answers import encode, entity_tag, is_unchanged, stamp, success
from docurift.api.documents.results import Answered, gone, read_result
from docurift.api.intake.idempotency import REPLAYED, idempotency_key
from docurift.api.jobs.results import is_final, list_with_results, look, with_result
from docurift.api.jobs.wire import AcceptedOut, DeletedOut, JobOut, ResultOut, StatsOut
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import WHOLE, Absent, Cursor, EndDate, Limit, NoQuery, Page, Query, Search, StartDate
from docurift.api.routes import Call, job_id_of
from docurift.model.failure import FailureCode
from docurift.model.ids import DocumentId
from docurift.model.job import DocumentType, Job, JobStatus
from docurift.storage import jobs
from docurift.storage.listing import JobFilter, JobOrder, JobSort
from docurift.storage.shown_jobs import ShownJob

TEXT_FORMATS = {"markdown": "text/markdown; charset=utf-8", "text": "text/plain; charset=utf-8"}


class JobQuery(Query):
    """How long to wait for the job."""

    wait: Annotated[int, Field(ge=0, le=60), WHOLE] = Field(
        default=0, description="Seconds to wait at most; the answer comes as soon as the job is final."
    )


class BatchJobFilterQuery(Query):
    """Which jobs of a batch are meant."""

    status: JobStatus | Absent = None
    document_type: DocumentType | Absent = None
    start_date: StartDate | Absent = Field(default=None, description="Created at this time or later.")
    end_date: EndDate | Absent = Field(
        default=None, description="Created at this time or earlier; a bare date is the whole UTC day."
    )
    document_id: Search | Absent = None
    error_code: FailureCode | Absent = None
    search: Search | Absent = Field(default=None, description="A piece of the file name.")

    def filter(self, call: Call, *, batch_id: str | None = None) -> JobFilter:
        """The same for storage, with the pairs of `metadata.<key>=`."""
        return JobFilter(
            status=self.status,
            created_from=self.start_date,
            created_before=self.end_date,
            document_type=self.document_type,
            document_id=None if self.document_id is None else DocumentId(self.document_id),
            batch_id=batch_id,
            error_code=self.error_code,
            search=self.search,
            metadata=tuple(sorted(call.metadata.items())),
        )


class JobFilterQuery(BatchJobFilterQuery):
    """Which jobs are meant."""

    batch_id: Search | Absent = None


class BatchJobListQuery(BatchJobFilterQuery):
    """Which part of a batch's jobs is asked for, in which order."""

    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None
    sort_by: JobSort = JobSort.CREATED_AT
    sort_order: Literal["asc", "desc"] = "desc"
    include: Literal["result"] | Absent = Field(default=None, description="`result` adds `result` and `fields`.")


class JobListQuery(BatchJobListQuery, JobFilterQuery):
    """Which part of the jobs is asked for, in which order."""


class ResultQuery(Query):
    """In which form."""

    format: Literal["json", "markdown", "text"] = "json"


async def show_job(call: Call, query: JobQuery) -> Response:
    """One job, at once or as soon as it is final."""
    seen = await wait_for(call, query.wait)
    row = encode(JobOut.of(seen.job, queue_position=seen.queue_position))
    # The result never changes, so its hash stands for it: an unchanged job costs no look at the blob store.
    tag = entity_tag(row, seen.stored.sha256.encode() if seen.stored else b"")
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    if is_unchanged(call.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    return success(await with_result(call.services, seen), headers=headers)


async def wait_for(call: Call, seconds: float) -> ShownJob:
    """The job in the path, as soon as it is final or `seconds` are over.

    Raises:
        Problem: `JOB_NOT_FOUND`.
    """

    async def look_again() -> ShownJob:
        seen = await look(call.services, call.organization_id, job_id_of(call))
        if seen is None:
            raise Problem(ErrorCode.JOB_NOT_FOUND)
        return seen

    if seconds <= 0:
        return await look_again()
    return await call.runtime.waiters.until(
        is_final, look_again, request=call.request, job_id=job_id_of(call), seconds=seconds
    )


async def list_jobs(call: Call, query: JobListQuery) -> Response:
    """A part of the organization's jobs."""
    return await list_filtered(call, query, query.filter(call, batch_id=query.batch_id))


async def list_filtered(call: Call, query: BatchJobListQuery, filter_: JobFilter) -> Response:
    """A part of the jobs that `filter_` asks for."""
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    order = JobOrder(by=query.sort_by, descending=query.sort_order == "desc")
    with walking():
        async with call.services.db.reading() as conn:
            listing = await jobs.page_of(
                conn, organization_id=call.organization_id, filter=filter_, order=order, window=asked
            )
    if query.include == "result":
        return listed("jobs", await list_with_results(call.services, listing.items), listing, query.limit)
    shown = [JobOut.of(job, queue_position=None) for job in listing.items]
    return listed("jobs", shown, listing, query.limit)


async def show_stats(call: Call, query: JobFilterQuery) -> Response:
    """Counts of the jobs that the same filters would list."""
    filter_ = query.filter(call, batch_id=query.batch_id)
    async with call.services.db.reading() as conn:
        found = await jobs.stats(conn, organization_id=call.organization_id, filter=filter_)
    return success(StatsOut.of(found))


async def show_result(call: Call, query: ResultQuery) -> Response:
    """The whole result of a completed job."""
    job, answered = await _answered(call)
    if query.format == "json":
        return success(ResultOut.of(job, answered))
    text = answered.markdown if query.format == "markdown" else answered.text
    return Response(text, media_type=TEXT_FORMATS[query.format])


async def _answered(call: Call) -> tuple[Job, Answered]:
    seen = await wait_for(call, 0)
    if not seen.job.status.is_final:
        raise Problem(ErrorCode.JOB_NOT_FINAL)
    if seen.job.status is JobStatus.FAILED:
        raise Problem(ErrorCode.NOT_FOUND, "The job failed, so it has no result. Its `error` says why.")
    if seen.stored is None:
        raise await gone(call.services, seen.job)
    return seen.job, await read_result(call.services, call.organization_id, seen.stored)


async def retry(call: Call, query: NoQuery) -> Response:
    """A new job like a final one, on the same document."""
    del query
    key = idempotency_key(call)
    await call.runtime.open_jobs.admit(call.organization_id)
    try:
        submitted = await retry_job(
            call.services.db,
            organization_id=call.organization_id,
            job_id=job_id_of(call),
            idempotency_key=key,
            most_running=call.services.limits.max_running_jobs,
        )
    except JobNotFoundError as error:
        raise Problem(ErrorCode.JOB_NOT_FOUND) from error
    except JobNotFinalError as error:
        raise Problem(ErrorCode.JOB_NOT_FINAL) from error
    except DocumentGoneError as error:
        details = {} if error.deleted_at is None else {"deletedAt": stamp(error.deleted_at)}
        raise Problem(ErrorCode.DOCUMENT_DELETED, details=details) from error
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    return accepted(submitted.job, is_replayed=submitted.replayed)


async def cancel(call: Call, query: NoQuery) -> Response:
    """The job is to end: at once if it waits, soon if it runs."""
    del query
    try:
        cancelled = await cancel_job(
            call.services.db,
            organization_id=call.organization_id,
            job_id=job_id_of(call),
            idempotency_key=idempotency_key(call),
        )
    except JobNotFoundError as error:
        raise Problem(ErrorCode.JOB_NOT_FOUND) from error
    except JobAlreadyFinalError as error:
        raise Problem(ErrorCode.JOB_ALREADY_FINAL) from error
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    shown = JobOut.of(cancelled.job, queue_position=None)
    return success(shown, headers=REPLAYED if cancelled.replayed else None)


def accepted(job: Job, *, is_replayed: bool) -> Response:
    """202 with the job's address."""
    headers = {"Location": f"/v1/jobs/{job.id}", **(REPLAYED if is_replayed else {})}
    return success(AcceptedOut.of(job), 202, headers)


async def delete(call: Call, query: NoQuery) -> Response:
    """A final job and its result are gone; its document stays."""
    del query
    try:
        job = await delete_job(
            call.services.db, call.services.blobs, organization_id=call.organization_id, job_id=job_id_of(call)
        )
    except JobNotFoundError as error:
        raise Problem(ErrorCode.JOB_NOT_FOUND) from error
    except JobNotFinalError as error:
        raise Problem(ErrorCode.JOB_NOT_FINAL) from error
    return success(DeletedOut(id=job.id, deleted=True, deleted_at=stamp(datetime.now(UTC))))
