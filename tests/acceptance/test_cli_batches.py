"""Folders, archives and batches from the command line, against a service as it is deployed."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.archives import MIB, a_zip, with_blanks
from tests.support.pdfs import a_pdf
from tests.support.service import Running, a_data_folder, clean_environment, running

from docurift.commands.exits import Exit

ROOT = Path(__file__).parents[2]
INVOICE = ROOT / "samples/invoice.pdf"
ENGINE = ROOT / "tests/support/planted_engine.py"
SETTINGS = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_TEST_ENGINE": str(ENGINE),
    "DOCURIFT_MAX_UPLOAD_BYTES": str(2 * MIB),
    "DOCURIFT_PARSER_BASE_SECONDS": "300",  # what spins here ends by being cancelled, on the slowest machine too
    "DOCURIFT_PARSER_CEILING_SECONDS": "300",
}


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with a_data_folder() as folder, running(folder, SETTINGS) as one:
        yield one


def a_page(words: str) -> bytes:
    return a_pdf([(60, 700, words)])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good documents, one that is damaged, one of no type that is read by name, one hidden."""
    root = tmp_path / "inbox"
    (root / "2024").mkdir(parents=True)
    shutil.copy(INVOICE, root / "b.pdf")
    (root / "2024/a.pdf").write_bytes(a_page("Invoice INV-2041"))
    (root / "c.txt").write_text("Dear reader")
    (root / "damaged.pdf").write_bytes(b"%PDF-1.7\n" + b"no object in here\n" * 40)
    (root / "tool.exe").write_bytes(b"MZ")
    (root / ".hidden.pdf").write_bytes(a_page("hidden"))
    return root


def test_a_folder_is_handed_in_followed_and_summed_up(service: Running, folder: Path) -> None:
    done = service.cli("submit", str(folder), "--recursive", "--batch", "--timeout", "80")

    assert done.returncode == Exit.FAILED, done.stderr
    summary, failed = done.stdout.splitlines()
    assert summary.split("\t")[1:5] == ["completed", "4", "3", "1"]
    assert failed.split("\t")[1:3] == ["damaged.pdf", "FILE_CORRUPT"]
    for said in (".hidden.pdf: skipped", "tool.exe: skipped", "completed 4/4 items, 1 failed"):
        assert said in done.stderr


def test_results_come_as_lines_in_the_order_of_the_folder(service: Running, folder: Path) -> None:
    (folder / "damaged.pdf").unlink()

    done = service.cli("submit", str(folder), "--recursive", "--batch", "--json", "--timeout", "80")

    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == Exit.DONE, done.stderr
    assert [(line["index"], line["fileName"], line["status"]) for line in lines] == [
        (0, "a.pdf", "completed"),
        (1, "b.pdf", "completed"),
        (2, "c.txt", "completed"),
    ]
    assert "INV-2041" in lines[0]["result"]["rawText"]


def test_an_archive_is_unpacked_and_what_is_bad_in_it_stops_nothing(service: Running, tmp_path: Path) -> None:
    archive = tmp_path / "inbox.zip"
    files = {"1/first.pdf": a_page("first"), "../../escaped.pdf": a_page("no"), "2/last.pdf": a_page("last")}
    archive.write_bytes(with_blanks(a_zip(files), "bomb.bin", 20 * MIB))

    done = service.cli("submit", str(archive), "--batch", "--timeout", "80")

    assert done.returncode == Exit.FAILED, done.stderr
    summary, *failed = done.stdout.splitlines()
    batch_id, *counted = summary.split("\t")
    assert counted[:4] == ["completed", "4", "2", "2"]
    assert [line.split("\t")[1:3] for line in failed] == [
        ["escaped.pdf", "FILE_CORRUPT"],
        ["bomb.bin", "DECOMPRESSION_LIMIT"],
    ]
    lines = [json.loads(line) for line in service.cli("batches", "results", batch_id).stdout.splitlines()]
    assert [line["status"] for line in lines] == ["completed", "failed", "completed", "failed"]


def test_an_archive_that_is_none_fails_its_batch_and_the_command(service: Running, tmp_path: Path) -> None:
    archive = tmp_path / "broken.zip"
    archive.write_bytes(a_zip({"first.pdf": a_page("first")})[:-30])

    done = service.cli("submit", str(archive), "--batch", "--timeout", "80")

    assert done.returncode == Exit.FAILED
    assert "\tFILE_CORRUPT\t" in done.stdout
    assert "Traceback" not in done.stderr


def test_what_is_too_large_or_gone_is_left_out_of_the_batch_and_named(service: Running, folder: Path) -> None:
    (folder / "large.pdf").write_bytes(b"%PDF-1.7\n" + bytes(3 * MIB))
    (folder / "damaged.pdf").unlink()

    done = service.cli("submit", str(folder), str(folder / "gone.pdf"), "--recursive", "--batch", "--timeout", "80")

    assert done.returncode == Exit.FAILED
    assert done.stdout.split("\t")[1:5] == ["completed", "3", "3", "0"], done.stderr
    assert "large.pdf: FILE_TOO_LARGE" in done.stderr
    assert "gone.pdf: cannot be read" in done.stderr


def test_a_batch_is_listed_shown_and_cancelled_and_what_failed_is_run_again(service: Running, tmp_path: Path) -> None:
    for number in range(3):
        (tmp_path / f"{number}.txt").write_text(f"PLANT spin {number}")
    begun = service.cli("submit", str(tmp_path), "--recursive", "--batch", "--no-wait")
    batch_id = begun.stdout.split("\t")[0]

    cancelled = service.cli("batches", "cancel", batch_id)
    followed = service.cli("batches", "results", batch_id, "--follow")

    assert (begun.returncode, cancelled.returncode) == (Exit.DONE, Exit.DONE), begun.stderr + cancelled.stderr
    lines = [json.loads(line) for line in followed.stdout.splitlines()]
    assert [line["error"]["code"] for line in lines] == ["JOB_CANCELLED"] * 3
    assert batch_id in service.cli("batches", "list").stdout
    shown = service.cli("batches", "show", batch_id)
    assert shown.stdout.splitlines()[0].split("\t")[:5] == [batch_id, "completed", "3", "0", "3"]
    again = service.cli("batches", "retry-failed", batch_id, "--json")
    retried = json.loads(again.stdout)["id"]
    assert json.loads(service.cli("batches", "show", retried, "--json").stdout)["retryOf"] == batch_id
    assert service.cli("batches", "cancel", retried).returncode == Exit.DONE


def test_jobs_are_cancelled_and_final_ones_are_not(service: Running, tmp_path: Path) -> None:
    (tmp_path / "spin.txt").write_text("PLANT spin")
    final_job = service.cli("submit", str(INVOICE), "--wait").stdout.split("\t")[0]
    running_job = service.cli("submit", str(tmp_path / "spin.txt")).stdout.split("\t")[0]

    done = service.cli("jobs", "cancel", final_job, running_job)

    assert done.returncode == Exit.FAILED
    assert f"{final_job}: JOB_ALREADY_FINAL" in done.stderr
    waited = service.cli("jobs", "wait", running_job, "--timeout", "60")
    assert "JOB_CANCELLED" in waited.stdout


def test_a_user_who_leaves_is_told_which_batches_go_on(service: Running, tmp_path: Path) -> None:
    (tmp_path / "spin.txt").write_text("PLANT spin 7")
    environment = clean_environment() | {"DOCURIFT_URL": service.base_url, "DOCURIFT_DATA_DIR": str(service.data_dir)}
    command = [sys.executable, "-m", "docurift", "submit", str(tmp_path), "--recursive", "--batch"]
    leaving = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert leaving.stderr is not None
    heard = leaving.stderr.readline()  # of the batch that was taken

    leaving.send_signal(2)
    _, told = leaving.communicate(timeout=60)

    assert "items" in heard
    assert leaving.returncode == Exit.FAILED
    assert "Interrupted; these go on: batch_" in told
    assert "Traceback" not in told
    batch_id = next(word for word in told.split() if word.startswith("batch_"))
    assert service.cli("batches", "cancel", batch_id).returncode == Exit.DONE
