"""F8, F10, F11, F12: the way to the database is cut, stalled, or loses a COMMIT; on a Unix socket and over TCP."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.reliability.deployment import Deployment, until
from tests.reliability.faults import processes
from tests.reliability.faults.network import Lose, Proxy, a_proxy


@pytest.fixture(params=["unix", "tcp"])
def proxy(request: pytest.FixtureRequest, database_dsn: str, folder: Path) -> Iterator[Proxy]:
    socket_folder = folder.parent / "way"
    socket_folder.mkdir()
    with a_proxy(database_dsn, socket_folder if request.param == "unix" else None) as made:
        yield made


def test_a_worker_without_the_database_stops_and_another_goes_on(
    deployment: Deployment, proxy: Proxy, sql: psycopg.Connection
) -> None:
    """F8: it stops its children at the lease's end by its own clock; what it sent arrives late and changes nothing."""
    deployment.api()
    tenant, first = deployment.tenant(), deployment.worker(dsn=proxy.dsn)
    job_id = tenant.accepted("PLANT slow 40 0.1", key="k")
    until(lambda: not processes.children_are_gone(first))

    with proxy.silent():
        until(lambda: processes.children_are_gone(first))
        deployment.worker()
        processes.taken(sql, job_id, attempt=2)

    tenant.final(job_id)
    assert deployment.violations() == []


@pytest.mark.parametrize("what", Lose)
def test_a_commit_that_is_lost_makes_one_job(deployment: Deployment, proxy: Proxy, what: Lose) -> None:
    """F10, F11."""
    deployment.api(dsn=proxy.dsn)
    tenant = deployment.tenant()

    proxy.lose(what)
    call = tenant.submit("some words", key="k")

    assert proxy.lost.is_set()
    assert call.status == 503
    assert call.retry_after
    job_id = tenant.accepted("some words", key="k")
    deployment.worker()
    assert tenant.final(job_id)["status"] == "completed"
    assert deployment.violations() == []


@pytest.mark.parametrize("what", Lose)
def test_a_completion_whose_commit_is_lost_counts_once(
    deployment: Deployment, proxy: Proxy, sql: psycopg.Connection, what: Lose
) -> None:
    """F10, F11, of the worker."""
    deployment.api()
    tenant, _ = deployment.tenant(), deployment.worker(dsn=proxy.dsn)
    job_id = tenant.accepted("PLANT slow 2 0.2", key="k")
    processes.taken(sql, job_id, attempt=1)

    proxy.lose(what)

    assert tenant.final(job_id)["status"] == "completed"
    assert proxy.lost.is_set()
    assert deployment.violations() == []


def test_a_silent_database_is_answered_503_in_time(deployment: Deployment, proxy: Proxy) -> None:
    """F12. `/healthz` tells of the process alone."""
    deployment.api(dsn=proxy.dsn)
    tenant = deployment.tenant()
    tenant.accepted("first words", key="first")

    with proxy.silent():
        call = tenant.submit("some words", key="k")
        health, ready = deployment.answers("/healthz"), deployment.answers("/readyz")

    assert (call.status, call.retry_after, health, ready) == (503, True, 200, 503)
    until(deployment.is_ready)
    tenant.accepted("some words", key="k")
    deployment.worker()
    assert deployment.violations() == []


@pytest.mark.slow  # an entry that was picked and not taken waits for 30 s (queue.py, _STALE_ENTRY)
def test_connections_that_end_all_at_once_are_made_anew(deployment: Deployment, proxy: Proxy) -> None:
    """F9, seen from a service whose server came back before anybody asked."""
    deployment.api(dsn=proxy.dsn)
    tenant, _ = deployment.tenant(), deployment.worker(dsn=proxy.dsn)
    jobs = []

    for number in range(6):
        jobs.append(tenant.accepted(f"words {number}", key=f"k{number}"))
        proxy.cut()

    assert {tenant.final(job_id)["status"] for job_id in jobs} == {"completed"}
    assert deployment.violations() == []
