"""Finds the documents in folders, in the order of their names, and parts them into batches."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docurift.commands.exits import CommandError, Exit

# By name only, to spare the user uploads that would be refused: what a file is, the service tells by its content.
_SUFFIXES: Final = frozenset(
    {
        *(".pdf", ".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp", ".gif", ".heic", ".heif"),
        *(".docx", ".xlsx", ".pptx", ".html", ".htm", ".xhtml", ".eml", ".xml", ".txt", ".md", ".csv"),
    }
)
MAX_ITEMS: Final = 1_000
MAX_BYTES: Final = 1024 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """A path that is not handed in, and why."""

    path: Path
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Gathered:
    """The files to hand in, in order, and what was left out."""

    files: tuple[Path, ...]
    skipped: tuple[Skipped, ...]


def gather(paths: Sequence[Path], *, recursive: bool) -> Gathered:
    """Files that are named are taken whatever they are called; of folders those whose name is that of a format that is
    read. Hidden files and folders, and links to folders, are left out.

    Raises:
        CommandError: a folder is named, and `recursive` is not asked for.
    """
    found: list[Path] = []
    skipped: list[Skipped] = []
    for path in paths:
        if not path.is_dir():
            found.append(path)
            continue
        if not recursive:
            raise CommandError(f"{path} is a folder; --recursive hands in what is in it.", Exit.USAGE)
        for one in _walk(path):
            if isinstance(one, Skipped):
                skipped.append(one)
            else:
                found.append(one)
    return Gathered(files=tuple(found), skipped=tuple(skipped))


def parted(
    sizes: Mapping[Path, int], *, max_items: int = MAX_ITEMS, max_bytes: int = MAX_BYTES
) -> Iterator[list[Path]]:
    """The files in their order, in groups that keep to the limits of a batch; `sizes` in bytes."""
    group: list[Path] = []
    total = 0
    for path, size in sizes.items():
        if group and (len(group) == max_items or total + size > max_bytes):
            yield group
            group, total = [], 0
        group.append(path)
        total += size
    if group:
        yield group


def _walk(folder: Path) -> Iterator[Path | Skipped]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Skipped(path=folder, reason=f"cannot be read: {error.strerror or error}")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.name.startswith("."):
            yield Skipped(path=path, reason="is hidden")
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk(path)
        elif not entry.is_file():
            yield Skipped(path=path, reason="is no file")
        elif path.suffix.lower() not in _SUFFIXES:
            yield Skipped(path=path, reason="has the name of no format that is read")
        else:
            yield path
