"""Processes as deployed are killed at bad moments; no job is lost, none is done twice, none disturbs another."""

import http.client
import json
import os
import signal
import urllib.error
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from tests.support.bombs import pdf_tiling
from tests.support.client import Client, client_of
from tests.support.pdfs import a_pdf
from tests.support.service import Running, running
from tests.support.waiting import until

PLANTED_ENGINE = Path(__file__).parents[1] / "support" / "planted_engine.py"
QUICK = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_TEST_ENGINE": str(PLANTED_ENGINE),
    "DOCURIFT_LEASE_SECONDS": "2",
    "DOCURIFT_RENEW_SECONDS": "0.5",
    "DOCURIFT_RESCUE_SECONDS": "0.5",
    "DOCURIFT_SLOTS": "4",
}


@dataclass(frozen=True)
class Service:
    running: Running
    client: Client

    def worker_of(self, job_id: str) -> int:
        """The process that took the job last; its log says which name is whose."""
        name = self.one("select worker from attempts where job_id = %s order by number desc limit 1", job_id)
        lines = self.running.data_dir.with_suffix(".log").read_text().splitlines()
        ready = [json.loads(line) for line in lines if '"worker.ready"' in line]
        return next(one["pid"] for one in ready if one["worker"] == name)

    def pid_of(self, role: str) -> int | None:
        """The process of `role` (`api`, `work`) that the service runs now."""
        for pid in children_of(self.running.process.pid):
            words = command_of(pid)
            if "docurift.serve" in words and role in words:
                return pid
        return None

    def dsn(self) -> str:
        """The database that the service's processes were given."""
        pid = self.pid_of("api")
        environment = Path(f"/proc/{pid}/environ").read_text().split("\0")
        return next(line for line in environment if line.startswith("DOCURIFT_DATABASE_URL=")).partition("=")[2]

    def one(self, query: str, *values: object) -> Any:  # noqa: ANN401 -- whatever a column holds
        with psycopg.connect(self.dsn(), autocommit=True) as connection:
            row = connection.execute(query.encode(), values).fetchone()
        assert row is not None
        return row[0]

    def endings(self, job_id: str) -> int:
        """How many events tell the job's end."""
        return self.one("select count(*) from events where job_id = %s and type ~ '(completed|failed)$'", job_id)


@contextmanager
def a_service(folder: Path, settings: Mapping[str, str]) -> Iterator[Service]:
    with running(folder, QUICK | dict(settings)) as started:
        yield Service(started, client_of(started.base_url, started.data_dir))


@pytest.fixture(scope="module")
def service(module_folder: Path) -> Iterator[Service]:
    with a_service(module_folder, {"DOCURIFT_PARSER_BASE_SECONDS": "3"}) as started:
        yield started


def children_of(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def command_of(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []


def test_a_job_whose_worker_is_killed_completes_once_after_its_restart(service: Service) -> None:
    job_id = service.client.submitted(b"PLANT slow 20 0.15", name="slow.txt")
    service.client.until(job_id, pages_read=1)
    worker = service.pid_of("work")
    assert worker is not None
    below = [one for zygote in children_of(worker) for one in (zygote, *children_of(zygote))]

    os.kill(worker, signal.SIGKILL)

    until(lambda: not any(Path(f"/proc/{one}").exists() for one in below))
    job = service.client.final(job_id)
    assert (job["status"], job["attempt"], job["pagesProcessed"]) == ("completed", 2, 20)
    assert service.endings(job_id) == 1
    assert service.pid_of("work") != worker


def test_a_page_can_be_had_before_its_job_ends_and_is_not_read_again_after_a_death(service: Service) -> None:
    answer = service.client.submit(b"PLANT pages 8 each=0.3", name="pages.txt")
    job_id, first_page = answer.data["jobId"], f"/v1/documents/{answer.data['documentId']}/pages/1"
    until(lambda: service.client.call("GET", first_page).status == 200)
    early = service.client.call("GET", first_page).data
    was_running = service.client.job(job_id)["status"] == "processing"

    os.kill(service.worker_of(job_id), signal.SIGKILL)

    job = service.client.final(job_id)
    assert was_running
    assert (job["status"], job["attempt"], job["pagesProcessed"]) == ("completed", 2, 8)
    assert service.client.call("GET", first_page).data == early  # it names the child that read it
    last_page = first_page.removesuffix("1") + "8"
    assert service.client.call("GET", last_page).data["engine"] != early["engine"]
    assert service.one("select count(*) from page_checkpoints where job_id = %s", job_id) == 0


def test_a_worker_that_was_frozen_past_its_lease_changes_nothing(folder: Path) -> None:
    with a_service(folder, {"DOCURIFT_WORKERS": "2"}) as service:
        job_id = service.client.submitted(b"PLANT slow 20 0.15", name="slow.txt")
        service.client.until(job_id, pages_read=1)
        frozen = service.worker_of(job_id)

        os.kill(frozen, signal.SIGSTOP)
        until(lambda: service.worker_of(job_id) != frozen)
        os.kill(frozen, signal.SIGCONT)

        job = service.client.final(job_id)
        zombie = "select count(*) from attempts where job_id = %s and number = 1 and outcome = 'completed'"
        assert (job["status"], job["attempt"], job["pagesProcessed"]) == ("completed", 2, 20)
        assert (service.endings(job_id), service.one(zombie, job_id)) == (1, 0)
        until(lambda: not any(children_of(zygote) for zygote in children_of(frozen)))


def test_bad_documents_fail_alone_while_twenty_others_complete(service: Service) -> None:
    client = service.client
    bad = {
        client.submitted(b"PLANT segv", name="crash.txt"): "PARSER_CRASHED",
        client.submitted(b"PLANT spin", name="hang.txt"): "PROCESSING_TIMEOUT",
        client.submitted(pdf_tiling(), name="bomb.pdf"): "PROCESSING_TIMEOUT",
    }
    good = [
        client.submitted(a_pdf([(72, 700, f"Document number {number}")]), name=f"{number}.pdf") for number in range(20)
    ]

    ended = {job_id: client.final(job_id) for job_id in (*bad, *good)}

    assert {job_id: ended[job_id]["error"]["code"] for job_id in bad} == bad
    assert {ended[job_id]["status"] for job_id in good} == {"completed"}
    assert {ended[job_id]["attempt"] for job_id in good} == {1}


def test_a_job_whose_answer_was_lost_with_the_api_is_there(folder: Path) -> None:
    with a_service(folder, {"DOCURIFT_FAILPOINT": "submit.answer:kill"}) as service:
        killed = service.pid_of("api")
        key = {"Idempotency_Key": "the same request"}

        with pytest.raises((http.client.RemoteDisconnected, ConnectionResetError, urllib.error.URLError)):
            service.client.submit(b"PLANT good 2", name="a.txt", **key)

        until(lambda: service.pid_of("api") not in {None, killed})
        answer = service.client.submit(b"PLANT good 2", name="a.txt", **key)
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert service.client.final(answer.data["jobId"])["status"] == "completed"
        assert service.one("select count(*) from jobs") == 1


def test_sigterm_gives_work_back_without_counting_the_try(folder: Path) -> None:
    settings = {"DOCURIFT_DRAIN_SECONDS": "3"}
    with a_service(folder, settings) as first:
        short = first.client.submitted(b"PLANT slow 2 0.3", name="short.txt")
        long = first.client.submitted(b"PLANT slow 1000 0.05", name="long.txt")
        first.client.until(long, pages_read=1)
    assert first.running.process.returncode == 0

    with a_service(folder, settings) as second:
        assert second.client.final(short)["status"] == "completed"
        until(lambda: second.client.job(long)["attempt"] == 2)
        assert second.one("select tries from jobs where id = %s", long) == 1


def test_everything_ends_with_the_service_that_started_it(folder: Path) -> None:
    with a_service(folder, {"DOCURIFT_DRAIN_SECONDS": "3"}) as service:
        job_id = service.client.submitted(b"PLANT slow 1000 0.05", name="long.txt")
        service.client.until(job_id, pages_read=1)
        ours = children_of(service.running.process.pid)
        below = [one for pid in ours for one in children_of(pid) if "postgres" not in " ".join(command_of(one))]
        processes = [pid for pid in (*ours, *below) if "postgres" not in " ".join(command_of(pid))]

        service.running.process.kill()

        until(lambda: not any(alive(pid) for pid in processes))
    with a_service(folder, {}) as again:  # on the database that went on
        assert again.client.job(job_id)["status"] == "processing"


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False
