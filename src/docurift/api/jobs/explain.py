"""Why a job is where it is, and what follows (contract section 3)."""

from typing import Annotated, Self

from msgspec import Meta
from starlette.responses import Response

from docurift.api.answers import Timestamp, Wire, maybe_stamp, success
from docurift.api.jobs.handlers import wait_for
from docurift.api.jobs.wire import JobIdText
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import NoQuery
from docurift.api.routes import Call
from docurift.model import explanation
from docurift.model.explanation import Action, Circumstances, Explanation, Next, NextCode, Reason, ReasonCode
from docurift.model.job import Job, JobStatus
from docurift.model.result import Json
from docurift.storage import attempts
from docurift.storage.circumstances import beside
from docurift.storage.database import Connection
from docurift.storage.shown_jobs import ShownJob


class ReasonOut(Wire, frozen=True):
    """One reason; what `details` hold depends on the code."""

    code: ReasonCode
    message: str
    details: Annotated[dict[str, Json], Meta(extra_json_schema={"type": "object"})]

    @classmethod
    def of(cls, reason: Reason) -> Self:
        """The reason as it travels."""
        return cls(code=reason.code, message=reason.message, details=dict(reason.details))


class NextOut(Wire, frozen=True):
    """What follows, `at` this time at the earliest; the job fails at `failsAt` if it is not done by then."""

    code: NextCode
    message: str
    at: Timestamp | None
    fails_at: Timestamp | None

    @classmethod
    def of(cls, following: Next) -> Self:
        """What follows as it travels."""
        return cls(
            code=following.code,
            message=following.message,
            at=maybe_stamp(following.at),
            fails_at=maybe_stamp(following.fails_at),
        )


class ExplanationOut(Wire, frozen=True):
    """Why the job is where it is, the most important reason first; what follows; and what you can do."""

    job_id: JobIdText
    status: JobStatus
    reasons: tuple[ReasonOut, ...]
    next: NextOut
    actions: tuple[Action, ...]

    @classmethod
    def of(cls, job: Job, told: Explanation) -> Self:
        """The explanation as it travels."""
        return cls(
            job_id=job.id,
            status=job.status,
            reasons=tuple(ReasonOut.of(reason) for reason in told.reasons),
            next=NextOut.of(told.next),
            actions=told.actions,
        )


async def show_explanation(call: Call, query: NoQuery) -> Response:
    """Why the job waits, runs or ended, and what follows."""
    del query
    seen = await wait_for(call, 0)
    async with call.services.db.reading() as conn:
        known = await _circumstances(call, conn, seen)
    return success(ExplanationOut.of(seen.job, explanation.explain(known)))


async def _circumstances(call: Call, conn: Connection, seen: ShownJob) -> Circumstances:
    job = seen.job
    known = await beside(conn, organization_id=call.organization_id, job_id=job.id)
    if known is None:
        raise Problem(ErrorCode.JOB_NOT_FOUND)  # deleted since it was looked at
    made = await attempts.of_job(conn, organization_id=call.organization_id, job_id=job.id)
    return Circumstances(
        now=known.now,
        job=job,
        queue_position=seen.queue_position,
        has_result=seen.stored is not None,
        removed_at=known.deleted_at,
        lease_until=known.lease_until,
        is_lost=known.is_lost,
        workers=known.workers,
        max_wait_seconds=call.services.limits.max_wait_seconds,
        ended=tuple((one.number, one.outcome.value) for one in made if one.outcome is not None),
        running=known.running,
        most_running=call.services.limits.max_running_jobs,
    )
