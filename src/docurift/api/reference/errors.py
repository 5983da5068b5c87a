"""Errors in the OpenAPI document: every code of every route, by status, with an example each."""

from typing import Any, Final

import msgspec

from docurift.api.problems import ErrorCode, JobFailedProblem, Problem, envelope, invalid, sentence_of, status_of
from docurift.api.rates.limit import LimitName
from docurift.api.routes import Route
from docurift.model.failure import Failure, FailureCode, Stage

Json = dict[str, Any]

_E = ErrorCode
_ALWAYS: Final = (_E.VALIDATION_ERROR, _E.INTERNAL_ERROR, _E.SERVICE_UNAVAILABLE)
_WITH_KEY: Final = (
    _E.UNAUTHORIZED,
    _E.INVALID_API_KEY,
    _E.API_KEY_EXPIRED,
    _E.API_KEY_DISABLED,
    _E.FORBIDDEN,
    _E.RATE_LIMIT_EXCEEDED,
)
_JOB_FAILED: Final = 422
_REQUEST_ID: Final = "req_01hf7yat00e2pbd2pq9j0m4x6z"
_RETRY_AFTER: Final[Json] = {
    "Retry-After": {"description": "Seconds to wait before trying again.", "schema": {"type": "integer"}}
}
_EXTRA_HEADERS: Final[dict[int, Json]] = {
    401: {"WWW-Authenticate": {"description": "`Bearer`.", "schema": {"type": "string"}}},
    416: {"Content-Range": {"description": "The size of the file.", "schema": {"type": "string"}}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}

ERROR_SCHEMAS: Final[Json] = {
    "Error": {
        "description": "What went wrong and what to do next.",
        "type": "object",
        "required": ["success", "error", "requestId"],
        "properties": {
            "success": {"const": False},
            "error": {
                "type": "object",
                "required": ["code", "message", "details", "retryable"],
                "properties": {
                    "code": {"type": "string", "pattern": "^[A-Z][A-Z_]+$"},
                    "message": {"type": "string"},
                    "details": {
                        "type": "object",
                        "properties": {
                            "fields": {"type": "array", "items": {"$ref": "#/components/schemas/FieldError"}},
                            "limit": {
                                "enum": [*LimitName],
                                "description": "Which limit is used up, of a 429 `RATE_LIMIT_EXCEEDED`.",
                            },
                        },
                    },
                    "retryable": {"type": "boolean", "description": "Whether the same request may succeed later."},
                },
                "additionalProperties": False,
            },
            "requestId": {"type": "string", "pattern": "^req_[0-9a-z]{26}$"},
        },
        "additionalProperties": False,
    },
    "FieldError": {
        "description": "One field of the request that is wrong.",
        "type": "object",
        "required": ["field", "message"],
        "properties": {"field": {"type": "string"}, "message": {"type": "string"}},
    },
}


def error_answers(route: Route[Any], headers: Json) -> Json:
    """The errors that a route can answer, by status."""
    codes = [*route.errors, *_ALWAYS, *(_WITH_KEY if route.scope is not None else ())]
    statuses = sorted({status_of(code) for code in codes})
    answers = {
        str(status): _answer([code for code in codes if status_of(code) == status], status, headers)
        for status in statuses
    }
    if route.can_fail_as_job:
        answers[str(_JOB_FAILED)] = _job_failed(headers)
    return answers


def _answer(codes: list[ErrorCode], status: int, headers: Json) -> Json:
    return {
        "description": " ".join(f"`{code}`: {sentence_of(code)}" for code in codes),
        "headers": {**headers, **_EXTRA_HEADERS.get(status, {})},
        "content": _content([code.value for code in codes], {code.value: _example(_problem(code)) for code in codes}),
    }


def _job_failed(headers: Json) -> Json:
    failure = Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD)
    return {
        "description": "The document could not be read; the code is that of the job's own failure.",
        "headers": headers,
        "content": _content(
            [code.value for code in FailureCode], {failure.code.value: _example(JobFailedProblem(failure, {}))}
        ),
    }


def _content(codes: list[str], examples: dict[str, Json]) -> Json:
    code = {"properties": {"error": {"properties": {"code": {"enum": codes}}}}}
    schema = {"allOf": [{"$ref": "#/components/schemas/Error"}, code]}
    return {
        "application/json": {
            "schema": schema,
            "examples": {name: {"value": example} for name, example in examples.items()},
        }
    }


def _problem(code: ErrorCode) -> Problem:
    if code is ErrorCode.VALIDATION_ERROR:
        return invalid("limit", "should be at most 100")
    if code is ErrorCode.RATE_LIMIT_EXCEEDED:
        details = {"limit": "requests", "perSecond": 300.0, "burst": 3000, "retryAfterSeconds": 1}
        return Problem(code, details=details)
    return Problem(code)


def _example(problem: Problem) -> Json:
    return msgspec.json.decode(msgspec.json.encode(envelope(problem, _REQUEST_ID)))
