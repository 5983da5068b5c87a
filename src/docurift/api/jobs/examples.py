"""Worked examples of what is told about a job beside the job itself."""

from typing import Final

from docurift.api.jobs.attempts import AttemptOut, AttemptsOut
from docurift.api.reference.examples import JOB_ID
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
