"""A service as it is deployed: its own processes, its own data folder, a free port of the loopback."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.lesser_kernel import under

STOP_SECONDS = 45


@dataclass(frozen=True)
class Running:
    """A service that is ready; `line` is what it printed."""

    process: subprocess.Popen[str]
    line: str
    base_url: str
    data_dir: Path

    @property
    def admin_key(self) -> str:
        return (self.data_dir / "admin-key").read_text().strip()

    def cli(self, *arguments: str, key: str | None = None) -> subprocess.CompletedProcess[str]:
        """`docurift …` against this service."""
        environment = clean_environment() | {"DOCURIFT_URL": self.base_url, "DOCURIFT_DATA_DIR": str(self.data_dir)}
        if key is not None:
            environment["DOCURIFT_API_KEY"] = key
        command = [sys.executable, "-m", "docurift", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=100, check=False)


def clean_environment() -> dict[str, str]:
    """The environment without settings of a service."""
    return {name: value for name, value in os.environ.items() if not name.startswith("DOCURIFT_")}


def start(
    data_dir: Path, settings: Mapping[str, str] | None = None, *, without: str = "", wrapper: Sequence[str] = ()
) -> subprocess.Popen[str]:
    """`docurift serve` on `data_dir`, on a kernel `without` these layers, run by `wrapper`; its log goes to
    `data_dir`.log.
    """
    command = [*wrapper, sys.executable, "-m", "docurift", "serve", "--data-dir", str(data_dir), "--port", "0"]
    command = under(without, command) if without else command
    with data_dir.with_suffix(".log").open("ab") as log:
        return subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=log, text=True, env=clean_environment() | dict(settings or {})
        )


def until_ready(process: subprocess.Popen[str], data_dir: Path) -> Running:
    """The service after it printed its line; fails with the end of its log if it ended first."""
    assert process.stdout is not None
    line = process.stdout.readline().strip()
    address = re.search(r"http://[0-9.]+:\d+", line)
    assert address, data_dir.with_suffix(".log").read_text()[-3000:]
    return Running(process, line, address[0], data_dir)


def stop(process: subprocess.Popen[str]) -> int:
    """The exit code after SIGTERM."""
    process.send_signal(signal.SIGTERM)
    try:
        process.communicate(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
    return process.returncode


@contextmanager
def a_data_folder() -> Iterator[Path]:
    """A folder for a service, which need not be there yet. Not pytest's own: that is closed to the account under which
    the embedded database runs when the tests run as root.
    """
    holder = Path(tempfile.mkdtemp(prefix="docurift-test-"))
    holder.chmod(0o711)
    try:
        yield holder / "data"
    finally:
        shutil.rmtree(holder, ignore_errors=True)


@contextmanager
def running(
    data_dir: Path, settings: Mapping[str, str] | None = None, *, without: str = "", wrapper: Sequence[str] = ()
) -> Iterator[Running]:
    """A service that is stopped at the end; `start` says what the arguments mean."""
    process = start(data_dir, settings, without=without, wrapper=wrapper)
    try:
        yield until_ready(process, data_dir)
    finally:
        stop(process)
