"""A database, a folder and a deployment of a test's own."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.reliability.deployment import Deployment, deployed
from tests.support.postgres import database_dsn, postgres, template  # noqa: F401
from tests.support.service import a_data_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_data_folder() as made:
        yield made


@pytest.fixture
def deployment(database_dsn: str, folder: Path) -> Iterator[Deployment]:  # noqa: F811 -- a fixture
    with deployed(database_dsn, folder) as made:
        yield made


@pytest.fixture
def sql(database_dsn: str) -> Iterator[psycopg.Connection]:  # noqa: F811 -- a fixture
    """A connection of the test's, each statement for itself."""
    with psycopg.connect(database_dsn, autocommit=True) as connection:
        yield connection
