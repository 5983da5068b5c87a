"""Born-digital pages a second through the whole service, and whether its processes keep their size.

    python -m bench.throughput [--documents 1000] [--pages 10]

All documents are submitted by four clients at once and waited for. A core's worth is told twice: by the clock, over the
cores of this machine, and by the CPU time of all processes of the service, which neighbours on the machine disturb
less; the limit is asked of the latter. The clients and the database share the cores. Memory is what is resident in the
worker's supervisor and in the API, after each tenth of the documents.
"""

import argparse
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.born_digital import a_document
from bench.latency import Caller
from tests.support.service import Running, a_data_folder, running

LIMIT_PAGES = 60.0
CLIENTS = 4
LINES = 25  # some 500 words, as a page of prose has
PARTS = 10


def processes(service: Running) -> dict[str, int]:
    """The API's and the worker's number."""
    parent = service.process.pid
    found = {}
    for pid in map(int, Path(f"/proc/{parent}/task/{parent}/children").read_text().split()):
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        found |= {role: pid for role in ("api", "work") if "docurift.serve" in words and role in words}
    return found


def cpu_seconds(pid: int) -> float:
    """What the process, its living descendants, and those that were waited for have used."""
    try:
        values = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, values[11:15])) / os.sysconf("SC_CLK_TCK") + sum(cpu_seconds(int(child)) for child in children)


def resident_mib(pid: int) -> float:
    """What is resident of the process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def part(service: Running, documents: list[bytes]) -> float:
    """Seconds for these documents."""

    def client(share: list[bytes]) -> None:
        caller = Caller(service.base_url, service.admin_key)
        for document in share:
            caller.process(document)

    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, [documents[n::CLIENTS] for n in range(CLIENTS)]))
    return time.perf_counter() - begun


def main() -> int:
    """Print the table; 1 if the limit is not reached."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=10)
    asked = parser.parse_args()
    each, cores = asked.documents // PARTS, os.cpu_count() or 1
    rates = []
    print(
        "| documents | pages/s | per core | pages a CPU-second | supervisor MiB | API MiB |\n|---|---|---|---|---|---|"
    )
    with a_data_folder() as folder, running(folder, {"DOCURIFT_SLOTS": str(cores)}) as service:
        part(service, [a_document(asked.pages, seed=-seed, lines=LINES) for seed in range(1, 21)])
        pids = processes(service)
        for number in range(PARTS):
            documents = [a_document(asked.pages, seed=number * each + seed, lines=LINES) for seed in range(each)]
            used = cpu_seconds(service.process.pid)
            rate = each * asked.pages / part(service, documents)
            rates.append(each * asked.pages / (cpu_seconds(service.process.pid) - used))
            sizes = [resident_mib(pids[role]) for role in ("work", "api")]
            row = [(number + 1) * each, *(f"{value:.0f}" for value in (rate, rate / cores, rates[-1]))]
            print("|", *(f"{cell} |" for cell in (*row, *(f"{size:.1f}" for size in sizes))), flush=True)
    return statistics.median(rates) < LIMIT_PAGES


if __name__ == "__main__":
    sys.exit(main())
