"""F27: a backup is restored to an earlier time, by the commands of docs/how-to/back-up-and-restore.md."""

import os
import re
import subprocess
import time
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest
from tests.reliability.checker import check
from tests.reliability.deployment import QUICK, until
from tests.reliability.evidence import gather
from tests.reliability.faults.blobs import blob
from tests.reliability.history import History, Recorded
from tests.reliability.organizations import an_organization
from tests.support.client import Client
from tests.support.service import Running, running

from docurift.storage.account import Account, account_for
from docurift.storage.binaries import find_binaries

PAGE = Path(__file__).parents[2] / "docs/how-to/back-up-and-restore.md"
GRACE_SECONDS = 60


def commands() -> list[str]:
    """The page's four: dump, copy, restore, copy back."""
    blocks = re.findall(r"(?:^    .+\n)+", PAGE.read_text(), re.MULTILINE)
    return [re.sub(r"^    ", "", block, flags=re.MULTILINE) for block in blocks]


def run(block: str, folder: Path, account: Account | None = None) -> None:
    """As an operator would, in a shell; as the database's account where the page says so."""
    runs = account or account_for(data_folder=folder, cluster=folder / "postgres")
    programs = find_binaries().reachable(runs, copies=folder / "binaries")
    path = f"{programs.folder}{os.pathsep}{os.environ['PATH']}"
    known = {"PATH": path, "DATA_DIR": str(folder), "BACKUP": str(backup_of(folder)), "LC_ALL": "C"}
    said = folder.parent / "said"
    with said.open("ab") as file:
        status = subprocess.run(
            ["bash", "-euc", block],  # noqa: S607 -- the page asks for a shell
            cwd="/",
            env=known,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            check=False,
            timeout=60,
            user=None if account is None else account.user,
            group=None if account is None else account.group,
            extra_groups=None if account is None else account.extra_groups,
        ).returncode
    assert status == 0, said.read_text()


def backup_of(folder: Path) -> Path:
    return folder.parent / "backup"


def dsn_of(folder: Path) -> str:
    return f"host={folder / 'run'} port=5432 user=docurift dbname=docurift"


def age(blobs: Path) -> None:
    """The grace of all that is there is over."""
    then = time.time() - 2 * GRACE_SECONDS
    for path in blobs.glob("org_*/*/*"):
        os.utime(path, (then, then))


def last_number(folder: Path, organization: str) -> int:
    with psycopg.connect(dsn_of(folder)) as connection:
        row = connection.execute("select event_sequence from organizations where id = %s", (organization,)).fetchone()
    assert row is not None
    return row[0]


def ids_by_number(folder: Path, organization: str) -> dict[int, str]:
    with psycopg.connect(dsn_of(folder)) as connection:
        query = "select sequence, id from events where organization_id = %s"
        return dict(connection.execute(query, (organization,)).fetchall())


@pytest.mark.slow  # two services start, and the first makes its database
@pytest.mark.timeout(300)
def test_a_backup_that_is_restored_to_an_earlier_time_leaves_a_service_of_use(folder: Path) -> None:
    dump, copy, restore, copy_back = commands()
    kept, forgotten = History(), History()  # what the backup knows of, and what it takes back
    settings = QUICK | {
        "DOCURIFT_ORPHAN_GRACE_SECONDS": str(GRACE_SECONDS),
        "DOCURIFT_LEASE_SECONDS": "10",  # nobody is to be taken for dead here because the machine is busy
    }
    with running(folder, settings) as service:
        organization, key = an_organization(dsn_of(folder))
        client = Recorded(Client(service.base_url, key), organization, kept)
        read, lost = (client.accepted(words, key=words.replace(" ", "-")) for words in ("kept words", "lost words"))
        assert {client.final(job_id)["status"] for job_id in (read, lost)} == {"completed"}
        runs, waits = client.accepted("PLANT slow 20 0.1", key="runs"), client.accepted("waiting words", key="waits")

        account = account_for(data_folder=folder, cluster=folder / "postgres")
        backup_of(folder).mkdir()
        account.own(backup_of(folder))
        run(dump, folder, account)
        run(copy, folder)
        then = last_number(folder, organization)

        later = Recorded(client.client, organization, forgotten)
        newer = later.accepted("newer words", key="newer")
        assert later.final(newer)["status"] == "completed"
        assert later.call("DELETE", f"/v1/documents/{document_of(folder, lost)}").status == 200
        gone, before = last_number(folder, organization), ids_by_number(folder, organization)
    blob(backup_of(folder) / "blobs", organization, hash_of("lost words")).unlink()

    run(restore, folder, account)
    run(copy_back, folder)
    age(folder / "blobs")
    log = folder.with_suffix(".log")
    log.write_bytes(b"")

    with running(folder, settings) as service:
        again = Recorded(Client(service.base_url, key), organization, kept)
        assert again.final(read)["status"] == "completed"
        assert [again.final(job_id)["code"] for job_id in (runs, waits)] == [None, None], log.read_text()
        until(lambda: not blob(folder / "blobs", organization, hash_of("newer words")).exists())
        until(lambda: hash_of("lost words") in missing(log))
        retried = again.call("POST", f"/v1/jobs/{lost}/retry")
        assert retried.job_id is not None
        assert again.final(retried.job_id)["code"] == "BLOB_MISSING"

        assert Client(service.base_url, key).call("GET", f"/v1/jobs/{newer}").status == 404
        assert again.call("GET", f"/v1/events?after={gone + 1000}").code == "VALIDATION_ERROR"
        assert again.final(again.accepted("newer words", key="newer"))["status"] == "completed"
        after = ids_by_number(folder, organization)
        assert [number for number in sorted(before) if after[number] == before[number]] == list(range(1, then + 1))
        account_of(service, kept, folder, lost=lost)
    assert '"process.ended"' not in log.read_text(), "nothing crashes, and so nothing crashes again and again"


def account_of(service: Running, history: History, folder: Path, *, lost: str) -> None:
    """Every promise is kept but for the document whose bytes no copy has."""
    found = check(history, gather(dsn_of(service.data_dir), folder / "blobs"), blamed=frozenset({"BLOB_MISSING"}))
    assert [(one.promise, one.subject) for one in found] == [("I1", lost)]


def missing(log: Path) -> str:
    return "".join(line for line in log.read_text().splitlines() if '"blob.missing"' in line)


def hash_of(words: str) -> str:
    return sha256(words.encode()).hexdigest()


def document_of(folder: Path, job_id: str) -> str:
    with psycopg.connect(dsn_of(folder)) as connection:
        row = connection.execute("select document_id from jobs where id = %s", (job_id,)).fetchone()
    assert row is not None
    return row[0]
