"""The faults of the soak: each is injected, lasts a moment, and is healed. They answer whether there was anything to
break.
"""

import os
import random
import signal
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import psycopg
from tests.reliability.faults.database import crash, postmaster_of, restart_fast, restart_immediately
from tests.support import chaos
from tests.support.service import Running

Fault = Callable[[Running, str, random.Random], bool]
LOCK_SECONDS = 3.0
FREEZE_SECONDS = 8.0  # more than the soak's lease


def kills(name: str) -> Fault:
    return lambda service, _, __: chaos.kill(service, name)


def terminates(name: str) -> Fault:
    def fault(service: Running, _: str, __: random.Random) -> bool:
        return _send(chaos.processes_of(service, name)[:1], signal.SIGTERM)

    return fault


def freezes(name: str) -> Fault:
    def fault(service: Running, _: str, choice: random.Random) -> bool:
        pids = [choice.choice(found)] if (found := chaos.processes_of(service, name)) else []
        _send(pids, signal.SIGSTOP)
        time.sleep(FREEZE_SECONDS)
        return _send(pids, signal.SIGCONT)

    return fault


def silences_the_database(service: Running, _: str, __: random.Random) -> bool:
    """Every process of it stands still; its sockets stay open."""
    postmaster = postmaster_of(service.data_dir)
    pids = [postmaster, *chaos.descendants(postmaster)]
    _send(pids, signal.SIGSTOP)
    time.sleep(FREEZE_SECONDS)
    return _send(pids, signal.SIGCONT)


def restarts(how: Callable[[int], None]) -> Fault:
    def fault(service: Running, _: str, __: random.Random) -> bool:
        with suppress(FileNotFoundError, ProcessLookupError, IndexError, ValueError):
            how(postmaster_of(service.data_dir))
            return True
        return False

    return fault


def asks(*statements: str, then_seconds: float = 0.0) -> Fault:
    """A transaction of somebody else, open for a while."""

    def fault(_: Running, dsn: str, __: random.Random) -> bool:
        with suppress(psycopg.OperationalError), psycopg.connect(dsn) as connection:
            for statement in statements:
                connection.execute(statement.encode())
            time.sleep(then_seconds)
            return True
        return False

    return fault


def kills_a_zygote(service: Running, _: str, choice: random.Random) -> bool:
    found = [pid for pid in chaos.descendants(service.process.pid) if _is_zygote(pid)]
    return _send([choice.choice(found)] if found else [], signal.SIGKILL)


def _send(pids: list[int], number: signal.Signals) -> bool:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
    return bool(pids)


def _is_zygote(pid: int) -> bool:
    try:
        return "docurift.worker.zygote" in Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False


FAULTS: Mapping[str, Fault] = {
    "API killed": kills("api"),
    "worker killed": kills("work"),
    "deliverer killed": kills("deliver"),
    "API told to stop": terminates("api"),
    "worker told to stop": terminates("work"),
    "worker frozen past its lease": freezes("work"),
    "deliverer frozen past its lease": freezes("deliver"),
    "sandbox killed with its children": kills_a_zygote,
    "database killed": restarts(crash),
    "database restarted at once": restarts(restart_immediately),
    "database restarted in order": restarts(restart_fast),
    "database silent, sockets open": silences_the_database,
    "jobs locked by another": asks("lock table jobs in exclusive mode", then_seconds=LOCK_SECONDS),
    "event counters locked by another": asks("select from organizations for update", then_seconds=LOCK_SECONDS),
    "every connection cut": asks(
        "select pg_terminate_backend(pid) from pg_stat_activity where usename = user and pid <> pg_backend_pid()"
    ),
    "every lease ended under its holder": asks(
        "update jobs set lease_until = clock_timestamp() where status = 'processing'"
    ),
    "every hint of the queue lost": asks("delete from pgqueuer"),
}
