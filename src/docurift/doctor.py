"""What is installed, what is missing, and how to mend it. No parser is imported here: engines answer from a process of
their own.
"""

import asyncio
import os
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata
from pathlib import Path
from typing import Final

from docurift import kernel
from docurift.model.sandbox import Expected, Layer, Level, Observation, Probed, holding, level
from docurift.settings import Settings
from docurift.worker.child import Sandbox
from docurift.worker.forks import ZygoteLostError
from docurift.worker.ocr_process import OcrLostError, OcrProcess
from docurift.worker.self_test import REMEDIES, probed

_PROBE_SECONDS: Final = 60.0
_RAPIDOCR_PROBE: Final = "import cv2, rapidocr, docurift.engines.ocr_network"
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
        *asyncio.run(_sandbox(settings)),
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


async def _sandbox(settings: Settings) -> list[Finding]:
    """What probes find in a child of a zygote, and in an OCR process."""
    sandbox = Sandbox()
    try:
        found = await probed(sandbox, settings.data_dir)
    except ZygoteLostError as error:
        return [_broken_sandbox(str(error))]
    finally:
        await sandbox.close()
    if not isinstance(found, Probed):
        return [_broken_sandbox(found.detail)]
    required = settings.required_layers()
    findings = [_level(level(holding(found.observations))), *_layers(found.observations, required)]
    findings += [_probe(one) for one in found.observations]
    return [*findings, await _ocr_sandbox(settings), _namespaces()]


def _broken_sandbox(detail: str) -> Finding:
    remedy = "install the package again from the lock; its standard error says more"
    return Finding(area="sandbox", name="self-test", state=State.BROKEN, detail=detail, remedy=remedy)


def _level(reached: Level) -> Finding:
    jailed = reached >= Level.JAILED
    remedy = "mend the layers below; until then other addresses than the loopback's need DOCURIFT_ALLOW_UNSANDBOXED=1"
    return Finding(
        area="sandbox", name="level", state=State.GOOD if jailed else State.MISSING,
        detail=f"{int(reached)} of {int(Level.FULL)}", remedy="" if jailed else remedy,
    )  # fmt: skip


def _layers(observations: Sequence[Observation], required: Collection[Layer]) -> Iterator[Finding]:
    held = holding(observations)
    for layer in Layer:
        probes = [one for one in observations if one.layer is layer]
        good = sum(one.as_expected for one in probes)
        missing = State.BROKEN if layer in required else State.MISSING
        version = f", ABI {kernel.landlock_abi()}" if layer is Layer.LANDLOCK else ""
        yield Finding(
            area="sandbox", name=layer, state=State.GOOD if layer in held else missing,
            detail=f"{'holds' if layer in held else 'does not hold'}, {good} of {len(probes)} probes{version}",
            remedy="" if layer in held else REMEDIES[layer],
        )  # fmt: skip


def _probe(one: Observation) -> Finding:
    detail = f"refused, {one.observed}" if one.expected is Expected.REFUSED and one.as_expected else one.observed
    return Finding(
        area=f"probe, {one.layer or 'needed'}", name=one.name, state=State.GOOD if one.as_expected else State.MISSING,
        detail=detail, remedy="" if one.as_expected else f"should be: {one.expected}",
    )  # fmt: skip


async def _ocr_sandbox(settings: Settings) -> Finding:
    try:
        process = await OcrProcess.start(str(settings.tessdata) if settings.tessdata else None)
    except OcrLostError as error:
        return Finding(
            area="sandbox", name="OCR process", state=State.BROKEN, detail=str(error), remedy="see OCR above"
        )
    await process.close()
    amiss = [f"{one.name} ({one.observed})" for one in process.walls if not one.as_expected]
    lost = settings.required_layers() - holding(process.walls)
    state = State.BROKEN if lost else State.MISSING if amiss or not process.walls else State.GOOD
    detail = f"{len(process.walls) - len(amiss)} of {len(process.walls)} probes"
    remedy = process.engine_missing or ("as above; amiss: " + ", ".join(amiss) if amiss else "")
    return Finding(area="sandbox", name="OCR process", state=state, detail=detail, remedy=remedy)


def _namespaces() -> Finding:
    held = kernel.has_user_namespaces()
    return Finding(
        area="sandbox", name="user namespaces", state=State.GOOD if held else State.MISSING,
        detail="offered" if held else "not offered here",
        remedy="" if held else "not needed; an extra layer where the host allows them",
    )  # fmt: skip


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
