"""Jobs joined with their results, as single answers and in lists."""

from collections.abc import Sequence

import msgspec

from docurift.api.documents.results import Answered, read_result
from docurift.api.jobs.wire import NULL, JobOut, WarningOut
from docurift.api.services import MIB, Services
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job, JobStatus
from docurift.storage import shown_jobs
from docurift.storage.shown_jobs import ShownJob

# All results of a list together: each may be small enough and a hundred of them still be too much for one answer.
_LIST_BYTES = 16 * MIB


def is_final(seen: ShownJob) -> bool:
    """Whether nothing more will happen to the job."""
    return seen.job.status.is_final


async def look(services: Services, organization_id: OrganizationId, job_id: JobId) -> ShownJob | None:
    """The organization's job, its place if it waits, and where its result is if it is completed."""
    async with services.db.reading() as conn:
        return await shown_jobs.shown(conn, organization_id=organization_id, job_id=job_id)


async def with_result(services: Services, seen: ShownJob) -> JobOut:
    """The job as it travels, with its result if it has one that is not too large."""
    shown = JobOut.of(seen.job, queue_position=seen.queue_position)
    if seen.job.status is not JobStatus.COMPLETED:
        return shown
    if seen.stored is None:
        return msgspec.structs.replace(shown, result=NULL, fields=NULL, warnings=())
    answered = await read_result(services, seen.job.organization_id, seen.stored)
    return _joined(shown, answered, is_inline=seen.stored.result_bytes <= services.limits.max_inline_result_bytes)


async def list_with_results(services: Services, found: Sequence[Job]) -> list[JobOut]:
    """As `with_result` for each; results that would make the answer larger than 16 MiB are null."""
    shown: list[JobOut] = []
    left = _LIST_BYTES
    for job in found:
        seen = await look(services, job.organization_id, job.id)
        if seen is None:
            continue  # deleted since it was listed
        if seen.stored is not None:
            left -= seen.stored.result_bytes
        if left < 0 and seen.stored is not None:
            seen = ShownJob(job=seen.job)
        shown.append(await with_result(services, seen))
    return shown


def _joined(shown: JobOut, answered: Answered, *, is_inline: bool) -> JobOut:
    return msgspec.structs.replace(
        shown,
        result=answered.result if is_inline else NULL,
        fields=answered.fields,
        warnings=tuple(WarningOut.of(warning) for warning in answered.warnings),
    )
