"""Documents from the rows that remember them."""

from collections.abc import Mapping
from typing import Any

from docurift.model.document import Content, Document, DocumentStatus, MediaType


def document_of(row: Mapping[str, Any]) -> Document:
    """The document that a row of `documents` tells."""
    return Document(
        id=row["id"],
        organization_id=row["organization_id"],
        file_name=row["file_name"],
        content=_content(row),
        created_at=row["created_at"],
        page_count=row["page_count"],
        deleted_at=row["deleted_at"],
        status=DocumentStatus(row["status"]),
        document_type=row["document_type"],
        newest_job_id=row["newest_job_id"],
        processed_at=row["processed_at"],
        confidence=row["confidence"],
    )


def _content(row: Mapping[str, Any]) -> Content | None:
    if row["sha256"] is None:
        return None
    return Content(media_type=MediaType(row["media_type"]), size_bytes=row["size_bytes"], sha256=row["sha256"])
