"""A document: what was given, before anything was read from it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docurift.model.ids import DocumentId, JobId, OrganizationId


class MediaType(StrEnum):
    """The formats that are taken, told by content and never by name (security.md section 3.2)."""

    PDF = "application/pdf"
    PNG = "image/png"
    JPEG = "image/jpeg"
    WEBP = "image/webp"
    TIFF = "image/tiff"
    BMP = "image/bmp"
    GIF = "image/gif"
    HEIC = "image/heic"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    OLE2 = "application/x-ole-storage"  # legacy or encrypted Office: refused by the child with the right code
    HTML = "text/html"
    EML = "message/rfc822"
    XML = "application/xml"
    TEXT = "text/plain"


class DocumentStatus(StrEnum):
    """A document's status is that of its newest job, under the published names (contract section 2)."""

    QUEUED = "queued"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The bytes of a document: what they are, how many, and the hash under which its organization keeps them."""

    media_type: MediaType
    size_bytes: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """The given file and what became of it; `content` is None until its bytes are fetched, or if they never came."""

    id: DocumentId
    organization_id: OrganizationId
    file_name: str
    content: Content | None
    created_at: datetime
    page_count: int | None = None
    deleted_at: datetime | None = None
    status: DocumentStatus = DocumentStatus.QUEUED
    document_type: str | None = None
    newest_job_id: JobId | None = None
    processed_at: datetime | None = None
    confidence: float | None = None
