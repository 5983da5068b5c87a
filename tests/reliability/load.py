"""Users of several organizations at once: they submit, watch, read, delete, cancel, and pry into what is not theirs."""

import random
import threading
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from tests.reliability.history import Recorded

ACCEPT_SECONDS = 180.0
_POOL = 400
# What is submitted, with how often: most documents are good, some take a while, a few are bad.
_KINDS = (("words", 14), ("PLANT slow 6 0.2", 3), ("PLANT good 3", 2), ("PLANT segv", 1))
_EARNS = {"PLANT segv": "PARSER_CRASHED"}


@dataclass(slots=True)
class Load:
    """`rate` jobs a second from all tenants together, from `submitters` threads, until `stop`."""

    tenants: Sequence[Recorded]
    rate: float
    seed: int
    submitters: int = 6
    stop: threading.Event = field(default_factory=threading.Event)
    jobs: list[tuple[Recorded, str]] = field(default_factory=list[tuple[Recorded, str]])
    errors: list[BaseException] = field(default_factory=list[BaseException])
    _threads: list[threading.Thread] = field(default_factory=list[threading.Thread])

    def start(self) -> None:
        targets = [lambda number=number: self._submit(number) for number in range(self.submitters)]
        targets += [lambda number=number: self._watch(number) for number in range(len(self.tenants))]
        self._threads = [threading.Thread(target=self._kept(target), name="user") for target in targets]
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """What is under way is finished."""
        self.stop.set()
        for thread in self._threads:
            thread.join()

    def _kept(self, target):  # noqa: ANN001, ANN202 -- a thread's
        def run() -> None:
            try:
                target()
            except BaseException as error:  # noqa: BLE001 -- shown at the end
                self.errors.append(error)

        return run

    def _submit(self, number: int) -> None:
        choice = random.Random(f"{self.seed} submit {number}")  # noqa: S311 -- no secret
        begun, done = time.monotonic(), 0
        while not self.stop.is_set():
            tenant = choice.choice(self.tenants)
            kind = choice.choices([kind for kind, _ in _KINDS], [weight for _, weight in _KINDS])[0]
            key = f"{number}-{done}-{choice.getrandbits(32):08x}"
            content = f"words of {key}, owned by {tenant.organization}" if kind == "words" else f"{kind}\n{key}"
            self.jobs.append(
                (tenant, tenant.accepted(content, key=key, expected=_EARNS.get(kind), seconds=ACCEPT_SECONDS))
            )
            done += 1
            self.stop.wait(max(0.0, begun + done * self.submitters / self.rate - time.monotonic()))

    def _watch(self, number: int) -> None:
        """Look at jobs as users do, mostly at new ones."""
        choice, tenant = random.Random(f"{self.seed} watch {number}"), self.tenants[number]  # noqa: S311
        while not self.stop.wait(0.1):
            recent = self.jobs[-_POOL:]
            mine = [job_id for owner, job_id in recent if owner is tenant]
            others = [job_id for owner, job_id in recent if owner is not tenant]
            if not mine or not others:
                continue
            job_id = choice.choice(mine[-30:])
            seen = tenant.job(job_id, wait=choice.choice([0, 0, 0, 2]))
            if seen.shown and seen.shown["status"] == "completed":
                tenant.result(job_id)
            self._now_and_then(choice, tenant, mine, others)

    def _now_and_then(self, choice: random.Random, tenant: Recorded, mine: list[str], others: list[str]) -> None:
        match choice.randrange(40):
            case 0:
                tenant.call("GET", f"/v1/jobs/{choice.choice(others)}")
            case 1:
                tenant.call("GET", f"/v1/jobs/{choice.choice(others)}/result")
            case 2:
                tenant.call("POST", f"/v1/jobs/{choice.choice(mine)}/cancel")
            case 3:
                tenant.call("DELETE", f"/v1/jobs/{choice.choice(mine)}")
            case 4 | 5:
                tenant.call("GET", "/v1/jobs?limit=50")
            case 6:
                tenant.events(after=0)
            case _:
                return


def wait_quiet(load: Load, seconds: float) -> None:
    """Every accepted job was final, or `seconds` have gone."""
    deadline = time.monotonic() + seconds
    for tenant, job_id in load.jobs:
        with suppress(AssertionError):
            tenant.final(job_id, seconds=max(1.0, deadline - time.monotonic()))
