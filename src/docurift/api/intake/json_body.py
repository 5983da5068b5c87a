"""JSON bodies of calls that take no file: read whole under a limit, refused with every wrong field named."""

from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from docurift.api.intake.body import whole
from docurift.api.intake.forms import json_object, refuse_null
from docurift.api.intake.uploads import JSON, content_type
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import refusal
from docurift.api.routes import Call
from docurift.model.result import Json

M = TypeVar("M", bound=BaseModel)


async def read_json(call: Call, model: type[M], *, max_bytes: int | None = None, may_be_empty: bool = False) -> M:
    """The body as `model`; with `may_be_empty`, no body stands for an empty object.

    Raises:
        Problem: `UNSUPPORTED_MEDIA_TYPE`, `FILE_TOO_LARGE`, `UPLOAD_TIMEOUT`, `VALIDATION_ERROR`.
    """
    limits = call.services.limits
    most = max_bytes or limits.max_json_bytes
    is_json = content_type(call.request) == JSON
    if not is_json and not (may_be_empty and "content-type" not in call.request.headers):
        raise Problem(ErrorCode.UNSUPPORTED_MEDIA_TYPE, details={"accepted": [JSON]})
    text = await _whole(call, most)
    if not text and may_be_empty:
        text = b"{}"
    elif not is_json:
        raise Problem(ErrorCode.UNSUPPORTED_MEDIA_TYPE, details={"accepted": [JSON]})
    return _parsed(json_object(text, "body"), model)


async def _whole(call: Call, most: int) -> bytes:
    try:
        return await whole(call.request, call.services.limits, max_bytes=most)
    except Problem as problem:
        if problem.code != ErrorCode.FILE_TOO_LARGE:
            raise
        message = f"The body of this call may have {most} bytes at most. Send less."
        raise Problem(ErrorCode.FILE_TOO_LARGE, message, details={"maxBytes": most}) from problem


def _parsed(values: dict[str, Json], model: type[M]) -> M:
    refuse_null(values)
    given: dict[str, Any] = values
    try:
        return model.model_validate(given)
    except ValidationError as error:
        raise refusal(error) from error
