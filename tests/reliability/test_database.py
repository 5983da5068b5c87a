"""F9 and F13: the database is killed under load, or somebody holds its locks."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from tests.reliability.checker import check
from tests.reliability.deployment import QUICK, Deployment, until
from tests.reliability.evidence import gather
from tests.reliability.faults import database
from tests.reliability.history import Call, History, Recorded
from tests.reliability.organizations import an_organization
from tests.support.client import Client
from tests.support.postgres import Postgres
from tests.support.service import running, start

COUNTER = "select from organizations where id = %s for update"


@pytest.mark.parametrize(
    "how",
    [
        database.crash,
        pytest.param(database.restart_immediately, marks=pytest.mark.slow),
        pytest.param(database.restart_fast, marks=pytest.mark.slow),
    ],
)
def test_an_embedded_database_that_ends_under_load_loses_nothing(folder: Path, how: Callable[[int], None]) -> None:
    """F9. A second service on the same folder refuses to start meanwhile."""
    history = History()
    with running(folder, QUICK) as service:
        dsn = f"host={folder / 'run'} port=5432 user=docurift dbname=docurift"
        organization, key = an_organization(dsn)
        tenant, stop, jobs = Recorded(Client(service.base_url, key), organization, history), threading.Event(), []

        def submit() -> None:
            while not stop.is_set():
                jobs.append(tenant.accepted(f"words {len(jobs)}", key=f"k{len(jobs)}"))

        submitting = threading.Thread(target=submit)
        submitting.start()
        until(lambda: len(jobs) >= 3)
        how(database.postmaster_of(folder))
        refused = start(folder, QUICK)
        count = len(jobs)
        until(lambda: len(jobs) >= count + 5)
        stop.set()
        submitting.join()

        assert refused.wait(60) != 0
        assert "another DocuRift service" in folder.with_suffix(".log").read_text()
        refused.communicate()
        assert {tenant.final(job_id)["status"] for job_id in jobs} == {"completed"}
        assert check(history, gather(dsn, folder / "blobs")) == []


def test_a_lock_that_is_held_is_waited_for_and_then_answered_503(deployment: Deployment) -> None:
    """F13: as many callers as wait, more than there are connections; none is answered 500."""
    deployment.service(database_pool="2", database_timeout_seconds="1")
    tenant = deployment.tenant()

    with (
        database.locked(deployment.dsn, COUNTER, tenant.organization),
        ThreadPoolExecutor(8) as callers,
    ):
        calls = list(callers.map(lambda number: tenant.submit("some words", key=f"k{number}"), range(8)))

    assert {(call.status, call.retry_after) for call in calls} == {(503, True)}
    jobs = [tenant.accepted("some words", key=f"k{number}") for number in range(8)]
    assert {tenant.final(job_id)["status"] for job_id in jobs} == {"completed"}
    assert deployment.violations() == []


def test_a_deadlock_is_answered_503_and_makes_one_job_when_repeated(deployment: Deployment, postgres: Postgres) -> None:
    """F13: the service waits for our counter, we wait for its key; the database chooses the service."""
    deployment.service(database_timeout_seconds="10")
    tenant, answered = deployment.tenant(), list[Call]()
    name = psycopg.conninfo.conninfo_to_dict(deployment.dsn)["dbname"]
    admin = psycopg.conninfo.make_conninfo(postgres.admin_dsn, dbname=name)
    asking = threading.Thread(target=lambda: answered.append(tenant.submit("some words", key="k")))

    with psycopg.connect(admin) as holder, psycopg.connect(admin, autocommit=True) as onlooker:
        holder.execute("set deadlock_timeout = '60s'")
        holder.execute(COUNTER, (tenant.organization,))
        asking.start()
        until(lambda: database.somebody_waits(onlooker))
        holder.execute(
            "insert into idempotency_keys (organization_id, key, fingerprint, job_id) values (%s, 'k', '', %s)"
            " on conflict do nothing",
            (tenant.organization, f"job_{'0' * 26}"),
        )
        asking.join()
        holder.rollback()

    assert [(call.status, call.retry_after) for call in answered] == [(503, True)]
    tenant.final(tenant.accepted("some words", key="k"))
    assert deployment.violations() == []
