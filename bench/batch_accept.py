"""A batch of one-page PDFs over HTTP: accepted, first result, all complete; and whether the API keeps its size.

    python -m bench.batch_accept [--documents 1000] [--rounds 3]

One form with a part for each document is sent over one connection. Accepted counts from the last byte that was handed
to the socket to the answer's status; the first and the last line are those of `GET …/results?follow=true`, asked for
at once. Each round has documents of its own. Memory is what is resident in the API after each round, and the most of it
that was seen while the batch came in. Clients, service and database share the cores of this machine.
"""

import argparse
import http.client
import json
import sys
import threading
import time
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import urlsplit

from bench.born_digital import a_document
from bench.throughput import processes, resident_mib
from tests.support.service import Running, a_data_folder, running

LIMIT_SECONDS = 2.0
LINES = 13  # as a letter has
BOUNDARY = "a-batch-of-documents"
_HEAD = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="scan-%05d.pdf"\r\n\r\n'
_PIECE_BYTES = 256 * 1024
_LOOK_SECONDS = 0.02


@dataclass(frozen=True)
class Round:
    """Seconds; all but the first from the answer that the batch is accepted."""

    sent: float
    accepted: float
    first: float
    last: float
    peak_mib: float
    failed: int


def a_body(documents: list[bytes]) -> bytes:
    """The form."""
    parts = [(_HEAD % number).encode() + document + b"\r\n" for number, document in enumerate(documents)]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode()


class Peak:
    """The most that a process had in memory while the block lasted."""

    def __init__(self, pid: int) -> None:
        self._pid, self._over = pid, threading.Event()
        self._thread = threading.Thread(target=self._look)
        self.mib = resident_mib(pid)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(_LOOK_SECONDS):
            self.mib = max(self.mib, resident_mib(self._pid))


def a_round(service: Running, documents: list[bytes], api: int) -> Round:
    """One batch, from its first byte to its last result."""
    body, key = a_body(documents), {"X-API-Key": service.admin_key}
    connection = http.client.HTTPConnection(urlsplit(service.base_url).netloc, timeout=300)
    with Peak(api) as peak:
        begun = time.perf_counter()
        connection.putrequest("POST", "/v1/batches")
        for name, value in {
            **key,
            "Content-Type": f"multipart/form-data; boundary={BOUNDARY}",
            "Content-Length": str(len(body)),
        }.items():
            connection.putheader(name, value)
        connection.endheaders()
        for at in range(0, len(body), _PIECE_BYTES):
            connection.send(body[at : at + _PIECE_BYTES])
        sent = time.perf_counter()
        response = connection.getresponse()
        accepted = time.perf_counter()
        answer = json.load(response)
    assert response.status == 202, answer
    lines = _lines(connection, f"/v1/batches/{answer['data']['id']}/results?follow=true", key)
    assert [line["index"] for _, line in lines] == list(range(len(documents)))
    failed = sum(line["status"] == "failed" for _, line in lines)
    times = [moment - accepted for moment, _ in lines]
    return Round(sent - begun, accepted - sent, times[0], times[-1], peak.mib, failed)


def _lines(
    connection: http.client.HTTPConnection, path: str, headers: dict[str, str]
) -> list[tuple[float, dict[str, Any]]]:
    connection.request("GET", path, headers=headers)
    response = connection.getresponse()
    return [(time.perf_counter(), json.loads(line)) for line in response if line.strip()]


def main() -> int:
    """Print the table; 1 if a batch of a thousand takes too long to accept, or a document fails."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    print(
        "| round | MiB sent | sending s | accepted s after the last byte | first line s | last line s | documents/s "
        "| API peak MiB | API MiB after |\n|---|---|---|---|---|---|---|---|---|"
    )
    rounds: list[Round] = []
    with a_data_folder() as folder, running(folder) as service:
        api = processes(service)["api"]
        a_round(service, [a_document(1, seed=-seed, lines=LINES) for seed in range(1, 11)], api)
        for number in range(asked.rounds):
            first = number * asked.documents + 1
            documents = [a_document(1, seed=first + seed, lines=LINES) for seed in range(asked.documents)]
            one = a_round(service, documents, api)
            rounds.append(one)
            cells = [
                *(str(number + 1), f"{sum(map(len, documents)) / 2**20:.1f}", f"{one.sent:.2f}", f"{one.accepted:.2f}"),
                *(f"{one.first:.2f}", f"{one.last:.1f}", f"{asked.documents / one.last:.0f}"),
                *(f"{one.peak_mib:.0f}", f"{resident_mib(api):.0f}"),
            ]
            print("|", *(f"{cell} |" for cell in cells), flush=True)
    return any(one.accepted > LIMIT_SECONDS or one.failed for one in rounds)


if __name__ == "__main__":
    sys.exit(main())
