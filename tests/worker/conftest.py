"""A sandbox with the planted engine, shared by a module's tests as a worker shares its own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from docurift.worker.child import Sandbox

PLANTED_ENGINE = Path(__file__).parents[1] / "support" / "planted_engine.py"


@pytest_asyncio.fixture
async def sandbox() -> AsyncIterator[Sandbox]:
    one = Sandbox(PLANTED_ENGINE)
    yield one
    await one.close()
