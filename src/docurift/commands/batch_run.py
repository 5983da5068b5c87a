"""Hands files in as batches and follows them to their end."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import msgspec
import typer
from rich.console import Console

from docurift.client import Client, ServiceError
from docurift.client.http import FINAL, Record
from docurift.commands.batch_summary import count, print_batches, print_failures
from docurift.commands.exits import CommandError, Exit
from docurift.commands.folders import parted
from docurift.commands.progress import Board, board

POLL_SECONDS: Final = 0.5


@dataclass(slots=True)
class HandedBatch:
    """A batch that was handed in; `batch` is as it was last seen."""

    line: int
    batch: Record

    @property
    def id(self) -> str:
        """Its identifier."""
        return str(self.batch["id"])

    @property
    def has_failures(self) -> bool:
        """Whether it failed, or one of its items did."""
        return self.batch["status"] == "failed" or count(self.batch, "failed") > 0


@dataclass(slots=True)
class Run:
    """What became of a `docurift submit --batch`: batches, and a sentence for each file that was refused."""

    batches: list[HandedBatch] = field(default_factory=list[HandedBatch])
    refused: list[str] = field(default_factory=list[str])

    @property
    def interrupted(self) -> CommandError:
        """What to say when the user leaves in between."""
        if not self.batches:
            return CommandError("Interrupted; no batch was handed in.")
        ids = " ".join(one.id for one in self.batches)
        return CommandError(f"Interrupted; these go on: {ids} (`docurift batches show` tells how far they are).")


def run_batches(
    client: Client,
    files: Sequence[Path],
    fields: Mapping[str, str],
    *,
    wait: bool,
    timeout: float | None,
    as_json: bool,
) -> Exit:
    """Hand in the files as batches, follow them if asked, and print what became of them.

    Raises:
        CommandError: the user left in between, or the time was too short.
    """
    run = Run()
    try:
        with board(Console(stderr=True)) as shown:
            for group in parted(_sizes(files, run)):
                hand_in(client, run, group, fields, shown)
            if wait:
                follow(client, run, shown, timeout_seconds=timeout)
        _print(client, run, has_ended=wait, as_json=as_json)
    except KeyboardInterrupt as interrupt:
        raise run.interrupted from interrupt
    for sentence in run.refused:
        typer.echo(sentence, err=True)
    return Exit.FAILED if run.refused or any(one.has_failures for one in run.batches) else Exit.DONE


def hand_in(client: Client, run: Run, files: Sequence[Path], fields: Mapping[str, str], shown: Board) -> None:
    """Hand in `files` as one batch; those that are too large alone are left out of it, and named in `run.refused`.

    Raises:
        ServiceError, UnreachableError: the batch was not taken.
        CommandError: a file cannot be read, so the batch was not handed in.
    """
    kept = list(files)
    while kept:
        name = kept[0].name if len(kept) == 1 else f"batch {len(run.batches) + 1} ({len(kept)} files)"
        line = shown.add(name, sum(path.stat().st_size for path in kept))
        try:
            accepted = client.create_batch(kept, fields, sent=lambda size, line=line: shown.sent(line, size))
        except ServiceError as error:
            shown.refused(line, error.code)
            kept, too_large = _without_too_large(kept, error)
            run.refused += [f"{path}: {error.code}: {error.message}" for path in too_large]
            continue
        except OSError as error:
            shown.refused(line, error.strerror or str(error))
            raise CommandError(f"{error.filename}: cannot be read: {error.strerror or error}") from error
        handed = HandedBatch(line, accepted)
        run.batches.append(handed)  # from here on a user who leaves has to be told of it
        handed.batch = client.batch(handed.id)
        shown.batch(line, handed.batch)
        return


def follow(client: Client, run: Run, shown: Board, *, timeout_seconds: float | None) -> None:
    """Look after the batches until each is final.

    Raises:
        CommandError: they were not, after `timeout_seconds`.
    """
    deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
    while open_ones := [one for one in run.batches if one.batch["status"] not in FINAL]:
        if deadline is not None and time.monotonic() > deadline:
            ids = " ".join(one.id for one in open_ones)
            raise CommandError(f"{len(open_ones)} of {len(run.batches)} batches are not final yet: {ids}", Exit.TIMEOUT)
        time.sleep(POLL_SECONDS)
        for one in open_ones:
            one.batch = client.batch(one.id)
            shown.batch(one.line, one.batch)


def _sizes(files: Sequence[Path], run: Run) -> dict[Path, int]:
    """In bytes, of those that are there; the others are refused."""
    sizes: dict[Path, int] = {}
    for path in files:
        try:
            sizes[path] = path.stat().st_size
        except OSError as error:
            run.refused.append(f"{path}: cannot be read: {error.strerror or error}")
    return sizes


def _without_too_large(files: Sequence[Path], error: ServiceError) -> tuple[list[Path], list[Path]]:
    """The files that can still be taken, and those over the size that the service named.

    Raises:
        ServiceError: the very same, if that is not what it says.
    """
    most = error.details.get("maxBytes")
    if error.code != "FILE_TOO_LARGE" or not isinstance(most, int):
        raise error
    too_large = [path for path in files if path.stat().st_size > most]
    if not too_large:
        raise error
    return [path for path in files if path not in set(too_large)], too_large


def _print(client: Client, run: Run, *, has_ended: bool, as_json: bool) -> None:
    if as_json:
        for one in run.batches:
            lines = client.batch_results(one.id) if has_ended else iter([msgspec.json.encode(one.batch)])
            for line in lines:
                print(line.decode())
        return
    print_batches([one.batch for one in run.batches])
    if has_ended:
        for one in run.batches:
            print_failures(client, one.batch)
