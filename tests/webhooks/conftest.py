"""A database of the test's own; receivers are real servers on the loopback."""

from tests.support.postgres import connection, database, database_dsn, postgres, shared_dsn, template  # noqa: F401
from tests.support.submissions import store  # noqa: F401
