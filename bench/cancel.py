"""How long it takes until a job that is being processed is cancelled, from the answer of the call to the failed job.

    python -m bench.cancel [--jobs 40]

The limit is 5 s for every one (contract section 3). The documents are read by an engine that never ends, so each child
has to be killed; beside them one document is read again and again, and must not be touched.
"""

import argparse
import statistics
import sys
import threading
import time
from pathlib import Path

from bench.latency import Caller
from tests.support.service import a_data_folder, running

ENGINE = Path(__file__).parents[1] / "tests/support/planted_engine.py"
LIMIT_SECONDS = 5.0
SLOTS = 4


def main() -> None:
    """Print the table; end with 1 over the limit."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", type=int, default=40)
    jobs = parser.parse_args().jobs
    settings = {"DOCURIFT_TESTING": "1", "DOCURIFT_TEST_ENGINE": str(ENGINE), "DOCURIFT_SLOTS": str(SLOTS)}
    with a_data_folder() as folder, running(folder, settings) as service:
        beside = Beside(service.base_url, service.admin_key)
        beside.start()
        times = [one_cancelled(Caller(service.base_url, service.admin_key), number) for number in range(jobs)]
        beside.stop()
    worst = max(times)
    print("| | p50 s | max s | limit s |\n|---|---|---|---|")
    print(f"| cancelled to failed, {jobs} jobs | {statistics.median(times):.2f} | {worst:.2f} | {LIMIT_SECONDS:.0f} |")
    print(f"\n{beside.completed} documents were read beside them.")
    sys.exit(worst > LIMIT_SECONDS)


def one_cancelled(caller: Caller, number: int) -> float:
    """Seconds from the answer of the cancellation until the job is failed."""
    job_id = submitted(caller, f"PLANT spin {number}")
    while caller("GET", f"/v1/jobs/{job_id}")["status"] != "processing":
        time.sleep(0.01)
    time.sleep(number % 10 * 0.2)  # anywhere in the worker's round of asking
    caller("POST", f"/v1/jobs/{job_id}/cancel")
    begun = time.perf_counter()
    done = caller("GET", f"/v1/jobs/{job_id}?wait=30")
    assert done["error"]["code"] == "JOB_CANCELLED", done
    return time.perf_counter() - begun


def submitted(caller: Caller, text: str) -> str:
    """The job on a document of this text."""
    head = '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    body = f"{head}{text}\r\n--b--\r\n".encode()
    return caller("POST", "/v1/documents/process/async", body, "multipart/form-data; boundary=b")["jobId"]


class Beside(threading.Thread):
    """Has good documents read until it is stopped."""

    def __init__(self, base_url: str, key: str) -> None:
        super().__init__(daemon=True)
        self.caller, self.ended, self.completed = Caller(base_url, key), threading.Event(), 0

    def run(self) -> None:
        """One after the other; an error ends it, and is told on standard error."""
        while not self.ended.is_set():
            job_id = submitted(self.caller, f"PLANT slow 5 0.1 {self.completed}")
            done = self.caller("GET", f"/v1/jobs/{job_id}?wait=30")
            assert done["status"] == "completed", done
            self.completed += 1

    def stop(self) -> None:
        """The one in hand is the last."""
        self.ended.set()
        self.join()


if __name__ == "__main__":
    main()
