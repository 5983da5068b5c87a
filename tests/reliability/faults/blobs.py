"""What a disk may do to a blob."""

from collections.abc import Callable, Mapping
from pathlib import Path


def blob(blobs: Path, organization: str, sha256: str) -> Path:
    """Where it is."""
    return blobs / organization / sha256[:2] / sha256


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES: Mapping[str, Callable[[Path], object]] = {
    "deleted": Path.unlink,
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-1]),
    "emptied": lambda path: path.write_bytes(b""),
    "flipped": _flip,
}
