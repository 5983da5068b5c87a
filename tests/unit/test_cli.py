"""The command line without a service: what it says, and how it ends."""

import subprocess
import sys
from pathlib import Path

import pytest

from docurift import __version__
from docurift.commands.connection import admin_key
from docurift.commands.exits import CommandError, Exit


def docurift(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The command as a user runs it, in an empty environment and folder."""
    command = [sys.executable, "-m", "docurift", *arguments]
    return subprocess.run(command, cwd=folder, env={}, capture_output=True, text=True, timeout=60, check=False)


def test_version_is_printed_alone(tmp_path: Path) -> None:
    done = docurift("version", folder=tmp_path)

    assert (done.returncode, done.stdout) == (Exit.DONE, f"{__version__}\n")


def test_a_missing_key_is_told_in_one_sentence_that_names_the_ways_out(tmp_path: Path) -> None:
    done = docurift("jobs", "list", folder=tmp_path)

    assert done.returncode == Exit.USAGE
    assert done.stderr.count("\n") == 1
    assert "--api-key" in done.stderr
    assert "DOCURIFT_API_KEY" in done.stderr


def test_a_service_that_does_not_run_is_told_without_a_traceback(tmp_path: Path) -> None:
    # Port 9 of the loopback: discard, which nothing serves.
    done = docurift("jobs", "list", "--api-key", "frc_x", "--base-url", "http://127.0.0.1:9", folder=tmp_path)

    assert done.returncode == Exit.UNREACHABLE
    assert "No service answers at http://127.0.0.1:9" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("address", ["no-scheme", "ftp://127.0.0.1", "http://[", "http://127.0.0.1:99999"])
def test_an_address_that_is_none_is_told_without_a_traceback(address: str, tmp_path: Path) -> None:
    done = docurift("jobs", "list", "--api-key", "frc_x", "--base-url", address, folder=tmp_path)

    assert done.returncode == Exit.UNREACHABLE
    assert "Traceback" not in done.stderr


def test_a_misspelt_setting_stops_the_service_before_it_starts(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "docurift", "doctor"]
    done = subprocess.run(
        command, cwd=tmp_path, env={"DOCURIFT_MAX_PAGE": "3"}, capture_output=True, text=True, check=False
    )

    assert done.returncode == Exit.USAGE
    assert "DOCURIFT_MAX_PAGE" in done.stderr


def test_doctor_changes_nothing_on_disk_and_names_every_area(tmp_path: Path) -> None:
    done = docurift("doctor", folder=tmp_path)

    assert list(tmp_path.iterdir()) == []
    for area in ("database", "blob store", "rapidocr", "tesseract", "landlock", "seccomp", "no_new_privs", "mdwe"):
        assert area in done.stdout


def test_the_admin_key_is_read_without_its_line_end(tmp_path: Path) -> None:
    (tmp_path / "admin-key").write_text("frc_abc\n")

    assert admin_key(tmp_path) == "frc_abc"


def test_bytes_that_are_no_key_are_told(tmp_path: Path) -> None:
    (tmp_path / "admin-key").write_bytes(b"\xff\xfe")

    with pytest.raises(CommandError, match="it is no key"):
        admin_key(tmp_path)


def test_the_client_needs_nothing_of_the_server(tmp_path: Path) -> None:
    program = (
        "import sys, docurift.client; "
        "print([m for m in ('fastapi', 'psycopg', 'msgspec', 'rich', 'typer') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)

    assert done.stdout == "[]\n"


def test_asking_commands_load_no_server(tmp_path: Path) -> None:
    program = (
        "import sys, docurift.cli; "
        "print([m for m in ('fastapi', 'psycopg', 'obstore', 'numpy', 'PIL', 'pypdfium2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=tmp_path, check=True)

    assert done.stdout == "[]\n"


@pytest.mark.parametrize("arguments", [("migrate",), ("keys", "create", "--name", "x", "--direct")])
def test_a_database_that_does_not_answer_is_told_in_one_sentence(arguments: tuple[str, ...], tmp_path: Path) -> None:
    environment = {
        "DOCURIFT_DATABASE_URL": "postgresql://nobody@127.0.0.1:9/nothing",
        "DOCURIFT_DATABASE_TIMEOUT_SECONDS": "0.5",
    }
    command = [sys.executable, "-m", "docurift", *arguments]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)

    assert done.returncode == Exit.FAILED
    assert done.stderr.startswith("docurift: ")
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""
