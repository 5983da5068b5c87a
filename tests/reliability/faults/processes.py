"""Processes that die, stand still, or are told to go."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from tests.reliability.deployment import Part, until
from tests.support.chaos import descendants


@contextmanager
def frozen(part: Part) -> Iterator[None]:
    """It stands still, but for its children."""
    part.send(signal.SIGSTOP)
    try:
        yield
    finally:
        part.send(signal.SIGCONT)


def stands_still(part: Part) -> bool:
    """Whether it was stopped, all of its threads with it."""
    return Path(f"/proc/{part.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"


def children_are_gone(part: Part) -> bool:
    """Whether no document is open below the worker: its zygote has no fork."""
    return not any(descendants(zygote) for zygote in children_of(part.pid))


def children_of(pid: int) -> list[int]:
    below = descendants(pid)
    return [one for one in below if parent_of(one) == pid]


def parent_of(pid: int) -> int | None:
    try:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123 -- no file of a file system
            return int(file.read().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return None


def taken(sql: psycopg.Connection, job_id: str, *, attempt: int) -> None:
    """Wait until the job is in its `attempt`."""
    until(lambda: attempt_of(sql, job_id) >= attempt)


def attempt_of(sql: psycopg.Connection, job_id: str) -> int:
    return _one(sql, "select attempt from jobs where id = %s", job_id)


def worker_of(sql: psycopg.Connection, job_id: str) -> int:
    """The process that took the job last."""
    query = "select substring(worker from '[0-9]+$')::int from attempts where job_id = %s order by number desc limit 1"
    return _one(sql, query, job_id)


def end_lease(sql: psycopg.Connection, job_id: str) -> None:
    """The job may be taken by another, though its holder lives and works on."""
    sql.execute("update jobs set lease_until = clock_timestamp() where id = %s and status = 'processing'", (job_id,))


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def _one(sql: psycopg.Connection, query: str, *values: object) -> int:
    row = sql.execute(query.encode(), values).fetchone()
    assert row is not None
    return row[0]
