"""F14: the disk of the blobs or of the database is full, down to what is kept free or to the last byte."""

import subprocess
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from tests.reliability.checker import check
from tests.reliability.deployment import QUICK, Deployment, until
from tests.reliability.evidence import gather
from tests.reliability.faults.disks import can_mount, can_mount_as_another, entering, fill, inside, on_disk
from tests.reliability.faults.network import Proxy, a_proxy
from tests.reliability.history import Call, History, Recorded
from tests.reliability.organizations import an_organization
from tests.support import chaos
from tests.support.client import Client
from tests.support.service import Running, running

BIG = 1_500_000
WATERMARK_DISK = "516m"  # 4 MiB above what is kept free (settings.py)
LAST_BYTE_DISK = "8m"
DATABASE_DISK = "160m"
MOST_UPLOADS = 500
TO_THE_LAST_BYTE = {"least_free_bytes": "0"}

pytestmark = [
    pytest.mark.needs_userns,
    pytest.mark.skipif(not can_mount(), reason="no mount namespace to be had"),
]


@pytest.fixture
def proxy(database_dsn: str) -> Iterator[Proxy]:
    """Inside the namespace nobody else's socket can be entered, so the way to the database is TCP."""
    with a_proxy(database_dsn, None) as made:
        yield made


def test_a_full_disk_is_answered_507_and_is_of_use_again_when_there_is_room(
    deployment: Deployment, proxy: Proxy
) -> None:
    deployment.blobs.mkdir()
    api = deployment.api(dsn=proxy.dsn, wrapper=on_disk(deployment.blobs, WATERMARK_DISK))
    tenant = deployment.tenant()

    *accepted, refused = uploads(lambda number: tenant.submit(f"{number}".ljust(BIG, "x"), key=f"k{number}"))

    assert (refused.status, refused.code) == (507, "STORAGE_FULL")
    assert accepted
    assert not list(inside(api.pid, deployment.blobs / "incoming").iterdir())
    subprocess.run([*entering(api), "mount", "-o", "remount,size=1100m", str(deployment.blobs)], check=True)
    tenant.accepted("0".ljust(BIG, "y"), key="after")
    deployment.worker(dsn=proxy.dsn, wrapper=entering(api))
    assert deployment.violations(blobs=inside(api.pid, deployment.blobs)) == []


def test_a_disk_without_a_byte_left_leaves_no_half_blob_and_costs_no_try(
    deployment: Deployment, proxy: Proxy, sql: psycopg.Connection
) -> None:
    deployment.blobs.mkdir()
    api = deployment.api(dsn=proxy.dsn, wrapper=on_disk(deployment.blobs, LAST_BYTE_DISK), **TO_THE_LAST_BYTE)
    tenant, blobs = deployment.tenant(), inside(api.pid, deployment.blobs)
    early = tenant.accepted("some words", key="early")

    *_, refused = uploads(lambda number: tenant.submit(f"{number}".ljust(BIG, "x"), key=f"k{number}"))
    fill(blobs / "filler")
    small = tenant.submit("other words", key="small")
    deployment.worker(dsn=proxy.dsn, wrapper=entering(api), **TO_THE_LAST_BYTE)
    until(lambda: sql.execute("select from jobs where attempt > 0 and worker is null").rowcount > 0)

    assert {(call.status, call.code) for call in (refused, small)} == {(507, "STORAGE_FULL")}
    assert not list((blobs / "incoming").iterdir())
    assert all(name == found for (_, name), found in gather(deployment.dsn, blobs).blobs.items())
    assert deployment.answers("/readyz") == 503
    (blobs / "filler").unlink()
    subprocess.run([*entering(api), "mount", "-o", "remount,size=64m", str(deployment.blobs)], check=True)
    tenant.accepted("other words", key="small")
    until(lambda: all_are_completed_soon(sql))
    assert tenant.final(early)["status"] == "completed"
    assert not [call for call in deployment.history.calls if call.status == 500]
    assert sql.execute("select max(tries) from jobs").fetchone() == (1,)
    assert deployment.violations(blobs=blobs) == []


@pytest.mark.skipif(not can_mount_as_another(), reason="no mount namespace to be had by another account than root")
def test_a_database_without_a_byte_left_comes_back_by_itself_when_there_is_room(folder: Path) -> None:
    folder.mkdir()
    blobs = folder.with_name("blobs")
    settings = QUICK | {"DOCURIFT_LEAST_FREE_BYTES": "0", "DOCURIFT_BLOBS": str(blobs)}
    with running(folder, settings, wrapper=on_disk(folder, DATABASE_DISK, is_root=False)) as service:
        disk = inside(service.process.pid, folder)
        dsn = f"host={disk / 'run'} port=5432 user=docurift dbname=docurift"
        organization, key = an_organization(dsn)
        tenant = Recorded(Client(service.base_url, key), organization, History())
        accepted = [tenant.accepted("PLANT slow 20 0.1", key="slow")]

        fill(disk / "filler")
        assert chaos.kill(service, "api")  # who starts now finds the disk full
        until(lambda: tenant.call("GET", "/healthz").status == 200)
        *taken, refused = uploads(lambda number: tenant.submit(f"words {number}", key=f"k{number}"))
        end_the_log(dsn)
        until(lambda: exits_of(service) >= 2)
        away = tenant.submit("words", key="away")

        assert refused.status == 507 or (refused.status, refused.retry_after) == (503, True)
        assert (away.status, away.retry_after) == (503, True)
        assert tenant.client.call("GET", "/healthz").status == 200
        (disk / "filler").unlink()
        accepted += [call.job_id for call in taken if call.job_id is not None]
        accepted += [tenant.accepted("words", key=name) for name in ("away", refused.key or "")]
        assert {tenant.final(job_id)["status"] for job_id in accepted} == {"completed"}
        assert not [call for call in tenant.history.calls if call.status == 500]
        assert check(tenant.history, gather(dsn, blobs)) == []


def all_are_completed_soon(sql: psycopg.Connection) -> bool:
    """Whether they are; the pauses of those that were put off are over."""
    sql.execute("update jobs set lease_until = clock_timestamp() where status = 'processing' and worker is null")
    return sql.execute("select from jobs where status <> 'completed'").rowcount == 0


def uploads(submit: Callable[[int], Call]) -> list[Call]:
    """What was answered, up to the first that was not accepted."""
    calls = list[Call]()
    while len(calls) < MOST_UPLOADS and all(call.accepted for call in calls[-1:]):
        calls.append(submit(len(calls)))
    return calls


def end_the_log(dsn: str) -> None:
    """Have the database need a new file for its log, which it cannot do without."""
    with suppress(psycopg.OperationalError), psycopg.connect(dsn, user="postgres", autocommit=True) as connection:
        while True:
            connection.execute("select pg_switch_wal()")
            connection.execute("select pg_logical_emit_message(true, 'a', 'word')")


def exits_of(service: Running) -> int:
    """How often the database has ended while the service runs."""
    return service.data_dir.with_suffix(".log").read_text().count('"postgres.exited"')
