"""What a served worker does by the clock: jobs that waited for too long, and bytes that a crash left (F2)."""

import os
import time
from hashlib import sha256

from tests.reliability.deployment import Deployment, until
from tests.reliability.faults.blobs import blob
from tests.reliability.history import Recorded

GRACE_SECONDS = 60
RESTING = {"least_free_bytes": str(10**18)}  # it keeps house, and has no room to take anything


def test_a_job_that_nobody_takes_expires_and_can_be_run_again(deployment: Deployment) -> None:
    resting = (deployment.api(), deployment.worker(max_wait_seconds="1", **RESTING))[1]
    tenant = deployment.tenant()

    job_id = tenant.accepted("some words", key="k")

    job = tenant.final(job_id)
    assert (job["status"], job["code"], job["attempt"]) == ("failed", "JOB_EXPIRED", 0)
    resting.kill()
    deployment.worker()
    again = tenant.call("POST", f"/v1/jobs/{job_id}/retry")
    assert again.job_id is not None
    assert tenant.final(again.job_id)["status"] == "completed"
    assert deployment.violations() == []


def test_bytes_that_a_crash_left_are_removed_when_they_are_old(deployment: Deployment) -> None:
    tenant = deployment.tenant()
    old, young = (left_by_a_crash(deployment, tenant, words) for words in ("old words", "young words"))
    deployment.api()
    needed = tenant.accepted("needed words", key="needed")
    then = time.time() - 2 * GRACE_SECONDS
    for sha in (old, hash_of("needed words")):
        os.utime(blob(deployment.blobs, tenant.organization, sha), (then, then))

    worker = deployment.worker(orphan_grace_seconds=str(GRACE_SECONDS))

    until(lambda: b'"orphans.removed"' in worker.log.read_bytes())
    assert not blob(deployment.blobs, tenant.organization, old).exists()
    assert blob(deployment.blobs, tenant.organization, young).exists()
    assert tenant.final(needed)["status"] == "completed"
    assert tenant.final(tenant.accepted("old words", key="old words"))["status"] == "completed"
    assert deployment.violations() == []


def left_by_a_crash(deployment: Deployment, tenant: Recorded, words: str) -> str:
    """The hash of bytes that are stored and that no row names, for the API was killed in between."""
    dying = deployment.api(failpoint="submit.stored:kill")
    assert tenant.submit(words, key=words).status is None
    dying.ended()
    assert blob(deployment.blobs, tenant.organization, hash_of(words)).exists()
    return hash_of(words)


def hash_of(words: str) -> str:
    return sha256(words.encode()).hexdigest()
