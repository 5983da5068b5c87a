"""The database restarts, or holds a lock that the service waits for."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg


def postmaster_of(data_dir: Path) -> int:
    """The server of an embedded cluster."""
    return int((data_dir / "postgres" / "postmaster.pid").read_text().splitlines()[0])


def crash(postmaster: int) -> None:
    """As a power cut: the server's parent is gone at once, its pid file stays."""
    os.kill(postmaster, signal.SIGKILL)


def restart_immediately(postmaster: int) -> None:
    """As `pg_ctl stop -m immediate`: every connection ends, recovery follows at the next start."""
    os.kill(postmaster, signal.SIGQUIT)


def restart_fast(postmaster: int) -> None:
    """As `pg_ctl stop -m fast`: transactions are rolled back, then it ends in order."""
    os.kill(postmaster, signal.SIGINT)


@contextmanager
def locked(dsn: str, statement: str, *values: object) -> Iterator[psycopg.Connection]:
    """A transaction of somebody else holds the locks of `statement`; rolled back at the end."""
    with psycopg.connect(dsn) as connection:
        connection.execute(statement.encode(), values)
        yield connection
        connection.rollback()


def somebody_waits(connection: psycopg.Connection) -> bool:
    """Whether a lock is asked for that another one holds."""
    row = connection.execute("select exists (select from pg_locks where not granted)").fetchone()
    return row is not None and row[0]


def waits_to(connection: psycopg.Connection, change: str) -> bool:
    """Whether a statement that says `change` waits for a lock."""
    query = "select exists (select from pg_stat_activity where wait_event_type = 'Lock' and strpos(query, %s) > 0)"
    row = connection.execute(query, (change,)).fetchone()
    return row is not None and row[0]
