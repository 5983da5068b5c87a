"""F24: the release before and this one on one database, while the one is replaced by the other."""

import asyncio
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from tests.reliability.deployment import QUICK, Deployment, deployed, until
from tests.reliability.earlier_release import NoHistoryError, Release, export
from tests.reliability.evidence import are_final
from tests.reliability.faults import processes
from tests.reliability.history import Recorded
from tests.support.postgres import Postgres

from docurift.storage.migrate import migrate

DRAIN = {"drain_seconds": "2.5"}


@pytest.fixture
def earlier(folder: Path) -> Release:
    try:
        return export(folder.parent / "earlier")
    except NoHistoryError as error:
        pytest.skip(f"no earlier release: {error}")


@pytest.fixture
def dsn(postgres: Postgres, earlier: Release, folder: Path) -> Iterator[str]:
    """A database that the earlier release has made."""
    name = postgres.create()
    earlier.migrate(postgres.dsn(name), folder)
    yield postgres.dsn(name)
    postgres.drop(name)


def test_the_earlier_release_is_run_and_not_this_one(earlier: Release) -> None:
    command = [str(earlier.python), "-I", "-c", "import docurift, psycopg; print(docurift.__file__)"]
    said = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    assert Path(said.stdout.strip()).is_relative_to(earlier.folder)


def at(deployment: Deployment, tenant: Recorded) -> Recorded:
    """The same client, at the API of another deployment."""
    return replace(tenant, client=replace(tenant.client, base_url=deployment.base_url))


@pytest.mark.slow  # six processes start
@pytest.mark.timeout(300)
def test_a_release_is_replaced_by_the_next_one_without_a_stop(dsn: str, folder: Path, earlier: Release) -> None:
    """The way of docs/how-to/postgresql-and-s3.md: `pre`, replace the processes one by one, `post`."""
    settings = earlier.understood(QUICK)
    with (
        deployed(dsn, folder, python=earlier.python, settings=settings) as old,
        deployed(dsn, folder) as new,
        psycopg.connect(dsn, autocommit=True) as sql,
    ):
        new.history = old.history
        old_api, old_worker = old.service(**DRAIN)
        there = old.tenant()
        here = at(new, there)
        jobs = [there.accepted("of the old, for the old", key="before")]
        there.final(jobs[0])

        asyncio.run(migrate(dsn, phase="pre"))
        new.api()
        jobs.append(here.accepted("of the new, for the old", key="mixed"))
        assert there.accepted("of the new, for the old", key="mixed") == jobs[-1]
        assert here.final(jobs[-1])["status"] == "completed"

        handed_over = there.accepted("PLANT slow 60 0.1", key="long")
        processes.taken(sql, handed_over, attempt=1)
        old_worker.send(signal.SIGTERM)
        assert old_worker.ended() == 0
        new.worker()
        # Its text is not asked for: what a planted page says may differ between the engines of the two.
        until(lambda: are_final(dsn, [handed_over]))
        assert processes.attempt_of(sql, handed_over) == 2
        jobs.append(there.accepted("of the old, for the new", key="after"))
        assert there.final(jobs[-1])["status"] == "completed"

        old_api.send(signal.SIGTERM)
        assert old_api.ended() == 0
        old.service(**DRAIN)  # rolled back, or restarted by a supervisor that does not know better
        jobs += [one.accepted(f"words {number}", key=f"both-{number}") for number, one in enumerate([there, here] * 3)]
        assert [here.final(job_id)["status"] for job_id in jobs] == ["completed"] * len(jobs)

        for part in old.parts:
            part.kill()
        asyncio.run(migrate(dsn))
        assert here.final(here.accepted("of the new alone", key="alone"))["status"] == "completed"
        assert new.violations() == []
