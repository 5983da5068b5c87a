"""A service under load and random faults, then the account: what was lost, stuck, doubled, crossed, or leaked.

    python -m tests.reliability.soak [--minutes 10] [--rate 5] [--every 10] [--seed N] [--write]

The exit code says whether every promise was kept. `--write` puts the account into docs/explanation/reliability.md.
"""

import argparse
import json
import random
import sys
import threading
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import psycopg
from tests.reliability.checker import Violation, check
from tests.reliability.deployment import PLANTED_ENGINE, until
from tests.reliability.evidence import are_final, gather
from tests.reliability.faults.chosen import FAULTS
from tests.reliability.history import History, Recorded
from tests.reliability.load import Load
from tests.reliability.organizations import an_organization
from tests.reliability.report import Account, write
from tests.reliability.resources import Sampler
from tests.support import chaos
from tests.support.client import Client
from tests.support.service import Running, a_data_folder, running

SETTINGS = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_TEST_ENGINE": str(PLANTED_ENGINE),
    "DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8",
    "DOCURIFT_WORKERS": "2",
    "DOCURIFT_DELIVERERS": "2",
    "DOCURIFT_SLOTS": "2",
    "DOCURIFT_LEASE_SECONDS": "5",
    "DOCURIFT_RENEW_SECONDS": "1",
    "DOCURIFT_RESCUE_SECONDS": "1",
    "DOCURIFT_MAX_TRIES": "10",  # a fault every 10 s may hit the same job again
}
ORGANIZATIONS = 3
QUIET_SECONDS = 180.0
SAMPLE_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How long, how much, how often."""

    minutes: float
    rate: float
    every: float
    seed: int


def disturb(service: Running, dsn: str, asked: Asked) -> Counter[str]:
    """How often each fault was injected, one every `every` seconds."""
    choice, done = random.Random(asked.seed), Counter[str]()  # noqa: S311 -- which fault is next
    end, left = time.monotonic() + asked.minutes * 60, list[str]()
    while time.monotonic() + asked.every < end:
        time.sleep(asked.every)
        left = left or choice.sample(list(FAULTS), len(FAULTS))  # each as often as any other
        name = left.pop()
        done[name] += bool(FAULTS[name](service, dsn, choice))
    return done


def soaked(folder: Path, asked: Asked) -> Account:
    """The account of one run."""
    history, inboxes = History(), list[tuple[Recorded, chaos.Inbox]]()
    with running(folder, SETTINGS) as service, ExitStack() as stack:
        dsn = _dsn_of(service)
        for _ in range(ORGANIZATIONS):
            organization, key = an_organization(dsn)
            inbox, tenant = chaos.Inbox(), Recorded(Client(service.base_url, key), organization, history)
            chaos.endpoint(tenant.client, stack.enter_context(chaos.receiver(inbox)), inbox)
            inboxes.append((tenant, inbox))
        sampler, stop = Sampler(service.process.pid, folder), threading.Event()
        sampling = threading.Thread(target=lambda: _sample(sampler, stop))
        sampling.start()
        load = Load([tenant for tenant, _ in inboxes], asked.rate, asked.seed)
        load.start()
        faults = disturb(service, dsn, asked)
        load.end()
        violations = _account(dsn, folder, history, inboxes)
        stop.set()
        sampling.join()
        return Account.of(
            command=f"make reliability MINUTES={asked.minutes:g} SEED={asked.seed}",
            minutes=asked.minutes,
            faults=faults,
            history=history,
            events=sum(len(inbox.came) for _, inbox in inboxes),
            repeated=sum(sum(times - 1 for times in inbox.came.values()) for _, inbox in inboxes),
            violations=[*violations, *(Violation("I1", "lost", "a user", repr(error)) for error in load.errors)],
            sampler=sampler,
        )


def _account(dsn: str, folder: Path, history: History, inboxes: list[tuple[Recorded, chaos.Inbox]]) -> list[Violation]:
    """What is amiss once all is quiet."""
    deleted = {call.path.rpartition("/")[2] for call in history.calls if call.method == "DELETE"}
    accepted = {call.job_id for call in history.calls if call.accepted and call.job_id} - deleted
    chaos.until(lambda: _is_quiet(dsn, sorted(accepted)), seconds=QUIET_SECONDS)
    received = {tenant.organization: frozenset(inbox.came) for tenant, inbox in inboxes}
    found = check(history, gather(dsn, folder / "blobs", received), blamed=frozenset())
    for tenant, inbox in inboxes:
        if inbox.refused or inbox.changed:
            found.append(Violation("I5", "changed", tenant.organization, f"{inbox.refused} refused, {inbox.changed}"))
    history.dump(folder.parent / "calls.jsonl")
    return found


def _is_quiet(dsn: str, accepted: list[str]) -> bool:
    try:
        with psycopg.connect(dsn) as connection:
            row = connection.execute("select count(*) from deliveries where status = 'pending'").fetchone()
        return row == (0,) and are_final(dsn, accepted)
    except psycopg.OperationalError:
        return False


def _sample(sampler: Sampler, stop: threading.Event) -> None:
    while not stop.wait(SAMPLE_SECONDS):
        sampler.look()


def _dsn_of(service: Running) -> str:
    """The database that the service's processes were given."""
    found = list[str]()

    def look() -> bool:
        for pid in chaos.descendants(service.process.pid):
            lines = Path(f"/proc/{pid}/environ").read_text().split("\0")
            found.extend(line.partition("=")[2] for line in lines if line.startswith("DOCURIFT_DATABASE_URL="))
        return bool(found)

    until(look)
    return found[0]


def main() -> int:
    """Print the account; 1 if a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--rate", type=float, default=5.0)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--write", action="store_true")
    parser.add_argument("--keep", type=Path, help="where the history of a run that broke a promise is kept")
    given = parser.parse_args()
    asked = Asked(minutes=given.minutes, rate=given.rate, every=given.every, seed=given.seed)
    print(f"seed {asked.seed}", flush=True)
    with a_data_folder() as folder:
        account = soaked(folder, asked)
        if given.keep is not None and account.violations:
            given.keep.write_bytes((folder.parent / "calls.jsonl").read_bytes())
            given.keep.with_suffix(".log").write_bytes(folder.with_suffix(".log").read_bytes())
    print(account.text())
    print(json.dumps([str(violation) for violation in account.violations[:40]], indent=1))
    if given.write:
        write(account)
    return 1 if account.violations else 0


if __name__ == "__main__":
    sys.exit(main())
