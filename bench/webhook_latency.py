"""How soon a receiver has the verified event of a job that has ended.

    python -m bench.webhook_latency [--rate 20] [--seconds 60]

The whole service runs; small text files are submitted at a steady rate, whether or not it keeps up. From `createdAt` of
the event (the database's clock, just before the transaction that ends the job commits) to the moment when the receiver,
a process of its own on this machine, has checked both signatures. The limits are 50 ms at the median and 250 ms at p99.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from multiprocessing.connection import Connection
from uuid import uuid4

from bench.latency import Caller
from tests.support.receiver import a_receiver
from tests.support.service import a_data_folder, running

from docurift.model import signature

COMPLETED = "document.processing.completed"
LIMIT_P50, LIMIT_P99 = 50.0, 250.0
CLIENTS = 8
WARM_SECONDS = 5
PATIENCE_SECONDS = 60
SETTINGS = {"DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8", "DOCURIFT_SLOTS": str(os.cpu_count() or 1)}


def receive(channel: Connection) -> None:
    """Be a receiver: say the URL, hear the secret and the number of events, answer a line (created, verified) each."""
    asyncio.run(_receive(channel))


async def _receive(channel: Connection) -> None:
    async with a_receiver() as receiver:
        channel.send(receiver.url)
        secret = await asyncio.to_thread(channel.recv)
        taken, expected = list[tuple[float, float]](), asyncio.create_task(asyncio.to_thread(channel.recv))
        while not expected.done() or len(taken) < expected.result():
            if len(taken) == len(receiver.requests):
                await asyncio.sleep(0.0005)
                continue
            one = receiver.requests[len(taken)]
            found = signature.verify(headers=one.headers, body=one.body, secret=secret, now=int(one.at))
            assert len(found) == 2
            assert all(finding.holds for finding in found)
            now = time.time()
            taken.append((datetime.fromisoformat(one.event["createdAt"]).timestamp(), now))
        channel.send(taken)


class Submitter:
    """Submits small files, each at its time."""

    def __init__(self, base_url: str, key: str) -> None:
        self._callers = [Caller(base_url, key) for _ in range(CLIENTS)]

    def run(self, rate: float, seconds: float) -> int:
        """How many were submitted."""
        begun, count = time.monotonic(), round(rate * seconds)

        def client(number: int) -> None:
            for nth in range(number, count, CLIENTS):
                time.sleep(max(0.0, begun + nth / rate - time.monotonic()))
                submit(self._callers[number], f"Invoice number {nth}, to be paid soon.".encode())

        with ThreadPoolExecutor(CLIENTS) as clients:
            list(clients.map(client, range(CLIENTS)))
        return count


def submit(caller: Caller, document: bytes) -> None:
    """Hand one file in."""
    boundary = uuid4().hex
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'.encode()
    body = head + document + f"\r\n--{boundary}--\r\n".encode()
    caller("POST", "/v1/documents/process/async", body, f"multipart/form-data; boundary={boundary}")


def measured(rate: float, seconds: float) -> list[float]:
    """Milliseconds of every event after the warm-up."""
    ours, its = multiprocessing.Pipe()
    receiver = multiprocessing.get_context("spawn").Process(target=receive, args=(its,), daemon=True)
    receiver.start()
    url = ours.recv()
    with a_data_folder() as folder, running(folder, SETTINGS) as service:
        caller = Caller(service.base_url, service.admin_key)
        wanted = json.dumps({"url": url, "events": [COMPLETED], "active": True}).encode()
        ours.send(caller("POST", "/v1/webhooks", wanted, "application/json")["secret"])
        submitter = Submitter(service.base_url, service.admin_key)
        warm = submitter.run(rate, WARM_SECONDS)
        ours.send(warm + submitter.run(rate, seconds))
        assert ours.poll(PATIENCE_SECONDS), "events are missing"
        taken = ours.recv()
    receiver.join()
    return [(verified - created) * 1000 for created, verified in taken[warm:]]


def main() -> int:
    """Print the table; 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=float, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    asked = parser.parse_args()
    times = measured(asked.rate, asked.seconds)
    cuts = statistics.quantiles(times, n=100)
    p50, p99 = cuts[49], cuts[98]
    print("| events | jobs/s | p50 ms | p90 ms | p99 ms | most ms | limits |\n|---|---|---|---|---|---|---|")
    row = [len(times), f"{asked.rate:g}", *(f"{one:.1f}" for one in (p50, cuts[89], p99, max(times)))]
    print("|", *(f"{cell} |" for cell in (*row, f"{LIMIT_P50:g} / {LIMIT_P99:g}")))
    print(f"load average {os.getloadavg()[0]:.1f}")
    return p50 > LIMIT_P50 or p99 > LIMIT_P99


if __name__ == "__main__":
    sys.exit(main())
