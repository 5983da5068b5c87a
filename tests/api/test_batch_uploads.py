"""Files of a batch on their way in: few at a time, and nothing left of what was not accepted."""

import asyncio
import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace

import httpx2
import pytest
from tests.support.batches import parts, shown
from tests.support.edge import LIMITS, EdgeUnderTest
from tests.support.raw import END, HangUp, Piece, Silence, part, post

from docurift.api.app import create_app

BATCHES = "/v1/batches"
FILES = 400
MOST_OPEN = 40


def open_uploads() -> int:
    """Descriptors of temporary files of uploads that this process holds."""
    found = 0
    for number in os.listdir("/proc/self/fd"):  # noqa: PTH208 -- links, not files
        with contextlib.suppress(FileNotFoundError):
            found += "upload-" in os.readlink(f"/proc/self/fd/{number}")  # noqa: PTH115 -- to no path at times
    return found


async def test_hundreds_of_files_in_one_piece_are_never_all_open(edge: EdgeUnderTest) -> None:
    seen: list[int] = []

    async def look() -> None:
        while True:
            seen.append(open_uploads())
            await asyncio.sleep(0)

    looking = asyncio.create_task(look())
    pieces: list[Piece] = [b"".join(part("file", b"file %d" % n, file_name="a.txt") for n in range(FILES)), END]
    answer = await post(edge.app, BATCHES, pieces, key=edge.key)
    looking.cancel()

    assert answer.status == 202
    assert 0 < max(seen) <= MOST_OPEN
    assert open_uploads() == 0
    assert edge.incoming == []
    assert await edge.count("jobs") == FILES


@pytest.mark.parametrize("end", [HangUp, Silence, b"--no boundary--"])
async def test_a_batch_that_does_not_come_whole_leaves_nothing(edge: EdgeUnderTest, end: Piece) -> None:
    def coming() -> Iterator[Piece]:
        for number in range(30):
            yield part("file", b"file %d" % number, file_name="a.txt")
        yield end

    answer = await post(edge.app, BATCHES, coming(), key=edge.key)

    assert answer.status != 202
    assert [await edge.count(table) for table in ("batches", "documents", "jobs")] == [0, 0, 0]
    assert [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == []


async def test_a_large_file_comes_in_pieces_and_byte_by_byte_too(edge: EdgeUnderTest) -> None:
    large = part("file", b"x" * 900_000, file_name="large.txt")
    small = part("file", b"Invoice", file_name="small.txt") + part("language", b"de") + END
    pieces: list[Piece] = [large[at : at + 65_536] for at in range(0, len(large), 65_536)]

    answer = await post(edge.app, BATCHES, [*pieces, *(small[at : at + 1] for at in range(len(small)))], key=edge.key)

    assert answer.status == 202
    async with edge.db.reading() as conn:
        cursor = await conn.execute("select size_bytes, sha256 from documents order by size_bytes")
        rows = await cursor.fetchall()
    assert [row["size_bytes"] for row in rows] == [7, 900_000]


async def test_bytes_that_other_documents_need_stay_when_a_batch_is_refused(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    await client.post(BATCHES, files=parts([b"needed"]))

    refused = await client.post(BATCHES, files=parts([b"needed", b"new"]), data={"colour": "red"})

    assert refused.status_code == 400
    blobs = [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()]
    assert [path.read_bytes() for path in blobs] == [b"needed"]


async def test_more_bytes_than_a_batch_may_have_are_413(edge: EdgeUnderTest) -> None:
    limits = replace(LIMITS, max_batch_items=10, max_batch_json_bytes=1_000, max_batch_bytes=10_000)
    small = create_app(replace(edge.services, limits=limits))

    answer = await post(small, BATCHES, [part("file", b"x" * 9_000, file_name="a.txt")] * 9 + [END], key=edge.key)

    assert (answer.status, answer.code) == (413, "FILE_TOO_LARGE")
    assert edge.incoming == []


async def test_two_equal_requests_at_once_make_one_batch(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": "same"}

    answers = await asyncio.gather(*(client.post(BATCHES, files=parts(), headers=headers) for _ in range(6)))

    assert {answer.status_code for answer in answers} == {202}
    [batch_id] = {answer.json()["data"]["id"] for answer in answers}
    assert sum("idempotent-replayed" in answer.headers for answer in answers) == 5
    assert (await shown(client, batch_id))["counts"]["total"] == 3
    assert await edge.count("jobs") == 3
