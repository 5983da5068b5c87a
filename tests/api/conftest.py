from tests.support.edge import client, edge, other  # noqa: F401
from tests.support.postgres import database, database_dsn, postgres, template  # noqa: F401
