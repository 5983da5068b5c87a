"""Where each page of a document is within the blob of its pages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from docurift.model.ids import DocumentId, JobId, OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True)
class PageFrame:
    """One page as a compressed frame: its bytes are `offset <= i < offset + length` of the blob."""

    number: int
    offset: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PagesBlob:
    """The stored pages of one job."""

    sha256: str
    frames: tuple[PageFrame, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PageLocation:
    """Where to read one page, and which engine wrote it."""

    number: int
    sha256: str
    offset: int
    length: int
    engine_version: str


async def insert(conn: Connection, *, job_id: JobId, frames: tuple[PageFrame, ...]) -> None:
    """The pages of the job's result can be found."""
    asked = {
        "job_id": job_id,
        "numbers": [frame.number for frame in frames],
        "offsets": [frame.offset for frame in frames],
        "lengths": [frame.length for frame in frames],
    }
    await conn.execute(statement("pages/insert"), asked)


async def locate(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId, number: int
) -> PageLocation | None:
    """Page `number`, from 1, as the document's newest result has it."""
    asked = {"organization_id": organization_id, "document_id": document_id, "number": number}
    cursor = await conn.execute(statement("pages/locate"), asked)
    row = await cursor.fetchone()
    return None if row is None else _location_of({**row, "number": number})


async def of_document(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId
) -> tuple[PageLocation, ...]:
    """All pages of the document's newest result, in order."""
    asked = {"organization_id": organization_id, "document_id": document_id}
    cursor = await conn.execute(statement("pages/of_document"), asked)
    return tuple(_location_of(row) for row in await cursor.fetchall())


def _location_of(row: Mapping[str, Any]) -> PageLocation:
    return PageLocation(
        number=row["number"],
        sha256=row["pages_sha256"],
        offset=row["byte_offset"],
        length=row["byte_length"],
        engine_version=row["engine_version"],
    )
