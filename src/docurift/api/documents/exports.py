"""A document's newest result as a file to save."""

import csv
import io
import re
from pathlib import PurePosixPath
from typing import Final, Literal

import msgspec
from starlette.responses import Response

from docurift.api.answers import success
from docurift.api.documents.files import SAVE_HEADERS, disposition
from docurift.api.documents.handlers import find_document, newest_result
from docurift.api.documents.results import Answered, read_result
from docurift.api.documents.wire import ExportOut
from docurift.api.jobs.handlers import TEXT_FORMATS
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import Query
from docurift.api.routes import Call
from docurift.model.document import Document, DocumentStatus
from docurift.storage.results import StoredResult

_SUFFIXES: Final = {"json": ".json", "markdown": ".md", "text": ".txt", "csv": ".csv"}
_NUMBER: Final = re.compile(r"[+-]?[0-9][0-9.,' ]*%?\Z", re.ASCII)
# What spreadsheets take for a formula (security.md, T14), with the wide forms that some normalize.
_FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


class ExportQuery(Query):
    """In which form."""

    format: Literal["json", "markdown", "text", "csv"]


class _Table(msgspec.Struct):
    headers: list[object] = []
    rows: list[list[object]] = []


class _Tables(msgspec.Struct):
    tables: list[_Table] = []


async def export(call: Call, query: ExportQuery) -> Response:
    """The result in the form that is asked for, to save."""
    document = await find_document(call)
    stored = await newest_result(call, document)
    if stored is None:
        raise _nothing(document)
    answered = await read_result(call.services, call.organization_id, stored)
    name = PurePosixPath(document.file_name).stem + _SUFFIXES[query.format]
    headers = {**SAVE_HEADERS, "Content-Disposition": disposition(name)}
    return _formed(query.format, document, stored, answered, headers)


def _formed(
    form: str, document: Document, stored: StoredResult, answered: Answered, headers: dict[str, str]
) -> Response:
    if form == "json":
        return success(ExportOut.of(document, stored.job_id, answered), headers=headers)
    if form == "csv":
        return Response(tables_as_csv(answered.result), headers=headers, media_type="text/csv; charset=utf-8")
    text = answered.markdown if form == "markdown" else answered.text
    return Response(text, headers=headers, media_type=TEXT_FORMATS[form])


def _nothing(document: Document) -> Problem:
    match document.status:
        case DocumentStatus.QUEUED | DocumentStatus.PROCESSING:
            return Problem(ErrorCode.JOB_NOT_FINAL)
        case DocumentStatus.COMPLETED:
            return Problem(ErrorCode.RESULT_EXPIRED)
        case DocumentStatus.FAILED:
            return Problem(ErrorCode.NOT_FOUND, "The job failed, so there is no result. Its `error` says why.")


def tables_as_csv(result: msgspec.Raw) -> str:
    """The tables of a result one below the other, an empty line between them (RFC 4180)."""
    out = io.StringIO()
    writer = csv.writer(out)
    for position, table in enumerate(msgspec.json.decode(result, type=_Tables).tables):
        if position:
            out.write("\r\n")
        if any(table.headers):
            writer.writerow([_harmless(cell) for cell in table.headers])
        writer.writerows([_harmless(cell) for cell in row] for row in table.rows)
    return out.getvalue()


def _harmless(cell: object) -> str:
    """The cell as text that no spreadsheet runs."""
    text = "" if cell is None else str(cell)
    if text.lstrip(" \u00a0").startswith(_FORMULA_STARTS) or text.startswith(_FORMULA_STARTS):
        return text if _NUMBER.match(text) else "'" + text
    return text
