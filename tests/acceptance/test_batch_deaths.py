"""A batch outlives everything: API, workers and database are killed at once in its middle."""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
from tests.support.client import Client, client_of
from tests.support.service import Running, running, start, until_ready
from tests.support.waiting import until

ITEMS = 30
DEADLINE_SECONDS = 60
SETTINGS = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_TEST_ENGINE": str(Path(__file__).parents[1] / "support" / "planted_engine.py"),
    "DOCURIFT_LEASE_SECONDS": "2",
    "DOCURIFT_RENEW_SECONDS": "0.5",
    "DOCURIFT_RESCUE_SECONDS": "0.5",
    "DOCURIFT_SLOTS": "4",
}


def a_form(documents: list[bytes]) -> tuple[bytes, str]:
    """Body and content type of a form with these files."""
    head = '--line\r\nContent-Disposition: form-data; name="file"; filename="{}.txt"\r\n\r\n'
    parts = [head.format(number).encode() + document + b"\r\n" for number, document in enumerate(documents)]
    return b"".join(parts) + b"--line--\r\n", "multipart/form-data; boundary=line"


def batch_of(client: Client, batch_id: str, *, wait: int = 0) -> dict[str, Any]:
    return client.call("GET", f"/v1/batches/{batch_id}?wait={wait}").data


def until_half_done(client: Client, batch_id: str) -> None:
    def half_done() -> bool:
        counts = batch_of(client, batch_id)["counts"]
        return counts["completed"] >= ITEMS // 4 and counts["processing"] > 0

    until(half_done)


def below(pid: int) -> Iterator[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return
    for child in map(int, children):
        yield child
        yield from below(child)


def kill_all(service: Running) -> None:
    """The service, all its processes, and the database with its own."""
    [lock] = service.data_dir.rglob("postmaster.pid")
    postmaster = int(lock.read_text().splitlines()[0])
    own = {service.process.pid, *below(service.process.pid), postmaster, *below(postmaster)}
    for number in (signal.SIGSTOP, signal.SIGKILL):  # stopped first: none sees another's end, and mends it
        for pid in own:
            with suppress(ProcessLookupError):  # a connection's process ends with the connection
                os.kill(pid, number)
    service.process.communicate(timeout=DEADLINE_SECONDS)
    until(lambda: not any(alive(pid) for pid in own))


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def rows_of(service: Running, query: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn_of(service), autocommit=True) as connection:
        return connection.execute(query.encode(), values).fetchall()


def dsn_of(service: Running) -> str:
    """Its database, as its API is told."""
    [api] = [
        pid for pid in below(service.process.pid) if b"docurift.serve" in command(pid) and b"\0api\0" in command(pid)
    ]
    environment = Path(f"/proc/{api}/environ").read_text().split("\0")
    return next(line for line in environment if line.startswith("DOCURIFT_DATABASE_URL=")).partition("=")[2]


def command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def test_a_batch_completes_once_after_everything_was_killed_in_its_middle(folder: Path) -> None:
    killed = until_ready(start(folder, SETTINGS), folder)
    client = client_of(killed.base_url, folder)
    body, kind = a_form([b"PLANT slow 2 0.1 %d" % number for number in range(ITEMS)])
    batch_id = client.call("POST", "/v1/batches", body=body, Content_Type=kind).data["id"]
    until_half_done(client, batch_id)

    kill_all(killed)

    with running(folder, SETTINGS) as service:
        client = client_of(service.base_url, folder)
        deadline = time.monotonic() + DEADLINE_SECONDS
        while (batch := batch_of(client, batch_id, wait=20))["status"] != "completed":
            assert time.monotonic() < deadline, batch
        assert batch["counts"] == {"pending": 0, "processing": 0, "completed": ITEMS, "failed": 0, "total": ITEMS}
        endings = rows_of(
            service,
            "select count(*), count(distinct job_id) from events where type = 'document.processing.completed'",
        )
        told = rows_of(service, "select count(*) from events where type = 'batch.completed'")
        [(first, last, events)] = rows_of(service, "select min(sequence), max(sequence), count(*) from events")
    assert endings == [(ITEMS, ITEMS)]
    assert told == [(1,)]
    assert last - first + 1 == events
