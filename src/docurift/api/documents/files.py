"""The original bytes, by range, as something to save and never to show (security.md, T13)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from docurift.api.answers import is_unchanged
from docurift.api.documents.handlers import content_of, find_document
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import NoQuery
from docurift.api.routes import Call

_RANGE: Final = re.compile(r"\s*bytes\s*=\s*(?:([0-9]{1,18})\s*-\s*([0-9]{1,18})?|-\s*([0-9]{1,18}))\s*\Z", re.ASCII)
_PLAIN_NAME: Final = re.compile(r"[^A-Za-z0-9._ -]")
SAVE_HEADERS: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `start` to `end`, the end not included."""

    start: int
    end: int


async def show_file(call: Call, query: NoQuery) -> Response:
    """The bytes as they were given, whole or one range of them."""
    del query
    document = await find_document(call)
    content = content_of(document)
    tag = f'"{content.sha256}"'
    headers = {
        **SAVE_HEADERS,
        "Content-Disposition": disposition(document.file_name),
        "ETag": tag,
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
    }
    if is_unchanged(call.request.headers.get("if-none-match"), tag):
        return Response(status_code=304, headers=headers)
    span = asked_span(call.request.headers, tag, content.size_bytes)
    await call.services.blobs.verify(call.organization_id, content.sha256)  # while an error can still be told
    whole = span is None
    start, end = (0, content.size_bytes) if span is None else (span.start, span.end)
    headers["Content-Length"] = str(end - start)
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{content.size_bytes}"
    body = call.services.blobs.stream(call.organization_id, content.sha256, start, end)
    return StreamingResponse(body, 200 if whole else 206, headers, content.media_type.value)


def asked_span(headers: Mapping[str, str], tag: str, size: int) -> Span | None:
    """The one range that is asked for (RFC 9110 section 14.2); None where all is asked for, or several ranges, or the
    range is only good for other bytes (`If-Range`).

    Raises:
        Problem: `RANGE_NOT_SATISFIABLE`.
    """
    match = _RANGE.match(headers.get("range", ""))
    if match is None or headers.get("if-range", tag) != tag:
        return None
    first, last, suffix = match.groups()
    if suffix is not None:
        span = Span(max(0, size - int(suffix)), size)
    else:
        span = Span(int(first), min(size, int(last) + 1) if last is not None else size)
        if last is not None and int(last) < int(first):
            return None  # no valid range, so none was asked for
    if span.start >= span.end:
        raise Problem(ErrorCode.RANGE_NOT_SATISFIABLE, headers={"Content-Range": f"bytes */{size}"})
    return span


def disposition(name: str) -> str:
    """`Content-Disposition` for saving under `name` (RFC 6266): plain for old clients, exact for the others."""
    return f"attachment; filename=\"{_PLAIN_NAME.sub('_', name)}\"; filename*=UTF-8''{quote(name, safe='')}"
