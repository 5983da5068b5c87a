"""Questions to and changes of `documents`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from docurift.model.document import Content, Document
from docurift.model.ids import DocumentId, JobId, OrganizationId
from docurift.model.job import DocumentType
from docurift.storage.database import Connection
from docurift.storage.document_list import page_of
from docurift.storage.document_rows import document_of
from docurift.storage.sql import statement
from docurift.storage.terms import folded

__all__ = [
    "NewDocument",
    "bury",
    "by_id",
    "expired",
    "insert",
    "is_busy",
    "lock",
    "lock_content",
    "page_of",
    "show_new_job",
    "source_url",
    "stored_between",
    "unreferenced",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDocument:
    """What a document is made from: its content, or where to fetch that from, sealed (storage/secrets.py)."""

    id: DocumentId
    organization_id: OrganizationId
    file_name: str
    content: Content | None
    sealed_source_url: bytes | None = field(default=None, repr=False)


async def insert(conn: Connection, new: NewDocument, *, job_id: JobId, document_type: DocumentType) -> Document:
    """The document stands, with its first job named."""
    content = new.content
    asked = {
        "id": new.id,
        "organization_id": new.organization_id,
        "file_name": new.file_name,
        "folded_name": folded(new.file_name),
        "media_type": content and content.media_type,
        "size_bytes": content and content.size_bytes,
        "sha256": content and content.sha256,
        "sealed_source_url": new.sealed_source_url,
        "job_id": job_id,
        "document_type": document_type,
    }
    row = await _one(conn, "documents/insert", asked)
    if row is None:
        raise AssertionError("an insert answers its row")
    return document_of(row)


async def by_id(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> Document | None:
    """The organization's document of this id, also a deleted one: then `deleted_at` says when."""
    row = await _one(conn, "documents/by_id", {"organization_id": organization_id, "document_id": document_id})
    return None if row is None else document_of(row)


async def lock(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> Document | None:
    """As `by_id`; nobody deletes it or starts a job on it until the transaction ends."""
    row = await _one(conn, "documents/lock", {"organization_id": organization_id, "document_id": document_id})
    return None if row is None else document_of(row)


async def source_url(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> bytes | None:
    """Where its bytes are to be fetched from, sealed for it; None if they came, or never will."""
    row = await _one(conn, "documents/source_url", {"organization_id": organization_id, "document_id": document_id})
    return None if row is None else row["sealed_source_url"]


async def give_content(
    conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId, content: Content
) -> Document:
    """The document with this content, unless it had one, and without its address; a job of it is being processed."""
    asked = {
        "organization_id": organization_id,
        "document_id": document_id,
        "media_type": content.media_type,
        "size_bytes": content.size_bytes,
        "sha256": content.sha256,
    }
    row = await _one(conn, "documents/give_content", asked)
    if row is None:
        raise AssertionError("a document of a running job cannot be deleted")
    return document_of(row)


async def show_new_job(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    document_id: DocumentId,
    job_id: JobId,
    document_type: DocumentType,
) -> None:
    """The document's state is from now on that of this job, which waits."""
    asked = {
        "organization_id": organization_id,
        "document_id": document_id,
        "job_id": job_id,
        "document_type": document_type,
    }
    await conn.execute(statement("documents/show_new_job"), asked)


async def is_busy(conn: Connection, *, document_id: DocumentId) -> bool:
    """Whether a job of it is not final yet."""
    row = await _one(conn, "documents/is_busy", {"document_id": document_id})
    return bool(row and row["busy"])


async def bury(conn: Connection, *, organization_id: OrganizationId, document_id: DocumentId) -> Document | None:
    """The document as a tombstone; None if it was one already."""
    row = await _one(conn, "documents/bury", {"organization_id": organization_id, "document_id": document_id})
    return None if row is None else document_of(row)


async def expired(conn: Connection, *, limit: int) -> list[tuple[OrganizationId, DocumentId]]:
    """Documents whose newest job has passed its `expires_at`, the oldest first."""
    cursor = await conn.execute(statement("documents/expired"), {"limit": limit})
    return [(row["organization_id"], row["id"]) for row in await cursor.fetchall()]


async def lock_content(conn: Connection, *, organization_id: OrganizationId, hashes: Iterable[str]) -> None:
    """Nobody else writes, deletes or sweeps these bytes of the organization until the transaction ends."""
    asked = {"organization_id": organization_id, "hashes": sorted(set(hashes))}
    await conn.execute(statement("documents/lock_content"), asked)


async def stored_between(
    conn: Connection, *, after: tuple[str, str], to: tuple[str, str]
) -> list[tuple[OrganizationId, str]]:
    """Organization and hash of the documents' contents behind `after`, up to `to` and with it, in no order."""
    asked = {
        "after_organization": after[0],
        "after_sha256": after[1],
        "to_organization": to[0],
        "to_sha256": to[1],
    }
    cursor = await conn.execute(statement("documents/stored_between"), asked)
    return [(row["organization_id"], row["sha256"]) for row in await cursor.fetchall()]


async def unreferenced(conn: Connection, *, organization_id: OrganizationId, hashes: Iterable[str]) -> list[str]:
    """Those of the hashes that nothing of the organization needs; ask under `lock_content`."""
    asked = {"organization_id": organization_id, "candidates": sorted(set(hashes))}
    cursor = await conn.execute(statement("documents/unreferenced"), asked)
    return [row["sha256"] for row in await cursor.fetchall()]


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
