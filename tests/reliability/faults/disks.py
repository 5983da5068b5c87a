"""Disks of a process's own, as small as a test likes, filled to their last byte (in a mount namespace)."""

import os
import shutil
import subprocess
from pathlib import Path

from tests.reliability.deployment import Part

_DAEMON = 1  # an account that every machine has, and that may run a database, unlike root
_PIECE_BYTES = 1 << 20


def can_mount() -> bool:
    return _runs(["unshare", "-Urm", "mount", "-t", "tmpfs", "none", "/mnt"])


def can_mount_as_another() -> bool:
    return _runs([*on_disk(Path("/mnt"), "1m", is_root=False), "test", "-w", "/mnt"])


def on_disk(folder: Path, size: str, *, is_root: bool = True) -> list[str]:
    """The command that runs what follows with a disk of its own mounted at `folder`; it seems to be root, or not."""
    become = "" if is_root else f"unshare -U --map-user={_DAEMON} --map-group={_DAEMON} "
    mount = f'mount -t tmpfs -o size={size},mode=700 none {folder} && exec {become}"$@"'
    return ["unshare", "-Urm", "sh", "-c", mount, "sh"]


def entering(part: Part) -> list[str]:
    """The command that runs what follows with the disks of `part`."""
    return ["nsenter", "--target", str(part.pid), "--user", "--mount", "--preserve-credentials"]


def inside(pid: int, path: Path) -> Path:
    """A path as the process sees it."""
    return Path(f"/proc/{pid}/root{path}")


def fill(path: Path) -> None:
    """A new file takes what room the disk has."""
    piece, file = _PIECE_BYTES, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL)
    try:
        while piece:
            try:
                os.write(file, bytes(piece))
            except OSError:
                piece //= 2
    finally:
        os.close(file)


def _runs(command: list[str]) -> bool:
    found = shutil.which("unshare") is not None
    return found and subprocess.run(command, capture_output=True, check=False).returncode == 0
