"""A sandbox with the planted engine, and a worker around it on a database of the test's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.egress import a_guard
from tests.support.postgres import connection, database, database_dsn, postgres, shared_dsn, template  # noqa: F401
from tests.support.sandboxes import Reader
from tests.support.submissions import SECRETS, Store, store  # noqa: F401

from docurift.model.work import Limits
from docurift.worker.child import Sandbox
from docurift.worker.fetching import Fetcher, FetchTerms
from docurift.worker.leases import LeaseKeeper
from docurift.worker.runner import JobRunner, Terms

PLANTED_ENGINE = Path(__file__).parents[1] / "support" / "planted_engine.py"
LEASE_SECONDS = 1.5
FETCH_SECONDS = 20.0


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    one = Sandbox(PLANTED_ENGINE)
    yield one
    await one.close()


@pytest.fixture
def limits() -> Limits:
    return Limits(base_seconds=20)


@pytest_asyncio.fixture
async def runner(store: Store, sandbox: Sandbox, limits: Limits) -> AsyncIterator[JobRunner]:  # noqa: F811 - the fixture
    keeper = LeaseKeeper(store.db.dsn, lease_seconds=LEASE_SECONDS, renew_seconds=0.2)
    keeper.start()
    terms = Terms(
        worker="test", lease_seconds=LEASE_SECONDS, max_tries=3, most_deaths=9, limits=limits, engine_version="test"
    )
    fetcher = Fetcher(
        db=store.db,
        blobs=store.blobs,
        secrets=SECRETS,
        guard=a_guard(),
        terms=FetchTerms(max_bytes=100_000, seconds=FETCH_SECONDS),
    )
    yield JobRunner(
        db=store.db,
        blobs=store.blobs,
        secrets=SECRETS,
        fetcher=fetcher,
        sandbox=sandbox,
        ocr=Reader(),
        keeper=keeper,
        terms=terms,
    )
    keeper.stop()
