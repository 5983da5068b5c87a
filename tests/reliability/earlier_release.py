"""The release before this one, as git's history has it: the last commit before the newest migration was added."""

import io
import os
import shutil
import subprocess
import sysconfig
import tarfile
import venv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.support.service import clean_environment

ROOT = Path(__file__).parents[2]
MIGRATIONS = "src/docurift/storage/migrations"
EXPORTED = ("src", "tests/support")


class NoHistoryError(Exception):
    """There is no earlier release to be had; the message says why."""


@dataclass(frozen=True, slots=True)
class Release:
    """Its files, and a Python that runs its code with our libraries."""

    commit: str
    folder: Path
    python: Path

    def migrate(self, dsn: str, data_dir: Path) -> None:
        """`docurift migrate`, of this release."""
        environment = clean_environment() | {"DOCURIFT_DATABASE_URL": dsn, "DOCURIFT_DATA_DIR": str(data_dir)}
        command = [str(self.python), "-m", "docurift", "migrate"]
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)

    def understood(self, settings: Mapping[str, str]) -> dict[str, str]:
        """Those of the settings that it knows: another one would keep it from starting. Its test engine is its own."""
        text = (self.folder / "src/docurift/settings.py").read_text()
        known = {name: one for name, one in settings.items() if f" {name.removeprefix('DOCURIFT_').lower()}: " in text}
        return known | {"DOCURIFT_TEST_ENGINE": str(self.folder / "tests/support/planted_engine.py")}


def export(folder: Path) -> Release:
    """The release, in `folder`.

    Raises:
        NoHistoryError: git, its repository or its history is not here.
    """
    commit = _commit()
    archive = _git("archive", "--format=tar", commit, *EXPORTED)
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(folder, filter="data")
    return Release(commit, folder, _python(folder))


def _commit() -> str:
    if _git("ls-files", "--others", "--exclude-standard", "--", MIGRATIONS):
        return "HEAD"  # the newest one is not committed yet
    added = _git("log", "-1", "--diff-filter=A", "--format=%H", "--", MIGRATIONS).decode().strip()
    if not added:
        raise NoHistoryError("git's history here does not say when a migration was added")
    if not _git("rev-list", "--max-count=1", "--skip=1", added):
        raise NoHistoryError("git's history here does not reach behind the newest migration (a shallow clone)")
    return f"{added}^"


def _git(*arguments: str) -> bytes:
    if (git := shutil.which("git")) is None:
        raise NoHistoryError("git is not installed")
    answer = subprocess.run([git, *arguments], cwd=ROOT, capture_output=True, check=False, timeout=60)
    if answer.returncode != 0:
        raise NoHistoryError(f"git {arguments[0]}: {answer.stderr.decode(errors='replace').strip()}")
    return answer.stdout


def _python(folder: Path) -> Path:
    """By a path of its own, not by PYTHONPATH: the sandbox starts its zygote without an environment."""
    made = folder / "venv"
    venv.create(made, symlinks=os.name != "nt")
    site = Path(sysconfig.get_path("purelib", vars={"base": str(made), "platbase": str(made)}))
    # Libraries come from our own environment, whose .pth files, and so our code, are not looked at from here.
    ours = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (site / "earlier.pth").write_text("\n".join([str(folder / "src"), *sorted(ours)]) + "\n")
    return made / "bin" / "python"
