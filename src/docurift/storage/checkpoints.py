"""Pages that were read by attempts which have not ended, or not well: what a later attempt need not do again."""

from collections.abc import Sequence
from dataclasses import dataclass

from docurift.model.ids import JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What the pages are pages of: `digest` is that of model/checkpoint.py, `sha256` the document's content."""

    organization_id: OrganizationId
    job_id: JobId
    digest: bytes
    sha256: str


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One finished page as a compressed frame, the same as in the blob of a result's pages. `failed`: nothing could be
    read of it.
    """

    number: int
    failed: bool
    data: bytes


async def insert(conn: Connection, reading: Reading, finished: Sequence[Checkpoint]) -> None:
    """These pages need not be read again; those that are known already stay as they are."""
    asked = {
        **_asked(reading),
        "sha256": reading.sha256,
        "numbers": [one.number for one in finished],
        "failed": [one.failed for one in finished],
        "data": [one.data for one in finished],
    }
    await conn.execute(statement("checkpoints/insert"), asked)


async def of_reading(conn: Connection, reading: Reading) -> list[bytes]:
    """The frames of the pages that are known, by number; of those that failed only the job's own."""
    cursor = await conn.execute(statement("checkpoints/of_reading"), _asked(reading))
    return [row["data"] for row in await cursor.fetchall()]


async def one(conn: Connection, reading: Reading, *, number: int) -> bytes | None:
    """The frame of page `number`, if it is known."""
    cursor = await conn.execute(statement("checkpoints/one"), {**_asked(reading), "number": number})
    row = await cursor.fetchone()
    return None if row is None else row["data"]


async def delete_of_reading(conn: Connection, reading: Reading) -> None:
    """Nothing is known of it any more: its job is completed."""
    await conn.execute(statement("checkpoints/delete_of_reading"), _asked(reading))


async def delete_of_content(conn: Connection, *, organization_id: OrganizationId, sha256: str) -> None:
    """Nothing is known any more of a document with these bytes."""
    await conn.execute(
        statement("checkpoints/delete_of_content"), {"organization_id": organization_id, "sha256": sha256}
    )


async def delete_of_job(conn: Connection, *, organization_id: OrganizationId, job_id: JobId) -> None:
    """What this job has read is gone."""
    await conn.execute(statement("checkpoints/delete_of_job"), {"organization_id": organization_id, "job_id": job_id})


async def forget(conn: Connection, *, limit: int) -> int:
    """How many pages of jobs that ended badly a day ago were removed."""
    return (await conn.execute(statement("checkpoints/forget"), {"limit": limit})).rowcount


def _asked(reading: Reading) -> dict[str, object]:
    return {"organization_id": reading.organization_id, "job_id": reading.job_id, "reading": reading.digest}
