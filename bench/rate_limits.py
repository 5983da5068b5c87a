"""What counting requests costs: the same calls on two services, one that counts and one whose limits are off.

    python -m bench.rate_limits [--rounds 7] [--reads 1500] [--submits 300] [--connections 8]

Rounds alternate between the two, whose workers are halted; told are the medians of the rounds, and of the differences
within them. CPU is that of all its processes, the database included: beside other work it is the steadier figure.
"""

import argparse
import asyncio
import os
import signal
import statistics
from collections.abc import Coroutine, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from bench.api import COUNTS, SUBMIT, Caller, Measured, Target, connected, measure, process_of
from tests.support.service import a_data_folder, running

OFF: Final = {"DOCURIFT_RATE_REQUESTS_PER_SECOND": "0", "DOCURIFT_RATE_UPLOAD_BYTES_PER_SECOND": "0"}
READ: Final = "GET /v1/jobs/{id}"
READ_ALONE: Final = "GET /v1/jobs/{id}, 1 connection"


@dataclass
class Side:
    """One of the two services, and what was measured of it, by call."""

    name: str
    target: Target
    pid: int
    job_ids: list[str] = field(default_factory=list)
    measured: dict[str, list[Measured]] = field(default_factory=dict)
    cpu: dict[str, list[float]] = field(default_factory=dict)

    async def note(self, measuring: Coroutine[None, None, Measured]) -> None:
        """One more round of a call, with the CPU milliseconds of a request."""
        before = cpu_seconds(self.pid)
        one = await measuring
        self.measured.setdefault(one.name, []).append(one)
        self.cpu.setdefault(one.name, []).append((cpu_seconds(self.pid) - before) / len(one.times) * 1000)

    def per_second(self, name: str) -> list[float]:
        """Requests a second, by round."""
        return [len(one.times) / one.seconds for one in self.measured[name]]

    def p50(self, name: str) -> list[float]:
        """Median time in milliseconds, by round."""
        return [statistics.median(one.times) for one in self.measured[name]]


async def a_round(side: Side, *, reads: int, submits: int, connections: int) -> None:
    """Each call once more."""
    callers = await connected(side.target, connections)

    async def submit(caller: Caller, number: int) -> None:
        del number
        side.job_ids.append(await caller.submit(len(side.job_ids)))

    async def read(caller: Caller, number: int) -> None:
        await caller.read(side.job_ids[number % len(side.job_ids)])

    await side.note(measure(SUBMIT, callers, submits, submit))
    await side.note(measure(READ, callers, reads, read))
    await side.note(measure(READ_ALONE, callers[:1], reads // 3, read))
    for caller in callers:
        caller.close()


def rows(counting: Side, off: Side) -> list[str]:
    """The table."""
    told = [
        "| call | off, requests/s | counting | off, p50 ms | counting | off, CPU ms | counting | difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in counting.measured:
        pairs = list(zip(off.cpu[name], counting.cpu[name], strict=True))
        difference = statistics.median(counted - bare for bare, counted in pairs)
        cells = [f"{statistics.median(side.per_second(name)):,.0f}" for side in (off, counting)]
        cells += [f"{statistics.median(side.p50(name)):.2f}" for side in (off, counting)]
        cells += [f"{statistics.median(side.cpu[name]):.2f}" for side in (off, counting)]
        told.append(f"| {name} | {' | '.join(cells)} | {difference:+.2f} ms |")
    return told


def cpu_seconds(root: int) -> float:
    """CPU time of a process and all below it so far."""
    parents: dict[int, int] = {}
    ticks: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it has ended meanwhile
        parents[int(entry.name)], ticks[int(entry.name)] = int(fields[1]), int(fields[11]) + int(fields[12])
    return sum(spent for pid, spent in ticks.items() if _is_below(pid, root, parents)) / os.sysconf("SC_CLK_TCK")


def _is_below(pid: int, root: int, parents: Mapping[int, int]) -> bool:
    while pid in parents and pid != root:
        pid = parents[pid]
    return pid == root


def a_side(stack: ExitStack, name: str, settings: Mapping[str, str]) -> Side:
    """A service with these settings, whose worker is halted."""
    service = stack.enter_context(running(stack.enter_context(a_data_folder()), settings))
    worker = process_of(service.process.pid, "work")
    os.kill(worker, signal.SIGSTOP)
    stack.callback(os.kill, worker, signal.SIGCONT)
    parts = urlsplit(service.base_url)
    return Side(name, Target(str(parts.hostname), parts.port or 80, service.admin_key, None, None), service.process.pid)


async def bench(sides: tuple[Side, Side], *, rounds: int, reads: int, submits: int, connections: int) -> None:
    """So many rounds, after one that does not count."""
    for number in range(rounds + 1):
        for side in sides if number % 2 else sides[::-1]:
            await a_round(side, reads=reads, submits=submits, connections=connections)
            if number == 0:
                side.measured.clear()
                side.cpu.clear()


def main() -> None:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--reads", type=int, default=1_500)
    parser.add_argument("--submits", type=int, default=300)
    parser.add_argument("--connections", type=int, default=8)
    asked = parser.parse_args()
    with ExitStack() as stack:
        counting, off = a_side(stack, "counting", COUNTS), a_side(stack, "off", OFF)
        work = bench(
            (counting, off),
            rounds=asked.rounds,
            reads=asked.reads,
            submits=asked.submits,
            connections=asked.connections,
        )
        asyncio.run(work)
    print(f"{asked.connections} connections, {asked.rounds} rounds\n\n" + "\n".join(rows(counting, off)))


if __name__ == "__main__":
    main()
