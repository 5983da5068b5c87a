"""The attempts at a job (contract section 3): how often it was begun, and how each time ended."""

from typing import Annotated, Self

from msgspec import Meta
from starlette.responses import Response

from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp, success
from docurift.api.jobs.handlers import wait_for
from docurift.api.jobs.wire import Count, JobIdText
from docurift.api.queries import NoQuery
from docurift.api.routes import Call
from docurift.storage import attempts
from docurift.storage.attempts import Attempt, Outcome


class AttemptOut(Wire, frozen=True):
    """One attempt; `endedAt` and `outcome` are null while it runs, and what was not measured is null."""

    number: Annotated[int, Meta(ge=1)]
    worker: str
    started_at: Timestamp
    ended_at: Timestamp | None
    outcome: Outcome | None
    last_page: Annotated[int, Meta(ge=1)] | None
    peak_memory_bytes: Count | None
    cpu_seconds: Annotated[float, Meta(ge=0)] | None

    @classmethod
    def of(cls, attempt: Attempt) -> Self:
        """The attempt as it travels."""
        return cls(
            number=attempt.number,
            worker=attempt.worker,
            started_at=stamp(attempt.started_at),
            ended_at=maybe_stamp(attempt.ended_at),
            outcome=attempt.outcome,
            last_page=attempt.spent.last_page,
            peak_memory_bytes=attempt.spent.peak_memory_bytes,
            cpu_seconds=attempt.spent.cpu_seconds,
        )


class AttemptsOut(Wire, frozen=True):
    """All attempts at a job, first to last."""

    job_id: JobIdText
    attempts: tuple[AttemptOut, ...]


async def show_attempts(call: Call, query: NoQuery) -> Response:
    """All attempts at the job."""
    del query
    job = (await wait_for(call, 0)).job
    async with call.services.db.reading() as conn:
        made = await attempts.of_job(conn, organization_id=call.organization_id, job_id=job.id)
    return success(AttemptsOut(job_id=job.id, attempts=tuple(AttemptOut.of(attempt) for attempt in made)))
