import pytest
import structlog
from tests.support.edge import client, edge, other  # noqa: F401
from tests.support.postgres import database, database_dsn, postgres, template  # noqa: F401


@pytest.fixture(autouse=True, scope="session")
def plain_logs() -> None:
    """As the service writes them: the console's pretty tracebacks take seconds each."""
    structlog.configure(processors=[structlog.processors.format_exc_info, structlog.processors.JSONRenderer()])
