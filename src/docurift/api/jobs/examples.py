"""Worked examples of what is told about a job beside the job itself."""

from typing import Final

from docurift.api.jobs.attempts import AttemptOut, AttemptsOut
from docurift.api.jobs.explain import ExplanationOut, NextOut, ReasonOut
from docurift.api.reference.examples import JOB_ID
from docurift.model.explanation import Action, NextCode, ReasonCode
from docurift.model.job import JobStatus
from docurift.storage.attempts import Outcome

ATTEMPTS: Final = AttemptsOut(
    job_id=JOB_ID,
    attempts=(
        AttemptOut(
            number=1,
            worker="worker-5f0c2a9d",
            started_at="2026-01-31T11:59:20.000Z",
            ended_at="2026-01-31T12:00:00.040Z",
            outcome=Outcome.WORKER_LOST,
            last_page=None,
            peak_memory_bytes=None,
            cpu_seconds=None,
        ),
        AttemptOut(
            number=2,
            worker="worker-81be47d3",
            started_at="2026-01-31T12:00:00.040Z",
            ended_at="2026-01-31T12:00:00.310Z",
            outcome=Outcome.COMPLETED,
            last_page=2,
            peak_memory_bytes=96_468_992,
            cpu_seconds=0.19,
        ),
    ),
)
EXPLANATION: Final = ExplanationOut(
    job_id=JOB_ID,
    status=JobStatus.PENDING,
    reasons=(
        ReasonOut(
            code=ReasonCode.NO_WORKER,
            message="No worker is running that could take the job. The operator has to start one.",
            details={},
        ),
        ReasonOut(
            code=ReasonCode.WAITS_IN_QUEUE,
            message="The job waits for a free worker; jobs ahead of it: 2.",
            details={"position": 3, "waitedSeconds": 61.204},
        ),
    ),
    next=NextOut(
        code=NextCode.IS_TAKEN,
        message="A worker takes it as soon as those ahead of it leave one free.",
        at=None,
        fails_at="2026-02-07T12:00:00.000Z",
    ),
    actions=(Action.WAIT, Action.CANCEL, Action.ASK_OPERATOR),
)
