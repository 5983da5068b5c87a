"""Everything that can go wrong at the edge: the codes of contract section 6, their HTTP status, their sentence.

This is the only file that decides a status for an error.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec
from starlette.responses import Response

from docurift.model.failure import Failure


class ErrorCode(StrEnum):
    """Codes that a request can be answered with; a waited call may also answer the job's own failure code."""

    VALIDATION_ERROR = "VALIDATION_ERROR"
    INVALID_FILE_TYPE = "INVALID_FILE_TYPE"
    INVALID_CURSOR = "INVALID_CURSOR"
    INVALID_SCHEMA = "INVALID_SCHEMA"
    EMPTY_FILE = "EMPTY_FILE"
    URL_NOT_ALLOWED = "URL_NOT_ALLOWED"
    UNAUTHORIZED = "UNAUTHORIZED"
    INVALID_API_KEY = "INVALID_API_KEY"
    API_KEY_EXPIRED = "API_KEY_EXPIRED"
    API_KEY_DISABLED = "API_KEY_DISABLED"
    FORBIDDEN = "FORBIDDEN"
    NOT_FOUND = "NOT_FOUND"
    JOB_NOT_FOUND = "JOB_NOT_FOUND"
    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    BATCH_NOT_FOUND = "BATCH_NOT_FOUND"
    WEBHOOK_NOT_FOUND = "WEBHOOK_NOT_FOUND"
    DELIVERY_NOT_FOUND = "DELIVERY_NOT_FOUND"
    RESULT_EXPIRED = "RESULT_EXPIRED"
    DOCUMENT_DELETED = "DOCUMENT_DELETED"
    EVENT_EXPIRED = "EVENT_EXPIRED"
    EVENTS_EXPIRED = "EVENTS_EXPIRED"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    UPLOAD_TIMEOUT = "UPLOAD_TIMEOUT"
    JOB_NOT_FINAL = "JOB_NOT_FINAL"
    JOB_ALREADY_FINAL = "JOB_ALREADY_FINAL"
    BATCH_NOT_FINAL = "BATCH_NOT_FINAL"
    BATCH_ALREADY_FINAL = "BATCH_ALREADY_FINAL"
    NOTHING_TO_RETRY = "NOTHING_TO_RETRY"
    DOCUMENT_BUSY = "DOCUMENT_BUSY"
    WEBHOOK_INACTIVE = "WEBHOOK_INACTIVE"
    WEBHOOK_OF_CALL = "WEBHOOK_OF_CALL"
    TOO_MANY_WEBHOOKS = "TOO_MANY_WEBHOOKS"
    IDEMPOTENCY_KEY_REUSED = "IDEMPOTENCY_KEY_REUSED"
    DUPLICATE_DOCUMENT = "DUPLICATE_DOCUMENT"
    FILE_TOO_LARGE = "FILE_TOO_LARGE"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    UNSUPPORTED_MEDIA_TYPE = "UNSUPPORTED_MEDIA_TYPE"
    RANGE_NOT_SATISFIABLE = "RANGE_NOT_SATISFIABLE"
    RATE_LIMIT_EXCEEDED = "RATE_LIMIT_EXCEEDED"
    CONCURRENT_LIMIT_EXCEEDED = "CONCURRENT_LIMIT_EXCEEDED"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    SERVICE_UNAVAILABLE = "SERVICE_UNAVAILABLE"
    STORAGE_FULL = "STORAGE_FULL"


@dataclass(frozen=True, slots=True)
class _Entry:
    status: int
    sentence: str
    retryable: bool = False


_C = ErrorCode
_CATALOGUE: Final[Mapping[ErrorCode, _Entry]] = {
    _C.VALIDATION_ERROR: _Entry(400, "The request is not valid. Mend the fields named in `details.fields`."),
    _C.INVALID_FILE_TYPE: _Entry(
        400, "The content of this file is of no type that is read here. Send a PDF, an image, an office file or text."
    ),
    _C.INVALID_CURSOR: _Entry(
        400, "This cursor is not one of this list with these filters. Begin again without `cursor`."
    ),
    _C.INVALID_SCHEMA: _Entry(
        400, "`schema` is no JSON Schema of the subset that is taken. Mend it where `details.pointer` says."
    ),
    _C.EMPTY_FILE: _Entry(400, "The file is empty. Send one with content."),
    _C.URL_NOT_ALLOWED: _Entry(
        400, "This address may not be called from here. Give a public `https` address, or ask the operator to allow it."
    ),
    _C.UNAUTHORIZED: _Entry(401, "No API key was sent. Send yours in the header `X-API-Key`."),
    _C.INVALID_API_KEY: _Entry(401, "This API key is not valid. Check it, or create a new one."),
    _C.API_KEY_EXPIRED: _Entry(401, "This API key has expired. Create a new one."),
    _C.API_KEY_DISABLED: _Entry(401, "This API key is disabled. Enable it, or use another."),
    _C.FORBIDDEN: _Entry(403, "This key may not do that. Use a key with the scope named in `details`."),
    _C.NOT_FOUND: _Entry(404, "There is nothing at this address. See /docs for the calls that exist."),
    _C.JOB_NOT_FOUND: _Entry(404, "There is no job with this id. Check the id."),
    _C.DOCUMENT_NOT_FOUND: _Entry(404, "There is no document with this id. Check the id."),
    _C.BATCH_NOT_FOUND: _Entry(404, "There is no batch with this id. Check the id."),
    _C.WEBHOOK_NOT_FOUND: _Entry(404, "There is no webhook endpoint with this id. Check the id."),
    _C.DELIVERY_NOT_FOUND: _Entry(404, "This endpoint has no delivery with this id. Check both ids."),
    _C.RESULT_EXPIRED: _Entry(410, "The result was removed after its time. Send the document again."),
    _C.DOCUMENT_DELETED: _Entry(410, "The document was deleted. Send it again if it is needed."),
    _C.EVENT_EXPIRED: _Entry(410, "The event was removed after its time. Ask for the job or document that it told of."),
    _C.EVENTS_EXPIRED: _Entry(
        410,
        "Part of what followed this number is not kept any more. Read on from `details.firstSequence` - 1; what was "
        "before is in the lists of jobs and documents.",
    ),
    _C.METHOD_NOT_ALLOWED: _Entry(
        405, "This address does not take this method. The header `Allow` names those it takes."
    ),
    _C.UPLOAD_TIMEOUT: _Entry(
        408, "The upload stood still or took too long. Send it again on a better connection.", True
    ),
    _C.JOB_NOT_FINAL: _Entry(409, "The job is not final yet. Wait until it is completed or failed."),
    _C.JOB_ALREADY_FINAL: _Entry(409, "The job is final already, and a final job does not change. See its `status`."),
    _C.BATCH_NOT_FINAL: _Entry(409, "Jobs of the batch still wait or run. Wait until it is completed."),
    _C.BATCH_ALREADY_FINAL: _Entry(409, "Every job of the batch is final already. See its `counts`."),
    _C.NOTHING_TO_RETRY: _Entry(
        409, "No job of the batch failed on a document that could be read again. Send such files in a new batch."
    ),
    _C.DOCUMENT_BUSY: _Entry(409, "The document is being processed. Wait until its jobs are final.", True),
    _C.WEBHOOK_INACTIVE: _Entry(409, "The endpoint is switched off and gets nothing. Set `active` to true first."),
    _C.WEBHOOK_OF_CALL: _Entry(
        409, "A `webhookUrl` made this endpoint, so it stays as that call asked for. Create an endpoint of your own."
    ),
    _C.TOO_MANY_WEBHOOKS: _Entry(409, "There are as many webhook endpoints as are allowed. Delete one first."),
    _C.IDEMPOTENCY_KEY_REUSED: _Entry(
        409, "This Idempotency-Key was used for another request within 24 hours. Use a new one for a new request."
    ),
    _C.DUPLICATE_DOCUMENT: _Entry(
        409,
        "The same bytes were submitted before with the same options. Use the job that `details` names, or send "
        "`ifDuplicate=rerun`.",
    ),
    _C.FILE_TOO_LARGE: _Entry(413, "The file is larger than this service takes. Split it or make it smaller."),
    _C.TOO_MANY_PAGES: _Entry(413, "`pages` asks for more pages than this service reads. Ask for fewer."),
    _C.UNSUPPORTED_MEDIA_TYPE: _Entry(
        415, "The body is of a type that this call does not take. See /docs for its `Content-Type`."
    ),
    _C.RANGE_NOT_SATISFIABLE: _Entry(416, "The asked range lies outside of the file. `Content-Range` tells its size."),
    _C.RATE_LIMIT_EXCEEDED: _Entry(
        429,
        "The limit that `details` names is used up. Wait as long as `Retry-After` says, then send this again.",
        True,
    ),
    _C.CONCURRENT_LIMIT_EXCEEDED: _Entry(
        429, "As many of these are open as may be at a time. Try again when some have ended.", True
    ),
    _C.INTERNAL_ERROR: _Entry(
        500,
        "An error inside the service ended this request. Try again; if it stays, give the operator `requestId`.",
        True,
    ),
    _C.SERVICE_UNAVAILABLE: _Entry(503, "The service is short of a part for the moment. Try again shortly.", True),
    _C.STORAGE_FULL: _Entry(507, "The service has no room for more files. Ask the operator to make some.", True),
}


class FieldError(msgspec.Struct, frozen=True):
    """One field of the request that is wrong; `field` is its name or the path to it."""

    field: str
    message: str


class Problem(Exception):  # noqa: N818 - it is the answer, in RFC 9457's word
    """Ends the request with `code`. `details` go into the envelope as they are; they hold nothing internal."""

    def __init__(
        self,
        code: ErrorCode,
        message: str | None = None,
        *,
        details: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        entry = _CATALOGUE[code]
        super().__init__(code)
        self.code: str = code
        self.status, self.retryable = entry.status, entry.retryable
        self.message = message or entry.sentence
        self.details = dict(details or {})
        self.headers = dict(headers or {})


class JobFailedProblem(Problem):
    """422 with a job's own failure: of a waited call, or of drawing a page."""

    def __init__(
        self, failure: Failure, details: Mapping[str, object], headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(ErrorCode.INTERNAL_ERROR, failure.message, details=details, headers=headers)
        self.code, self.status, self.retryable = failure.code, 422, failure.retryable


def invalid(field: str, message: str) -> Problem:
    """400 `VALIDATION_ERROR` for a single field."""
    return invalid_fields((FieldError(field, message),))


def invalid_fields(errors: Iterable[FieldError]) -> Problem:
    """400 `VALIDATION_ERROR` that names each wrong field."""
    return Problem(ErrorCode.VALIDATION_ERROR, details={"fields": list(errors)})


def status_of(code: ErrorCode) -> int:
    """The HTTP status of `code`."""
    return _CATALOGUE[code].status


def sentence_of(code: ErrorCode) -> str:
    """The usual sentence of `code`, for the reference."""
    return _CATALOGUE[code].sentence


def is_retryable(code: ErrorCode) -> bool:
    """Whether the same request may succeed when it is sent again."""
    return _CATALOGUE[code].retryable


def envelope(problem: Problem, request_id: str) -> dict[str, object]:
    """The body of a failure (contract section 1)."""
    error = {
        "code": problem.code,
        "message": problem.message,
        "details": problem.details,
        "retryable": problem.retryable,
    }
    return {"success": False, "error": error, "requestId": request_id}


def answer(problem: Problem, request_id: str) -> Response:
    """The failure as an HTTP answer; 503 says when to come back, 401 how to identify (RFC 9110)."""
    headers = dict(problem.headers)
    if problem.status == status_of(ErrorCode.SERVICE_UNAVAILABLE):
        headers.setdefault("Retry-After", "2")
    if problem.status == status_of(ErrorCode.UNAUTHORIZED):
        headers.setdefault("WWW-Authenticate", "Bearer")
    body = msgspec.json.encode(envelope(problem, request_id))
    return Response(body, problem.status, headers, "application/json")
