"""The command line against a service as a user starts it."""

import json
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.service import Running, a_data_folder, clean_environment, running, start, stop, until_ready

from docurift.commands.exits import Exit
from docurift.model.key import is_well_formed, new_key

ROOT = Path(__file__).parents[2]
INVOICE = str(ROOT / "samples/invoice.pdf")


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with a_data_folder() as folder, running(folder) as started:
        yield started


@pytest.fixture
def data_folder() -> Iterator[Path]:
    with a_data_folder() as folder:
        yield folder


def test_serve_says_in_one_line_where_it_is_and_where_the_key_is(service: Running) -> None:
    key_file = service.data_dir / "admin-key"

    assert service.base_url in service.line
    assert str(key_file) in service.line
    assert is_well_formed(service.admin_key)
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_created_key_is_printed_alone_and_works(service: Running) -> None:
    created = service.cli("keys", "create", "--name", "importer")
    key = created.stdout.removesuffix("\n")

    assert (created.returncode, is_well_formed(key)) == (Exit.DONE, True)
    assert service.cli("jobs", "list", key=key).returncode == Exit.DONE


def test_a_key_that_may_not_make_keys_is_told_so(service: Running) -> None:
    reader = service.cli("keys", "create", "--name", "reader", "--scope", "jobs:read").stdout.strip()

    refused = service.cli("keys", "create", "--name", "more", key=reader)

    assert refused.returncode == Exit.FAILED
    assert "FORBIDDEN" in refused.stderr
    assert refused.stdout == ""


def test_a_key_that_is_not_known_is_told_without_a_traceback(service: Running) -> None:
    refused = service.cli("jobs", "list", key=new_key())

    assert refused.returncode == Exit.FAILED
    assert "INVALID_API_KEY" in refused.stderr
    assert "Traceback" not in refused.stderr


def test_submit_and_wait_prints_each_finished_job_as_json(service: Running) -> None:
    done = service.cli("submit", INVOICE, INVOICE, "--wait", "--json", "--timeout", "60")

    jobs = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == Exit.DONE, done.stderr
    assert [(job["status"], job["pageCount"]) for job in jobs] == [("completed", 3), ("completed", 3)]
    assert "LI-2024-0117" in jobs[0]["result"]["rawText"]


def test_attempts_name_the_worker_but_not_its_host(service: Running) -> None:
    job_id = service.cli("submit", INVOICE, "--wait").stdout.split("\t")[0]

    told = service.cli("jobs", "attempts", job_id).stdout

    assert told.count("completed") == 1
    assert socket.gethostname() not in told


def test_a_job_is_explained_in_sentences(service: Running) -> None:
    job_id = service.cli("submit", INVOICE, "--wait").stdout.split("\t")[0]

    told = service.cli("jobs", "explain", job_id).stdout

    assert f"{job_id}: completed" in told
    assert "COMPLETED: The document was read." in told
    assert "you can: fetch_result, retry, delete" in told


def test_what_is_refused_does_not_stop_the_rest(service: Running, tmp_path: Path) -> None:
    empty, missing, unknown = tmp_path / "empty.pdf", tmp_path / "missing.pdf", tmp_path / "unknown.bin"
    empty.touch()
    unknown.write_bytes(bytes(range(256)) * 8)

    done = service.cli("submit", str(empty), str(missing), str(unknown), INVOICE)

    assert done.returncode == Exit.FAILED
    assert done.stdout.count("\n") == 1
    for said in ("EMPTY_FILE", "No such file", "INVALID_FILE_TYPE"):
        assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_damaged_document_fails_its_job_and_the_command(service: Running, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.pdf"
    damaged.write_bytes(b"%PDF-1.7\n" + b"no object in here\n" * 40)

    done = service.cli("submit", str(damaged), "--wait", "--timeout", "60")

    assert done.returncode == Exit.FAILED
    assert "failed\tdamaged.pdf\tFILE_CORRUPT" in done.stdout


def test_a_file_that_is_too_large_is_refused_with_its_code(service: Running, tmp_path: Path) -> None:
    large = tmp_path / "large.pdf"
    with large.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        file.truncate(51 * 1024 * 1024)

    done = service.cli("submit", str(large))

    assert done.returncode == Exit.FAILED
    assert "FILE_TOO_LARGE" in done.stderr


def test_jobs_are_listed_shown_and_waited_for(service: Running) -> None:
    job_id = service.cli("submit", INVOICE).stdout.split("\t")[0]

    waited = service.cli("jobs", "wait", job_id, "--timeout", "60")
    listed = service.cli("jobs", "list", "--status", "completed", "--limit", "100")
    shown = service.cli("jobs", "show", job_id, "--json")

    assert waited.returncode == Exit.DONE, waited.stderr
    assert f"{job_id}\tcompleted\tinvoice.pdf\t3 pages\n" in listed.stdout
    assert json.loads(shown.stdout)["id"] == job_id


@pytest.mark.parametrize("arguments", [("list", "--status", "finished"), ("show", "job_nothing")])
def test_a_wrong_question_gets_the_services_own_words(service: Running, arguments: tuple[str, ...]) -> None:
    done = service.cli("jobs", *arguments)

    assert done.returncode == Exit.FAILED
    assert "Traceback" not in done.stderr
    assert done.stderr.startswith("docurift: ")


def test_a_key_is_written_to_the_database_itself_only_where_that_is_free(data_folder: Path) -> None:
    with running(data_folder) as served:
        refused = served.cli("keys", "create", "--name", "operator", "--scope", "admin", "--direct")
    direct = served.cli("keys", "create", "--name", "operator", "--scope", "admin", "--direct")

    assert refused.returncode == Exit.FAILED
    assert "Traceback" not in refused.stderr
    assert is_well_formed(direct.stdout.removesuffix("\n")), direct.stderr


def test_a_second_service_on_the_same_folder_says_so_and_leaves(service: Running) -> None:
    second = start(service.data_dir)
    said, _ = second.communicate(timeout=60)

    assert second.returncode != 0
    assert said == ""
    assert service.cli("jobs", "list").returncode == Exit.DONE


def test_a_stopped_service_leaves_with_zero_and_keeps_its_key_and_jobs(data_folder: Path) -> None:
    with_job = until_ready(start(data_folder), data_folder)
    key = with_job.admin_key
    job_id = with_job.cli("submit", INVOICE, "--wait").stdout.split("\t")[0]

    assert stop(with_job.process) == 0
    with running(data_folder) as again:
        assert again.admin_key == key
        assert again.cli("jobs", "show", job_id).returncode == Exit.DONE


def test_the_demo_reads_every_sample_and_ends_with_zero() -> None:
    done = subprocess.run(
        [sys.executable, "tools/demo.py"],
        cwd=ROOT,
        env=clean_environment(),
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    for name in ("invoice.pdf", "scanned-report.pdf", "receipt-photo.jpg", "fax.tiff"):
        assert f"{name}: completed" in done.stdout
    assert "/docs" in done.stdout
