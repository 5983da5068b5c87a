"""Submissions (contract section 2): bytes first, then one transaction, then the answer."""

from typing import Annotated

import msgspec
from pydantic import Field
from starlette.responses import Response

from docurift.actions.submit import (
    DuplicateDocumentError,
    Duplicates,
    FileUrl,
    IdempotencyKeyReusedError,
    ReceivedFile,
    Submitted,
    submit,
)
from docurift.api.answers import success
from docurift.api.intake.idempotency import REPLAYED, idempotency_key
from docurift.api.intake.retention import kept
from docurift.api.intake.uploads import Upload, receive
from docurift.api.intake.vetting import vet
from docurift.api.jobs.handlers import accepted
from docurift.api.jobs.results import is_final, look, with_result
from docurift.api.jobs.wire import NULL, ProcessedOut, ProcessingOut
from docurift.api.problems import ErrorCode, JobFailedProblem, Problem
from docurift.api.queries import WHOLE, NoQuery, Query
from docurift.api.routes import Call
from docurift.model.job import IfDuplicate
from docurift.storage.shown_jobs import ShownJob


class WaitQuery(Query):
    """How long to wait for the result."""

    timeout: Annotated[int, Field(ge=0, le=120), WHOLE] = Field(
        default=30, description="Seconds to wait at most; afterwards 202 says where the job is."
    )


async def process_async(call: Call, query: NoQuery) -> Response:
    """The submission is accepted and stored for good."""
    del query
    submitted = await _take_in(call)
    return accepted(submitted.job, is_replayed=submitted.replayed)


async def process_sync(call: Call, query: WaitQuery) -> Response:
    """The submission is accepted, stored for good, and waited for."""
    submitted = await _take_in(call)
    job_id = submitted.job.id

    async def look_again() -> ShownJob:
        seen = await look(call.services, call.organization_id, job_id)
        if seen is None:
            raise Problem(ErrorCode.JOB_NOT_FOUND)  # deleted while it was waited for
        return seen

    seen = await call.runtime.waiters.until(
        is_final, look_again, request=call.request, job_id=job_id, seconds=query.timeout
    )
    return await _waited(call, seen, REPLAYED if submitted.replayed else {})


async def _waited(call: Call, seen: ShownJob, marks: dict[str, str]) -> Response:
    job = seen.job
    headers = {"Location": f"/v1/jobs/{job.id}", **marks}
    if not job.status.is_final:
        return success(ProcessingOut.of(job), 202, headers)
    if job.failure is not None:
        raise JobFailedProblem(job.failure, {"jobId": job.id, "documentId": job.document_id}, headers)
    shown = await with_result(call.services, seen)
    result = shown.result if isinstance(shown.result, msgspec.Raw) else NULL
    return success(ProcessedOut.of(job, result), 200, headers)


async def _take_in(call: Call) -> Submitted:
    call.idempotency_key()  # before the body, which may be large
    await call.runtime.open_jobs.admit(call.organization_id)
    async with receive(call.request, call.runtime.gate, call.services.limits) as upload:
        return await _submit(call, upload)


async def _submit(call: Call, upload: Upload) -> Submitted:
    await _vet(call, upload)
    source, webhook = upload.source, upload.webhook
    what = source.content.sha256 if isinstance(source, ReceivedFile) else {"fileUrl": source.url}
    asked = [what, source.file_name, upload.options, upload.callback_metadata, upload.password]
    if webhook is not None:
        asked += [webhook.url, webhook.secret]
    if upload.if_duplicate is not IfDuplicate.RERUN:
        asked.append(upload.if_duplicate)
    try:
        return await submit(
            call.services.db,
            call.services.blobs,
            organization_id=call.organization_id,
            source=source,
            options=kept(upload.options, call.services.limits),
            secrets=call.services.secrets,
            callback_metadata=upload.callback_metadata,
            password=upload.password,
            webhook=webhook,
            idempotency_key=idempotency_key(call, *asked),
            most_running=call.services.limits.max_running_jobs,
            duplicates=Duplicates(policy=upload.if_duplicate, engine_version=call.services.engine_version),
        )
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    except DuplicateDocumentError as error:
        details = {"jobId": error.job.id, "documentId": error.job.document_id}
        raise Problem(ErrorCode.DUPLICATE_DOCUMENT, details=details) from error


async def _vet(call: Call, upload: Upload) -> None:
    if isinstance(upload.source, FileUrl):
        await vet(call.services.guard, "fileUrl", upload.source.url)
    if upload.webhook is not None:
        await vet(call.services.guard, "webhookUrl", upload.webhook.url)
