"""The API alone: submits/s and job reads/s over kept-alive connections, and what its process needs of memory.

    python -m bench.api [--submits 2000] [--reads 10000] [--connections 8] [--base URL --key KEY]

Without `--base` a service is started in a folder of its own. Its worker is halted while the first submits are measured,
and reads their texts, on the same cores, during the second. Memory is told for such a service only, and must stay under
200 MB and flat over the reads.
"""

import argparse
import asyncio
import os
import signal
import statistics
import sys
import time
from collections.abc import Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
from tests.support.service import a_data_folder, running

LIMIT_MEGABYTES = 200.0
# Python's allocator settles within the first requests; what grows afterwards is a leak.
LEAST_FLAT_MEGABYTES = 8.0
WARM_UP_REQUESTS = 1_000
# Requests are counted, as by default, under a limit that no benchmark meets.
COUNTS = {
    "DOCURIFT_RATE_REQUESTS_PER_SECOND": "100000",
    "DOCURIFT_RATE_REQUESTS_BURST": "1000000",
    "DOCURIFT_RATE_UPLOAD_BYTES_PER_SECOND": "1e12",
}
SUBMIT = "POST /v1/documents/process/async"


@dataclass(frozen=True)
class Target:
    """A service and, if it is ours, the process of its API."""

    host: str
    port: int
    key: str
    api_pid: int | None
    worker_pid: int | None

    def megabytes(self) -> float | None:
        """Memory that the API's process holds now."""
        if self.api_pid is None:
            return None
        status = Path(f"/proc/{self.api_pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024


class Caller:
    """One kept-alive connection, which is asked for one thing after the other."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, target: Target) -> None:
        self._reader, self._writer, self._target = reader, writer, target

    @classmethod
    async def to(cls, target: Target) -> "Caller":
        """A connection to `target`."""
        return cls(*await asyncio.open_connection(target.host, target.port), target)

    async def ask(self, method: str, path: str, body: bytes = b"", kind: str = "") -> tuple[int, bytes]:
        """Status and body."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self._target.host}", f"X-API-Key: {self._target.key}"]
        if body:
            lines += [f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
        self._writer.write("\r\n".join([*lines, "", ""]).encode() + body)
        head = await self._reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        return int(head.split(b" ", 2)[1]), await self._reader.readexactly(length)

    async def submit(self, number: int) -> str:
        """Send a text of one line, other bytes for another number; the id of its job."""
        content = f"Invoice number: INV-{number}".encode()
        body = (
            b'--b\r\nContent-Disposition: form-data; name="file"; filename="invoice.txt"\r\n\r\n'
            + content
            + b"\r\n--b--\r\n"
        )
        status, answer = await self.ask("POST", "/v1/documents/process/async", body, "multipart/form-data; boundary=b")
        assert status == 202, answer
        return str(msgspec.json.decode(answer)["data"]["jobId"])

    async def read(self, job_id: str) -> None:
        """Ask for one job."""
        status, answer = await self.ask("GET", f"/v1/jobs/{job_id}")
        assert status == 200, answer

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


@dataclass(frozen=True)
class Measured:
    """Times of single requests in milliseconds, and of all in seconds."""

    name: str
    times: list[float]
    seconds: float

    def row(self) -> str:
        """A row of the table."""
        cuts = statistics.quantiles(self.times, n=100)
        return f"| {self.name} | {len(self.times) / self.seconds:,.0f} | {cuts[49]:.1f} | {cuts[98]:.1f} |"


async def measure(
    name: str, callers: list[Caller], count: int, work: Callable[[Caller, int], Awaitable[object]]
) -> Measured:
    """`count` requests, as many at a time as there are callers."""
    numbers, times = iter(range(count)), list[float]()

    async def drain(caller: Caller) -> None:
        for number in numbers:
            begun = time.perf_counter()
            await work(caller, number)
            times.append((time.perf_counter() - begun) * 1000)

    begun = time.perf_counter()
    await asyncio.gather(*(drain(caller) for caller in callers))
    return Measured(name, times, time.perf_counter() - begun)


async def bench(target: Target, *, submits: int, reads: int, connections: int) -> bool:
    """Print the table; whether memory kept its limits."""
    callers = await connected(target, connections)
    job_ids: list[str] = []

    async def submit(caller: Caller, number: int) -> None:
        del number
        job_ids.append(await caller.submit(len(job_ids)))

    async def read(caller: Caller, number: int) -> None:
        await caller.read(job_ids[number % len(job_ids)])

    alone = None
    if target.worker_pid is not None:
        os.kill(target.worker_pid, signal.SIGSTOP)
        alone = await measure(SUBMIT, callers, submits, submit)
        os.kill(target.worker_pid, signal.SIGCONT)
    beside = await measure(f"{SUBMIT}, worker at work", callers, submits, submit)
    await until_idle(callers[0])
    callers = await connected(target, connections)  # idle ones were closed meanwhile
    await measure("warm up", callers, WARM_UP_REQUESTS, read)
    before = target.megabytes()
    done = await measure("GET /v1/jobs/{id}, completed", callers, reads, read)
    after = target.megabytes()
    missing = await measure("GET /healthz", callers, reads, lambda caller, _: caller.ask("GET", "/healthz"))
    for caller in callers:
        caller.close()
    print(f"{connections} connections\n\n| call | requests/s | p50 ms | p99 ms |\n|---|---|---|---|")
    print("\n".join(one.row() for one in (alone, beside, done, missing) if one is not None))
    if before is None or after is None:
        return True
    print(f"\nmemory of the API: {before:.1f} MB before the {reads:,} reads, {after:.1f} MB after them")
    return after < LIMIT_MEGABYTES and after - before < LEAST_FLAT_MEGABYTES


async def connected(target: Target, connections: int) -> list[Caller]:
    """So many connections."""
    return [await Caller.to(target) for _ in range(connections)]


async def until_idle(caller: Caller) -> None:
    """The worker has read all that was submitted, so that it takes no time from what follows."""
    while True:
        _, answer = await caller.ask("GET", "/v1/jobs/stats")
        counts = msgspec.json.decode(answer)["data"]["byStatus"]
        if counts["pending"] == counts["processing"] == 0:
            return
        await asyncio.sleep(0.5)


def process_of(parent: int, role: str) -> int:
    """The process of this role among the children of `docurift serve`."""
    for task in Path("/proc").glob("[0-9]*"):
        try:
            arguments = (task / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue  # it has ended meanwhile
        if b"docurift.serve" in arguments and role.encode() in arguments and str(parent).encode() in arguments:
            return int(task.name)
    raise LookupError(f"process {parent} has no {role}")


def main() -> int:
    """Run the benchmark; 1 if memory broke its limits."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submits", type=int, default=2_000)
    parser.add_argument("--reads", type=int, default=10_000)
    parser.add_argument("--connections", type=int, default=8)
    parser.add_argument("--base")
    parser.add_argument("--key")
    asked = parser.parse_args()
    with ExitStack() as stack:
        base, key, pids = asked.base, asked.key, (None, None)
        if base is None:
            service = stack.enter_context(running(stack.enter_context(a_data_folder()), COUNTS))
            base, key = service.base_url, service.admin_key
            pids = (process_of(service.process.pid, "api"), process_of(service.process.pid, "work"))
        parts = urlsplit(base)
        target = Target(str(parts.hostname), parts.port or 80, key, *pids)
        work = bench(target, submits=asked.submits, reads=asked.reads, connections=asked.connections)
        return 0 if asyncio.run(work) else 1


if __name__ == "__main__":
    sys.exit(main())
