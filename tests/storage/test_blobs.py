import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from tests.support.object_store import an_object_store, s3_client

from docurift.model.ids import new_id
from docurift.storage.blob_errors import BlobCorruptError, BlobMissingError, BlobStoreUnavailableError
from docurift.storage.blobs import CHUNK_BYTES, Blobs

ORGANIZATION = new_id("org")
LARGE = os.urandom(6 << 20)  # more than one part of an upload


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    with an_object_store() as endpoint:
        yield endpoint


@pytest.fixture
def s3_options(s3_endpoint: str) -> dict[str, str]:
    return {
        "endpoint": s3_endpoint,
        "access_key_id": "key",
        "secret_access_key": "secret",
        "region": "us-east-1",
        "allow_http": "true",
    }


@pytest.fixture
def bucket(s3_endpoint: str) -> str:
    name = f"b{uuid4().hex}"
    s3_client(s3_endpoint).create_bucket(Bucket=name)
    return name


@pytest.fixture(params=["folder", "s3"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> Blobs:
    if request.param == "folder":
        return Blobs.open(tmp_path / "blobs")
    bucket = request.getfixturevalue("bucket")
    options = request.getfixturevalue("s3_options")
    return Blobs.open(f"s3://{bucket}/some/prefix", incoming=tmp_path / "incoming", options=options)


def incoming_file(blobs: Blobs, data: bytes) -> tuple[Path, str]:
    path = blobs.incoming / uuid4().hex
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


# What every store promises.


async def test_what_was_put_is_read(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"some bytes")

    assert sha256 == hashlib.sha256(b"some bytes").hexdigest()
    assert await blobs.read(ORGANIZATION, sha256) == b"some bytes"
    assert await blobs.size(ORGANIZATION, sha256) == 10


async def test_an_empty_blob_is_a_blob(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"")

    assert await blobs.read(ORGANIZATION, sha256) == b""
    assert [chunk async for chunk in blobs.stream(ORGANIZATION, sha256)] == []


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_a_file_is_put_and_stays_where_it_is(blobs: Blobs, data: bytes) -> None:
    path, sha256 = incoming_file(blobs, data)

    await blobs.put_file(ORGANIZATION, path, sha256)

    assert path.exists()
    assert await blobs.read(ORGANIZATION, sha256) == data


@pytest.mark.parametrize("data", [b"small", LARGE], ids=["small", "large"])
async def test_putting_twice_changes_nothing(blobs: Blobs, data: bytes) -> None:
    path, sha256 = incoming_file(blobs, data)

    await asyncio.gather(*(blobs.put_file(ORGANIZATION, path, sha256) for _ in range(4)))
    again = await blobs.put_bytes(ORGANIZATION, data)

    assert again == sha256
    assert await blobs.read(ORGANIZATION, sha256) == data


async def test_writers_of_one_blob_at_once_all_succeed(blobs: Blobs) -> None:
    hashes = await blobs.put_many(ORGANIZATION, [b"the same"] * 8)

    assert len(set(hashes)) == 1
    assert await blobs.read(ORGANIZATION, hashes[0]) == b"the same"


async def test_who_puts_what_is_being_deleted_is_never_told_that_it_is_missing(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"again")

    for _ in range(20):
        await asyncio.gather(
            *(blobs.put_bytes(ORGANIZATION, b"again") for _ in range(3)), blobs.delete(ORGANIZATION, sha256)
        )

    await blobs.put_bytes(ORGANIZATION, b"again")
    assert await blobs.read(ORGANIZATION, sha256) == b"again"


async def test_a_range_is_read(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"0123456789")

    assert await blobs.read_range(ORGANIZATION, sha256, 2, 5) == b"234"
    assert await blobs.read_range(ORGANIZATION, sha256, 8, 10) == b"89"


async def test_a_blob_is_streamed_in_chunks_and_from_any_byte(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, LARGE)

    chunks = [chunk async for chunk in blobs.stream(ORGANIZATION, sha256)]
    part = [chunk async for chunk in blobs.stream(ORGANIZATION, sha256, 7, CHUNK_BYTES + 9)]

    assert b"".join(chunks) == LARGE
    assert max(len(chunk) for chunk in chunks) == CHUNK_BYTES
    assert b"".join(part) == LARGE[7 : CHUNK_BYTES + 9]


async def test_a_copy_is_a_new_private_file(blobs: Blobs, tmp_path: Path) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, LARGE)
    copy = tmp_path / "copy"

    await blobs.copy_to_file(ORGANIZATION, sha256, copy)

    assert copy.read_bytes() == LARGE
    assert copy.stat().st_mode & 0o777 == 0o600
    with pytest.raises(FileExistsError):
        await blobs.copy_to_file(ORGANIZATION, sha256, copy)


async def test_a_missing_blob_is_missing_in_every_way_of_reading(blobs: Blobs, tmp_path: Path) -> None:
    sha256 = "0" * 64

    with pytest.raises(BlobMissingError):
        await blobs.read(ORGANIZATION, sha256)
    with pytest.raises(BlobMissingError):
        await blobs.read_range(ORGANIZATION, sha256, 0, 1)
    with pytest.raises(BlobMissingError):
        await anext(aiter(blobs.stream(ORGANIZATION, sha256)))
    with pytest.raises(BlobMissingError):
        await blobs.copy_to_file(ORGANIZATION, sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


async def test_a_deleted_blob_is_missing_and_deleting_again_is_no_error(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"short-lived")

    await blobs.delete(ORGANIZATION, sha256)
    await blobs.delete(ORGANIZATION, sha256)

    with pytest.raises(BlobMissingError):
        await blobs.read(ORGANIZATION, sha256)


async def test_another_organization_does_not_see_a_blob(blobs: Blobs) -> None:
    sha256 = await blobs.put_bytes(ORGANIZATION, b"ours")

    with pytest.raises(BlobMissingError):
        await blobs.read(new_id("org"), sha256)


@pytest.mark.parametrize("organization", ["", "..", "org_../x", "org_x/y", "incoming", "org_\0"])
async def test_a_key_is_made_of_ids_and_hashes_only(blobs: Blobs, organization: str) -> None:
    with pytest.raises(ValueError, match="no blob can be called"):
        await blobs.read(organization, "0" * 64)
    with pytest.raises(ValueError, match="no blob can be called"):
        await blobs.read(ORGANIZATION, "../" + "0" * 61)


async def test_a_store_answers_a_ping(blobs: Blobs) -> None:
    await blobs.ping()


async def test_files_on_their_way_in_are_swept_when_they_have_long_been_seen_unchanged(blobs: Blobs) -> None:
    left, _ = incoming_file(blobs, b"left by a process that was killed")
    os.utime(left, (0, 0))

    assert await blobs.sweep_incoming(older_than_seconds=0) == 0, "another clock may say that it is old"
    assert await blobs.sweep_incoming(older_than_seconds=3600) == 0
    assert await blobs.sweep_incoming(older_than_seconds=0) == 1
    assert not left.exists()


async def test_a_file_that_grows_is_not_swept(blobs: Blobs) -> None:
    slow, _ = incoming_file(blobs, b"being written")
    await blobs.sweep_incoming(older_than_seconds=0)
    os.utime(slow, (1, 1))

    assert await blobs.sweep_incoming(older_than_seconds=0) == 0
    assert slow.exists()


# Rot, in each store by its own hand.


def rot_in_folder(root: Path, sha256: str) -> None:
    path = root / ORGANIZATION / sha256[:2] / sha256
    path.write_bytes(b"Some bytes")


@pytest.fixture(params=["folder", "s3"])
async def rotten(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Blobs, str]:
    if request.param == "folder":
        blobs = Blobs.open(tmp_path / "blobs")
        sha256 = await blobs.put_bytes(ORGANIZATION, b"some bytes")
        rot_in_folder(tmp_path / "blobs", sha256)
        return blobs, sha256
    bucket, endpoint = request.getfixturevalue("bucket"), request.getfixturevalue("s3_endpoint")
    options = request.getfixturevalue("s3_options")
    blobs = Blobs.open(f"s3://{bucket}", incoming=tmp_path / "incoming", options=options)
    sha256 = await blobs.put_bytes(ORGANIZATION, b"some bytes")
    s3_client(endpoint).put_object(Bucket=bucket, Key=f"{ORGANIZATION}/{sha256[:2]}/{sha256}", Body=b"Some bytes")
    return blobs, sha256


async def test_rot_is_never_silent(rotten: tuple[Blobs, str], tmp_path: Path) -> None:
    blobs, sha256 = rotten

    with pytest.raises(BlobCorruptError):
        await blobs.read(ORGANIZATION, sha256)
    with pytest.raises(BlobCorruptError):
        await anext(aiter(blobs.stream(ORGANIZATION, sha256, 0, 1)))
    with pytest.raises(BlobCorruptError):
        await blobs.copy_to_file(ORGANIZATION, sha256, tmp_path / "copy")
    assert not (tmp_path / "copy").exists()


YOUNG = """
import asyncio, sys, time
from docurift.storage.blobs import BlobCorruptError, Blobs
async def main():
    blobs = Blobs.open(sys.argv[1])
    sha256 = await blobs.put_bytes(sys.argv[2], b"some bytes")
    (blobs.incoming.parent / sys.argv[2] / sha256[:2] / sha256).write_bytes(b"Some bytes")
    try:
        await blobs.verify(sys.argv[2], sha256)
    except BlobCorruptError:
        print(time.monotonic() < 600, "corrupt")
asyncio.run(main())
"""


def _may_turn_the_clock() -> bool:
    command = ["unshare", "-UrT", "--fork", "--monotonic", "1", "true"]
    return shutil.which("unshare") is not None and subprocess.run(command, check=False).returncode == 0


@pytest.mark.needs_userns
@pytest.mark.skipif(not _may_turn_the_clock(), reason="no time namespace to be had")
def test_rot_is_found_on_a_machine_that_has_just_started(tmp_path: Path) -> None:
    back = ["unshare", "-UrT", "--fork", "--monotonic", str(2 - int(time.monotonic()))]

    done = subprocess.run(
        [*back, sys.executable, "-c", YOUNG, str(tmp_path), ORGANIZATION], capture_output=True, text=True, check=False
    )

    assert done.stdout == "True corrupt\n", done.stderr


async def test_putting_the_right_bytes_again_heals_rot(rotten: tuple[Blobs, str]) -> None:
    blobs, sha256 = rotten
    path, _ = incoming_file(blobs, b"some bytes")

    await blobs.put_file(ORGANIZATION, path, sha256)

    assert await blobs.read(ORGANIZATION, sha256) == b"some bytes"


# The folder's own promises.


async def test_a_folder_store_holds_hash_paths_only_and_opens_to_nobody_else(tmp_path: Path) -> None:
    blobs = Blobs.open(tmp_path / "blobs")
    path, sha256 = incoming_file(blobs, b"some bytes")
    path.chmod(0o600)

    await blobs.put_file(ORGANIZATION, path, sha256)
    other = await blobs.put_bytes(ORGANIZATION, b"other bytes")
    path.unlink()

    found = {file.relative_to(tmp_path / "blobs"): file.stat().st_mode for file in (tmp_path / "blobs").rglob("*")}
    files = {str(name) for name, mode in found.items() if mode & 0o170000 == 0o100000}
    assert files == {f"{ORGANIZATION}/{name[:2]}/{name}" for name in (sha256, other)}
    assert all(mode & 0o077 == 0 for mode in found.values())


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Path]:
    memory = Path("/dev/shm")
    if not memory.is_dir() or memory.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("no second file system here")
    path = memory / f"test-{uuid4().hex}"
    path.write_bytes(b"from afar")
    yield path
    path.unlink()


async def test_a_file_from_another_file_system_is_copied_in(tmp_path: Path, elsewhere: Path) -> None:
    blobs = Blobs.open(tmp_path / "blobs")

    await blobs.put_file(ORGANIZATION, elsewhere, hashlib.sha256(b"from afar").hexdigest())

    assert await blobs.read(ORGANIZATION, hashlib.sha256(b"from afar").hexdigest()) == b"from afar"


WRITER = """
import asyncio, itertools, os, sys
from docurift.storage.blobs import Blobs
async def main():
    blobs = Blobs.open(sys.argv[1])
    for number in itertools.count():
        await blobs.put_many(sys.argv[2], [os.urandom(300_000), os.urandom(5_000)])
        print(number, flush=True)
asyncio.run(main())
"""


def test_a_kill_leaves_no_half_file_under_a_final_name(tmp_path: Path) -> None:
    for run in range(8):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), ORGANIZATION], stdout=subprocess.PIPE
        ) as writer:
            assert writer.stdout is not None
            for _ in range(run + 1):
                writer.stdout.readline()
            writer.send_signal(signal.SIGKILL)

    blobs = [path for path in (tmp_path / ORGANIZATION).rglob("*") if path.is_file()]
    assert len(blobs) >= 8
    assert all(hashlib.sha256(path.read_bytes()).hexdigest() == path.name for path in blobs)


# The object store's own troubles.


async def test_a_bucket_that_is_not_there_is_unavailable(s3_options: dict[str, str], tmp_path: Path) -> None:
    blobs = Blobs.open("s3://nosuchbucket", incoming=tmp_path / "incoming", options=s3_options)

    with pytest.raises(BlobStoreUnavailableError):
        await blobs.ping()


def test_an_address_of_no_known_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="ftp"):
        Blobs.open("ftp://somewhere/else", incoming=tmp_path)
    with pytest.raises(ValueError, match="s3://"):
        Blobs.open("s3://bucket", incoming=tmp_path, options={"no_such_option": "x"})
