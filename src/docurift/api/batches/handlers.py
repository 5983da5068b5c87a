"""Batches (contract section 4)."""

from typing import Annotated

from pydantic import Field
from starlette.responses import Response

from docurift.actions.batch_retry import BatchNotFinalError, NothingToRetryError, retry_failed
from docurift.actions.batch_submit import (
    AskedArchive,
    KnownDocument,
    RefusedFile,
    SubmittedBatch,
    UnknownDocumentsError,
    submit_batch,
)
from docurift.actions.cancel import BatchAlreadyFinalError, BatchNotFoundError, cancel_batch
from docurift.actions.submit import FileUrl, IdempotencyKeyReusedError, ReceivedFile
from docurift.api.answers import success
from docurift.api.batches.intake import Intake, receive_batch
from docurift.api.batches.lookup import batch_id_of, find_batch
from docurift.api.batches.wire import AcceptedBatchOut, BatchOut
from docurift.api.intake.idempotency import REPLAYED, idempotency_key
from docurift.api.intake.retention import kept_order
from docurift.api.jobs.handlers import BatchJobListQuery, list_filtered
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, FieldError, Problem
from docurift.api.queries import WHOLE, Absent, Cursor, EndDate, Limit, NoQuery, Page, Query, StartDate
from docurift.api.routes import Call
from docurift.model.batch import Batch, BatchStatus
from docurift.storage import batch_list
from docurift.storage.listing import BatchFilter


class BatchQuery(Query):
    """How long to wait for the batch."""

    wait: Annotated[int, Field(ge=0, le=60), WHOLE] = Field(
        default=0, description="Seconds to wait at most; the answer comes as soon as every job is final."
    )


class BatchListQuery(Query):
    """Which batches are asked for, newest first."""

    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None
    status: BatchStatus | Absent = None
    start_date: StartDate | Absent = Field(default=None, description="Created at this time or later.")
    end_date: EndDate | Absent = Field(
        default=None, description="Created at this time or earlier; a bare date is the whole UTC day."
    )


async def create(call: Call, query: NoQuery) -> Response:
    """All items are accepted and stored for good, or none."""
    del query
    call.idempotency_key()  # before the body, which may be large
    await call.runtime.open_jobs.check(call.organization_id)
    async with receive_batch(call) as intake:
        content = intake.order.content  # of an archive it is known only when it is unpacked
        items = 1 if isinstance(content, AskedArchive) else len(content)
        await call.runtime.open_jobs.admit(call.organization_id, jobs=items)
        submitted = await _submit(call, intake)
        if not submitted.replayed:
            intake.files.keep()
    return _accepted(submitted)


async def list_batches(call: Call, query: BatchListQuery) -> Response:
    """A part of the organization's batches."""
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    filter_ = BatchFilter(status=query.status, created_from=query.start_date, created_before=query.end_date)
    with walking():
        async with call.services.db.reading() as conn:
            listing = await batch_list.page_of(conn, organization_id=call.organization_id, filter=filter_, window=asked)
    return listed("batches", [BatchOut.of(batch) for batch in listing.items], listing, query.limit)


async def show_batch(call: Call, query: BatchQuery) -> Response:
    """One batch, at once or as soon as it is complete."""
    batch_id = batch_id_of(call)

    async def look_again() -> Batch:
        return await find_batch(call, batch_id)

    if query.wait <= 0:
        return success(BatchOut.of(await look_again()))
    batch = await call.runtime.waiters.until(
        lambda seen: seen.completed_at is not None,
        look_again,
        request=call.request,
        job_id=batch_id,
        seconds=query.wait,
    )
    return success(BatchOut.of(batch))


async def list_jobs(call: Call, query: BatchJobListQuery) -> Response:
    """A part of the batch's jobs."""
    batch = await find_batch(call, batch_id_of(call))
    return await list_filtered(call, query, query.filter(call, batch_id=batch.id))


async def cancel(call: Call, query: NoQuery) -> Response:
    """Whatever of the batch is not final is to end."""
    del query
    try:
        cancelled = await cancel_batch(
            call.services.db,
            call.services.blobs,
            organization_id=call.organization_id,
            batch_id=batch_id_of(call),
            idempotency_key=idempotency_key(call),
        )
    except BatchNotFoundError as error:
        raise Problem(ErrorCode.BATCH_NOT_FOUND) from error
    except BatchAlreadyFinalError as error:
        raise Problem(ErrorCode.BATCH_ALREADY_FINAL) from error
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    return success(BatchOut.of(cancelled.batch), headers=REPLAYED if cancelled.replayed else None)


async def retry(call: Call, query: NoQuery) -> Response:
    """A new batch of the failed jobs."""
    del query
    await call.runtime.open_jobs.admit(call.organization_id)
    try:
        submitted = await retry_failed(
            call.services.db,
            call.services.blobs,
            organization_id=call.organization_id,
            batch_id=batch_id_of(call),
            idempotency_key=idempotency_key(call),
            most_running=call.services.limits.max_running_jobs,
        )
    except BatchNotFoundError as error:
        raise Problem(ErrorCode.BATCH_NOT_FOUND) from error
    except BatchNotFinalError as error:
        raise Problem(ErrorCode.BATCH_NOT_FINAL) from error
    except NothingToRetryError as error:
        raise Problem(ErrorCode.NOTHING_TO_RETRY) from error
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    return _accepted(submitted)


def _accepted(submitted: SubmittedBatch) -> Response:
    headers = {"Location": f"/v1/batches/{submitted.batch.id}", **(REPLAYED if submitted.replayed else {})}
    return success(AcceptedBatchOut.of(submitted.batch), 202, headers)


async def _submit(call: Call, intake: Intake) -> SubmittedBatch:
    try:
        return await submit_batch(
            call.services.db,
            call.services.blobs,
            call.services.secrets,
            organization_id=call.organization_id,
            order=kept_order(intake.order, call.services.limits),
            idempotency_key=idempotency_key(call, *_all_asked(intake)),
            most_running=call.services.limits.max_running_jobs,
        )
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    except UnknownDocumentsError as error:
        raise _unknown(error, intake) from error


def _all_asked(intake: Intake) -> list[object]:
    """All that makes the request what it is."""
    order = intake.order
    shared = [order.callback_metadata, order.webhook and [order.webhook.url, order.webhook.secret]]
    if isinstance(order.content, AskedArchive):
        return [*shared, order.content.sha256, order.content.options, order.content.password]
    items = [[_what(one.source), one.options, one.callback_metadata, one.password] for one in order.content]
    return [*shared, items]


def _what(source: ReceivedFile | RefusedFile | FileUrl | KnownDocument) -> list[str]:
    match source:
        case ReceivedFile():
            return ["file", source.content.sha256, source.file_name]
        case RefusedFile():
            return ["file", source.sha256, source.file_name]
        case FileUrl():
            return ["url", source.url, source.file_name]
        case KnownDocument():
            return ["document", source.id]


def _unknown(error: UnknownDocumentsError, intake: Intake) -> Problem:
    code = ErrorCode.DOCUMENT_NOT_FOUND if error.missing else ErrorCode.DOCUMENT_DELETED
    message = "is no document of yours" if error.missing else "is a document that was deleted"
    places = error.missing or error.deleted
    return Problem(code, details={"fields": [FieldError(intake.names[place], message) for place in places]})
