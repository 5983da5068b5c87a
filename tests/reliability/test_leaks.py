"""F28: one worker and one API process through 10,000 jobs: what they hold stays flat.

`JOBS=` has it take another number. `-s` shows the table that docs/explanation/reliability.md has.
"""

import os
import statistics
import threading
from collections import defaultdict
from dataclasses import dataclass, field

import psycopg
import pytest
from tests.reliability.deployment import Deployment
from tests.reliability.resources import KIB, Sample, Sampler

JOBS = int(os.environ.get("JOBS", "10000"))
CLIENTS = 4
SAMPLE_SECONDS = 2.0
WARM_SHARE = 0.2  # caches, pools and the allocator's arenas fill first
MEMORY_BAR = 0.05  # of the memory, over as many jobs as are run
COUNT_BAR = 2.0  # descriptors, connections, over the same
POOL_THREADS = min(32, (os.cpu_count() or 1) + 4)  # of asyncio's pool, which grows when all of them are busy at once
CONNECTIONS = "select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"


@dataclass(slots=True)
class Course:
    """What was held, by the number of jobs that had ended by then."""

    sampler: Sampler
    samples: dict[str, list[tuple[int, Sample]]] = field(default_factory=lambda: defaultdict(list))
    connections: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])

    def look(self, done: int, connections: int) -> None:
        seen = len(self.sampler.samples)
        self.sampler.look()
        for sample in self.sampler.samples[seen:]:
            self.samples[sample.role].append((done, sample))
        self.connections.append((done, connections))

    def of(self, role: str, name: str) -> list[tuple[int, float]]:
        return [(done, getattr(sample, name)) for done, sample in self.samples[role]]


def trend(points: list[tuple[int, float]], jobs: int) -> tuple[float, float]:
    """The median once it is warm, and the growth over as many jobs as were run, by the line of least squares."""
    warm = [point for point in points if point[0] >= jobs * WARM_SHARE]
    done, values = zip(*warm, strict=True)
    return statistics.median(values), statistics.linear_regression(done, values).slope * jobs


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_what_ten_thousand_jobs_leave_in_one_process_is_nothing(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    deployment.service(slots="2", lease_seconds="30", renew_seconds="5")
    tenant, lock, numbers, done = deployment.tenant(), threading.Lock(), iter(range(JOBS)), list[int]()

    def submit() -> None:
        while True:
            with lock:
                number = next(numbers, None)
            if number is None:
                return
            tenant.final(tenant.accepted(f"words of document {number}", key=f"k{number}"))
            done.append(number)

    clients = [threading.Thread(target=submit) for _ in range(CLIENTS)]
    course, stop = Course(Sampler(os.getpid(), deployment.folder)), threading.Event()
    for client in clients:
        client.start()
    while any(client.is_alive() for client in clients):
        course.look(len(done), connections(sql))
        stop.wait(SAMPLE_SECONDS)
    course.look(len(done), connections(sql))

    print(table(course))  # noqa: T201 -- the account, with -s
    assert len(done) == JOBS
    for role in ("api", "work", "zygote"):
        memory, growth = trend(course.of(role, "memory_kib"), JOBS)
        assert growth < memory * MEMORY_BAR, f"{role} grew by {growth / KIB:.1f} MiB"
        assert trend(course.of(role, "descriptors"), JOBS)[1] < COUNT_BAR, f"{role} grew by descriptors"
        threads = [count for _, count in course.of(role, "threads")]
        assert max(threads) - min(threads) <= POOL_THREADS, f"{role} grew by threads"
    assert trend(course.connections, JOBS)[1] < COUNT_BAR
    assert list(deployment.folder.glob("**/incoming/*")) == []
    assert deployment.violations() == []


def connections(sql: psycopg.Connection) -> int:
    row = sql.execute(CONNECTIONS).fetchone()
    assert row is not None
    return row[0]


def table(course: Course) -> str:
    """As the page has it: memory by fifths of the run, the first of which is not judged."""
    fifths = "first fifth | second | third | fourth | last"
    lines = [f"| {JOBS:,} jobs, memory in MiB | {fifths} | growth | descriptors | threads |", "| --- |" + " ---: |" * 8]
    for role in ("api", "work", "zygote"):
        memory = course.of(role, "memory_kib")
        parts = [[kib for done, kib in memory if done * 5 // (JOBS + 1) == fifth] for fifth in range(5)]
        cells = [f"{statistics.median(part) / KIB:.1f}" for part in parts]
        cells.append(f"{trend(memory, JOBS)[1] / KIB:+.1f}")
        for name in ("descriptors", "threads"):
            counts = [int(count) for done, count in course.of(role, name) if done >= JOBS * WARM_SHARE]
            cells.append(f"{min(counts)} to {max(counts)}")
        lines.append(f"| {role} | {' | '.join(cells)} |")
    held = [count for done, count in course.connections if done >= JOBS * WARM_SHARE]
    files = course.sampler.temporary_files
    return "\n".join(
        [
            *lines,
            f"connections {min(held)} to {max(held)}; temporary files, at most {max(files)}, at the end {files[-1]}",
        ]
    )
