"""How long a job waits for its next attempt when its worker is killed, with the settings as they are shipped.

    python -m bench.worker_killed [--kills 10]

Asked: less than 15 s. The document is long; the worker that holds it is killed with SIGKILL at a random moment.
"""

import argparse
import os
import random
import signal
import statistics
import sys
import time
from pathlib import Path

from bench.cancel import ENGINE, submitted
from bench.latency import Caller
from tests.support.service import Running, a_data_folder, running

LIMIT_SECONDS = 15.0


def main() -> None:
    """Print the table; end with 1 over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=10)
    kills = parser.parse_args().kills
    settings = {"DOCURIFT_TESTING": "1", "DOCURIFT_TEST_ENGINE": str(ENGINE)}
    with a_data_folder() as folder, running(folder, settings) as service:
        caller = Caller(service.base_url, service.admin_key)
        times = [one_killed(service, caller, number) for number in range(kills)]
    print("| | p50 s | max s | limit s |\n|---|---|---|---|")
    print(f"| killed to next attempt, {kills} kills | {statistics.median(times):.1f} | {max(times):.1f} | 15 |")
    sys.exit(max(times) > LIMIT_SECONDS)


def one_killed(service: Running, caller: Caller, number: int) -> float:
    """Seconds from the worker's death until another attempt at its job has begun."""
    job_id = submitted(caller, f"PLANT slow 1000 0.05 {number}")
    while caller("GET", f"/v1/jobs/{job_id}")["status"] != "processing":
        time.sleep(0.01)
    time.sleep(random.uniform(0, 4))  # noqa: S311 -- anywhere between two renewals
    os.kill(worker_of(service), signal.SIGKILL)
    begun = time.perf_counter()
    while caller("GET", f"/v1/jobs/{job_id}")["attempt"] < 2:
        time.sleep(0.02)
    waited = time.perf_counter() - begun
    caller("POST", f"/v1/jobs/{job_id}/cancel")
    caller("GET", f"/v1/jobs/{job_id}?wait=30")
    return waited


def worker_of(service: Running) -> int:
    """The service's worker process."""
    pid = service.process.pid
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        words = Path(f"/proc/{child}/cmdline").read_text().split("\0")
        if "docurift.serve" in words and "work" in words:
            return int(child)
    raise LookupError("no worker runs")


if __name__ == "__main__":
    main()
