"""`make demo`: starts the service on a temporary folder, reads the sample documents, shows the results, stops."""

import os
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console

from docurift.client import Client
from docurift.commands.connection import admin_key
from docurift.commands.progress import board
from docurift.commands.submit import Handed, follow, hand_in
from docurift.commands.summary import describe

SAMPLES: Final = Path(__file__).parent.parent / "samples"
FILES: Final = ("invoice.pdf", "scanned-report.pdf", "receipt-photo.jpg", "fax.tiff")
READY_SECONDS: Final = 60
STOP_SECONDS: Final = 40
PAGES_ASKED: Final = 10


def main() -> int:
    """Run the demonstration; 0 if every sample was read."""
    holder = Path(tempfile.mkdtemp(prefix="docurift-demo-"))
    holder.chmod(0o711)  # as root, the database runs under an account that must find the way to its own folder
    folder = holder / "data"
    try:
        with started(folder) as base_url, Client(base_url, admin_key(folder)) as client:
            return show(client)
    finally:
        shutil.rmtree(holder, ignore_errors=True)


def show(client: Client) -> int:
    """Hand the samples in, follow them, print what was read."""
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"\nHanding in {len(FILES)} documents from samples/\n")
    with board(Console()) as shown:
        handed, refused = hand_in(client, [SAMPLES / name for name in FILES], {"documentType": "generic"}, shown)
        follow(client, handed, shown, timeout_seconds=300)
    for one in handed:
        console.print()
        for line in describe(one.job, text_sources=sources(client, one)):
            console.print(line, markup=False)
    console.print(f"\nAPI docs while a service runs: {client.base_url}/docs  (`make serve` leaves one running)")
    for sentence in refused:
        console.print(sentence, markup=False)
    return int(bool(refused) or any(one.job["status"] != "completed" for one in handed))


def sources(client: Client, one: Handed) -> list[str]:
    """How the text of each page was got: `native` or `ocr`."""
    if one.job["status"] != "completed":
        return []
    count = min(int(str(one.job["pageCount"])), PAGES_ASKED)
    document_id = str(one.job["documentId"])
    return [str(client.page(document_id, number)["textSource"]) for number in range(1, count + 1)]


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """A service of its own on a free port, stopped at the end; gives its address. What it logs goes to a file."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("DOCURIFT_")}
    log = folder.with_suffix(".log")
    command = [sys.executable, "-m", "docurift", "serve", "--data-dir", str(folder), "--port", "0"]
    began = time.monotonic()
    with log.open("wb") as errors:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment)
    try:
        line = ready_line(process)
        if line is None:
            print(log.read_text(errors="replace")[-4000:], file=sys.stderr)
            raise SystemExit("The service did not start; its log is above.")
        print(f"{line}  ({time.monotonic() - began:.1f} s)", flush=True)
        yield address_in(line)
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        log.unlink(missing_ok=True)


def ready_line(process: subprocess.Popen[str]) -> str | None:
    """The one line that the service prints when it is ready; None if it ended first or took too long."""
    assert process.stdout is not None  # noqa: S101 - asked for above
    if not select.select([process.stdout], [], [], READY_SECONDS)[0]:
        return None
    line = process.stdout.readline().strip()
    return line or None


def address_in(line: str) -> str:
    """The service's address, out of its ready line."""
    return next(word.strip(",;.") for word in line.split() if word.startswith("http://"))


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
