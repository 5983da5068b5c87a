"""How long one page takes through an idle service, from the submit to the completed job as its client sees it.

    python -m bench.latency [--documents 200]

The limit is 150 ms at the median, of which the sandbox may take 30. The sandbox is measured beside it on the same
files: fork, jail, reading, answer and reaping; and the reading alone, in a process that is warm and has no jail.
"""

import argparse
import asyncio
import http.client
import json
import statistics
import sys
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from bench.born_digital import a_document
from tests.support.sandboxes import Heard, Reader, an_order
from tests.support.service import a_data_folder, running
from tests.support.work_orders import ScriptedOcr

from docurift.engines.openers import ContentOpeners
from docurift.pipeline.run import run
from docurift.worker.child import Sandbox, memory_file

LINES = 13  # with heading and table some 280 words, as a letter or an invoice has
LIMIT_MILLISECONDS = {"submit to completed": 150.0, "sandbox": 30.0}


class Silent:
    """Hears pages and keeps none."""

    def opened(self, page_count: int, pages: int) -> None:
        """Nobody listens."""

    def page_read(self, page: object) -> None:
        """Nobody listens."""


class Caller:
    """One kept-alive connection, as a client library keeps it."""

    def __init__(self, base_url: str, key: str) -> None:
        self.connection = http.client.HTTPConnection(urlsplit(base_url).netloc, timeout=60)
        self.key = key

    def __call__(self, method: str, path: str, body: bytes | None = None, content_type: str = "") -> dict[str, Any]:
        """`data` of the answer."""
        self.connection.request(method, path, body, {"X-API-Key": self.key, "Content-Type": content_type})
        response = self.connection.getresponse()
        answer = json.load(response)
        assert response.status < 300, answer
        return answer["data"]

    def process(self, document: bytes) -> None:
        """Submit `document` and wait for its completed job."""
        boundary = uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="a.pdf"\r\n\r\n'.encode()
        body = head + document + f"\r\n--{boundary}--\r\n".encode()
        data = self("POST", "/v1/documents/process/async", body, f"multipart/form-data; boundary={boundary}")
        done = self("GET", f"/v1/jobs/{data['jobId']}?wait=30")
        assert done["status"] == "completed", done


def timed(work: Callable[[], object]) -> float:
    """Milliseconds that `work` takes."""
    begun = time.perf_counter()
    work()
    return (time.perf_counter() - begun) * 1000


def through_the_service(documents: list[bytes]) -> list[float]:
    """Milliseconds from submit to completed, one document at a time; the first ten warm up."""
    with a_data_folder() as folder, running(folder) as service:
        caller = Caller(service.base_url, service.admin_key)
        for document in documents[:10]:
            caller.process(document)
        return [timed(lambda document=document: caller.process(document)) for document in documents[10:]]


async def through_the_sandbox(documents: list[bytes]) -> list[float]:
    """Milliseconds from handing over the bytes to the verdict."""
    sandbox, order, times = Sandbox(), an_order(media_type="application/pdf", file_name="a.pdf"), []
    await sandbox.start()
    for document in documents:
        begun = time.perf_counter()
        with memory_file(document) as descriptor:
            await sandbox.run(order, descriptor, ocr=Reader(), listener=Heard())
        times.append((time.perf_counter() - begun) * 1000)
    await sandbox.close()
    return times[10:]


def in_process(documents: list[bytes]) -> list[float]:
    """Milliseconds of the pipeline alone."""
    order = an_order(media_type="application/pdf", file_name="a.pdf")
    times = [
        timed(lambda d=document: run(d, order, ContentOpeners(), ScriptedOcr(), Silent())) for document in documents
    ]
    return times[10:]


def main() -> int:
    """Print the table; 1 if a limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=200)
    count = parser.parse_args().documents + 10
    documents = [a_document(1, seed=seed, lines=LINES) for seed in range(count)]
    measured = {
        "submit to completed": through_the_service(documents),
        "sandbox": asyncio.run(through_the_sandbox(documents)),
        "reading alone": in_process(documents),
    }
    print("| one page | p50 ms | p90 ms | p99 ms | limit at p50 |\n|---|---|---|---|---|")
    for name, times in measured.items():
        cuts = statistics.quantiles(times, n=100)
        limit = LIMIT_MILLISECONDS.get(name)
        print(f"| {name} | {cuts[49]:.1f} | {cuts[89]:.1f} | {cuts[98]:.1f} | {limit or ''} |")
    return any(statistics.median(measured[name]) > limit for name, limit in LIMIT_MILLISECONDS.items())


if __name__ == "__main__":
    sys.exit(main())
