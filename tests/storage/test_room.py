"""The watermark of the disks, on a real small one where the kernel lets us mount it."""

import subprocess
import sys
from pathlib import Path

import pytest

from docurift.storage.room import Room

ON_A_SMALL_DISK = """
import asyncio, sys
from pathlib import Path
from docurift.storage.blobs import Blobs, BlobStoreFullError
from docurift.storage.room import Room

disk = Path(sys.argv[1])
blobs = Blobs.open(disk / "blobs")

def short(least, share=0.0):
    return Room({"blobs": blobs.incoming}, least_free_bytes=least, least_free_share=share).short()

async def main():
    print(short(500_000), short(0, 0.5), short(2_000_000))
    await blobs.put_bytes("org_1", bytes(700_000))
    print(short(500_000), short(0, 0.5), short(100_000))
    try:
        await blobs.put_bytes("org_1", bytes(range(256)) * 4_000)
    except BlobStoreFullError:
        print("full")
    files = [path for path in disk.rglob("*") if path.is_file()]
    print(len(files), [path.unlink() for path in files], short(500_000))

asyncio.run(main())
"""


def _may_mount() -> bool:
    command = ["unshare", "-Urm", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        return False


@pytest.mark.needs_userns
@pytest.mark.skipif(not _may_mount(), reason="needs unshare -Urm")
def test_a_small_disk_is_short_before_it_is_full_and_recovers(tmp_path: Path) -> None:
    mounted = 'mount -t tmpfs -o size=1m tmpfs "$1" && exec "$0" -c "$2" "$1"'
    command = ["unshare", "-Urm", "sh", "-c", mounted, sys.executable, str(tmp_path), ON_A_SMALL_DISK]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.stdout.splitlines() == ["None None blobs", "blobs blobs None", "full", "1 [None] None"], done.stderr


def test_the_first_part_that_is_short_is_named(tmp_path: Path) -> None:
    (tmp_path / "database").mkdir()
    parts = {"gone": tmp_path / "gone", "database": tmp_path / "database", "blobs": tmp_path}

    assert Room(parts, least_free_bytes=1 << 62).short() == "database"
    assert Room(parts, least_free_bytes=0).short() is None
    assert Room(parts, least_free_bytes=0, least_free_share=1.0).short() == "database"


def test_the_disk_is_looked_at_no_more_than_once_a_second(tmp_path: Path) -> None:
    parts = {"blobs": tmp_path}
    room = Room(parts, least_free_bytes=1 << 62)
    assert room.short() == "blobs"

    room.least_free_bytes = 0

    assert room.short() == "blobs"
