"""What is installed, what is missing, and how to mend it. No parser is imported here: engines answer from a process of
their own.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

from docurift import kernel
from docurift.settings import Settings

_PROBE_SECONDS: Final = 60.0
_RAPIDOCR_PROBE: Final = "import cv2, onnxruntime, rapidocr"
# The engine's own answer, from a process that is thrown away.
_TESSERACT_PROBE: Final = (
    "import sys; from docurift.engines.ocr_tesseract import data_folder, languages; "
    "folder = data_folder(sys.argv[1] or None); print(folder or ''); print(*sorted(languages(folder)))"
)
_LANGUAGE_REMEDY: Final = (
    "only for Cyrillic, Arabic, Korean and other scripts: apt-get install tesseract-ocr-rus (-ara, -kor, …)"
)


class State(StrEnum):
    """How a finding stands."""

    GOOD = "good"
    MISSING = "missing"  # the service runs, but less well; the remedy says how
    BROKEN = "broken"  # the service cannot run like this


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the table. `remedy` is empty for what is good."""

    area: str
    name: str
    state: State
    detail: str
    remedy: str = ""


def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order of the table. Starts no service and changes nothing on disk."""
    return [
        Finding(area="python", name=metadata.version("docurift"), state=State.GOOD, detail=sys.version.split()[0]),
        _database(settings),
        _blobs(settings),
        _rapidocr(),
        *_tesseract(settings),
        *_sandbox(),
    ]


def _database(settings: Settings) -> Finding:
    if settings.database_url is not None:
        return _external_database(settings.database_url.value)
    from docurift.storage.binaries import NoPostgresError, find_binaries  # noqa: PLC0415 - only where it is ours

    try:
        found = find_binaries(settings.postgres_bin)
    except NoPostgresError as error:
        return Finding(
            area="database", name="embedded", state=State.BROKEN, detail="no usable PostgreSQL", remedy=str(error)
        )
    detail = f"PostgreSQL {found.major}, {'from its wheel' if found.wheel_root else found.folder}"
    return Finding(area="database", name="embedded", state=State.GOOD, detail=detail)


def _external_database(url: str) -> Finding:
    import psycopg  # noqa: PLC0415 - only where a database is named

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            number = connection.info.server_version
    except psycopg.Error as error:
        return Finding(
            area="database", name="DOCURIFT_DATABASE_URL", state=State.BROKEN, detail=str(error).splitlines()[0],
            remedy="start the server, or mend the address",
        )  # fmt: skip
    good = number >= _OLDEST_POSTGRES
    return Finding(
        area="database", name="DOCURIFT_DATABASE_URL", state=State.GOOD if good else State.BROKEN,
        detail=f"PostgreSQL {number // 10_000}", remedy="" if good else "upgrade to PostgreSQL 14 or newer",
    )  # fmt: skip


_OLDEST_POSTGRES: Final = 140_000


def _blobs(settings: Settings) -> Finding:
    where = settings.blobs_url()
    if "://" not in where:
        return _blob_folder(Path(where))
    from docurift.storage.blobs import BlobError, Blobs  # noqa: PLC0415 - only where an object store is named

    try:
        with tempfile.TemporaryDirectory() as waiting:
            asyncio.run(asyncio.wait_for(Blobs.open(where, incoming=Path(waiting)).ping(), _PROBE_SECONDS))
    except (BlobError, ValueError, TimeoutError) as error:
        return Finding(
            area="blob store", name=where, state=State.BROKEN,
            detail=(str(error) or type(error).__name__).splitlines()[0],
            remedy="check DOCURIFT_BLOBS and the store's own variables (AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL, …)",
        )  # fmt: skip
    return Finding(area="blob store", name=where, state=State.GOOD, detail="answers")


def _blob_folder(folder: Path) -> Finding:
    """The folder itself, or the nearest one above it that exists, must be ours to write."""
    existing = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.exists())
    if not os.access(existing, os.W_OK | os.X_OK):
        remedy = "give this account the folder, or name another with --data-dir or DOCURIFT_BLOBS"
        return Finding(
            area="blob store", name=str(folder), state=State.BROKEN, detail="may not be written", remedy=remedy
        )
    status = os.statvfs(existing)
    free = status.f_bavail * status.f_frsize / 1e9
    return Finding(area="blob store", name=str(folder), state=State.GOOD, detail=f"{free:.1f} GB free")


def _rapidocr() -> Finding:
    works = _output([sys.executable, "-I", "-c", _RAPIDOCR_PROBE]) is not None
    return Finding(
        area="OCR", name="rapidocr", state=State.GOOD if works else State.BROKEN,
        detail=_version("rapidocr"), remedy="" if works else "install the package again from the lock",
    )  # fmt: skip


def _tesseract(settings: Settings) -> Iterator[Finding]:
    answer = _output([sys.executable, "-I", "-c", _TESSERACT_PROBE, str(settings.tessdata or "")])
    if answer is None:
        yield Finding(
            area="OCR", name="tesseract", state=State.MISSING, detail="tesserocr cannot be loaded",
            remedy="install the package again from the lock; until then scripts that rapidocr lacks are not read",
        )  # fmt: skip
        return
    where, names = answer.splitlines()
    languages = [one for one in names.split() if one != "osd"]
    state = State.GOOD if languages else State.MISSING
    detail = f"{_version('tesserocr')}, {where}" if languages else "no language data"
    yield Finding(
        area="OCR", name="tesseract", state=state, detail=detail, remedy="" if languages else _LANGUAGE_REMEDY
    )
    if languages:
        yield Finding(area="OCR", name="languages", state=State.GOOD, detail=" ".join(languages))


def _sandbox() -> Iterator[Finding]:
    abi = kernel.landlock_abi()
    yield _layer("landlock", abi is not None, f"ABI {abi}", "kernel 5.13 or newer with `landlock` in its LSM list")
    for name, probe, remedy in _LAYERS:
        yield _layer(name, probe(), "offered", remedy)


_LAYERS: Final[tuple[tuple[str, Callable[[], bool], str], ...]] = (
    ("seccomp", kernel.has_seccomp, "a kernel with CONFIG_SECCOMP_FILTER"),
    ("no_new_privs", kernel.has_no_new_privs, "kernel 3.5 or newer"),
    ("MDWE", kernel.has_mdwe, "kernel 6.3 or newer; without it one layer of several is missing"),
    ("user namespaces", kernel.has_user_namespaces, "not needed; an extra layer where the host allows them"),
)


def _layer(name: str, held: bool, detail: str, remedy: str) -> Finding:  # noqa: FBT001 - a predicate's answer
    if held:
        return Finding(area="sandbox", name=name, state=State.GOOD, detail=detail)
    return Finding(area="sandbox", name=name, state=State.MISSING, detail="not offered here", remedy=remedy)


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "not installed"


def _output(command: list[str]) -> str | None:
    """What the command prints; None if it fails or takes too long."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PROBE_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout if done.returncode == 0 else None
