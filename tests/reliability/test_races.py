"""F26 over HTTP: a user cancels or deletes as the worker finishes. Each order is forced, and one of the two wins."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256

import psycopg
from tests.reliability.deployment import Deployment, Part, until
from tests.reliability.faults import database, processes
from tests.reliability.faults.blobs import blob
from tests.reliability.history import Call, Recorded

# Nobody gives up while another stands still.
PATIENT = {"lease_seconds": "60", "renew_seconds": "30", "database_timeout_seconds": "30"}
WORDS = "some words"


@contextmanager
def at(deployment: Deployment, where: str) -> Iterator[tuple[Recorded, str, Part]]:
    """A job whose worker stands still at a failpoint, and goes on afterwards."""
    _, worker = deployment.service(failpoint=f"{where}:stop", **PATIENT)
    tenant = deployment.tenant()
    job_id = tenant.accepted(WORDS, key="k")
    until(lambda: processes.stands_still(worker))
    yield tenant, job_id, worker
    worker.send(signal.SIGCONT)


def asked(tenant: Recorded, sql: psycopg.Connection, method: str, path: str) -> tuple[threading.Thread, list[Call]]:
    """A call that waits for the worker's locks; its answer comes in the list."""
    answers = list[Call]()
    asking = threading.Thread(target=lambda: answers.append(tenant.call(method, path)))
    asking.start()
    until(lambda: database.somebody_waits(sql))
    return asking, answers


def document_of(sql: psycopg.Connection, job_id: str) -> str:
    row = sql.execute("select document_id from jobs where id = %s", (job_id,)).fetchone()
    assert row is not None
    return row[0]


def test_who_cancels_after_the_worker_has_finished_is_told_so(deployment: Deployment, sql: psycopg.Connection) -> None:
    """The rows are written and not committed when the call comes: it waits for what becomes of them."""
    with at(deployment, "work.commit") as (tenant, job_id, _):
        asking, answers = asked(tenant, sql, "POST", f"/v1/jobs/{job_id}/cancel")
    asking.join()

    assert [(call.status, call.code) for call in answers] == [(409, "JOB_ALREADY_FINAL")]
    assert tenant.final(job_id)["status"] == "completed"
    assert deployment.violations() == []


def test_a_job_that_is_cancelled_before_its_worker_has_finished_is_not_completed(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    """The result's bytes are stored. Its row is held until the worker has heard that it is to stop, and does."""
    with psycopg.connect(deployment.dsn) as holder:
        with at(deployment, "work.stored") as (tenant, job_id, _):
            call = tenant.call("POST", f"/v1/jobs/{job_id}/cancel")
            holder.execute("select from jobs where id = %s for update", (job_id,))
        until(lambda: database.waits_to(sql, "set status = 'completed'"))
        until(lambda: database.waits_to(sql, "set status = 'failed'"))
        holder.rollback()

    assert call.status == 200
    assert tenant.final(job_id)["code"] == "JOB_CANCELLED"
    again = tenant.call("POST", f"/v1/jobs/{job_id}/cancel")
    assert (again.status, again.code) == (409, "JOB_ALREADY_FINAL")
    assert deployment.violations() == []


def test_who_deletes_before_the_worker_has_finished_is_told_that_it_is_busy(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    with at(deployment, "work.stored") as (tenant, job_id, _):
        document = tenant.call("DELETE", f"/v1/documents/{document_of(sql, job_id)}")
        job = tenant.call("DELETE", f"/v1/jobs/{job_id}")

    assert (document.status, document.code) == (409, "DOCUMENT_BUSY")
    assert (job.status, job.code) == (409, "JOB_NOT_FINAL")
    assert tenant.final(job_id)["status"] == "completed"
    assert deployment.violations() == []


def test_what_is_deleted_after_the_worker_has_finished_is_gone(deployment: Deployment, sql: psycopg.Connection) -> None:
    with at(deployment, "work.commit") as (tenant, job_id, _):
        document_id = document_of(sql, job_id)
        asking, answers = asked(tenant, sql, "DELETE", f"/v1/documents/{document_id}")
    asking.join()

    assert [call.status for call in answers] == [200]
    assert tenant.job(job_id).shown is not None
    assert tenant.call("GET", f"/v1/documents/{document_id}").code == "DOCUMENT_DELETED"
    assert not blob(deployment.blobs, tenant.organization, sha256(WORDS.encode()).hexdigest()).exists()
    assert list(deployment.blobs.glob("org_*/*/*")) == []
    assert deployment.violations() == []
