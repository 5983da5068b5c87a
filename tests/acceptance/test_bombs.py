"""Small files that unfold, spin or lie: each fails alone, in time and by its right code; its neighbors are read."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from tests.support.bomb_table import Bomb, table
from tests.support.client import Client, client_of
from tests.support.pdfs import a_pdf
from tests.support.service import Running, running

MIB = 1024 * 1024
LIMIT_SECONDS = 8.0  # memory bombs need 1 s of it on an idle machine
SETTINGS = {
    "DOCURIFT_PARSER_BASE_SECONDS": str(LIMIT_SECONDS - 1),
    "DOCURIFT_PARSER_PAGE_SECONDS": "1",
    "DOCURIFT_PARSER_CEILING_SECONDS": str(LIMIT_SECONDS),
    "DOCURIFT_PARSER_MEMORY_BYTES": str(256 * MIB),
    "DOCURIFT_SLOTS": "4",
}
# The rule is one second (bench/bombs.py measures it); a machine that is busy with other tests needs more.
PATIENCE_SECONDS = 20.0
GOOD = a_pdf([(60, 700, "Invoice INV-2041")])


@pytest.fixture(scope="module")
def service(module_folder: Path) -> Iterator[Running]:
    with running(module_folder, SETTINGS) as started:
        yield started


@pytest.fixture(scope="module")
def client(service: Running) -> Client:
    return client_of(service.base_url, service.data_dir)


def worker_of(service: Running) -> int:
    children = Path(f"/proc/{service.process.pid}/task/{service.process.pid}/children").read_text().split()
    commands = {int(pid): Path(f"/proc/{pid}/cmdline").read_text().split("\0") for pid in children}
    return next(pid for pid, words in commands.items() if words[-2:-1] == ["work"])


def outcome(job: dict[str, Any]) -> str:
    return job["error"]["code"] if job["status"] == "failed" else job["status"]


@pytest.mark.parametrize("bomb", table(600 * MIB), ids=lambda bomb: bomb.name)
def test_a_bomb_ends_in_time_with_its_code_and_the_next_document_succeeds(
    bomb: Bomb, service: Running, client: Client
) -> None:
    content, worker, begun = bomb.make(), worker_of(service), time.monotonic()

    job = client.final(client.submitted(content, name=bomb.name), seconds=120)
    seconds = time.monotonic() - begun
    beside = client.final(client.submitted(GOOD))

    assert outcome(job) in bomb.right
    assert job["status"] == "completed" or bomb.page is None or job["error"]["page"] == bomb.page
    assert seconds < LIMIT_SECONDS + PATIENCE_SECONDS
    assert beside["status"] == "completed"
    assert worker_of(service) == worker


@pytest.mark.alone  # several bombs are at work at once, and each has its time only
def test_twenty_neighbors_finish_beside_bombs(client: Client) -> None:
    bombs = [bomb for bomb in table(600 * MIB) if bomb.right & {"PROCESSING_TIMEOUT", "OUT_OF_MEMORY"} and bomb.page]

    with ThreadPoolExecutor(8) as clients:
        bad = list(clients.map(lambda bomb: client.submitted(bomb.make(), name=bomb.name), bombs))
        good = list(clients.map(lambda _: client.submitted(GOOD), range(20)))
        endings = list(clients.map(lambda job: outcome(client.final(job, seconds=120)), [*bad, *good]))

    assert all(ending in bomb.right for ending, bomb in zip(endings, bombs, strict=False))
    assert endings[len(bombs) :] == ["completed"] * 20
