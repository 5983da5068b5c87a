"""Bytes without rows and rows without bytes, in both kinds of store (reliability.md, F2, F16, F27)."""

import asyncio
import hashlib
import os
import time
from pathlib import Path

import pytest
from tests.storage.test_blobs import bucket, s3_endpoint, s3_options  # noqa: F401
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.orphans import Walked, walk_on
from docurift.storage.blobs import BlobMissingError, Blobs, Found
from docurift.storage.database import Database

pytestmark = pytest.mark.committed

GRACE_SECONDS = 60.0


@pytest.fixture(params=["folder", "s3"])
def both(request: pytest.FixtureRequest, store: Store, tmp_path: Path) -> Store:
    """A database, with a blob store of either kind."""
    if request.param == "folder":
        return store
    bucket_name, options = request.getfixturevalue("bucket"), request.getfixturevalue("s3_options")
    return Store(store.db, Blobs.open(f"s3://{bucket_name}/prefix", incoming=tmp_path / "in", options=options))


async def _walk(store: Store, *, grace_seconds: float = 0.0, piece: int = 200) -> list[Walked]:
    walked: list[Walked] = []
    after: Found | None = None
    while not walked or after is not None:
        walked.append(await walk_on(store.db, store.blobs, after=after, grace_seconds=grace_seconds, piece=piece))
        after = walked[-1].after
    return walked


async def _is_there(store: Store, sha256: str) -> bool:
    try:
        await store.blobs.size(ORGANIZATION, sha256)
    except BlobMissingError:
        return False
    return True


async def test_only_what_no_row_needs_is_removed(both: Store) -> None:
    submitted = await both.submit(b"needed")
    await both.complete(await both.taken(submitted.job.id))
    orphan = await both.blobs.put_bytes(ORGANIZATION, b"orphan")
    foreign = await both.blobs.put_bytes(OTHER_ORGANIZATION, b"needed")

    [walked] = await _walk(both)

    assert (walked.seen, walked.removed, walked.missing) == (5, 2, 0)
    assert not await _is_there(both, orphan)
    with pytest.raises(BlobMissingError):
        await both.blobs.size(OTHER_ORGANIZATION, foreign)
    assert [(one.seen, one.removed) for one in await _walk(both)] == [(3, 0)]


async def test_a_walk_in_pieces_sees_everything_once(both: Store) -> None:
    for number in range(7):
        await both.blobs.put_bytes(ORGANIZATION, b"%d" % number)
        await both.blobs.put_bytes(OTHER_ORGANIZATION, b"%d" % number)

    walked = await _walk(both, piece=3)

    assert (sum(one.seen for one in walked), sum(one.removed for one in walked)) == (14, 14)
    assert await both.blobs.listed(after=None, limit=10) == []


async def test_young_bytes_are_left_alone(store: Store) -> None:
    young, old = [await store.blobs.put_bytes(ORGANIZATION, data) for data in (b"young", b"old")]
    [path] = store.blobs.incoming.parent.rglob(old)
    hour_ago = time.time() - 3_600
    os.utime(path, (hour_ago, hour_ago))

    [walked] = await _walk(store, grace_seconds=GRACE_SECONDS)

    assert walked.removed == 1
    assert (await _is_there(store, young), await _is_there(store, old)) == (True, False)


async def test_a_row_without_its_bytes_is_told_and_stays(both: Store) -> None:
    await both.submit(b"lost")
    await both.submit(b"kept")
    sha256 = hashlib.sha256(b"lost").hexdigest()
    await both.blobs.delete(ORGANIZATION, sha256)

    walked = await _walk(both, piece=1)

    assert sum(one.missing for one in walked) == 1
    assert await both.one("select count(*) from documents where deleted_at is null") == 2


async def test_what_others_keep_in_the_same_store_is_not_touched(store: Store) -> None:
    root = store.blobs.incoming.parent
    for name in ("notes.txt", "org_1/aa/readme", "org_1/zz"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("mine")
    (store.blobs.incoming / "upload-1").write_text("on its way")

    [walked] = await _walk(store)

    assert (walked.seen, walked.removed) == (0, 0)
    assert len([path for path in root.rglob("*") if path.is_file()]) == 4


async def test_a_submission_of_equal_bytes_at_the_same_time_keeps_them(store: Store, database: Database) -> None:
    """Whoever comes second sees what the first did, whichever that is: the job's bytes are there in the end."""
    for number in range(10):
        content = b"again %d" % number
        sha256 = await store.blobs.put_bytes(ORGANIZATION, content)

        submitted, _ = await asyncio.gather(store.submit(content), _walk(Store(database, store.blobs)))

        assert submitted.document.content is not None
        assert submitted.document.content.sha256 == sha256
        assert await _is_there(store, sha256)
