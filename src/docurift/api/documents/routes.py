"""Calls about documents: submit, look, save, delete."""

from typing import Final

from docurift.api.documents import exports, files, handlers, pages, process
from docurift.api.documents.page_wire import PageOut
from docurift.api.documents.wire import DocumentOut, ExportOut
from docurift.api.intake.submit_body import SUBMIT_BODY
from docurift.api.jobs.routes import JOB_LINKS, LOCATION
from docurift.api.jobs.wire import AcceptedOut, DeletedOut, ProcessedOut, ProcessingOut
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference import examples
from docurift.api.routes import Answer, ListOf, Route
from docurift.model.key import Scope

_SUBMIT_ERRORS: Final = (
    E.INVALID_FILE_TYPE,
    E.EMPTY_FILE,
    E.URL_NOT_ALLOWED,
    E.UPLOAD_TIMEOUT,
    E.IDEMPOTENCY_KEY_REUSED,
    E.DUPLICATE_DOCUMENT,
    E.FILE_TOO_LARGE,
    E.TOO_MANY_PAGES,
    E.INVALID_SCHEMA,
    E.UNSUPPORTED_MEDIA_TYPE,
    E.CONCURRENT_LIMIT_EXCEEDED,
    E.STORAGE_FULL,
)
_ONE: Final = (E.DOCUMENT_NOT_FOUND, E.DOCUMENT_DELETED)
_SAVED: Final = {"Content-Disposition": "`attachment` with a file name."}
_WAITED: Final = (
    Answer(
        status=200,
        description="The job is completed.",
        data=ProcessedOut,
        example=examples.PROCESSED,
        headers=LOCATION,
        links=JOB_LINKS,
    ),
    Answer(
        status=202,
        description="The job goes on after the wait.",
        data=ProcessingOut,
        example=examples.PROCESSING,
        headers=LOCATION,
        links=JOB_LINKS,
    ),
)


def _waited(path: str, name: str, summary: str) -> Route[process.WaitQuery]:
    return Route(
        method="POST",
        path=path,
        name=name,
        tag="documents",
        summary=summary,
        description="The same job as of `processAsync`. It goes on if the wait ends or the client leaves.",
        scope=Scope.JOBS_WRITE,
        query=process.WaitQuery,
        body=SUBMIT_BODY,
        is_idempotent=True,
        can_fail_as_job=True,
        handler=process.process_sync,
        answers=_WAITED,
        errors=_SUBMIT_ERRORS,
    )


DOCUMENT_ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/documents/process/async",
        name="processAsync",
        tag="documents",
        summary="Submit a document",
        description="Answers as soon as the document and its job are stored for good. A `fileUrl` is fetched later, by "
        "a worker; if that fails, the job fails with `FETCH_FAILED`.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        body=SUBMIT_BODY,
        is_idempotent=True,
        handler=process.process_async,
        answers=(
            Answer(
                status=202,
                description="The job waits.",
                data=AcceptedOut,
                example=examples.ACCEPTED,
                headers=LOCATION,
                links=JOB_LINKS,
            ),
        ),
        errors=_SUBMIT_ERRORS,
    ),
    _waited("/v1/documents/process", "process", "Submit a document and wait for its result"),
    _waited("/v1/documents/process/sync", "processSync", "Submit a document and wait for its result (older name)"),
    Route(
        method="GET",
        path="/v1/documents",
        name="listDocuments",
        tag="documents",
        summary="List documents",
        description="Page numbers reach item 10,000; `cursor` goes on.",
        scope=Scope.JOBS_READ,
        query=handlers.DocumentListQuery,
        handler=handlers.list_documents,
        answers=(
            Answer(
                status=200,
                description="A part of the documents.",
                data=ListOf("documents", DocumentOut),
                example={"documents": [examples.LISTED_DOCUMENT], "pagination": examples.PAGINATION},
            ),
        ),
        errors=(E.INVALID_CURSOR,),
    ),
    Route(
        method="GET",
        path="/v1/documents/{id}",
        name="showDocument",
        tag="documents",
        summary="Show a document",
        scope=Scope.JOBS_READ,
        query=handlers.DocumentQuery,
        handler=handlers.show_document,
        answers=(Answer(status=200, description="The document.", data=DocumentOut, example=examples.DOCUMENT),),
        errors=_ONE,
    ),
    Route(
        method="GET",
        path="/v1/documents/{id}/file",
        name="showFile",
        tag="documents",
        summary="Get the original bytes",
        description="One range at a time; several at once are answered with the whole file. The file of a `fileUrl` "
        "is there once a worker fetched it: 409 until then, 404 if it could not be fetched.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        is_conditional=True,
        is_ranged=True,
        handler=files.show_file,
        answers=(
            Answer(
                status=200,
                description="All bytes.",
                binary="*/*",
                headers={**_SAVED, "ETag": "Of the content.", "Accept-Ranges": "`bytes`."},
            ),
            Answer(
                status=206,
                description="The bytes of the range.",
                binary="*/*",
                headers={**_SAVED, "ETag": "Of the content.", "Content-Range": "Which bytes of how many."},
            ),
        ),
        errors=(*_ONE, E.NOT_FOUND, E.JOB_NOT_FINAL, E.RANGE_NOT_SATISFIABLE),
    ),
    Route(
        method="GET",
        path="/v1/documents/{id}/pages/{n}",
        name="showPage",
        tag="documents",
        summary="Show one page as it was read",
        description="Words with boxes, blocks in reading order, tables.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        handler=pages.show_page,
        answers=(Answer(status=200, description="The page.", data=PageOut, example=examples.PAGE),),
        errors=(*_ONE, E.NOT_FOUND),
    ),
    Route(
        method="GET",
        path="/v1/documents/{id}/pages/{n}/image",
        name="showPageImage",
        tag="documents",
        summary="Draw one page",
        description="Upright, as it is displayed. A signed link of `includePageImages` stands for an API key.",
        scope=Scope.JOBS_READ,
        query=pages.ImageQuery,
        takes_signed_links=True,
        can_fail_as_job=True,
        handler=pages.show_image,
        answers=(Answer(status=200, description="The picture.", binary="image/png"),),
        errors=(*_ONE, E.NOT_FOUND, E.JOB_NOT_FINAL),
    ),
    Route(
        method="GET",
        path="/v1/documents/{id}/export",
        name="exportDocument",
        tag="documents",
        summary="Save the result as a file",
        description="`csv` holds the tables, one below the other, cells that a spreadsheet would run made harmless.",
        scope=Scope.JOBS_READ,
        query=exports.ExportQuery,
        handler=exports.export,
        answers=(
            Answer(
                status=200,
                description="The newest result of the document's jobs.",
                data=ExportOut,
                example=examples.EXPORT,
                texts={
                    "text/markdown": "# INVOICE\n",
                    "text/plain": "INVOICE\n",
                    "text/csv": "Item,Total\r\nPaper,12.50\r\n",
                },
                headers=_SAVED,
            ),
        ),
        errors=(*_ONE, E.NOT_FOUND, E.JOB_NOT_FINAL, E.RESULT_EXPIRED),
    ),
    Route(
        method="DELETE",
        path="/v1/documents/{id}",
        name="deleteDocument",
        tag="documents",
        summary="Delete a document",
        description="Bytes, pages and results are gone for good.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        handler=handlers.delete,
        answers=(Answer(status=200, description="It is gone.", data=DeletedOut, example=examples.DELETED_DOCUMENT),),
        errors=(*_ONE, E.DOCUMENT_BUSY),
    ),
)
