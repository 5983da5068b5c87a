"""F17: the object store fails, is busy, slow or silent, hangs up, or breaks off in the middle of a read."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from tests.reliability.deployment import Deployment, deployed, until
from tests.reliability.faults import processes
from tests.reliability.faults.objects import ObjectProxy, Trouble, an_object_proxy
from tests.support.object_store import an_object_store, blobs_in, s3_client

REQUESTS = 5  # the first one, and as many again as blob_objects.py repeats it
TEXT = "words that are read " * 50


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the blobs are, and the way of the service to it."""

    endpoint: str
    name: str
    proxy: ObjectProxy

    def blobs(self) -> dict[tuple[str, str], str]:
        return blobs_in(self.endpoint, self.name)


@pytest.fixture(scope="module")
def store() -> Iterator[str]:
    with an_object_store() as endpoint:
        yield endpoint


@pytest.fixture
def bucket(store: str) -> Iterator[Bucket]:
    name = f"b{uuid4().hex}"
    s3_client(store).create_bucket(Bucket=name)
    with an_object_proxy(store) as proxy:
        yield Bucket(store, name, proxy)


@pytest.fixture
def deployment(database_dsn: str, folder: Path, bucket: Bucket) -> Iterator[Deployment]:
    settings = {
        "DOCURIFT_BLOBS": f"s3://{bucket.name}/some/prefix",
        "DOCURIFT_DATABASE_TIMEOUT_SECONDS": "20",
        "DOCURIFT_LEASE_SECONDS": "60",
        "AWS_ENDPOINT_URL": bucket.proxy.endpoint,
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
    }
    with deployed(database_dsn, folder, settings=settings) as made:
        yield made


@pytest.mark.parametrize(
    "trouble",
    [
        Trouble.IS_BUSY,
        Trouble.IS_SILENT,
        pytest.param(Trouble.FAILS, marks=pytest.mark.slow),
        pytest.param(Trouble.HANGS_UP, marks=pytest.mark.slow),
    ],
    ids=lambda one: one.name,
)
def test_a_store_that_is_away_refuses_uploads_and_puts_jobs_off(
    deployment: Deployment, bucket: Bucket, sql: psycopg.Connection, trouble: Trouble
) -> None:
    patience = {"blobs_timeout_seconds": "1.5"} if trouble is Trouble.IS_SILENT else {}
    deployment.api(**patience)
    tenant = deployment.tenant()
    early = tenant.accepted(TEXT, key="early")

    with bucket.proxy.troubled(trouble):
        call = tenant.submit(f"other {TEXT}", key="late")
        asked = bucket.proxy.asked["PUT"]
        health, ready, seen = deployment.answers("/healthz"), deployment.answers("/readyz"), tenant.job(early)
        deployment.worker(**patience)
        put_off(sql, early)

    assert (call.status, call.code, call.retry_after) == (503, "SERVICE_UNAVAILABLE", True)
    assert 1 <= asked <= REQUESTS
    assert (health, ready, seen.status) == (200, 503, 200)
    assert sql.execute("select tries, status from jobs").fetchall() == [(0, "processing")]
    late = tenant.accepted(f"other {TEXT}", key="late")
    assert 500 not in {call.status for call in deployment.history.calls}
    heal(sql, early)
    assert {tenant.final(job_id)["status"] for job_id in (early, late)} == {"completed"}
    assert deployment.violations(blobs=bucket.blobs) == []


def test_a_read_that_breaks_off_is_no_document(deployment: Deployment, bucket: Bucket, sql: psycopg.Connection) -> None:
    """Neither a worker nor a client takes half a blob for one."""
    deployment.service()
    tenant = deployment.tenant()
    done = tenant.accepted(f"done {TEXT}", key="done")
    document = f"/v1/documents/{document_of(sql, done)}/file"
    assert tenant.final(done)["status"] == "completed"

    with bucket.proxy.troubled(Trouble.BREAKS_OFF):
        result, file = tenant.result(done), tenant.call("GET", document)
        early = tenant.accepted(TEXT, key="early")
        put_off(sql, early)

    assert [(call.status, call.retry_after) for call in (result, file)] == [(503, True)] * 2
    heal(sql, early)
    assert tenant.final(early)["status"] == "completed"
    assert tenant.result(done).status == 200
    assert deployment.violations(blobs=bucket.blobs) == []


@pytest.mark.slow
def test_a_slow_store_is_waited_for(deployment: Deployment, bucket: Bucket) -> None:
    deployment.service()
    tenant = deployment.tenant()

    with bucket.proxy.troubled(Trouble.IS_SLOW):
        jobs = [tenant.submit(f"{number} {TEXT}", key=f"k{number}").job_id for number in range(3)]
        ends = [tenant.final(job_id or "") for job_id in jobs]

    assert [(job["status"], job["attempt"]) for job in ends] == [("completed", 1)] * 3
    assert deployment.violations(blobs=bucket.blobs) == []


@pytest.mark.slow
def test_a_store_that_goes_away_while_a_document_is_read_costs_that_document_nothing(
    deployment: Deployment, bucket: Bucket, sql: psycopg.Connection
) -> None:
    deployment.service()
    tenant = deployment.tenant()
    job_id = tenant.accepted("PLANT slow 8 0.1", key="k")
    until(lambda: tenant.job(job_id).shown["pagesProcessed"] > 0)

    with bucket.proxy.troubled(Trouble.IS_BUSY):
        put_off(sql, job_id)

    heal(sql, job_id)
    assert tenant.final(job_id)["attempt"] == 2
    assert sql.execute("select tries from jobs").fetchall() == [(1,)]
    assert deployment.violations(blobs=bucket.blobs) == []


def put_off(sql: psycopg.Connection, job_id: str) -> None:
    """Wait until a worker has given the job up for the moment."""
    query = "select from jobs where id = %s and attempt > 0 and worker is null"
    until(lambda: sql.execute(query, (job_id,)).rowcount == 1)


def heal(sql: psycopg.Connection, job_id: str) -> None:
    """The pause of a job that was put off is over."""
    processes.end_lease(sql, job_id)


def document_of(sql: psycopg.Connection, job_id: str) -> str:
    row = sql.execute("select document_id from jobs where id = %s", (job_id,)).fetchone()
    assert row is not None
    return row[0]
