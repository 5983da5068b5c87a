"""Documents as they travel (contract section 2)."""

from typing import Annotated, Self

from msgspec import UNSET, Meta, UnsetType

from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp
from docurift.api.documents.results import Answered
from docurift.api.jobs.wire import Count, DocumentIdText, Evidence, JobIdText, Share, ValueTree
from docurift.model.document import Document, DocumentStatus, MediaType


class PageImageOut(Wire, frozen=True):
    """A link to the picture of one page, which needs no key until it ends."""

    page: Annotated[int, Meta(ge=1)]
    url: str
    expires_at: Timestamp


class DocumentOut(Wire, frozen=True):
    """A document and what became of it. `mimeType`, `fileSize` and `sha256` are null while a `fileUrl` is not fetched.
    `result`, `fields` and the parts that were asked for are there on single ones only.
    """

    id: DocumentIdText
    file_name: str
    mime_type: MediaType | None
    file_size: Count | None
    sha256: Annotated[str, Meta(pattern="^[0-9a-f]{64}$")] | None
    status: DocumentStatus
    document_type: str | None
    job_id: JobIdText | None
    page_count: Count | None
    confidence: Share | None
    created_at: Timestamp
    processed_at: Timestamp | None
    result: ValueTree | UnsetType = UNSET
    fields: Evidence | UnsetType = UNSET
    result_url: str | UnsetType | None = UNSET
    raw_text: str | UnsetType | None = UNSET
    page_images: tuple[PageImageOut, ...] | UnsetType = UNSET

    @classmethod
    def of(cls, document: Document) -> Self:
        """The document as it stands in its row."""
        content = document.content
        return cls(
            id=document.id,
            file_name=document.file_name,
            mime_type=content.media_type if content else None,
            file_size=content.size_bytes if content else None,
            sha256=content.sha256 if content else None,
            status=document.status,
            document_type=document.document_type,
            job_id=document.newest_job_id,
            page_count=document.page_count,
            confidence=document.confidence,
            created_at=stamp(document.created_at),
            processed_at=maybe_stamp(document.processed_at),
        )


class ExportOut(Wire, frozen=True):
    """A document's newest result, whole."""

    document_id: DocumentIdText
    job_id: JobIdText
    file_name: str
    document_type: str | None
    confidence: Share | None
    result: ValueTree
    fields: Evidence

    @classmethod
    def of(cls, document: Document, job_id: str, answered: Answered) -> Self:
        """The result as it travels."""
        return cls(
            document_id=document.id,
            job_id=job_id,
            file_name=document.file_name,
            document_type=document.document_type,
            confidence=document.confidence,
            result=answered.result,
            fields=answered.fields,
        )
