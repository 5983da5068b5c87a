"""A test of the tests: the service without its fence is run under a fault, and the checker finds it out."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.reliability.deployment import Deployment, deployed, until
from tests.reliability.test_processes import doubly_held

import docurift

FENCE = " and attempt = %(attempt)s"
FENCED = ("complete", "fail", "progress", "release")


@pytest.fixture
def mutant(database_dsn: str, folder: Path) -> Iterator[Deployment]:
    """A copy of the package whose last writes name no attempt."""
    code = folder.parent / "mutant"
    shutil.copytree(Path(docurift.__file__).parent, code / "docurift")
    for name in FENCED:
        file = code / "docurift/storage/sql/jobs" / f"{name}.sql"
        text = file.read_text()
        file.write_text(text.replace(FENCE, "").replace("(attempt = %(attempt)s and worker", "(worker"))
        assert file.read_text() != text, name
    with deployed(database_dsn, folder, code=code) as made:
        yield made


def test_a_service_without_its_fence_is_found_out(mutant: Deployment, sql: psycopg.Connection) -> None:
    """F20 as in test_processes, where the same fault breaks nothing."""
    job_id = doubly_held(mutant, sql)

    until(lambda: ended(sql, job_id))

    assert "I6" in {violation.promise for violation in mutant.violations()}


def ended(sql: psycopg.Connection, job_id: str) -> bool:
    row = sql.execute("select status = 'completed' from jobs where id = %s", (job_id,)).fetchone()
    return row is not None and row[0]
