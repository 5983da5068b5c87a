"""Four states, three steps, nothing else."""

from datetime import UTC, datetime
from itertools import pairwise, product

import pytest

from docurift.model.failure import Stage
from docurift.model.ids import DocumentId, JobId, OrganizationId
from docurift.model.job import IllegalTransitionError, Job, JobOptions, JobStatus

PENDING, PROCESSING, COMPLETED, FAILED = JobStatus
ALLOWED = {
    (PENDING, PROCESSING),
    (PENDING, FAILED),
    (PROCESSING, PROCESSING),
    (PROCESSING, COMPLETED),
    (PROCESSING, FAILED),
}


def a_job(status: JobStatus) -> Job:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return Job(
        id=JobId("job_1"),
        organization_id=OrganizationId("org_1"),
        document_id=DocumentId("doc_1"),
        status=status,
        stage=Stage.QUEUED,
        progress=0,
        attempt=0,
        tries=0,
        options=JobOptions(),
        file_name="a.pdf",
        created_at=now,
        updated_at=now,
    )


@pytest.mark.parametrize(("old", "new"), sorted(ALLOWED))
def test_a_job_takes_the_steps_of_the_table(old: JobStatus, new: JobStatus) -> None:
    assert a_job(old).to(new).status is new


@pytest.mark.parametrize(("old", "new"), sorted(set(product(JobStatus, repeat=2)) - ALLOWED))
def test_any_other_step_raises(old: JobStatus, new: JobStatus) -> None:
    with pytest.raises(IllegalTransitionError, match="job_1"):
        a_job(old).to(new)


def test_nothing_follows_a_final_state() -> None:
    assert [status for status in JobStatus if status.is_final] == [COMPLETED, FAILED]


def test_a_job_walks_from_pending_to_completed() -> None:
    path = [PENDING, PROCESSING, PROCESSING, COMPLETED]

    assert all(a_job(old).to(new).status is new for old, new in pairwise(path))
