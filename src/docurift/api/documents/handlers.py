"""Documents: list, one, delete (contract section 2)."""

from typing import Literal

import msgspec
from pydantic import Field
from starlette.responses import Response

from docurift.actions.delete import DocumentBusyError, DocumentDeletedError, DocumentNotFoundError, delete_document
from docurift.api.answers import stamp, success
from docurift.api.documents.results import read_result
from docurift.api.documents.wire import DocumentOut, PageImageOut
from docurift.api.jobs.wire import NULL, DeletedOut
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import Absent, Cursor, EndDate, Flag, Limit, NoQuery, Page, Query, Search, StartDate
from docurift.api.routes import Call, document_id_of
from docurift.model.document import Content, Document, DocumentStatus, MediaType
from docurift.model.job import DocumentType
from docurift.storage import documents, results
from docurift.storage.listing import DocumentFilter, DocumentOrder, DocumentSort
from docurift.storage.results import StoredResult

DRAWABLE = frozenset(
    {
        MediaType.PDF,
        MediaType.PNG,
        MediaType.JPEG,
        MediaType.WEBP,
        MediaType.TIFF,
        MediaType.BMP,
        MediaType.GIF,
        MediaType.HEIC,
    }
)
"""Formats with pages that can be drawn; the others flow."""
DEFAULT_DPI = 150


class DocumentListQuery(Query):
    """Which documents, which part of them, in which order."""

    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None
    status: DocumentStatus | Absent = None
    document_type: DocumentType | Absent = None
    start_date: StartDate | Absent = Field(default=None, description="Given at this time or later.")
    end_date: EndDate | Absent = Field(
        default=None, description="Given at this time or earlier; a bare date is the whole UTC day."
    )
    search: Search | Absent = Field(default=None, description="A piece of the file name, or an id.")
    sort_by: DocumentSort = DocumentSort.CREATED_AT
    sort_order: Literal["asc", "desc"] = "desc"

    def filter(self) -> DocumentFilter:
        """The same for storage."""
        return DocumentFilter(
            status=self.status,
            created_from=self.start_date,
            created_before=self.end_date,
            document_type=self.document_type,
            search=self.search,
        )


class DocumentQuery(Query):
    """What is wanted beside the document's result."""

    include_raw_text: Flag = Field(default=False, description="Adds `rawText`, the whole text in reading order.")
    include_page_images: Flag = Field(default=False, description="Adds `pageImages`, links that end after 15 minutes.")


async def list_documents(call: Call, query: DocumentListQuery) -> Response:
    """A part of the organization's documents; deleted ones are not shown."""
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    order = DocumentOrder(by=query.sort_by, descending=query.sort_order == "desc")
    with walking():
        async with call.services.db.reading() as conn:
            listing = await documents.page_of(
                conn, organization_id=call.organization_id, filter=query.filter(), order=order, window=asked
            )
    return listed("documents", [DocumentOut.of(document) for document in listing.items], listing, query.limit)


async def show_document(call: Call, query: DocumentQuery) -> Response:
    """One document with the newest result of its jobs."""
    document = await find_document(call)
    shown = await _with_result(call, document, with_text=query.include_raw_text)
    if query.include_page_images:
        shown = msgspec.structs.replace(shown, page_images=_page_images(call, document))
    return success(shown)


async def delete(call: Call, query: NoQuery) -> Response:
    """Bytes, pages and results are gone for good."""
    del query
    try:
        deleted = await delete_document(
            call.services.db,
            call.services.blobs,
            organization_id=call.organization_id,
            document_id=document_id_of(call),
        )
    except DocumentNotFoundError as error:
        raise Problem(ErrorCode.DOCUMENT_NOT_FOUND) from error
    except DocumentBusyError as error:
        raise Problem(ErrorCode.DOCUMENT_BUSY) from error
    except DocumentDeletedError as error:
        raise Problem(ErrorCode.DOCUMENT_DELETED, details={"deletedAt": stamp(error.deleted_at)}) from error
    return success(DeletedOut(id=deleted.document.id, deleted=True, deleted_at=stamp(deleted.deleted_at)))


async def find_document(call: Call) -> Document:
    """The document in the path.

    Raises:
        Problem: `DOCUMENT_NOT_FOUND`, `DOCUMENT_DELETED`.
    """
    async with call.services.db.reading() as conn:
        document = await documents.by_id(conn, organization_id=call.organization_id, document_id=document_id_of(call))
    if document is None:
        raise Problem(ErrorCode.DOCUMENT_NOT_FOUND)
    if document.deleted_at is not None:
        raise Problem(ErrorCode.DOCUMENT_DELETED, details={"deletedAt": stamp(document.deleted_at)})
    return document


def content_of(document: Document) -> Content:
    """The document's bytes.

    Raises:
        Problem: `JOB_NOT_FINAL`: they are still to be fetched; `NOT_FOUND`: they could not be.
    """
    if document.content is not None:
        return document.content
    if document.status in {DocumentStatus.QUEUED, DocumentStatus.PROCESSING}:
        raise Problem(ErrorCode.JOB_NOT_FINAL, "The file is still to be fetched from its URL. Wait for the job.")
    raise Problem(ErrorCode.NOT_FOUND, "The document has no file: it never came. The job's `error` says why.")


async def newest_result(call: Call, document: Document) -> StoredResult | None:
    """Where the newest result of the document is."""
    async with call.services.db.reading() as conn:
        return await results.of_document(conn, organization_id=call.organization_id, document_id=document.id)


async def _with_result(call: Call, document: Document, *, with_text: bool) -> DocumentOut:
    shown = DocumentOut.of(document)
    stored = await newest_result(call, document)
    if stored is None:
        nothing = msgspec.structs.replace(shown, result=NULL, fields=NULL, result_url=None)
        return msgspec.structs.replace(nothing, raw_text=None) if with_text else nothing
    answered = await read_result(call.services, call.organization_id, stored)
    is_inline = stored.result_bytes <= call.services.limits.max_inline_result_bytes
    full = msgspec.structs.replace(
        shown,
        result=answered.result if is_inline else NULL,
        fields=answered.fields,
        result_url=f"/v1/jobs/{stored.job_id}/result",
    )
    return msgspec.structs.replace(full, raw_text=answered.text) if with_text else full


def _page_images(call: Call, document: Document) -> tuple[PageImageOut, ...]:
    content = document.content
    if content is None or content.media_type not in DRAWABLE or document.page_count is None:
        return ()
    sign = call.runtime.links.sign
    signed = [
        (page, sign(call.organization_id, document.id, page=page, dpi=DEFAULT_DPI))
        for page in range(1, document.page_count + 1)
    ]
    return tuple(PageImageOut(page=page, url=link.url, expires_at=stamp(link.expires_at)) for page, link in signed)
