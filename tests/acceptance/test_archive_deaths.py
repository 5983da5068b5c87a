"""An archive outlives everything: its files are jobs once, though all was killed while it was unpacked."""

import os
import time
from pathlib import Path

from tests.acceptance.test_batch_deaths import (
    DEADLINE_SECONDS,
    SETTINGS,
    batch_of,
    kill_all,
    rows_of,
)
from tests.support.archives import MIB, a_zip
from tests.support.client import Client, client_of
from tests.support.service import Running, running, start, until_ready
from tests.support.waiting import until

FILES = 40
PADDING = 2 * MIB


def an_archive() -> bytes:
    """Slow enough to unpack that somebody may come in between: what is random is not packed smaller."""
    files = {
        f"{number:02}.txt": b"PLANT good 1 %d\n" % number + os.urandom(PADDING).hex().encode()
        for number in range(FILES)
    }
    return a_zip({"first.txt": b"PLANT good 1", **files}, method=0)


def until_unpacking(service: Running) -> None:
    unpacking = "select 1 from batches where unpack_lease_until is not null and item_count is null"
    until(lambda: rows_of(service, unpacking))


def test_an_archive_is_unpacked_once_though_everything_is_killed_meanwhile(folder: Path) -> None:
    killed = until_ready(start(folder, SETTINGS), folder)
    client = client_of(killed.base_url, folder)
    batch_id = submitted(client, an_archive())
    until_unpacking(killed)

    kill_all(killed)

    with running(folder, SETTINGS) as service:
        client = client_of(service.base_url, folder)
        deadline = time.monotonic() + 2 * DEADLINE_SECONDS
        while not (batch := batch_of(client, batch_id, wait=20))["completedAt"]:
            assert time.monotonic() < deadline, batch
        assert batch["status"] == "completed"
        assert batch["counts"]["completed"] == FILES + 1
        assert rows_of(service, "select unpack_attempt >= 2, archive_sha256 is null from batches") == [(True, True)]
        assert rows_of(service, "select count(*), count(distinct batch_index) from jobs") == [(FILES + 1, FILES + 1)]
        assert rows_of(service, "select count(*) from events where type = 'batch.completed'") == [(1,)]


def submitted(client: Client, archive: bytes) -> str:
    """The batch of this archive."""
    head = b'--line\r\nContent-Disposition: form-data; name="file"; filename="inbox.zip"\r\n\r\n'
    answer = client.call(
        "POST",
        "/v1/batches",
        body=head + archive + b"\r\n--line--\r\n",
        Content_Type="multipart/form-data; boundary=line",
    )
    assert (answer.status, answer.data["total"]) == (202, None), answer.body
    return answer.data["id"]
