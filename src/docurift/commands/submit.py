"""`docurift submit`: hands files in and, if asked, waits for what becomes of them."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console

from docurift.client import Client, ServiceError
from docurift.client.http import FINAL, Record
from docurift.commands.batch_run import run_batches
from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect
from docurift.commands.exits import CommandError, Exit
from docurift.commands.folders import gather
from docurift.commands.progress import Board, board
from docurift.commands.summary import line_of
from docurift.model.filename import name_in

POLL_SECONDS: Final = 0.25


@dataclass(slots=True)
class Handed:
    """A file that was handed in; `job` is as it was last seen."""

    line: int
    name: str
    job: Record


def submit(
    paths: Annotated[
        list[Path] | None, typer.Argument(metavar="PATH...", help="The documents, and folders of them.")
    ] = None,
    urls: Annotated[
        list[str] | None,
        typer.Option("--url", help="Have the service fetch this document; may be repeated.", metavar="URL"),
    ] = None,
    document_type: Annotated[str, typer.Option("--type", help="What the documents are.", metavar="TYPE")] = "generic",
    language: Annotated[str, typer.Option(help="Language of the text, as ISO 639-1.", metavar="CODE")] = "en",
    pages: Annotated[str | None, typer.Option(help="Only these pages, as 1-3,7.", metavar="RANGES")] = None,
    recursive: Annotated[bool, typer.Option("--recursive", help="Hand in what is in folders.")] = False,
    batch: Annotated[
        bool, typer.Option("--batch", help="Hand in as batches of up to 1,000 files and 1 GiB; one ZIP is unpacked.")
    ] = False,
    webhook_url: Annotated[
        str | None, typer.Option("--webhook-url", help="Have the end of each job told here, signed.", metavar="URL")
    ] = None,
    wait: Annotated[
        bool | None,
        typer.Option("--wait/--no-wait", help="Wait until every job is final; batches do.", show_default=False),
    ] = None,
    timeout: Annotated[float | None, typer.Option(help="Wait so long at most.", metavar="SECONDS")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print each job as one line of JSON.")] = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Hand in documents; print one line a job, or a summary of batches. Ends with 1 if one was refused or failed."""
    wanted = {"documentType": document_type, "language": language, "pages": pages, "webhookUrl": webhook_url}
    fields = {name: value for name, value in wanted.items() if value}
    if not paths and not urls:
        raise CommandError("Name a file, a folder or a --url to hand in.", Exit.USAGE)
    if batch and urls:
        raise CommandError("A document by --url is a job of its own: leave --batch out.", Exit.USAGE)
    gathered = gather(paths or (), recursive=recursive)
    for one in gathered.skipped:
        typer.echo(f"{one.path}: skipped, it {one.reason}", err=True)
    if not gathered.files and not urls:
        raise CommandError("There is nothing to hand in.")
    with connect(base_url, api_key, data_dir) as client:
        if batch:
            code = run_batches(client, gathered.files, fields, wait=wait is not False, timeout=timeout, as_json=as_json)
        else:
            sources = (*gathered.files, *(urls or ()))
            code = _run_single(client, sources, fields, wait=bool(wait), timeout=timeout, as_json=as_json)
    if code:
        raise typer.Exit(code)


def _run_single(
    client: Client,
    sources: Sequence[Path | str],
    fields: dict[str, str],
    *,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> Exit:
    with board(Console(stderr=True)) as shown:
        handed, refused = hand_in(client, sources, fields, shown)
        if wait:
            follow(client, handed, shown, timeout_seconds=timeout)
    for one in handed:
        print(msgspec.json.encode(one.job).decode() if as_json else line_of(one.job, name=one.name))
    for sentence in refused:
        typer.echo(sentence, err=True)
    return Exit.FAILED if refused or any(one.job["status"] == "failed" for one in handed) else Exit.DONE


def hand_in(
    client: Client, sources: Sequence[Path | str], fields: dict[str, str], shown: Board
) -> tuple[list[Handed], list[str]]:
    """Hand in each file, and each URL for the service to fetch; a refused one does not stop the next. Answers what was
    taken, and a sentence for each that was not.

    Raises:
        UnreachableError: no service answers.
    """
    handed: list[Handed] = []
    refused: list[str] = []
    for source in sources:
        name = name_in(source) if isinstance(source, str) else source.name
        line = shown.add(name, source.stat().st_size if isinstance(source, Path) and source.is_file() else 0)
        try:
            accepted = _send(client, source, fields, sent=lambda size, line=line: shown.sent(line, size))
            job = client.job(str(accepted["jobId"]))
        except (ServiceError, OSError) as error:
            shown.refused(line, error.code if isinstance(error, ServiceError) else error.strerror or str(error))
            refused.append(_sentence(source, error))
            continue
        shown.job(line, job)
        handed.append(Handed(line, name, job))
    return handed, refused


def _send(client: Client, source: Path | str, fields: dict[str, str], *, sent: Callable[[int], None]) -> Record:
    if isinstance(source, str):
        return client.submit_url(source, fields)
    return client.submit(source, fields, sent=sent)


def follow(client: Client, handed: list[Handed], shown: Board, *, timeout_seconds: float | None = None) -> None:
    """Look after the jobs until each is final.

    Raises:
        CommandError: they were not, after `timeout_seconds`.
    """
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while open_ones := [one for one in handed if one.job["status"] not in FINAL]:
        if deadline is not None and time.monotonic() > deadline:
            raise CommandError(f"{len(open_ones)} of {len(handed)} jobs are not final yet.", Exit.TIMEOUT)
        for one in open_ones:
            one.job = client.job(str(one.job["id"]))
            shown.job(one.line, one.job)
        time.sleep(POLL_SECONDS)


def _sentence(source: Path | str, error: ServiceError | OSError) -> str:
    if isinstance(error, ServiceError):
        shown = source.partition("?")[0] if isinstance(source, str) else source  # a signed link's secret stays here
        return f"{shown}: {error.code}: {error.message}"
    return f"{source}: cannot be read: {error.strerror or error}"
