"""The core faults once more, on a PostgreSQL that is not ours to start: over TCP, with passwords, the system's version.

The tests are those of the other files; only the server is another one.
"""

import asyncio
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.reliability.deployment import Deployment, until
from tests.reliability.faults.network import Proxy, a_proxy
from tests.reliability.test_network import (  # noqa: F401 -- collected here again
    test_a_commit_that_is_lost_makes_one_job,
    test_a_completion_whose_commit_is_lost_counts_once,
)
from tests.reliability.test_processes import (  # noqa: F401 -- collected here again
    test_a_frozen_worker_changes_nothing_when_it_goes_on,
    test_a_worker_that_is_killed_in_mid_parse_takes_its_children_along,
)
from tests.support.external_postgres import ExternalPostgres, an_external_postgres
from tests.support.postgres import Postgres

from docurift.storage.migrate import migrate

WAYS: dict[str, Callable[[ExternalPostgres], None]] = {
    "killed": ExternalPostgres.kill,
    "stopped at once": lambda server: server.stop("immediate"),
    "stopped in order": lambda server: server.stop("fast"),
}


@pytest.fixture(scope="module")
def server() -> Iterator[ExternalPostgres]:
    with an_external_postgres() as running:
        yield running


@pytest.fixture(scope="module")
def postgres(server: ExternalPostgres) -> Postgres:
    return server.databases


@pytest.fixture
def database_dsn(postgres: Postgres) -> Iterator[str]:
    name = postgres.create()
    asyncio.run(migrate(postgres.dsn(name)))
    yield postgres.dsn(name)
    postgres.drop(name)


@pytest.fixture
def proxy(database_dsn: str) -> Iterator[Proxy]:
    with a_proxy(database_dsn, None) as made:
        yield made


@pytest.mark.parametrize("way", [*WAYS])
def test_an_external_database_that_is_away_under_load_loses_nothing(
    deployment: Deployment, server: ExternalPostgres, way: str
) -> None:
    """F9."""
    deployment.service()
    tenant, stop, jobs = deployment.tenant(), threading.Event(), list[str]()

    def submit() -> None:
        while not stop.is_set():
            jobs.append(tenant.accepted(f"words {len(jobs)}", key=f"k{len(jobs)}"))

    submitting = threading.Thread(target=submit)
    submitting.start()
    until(lambda: len(jobs) >= 3)
    WAYS[way](server)
    away = [deployment.answers(path) for path in ("/healthz", "/readyz")]
    server.start()
    count = len(jobs)
    until(lambda: len(jobs) >= count + 5)
    stop.set()
    submitting.join()

    assert away == [200, 503]
    assert {call.status for call in deployment.history.calls} <= {202, 503}
    assert {tenant.final(job_id)["status"] for job_id in jobs} == {"completed"}
    assert deployment.violations() == []


def test_the_server_is_not_the_embedded_one(deployment: Deployment, server: ExternalPostgres, folder: Path) -> None:
    """What this file is for: a service that has only an address, and no cluster in its folder."""
    deployment.service()
    tenant = deployment.tenant()

    assert tenant.final(tenant.accepted("some words", key="k"))["status"] == "completed"
    assert "host=127.0.0.1" in deployment.dsn
    assert not (folder / "postgres").exists()
    assert str(server.binaries.major) in (server.cluster / "PG_VERSION").read_text()
    assert deployment.violations() == []
