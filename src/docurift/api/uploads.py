"""A submission's body, of either form, as a checked file and checked fields (security.md section 3.1)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from docurift.api import forms
from docurift.api.base64json import Base64Splitter
from docurift.api.body import pieces
from docurift.api.incoming import IncomingFile, UploadGate
from docurift.api.multipart import read_form
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.services import EdgeLimits
from docurift.model.document import MediaType
from docurift.model.filename import clean
from docurift.model.job import JobOptions
from docurift.model.result import Json

FORM: Final = "multipart/form-data"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that may be submitted, still in its temporary place, and what is asked for it."""

    file: IncomingFile
    media_type: MediaType
    file_name: str
    options: JobOptions
    callback_metadata: dict[str, Json] | None
    password: str | None = field(repr=False)


@asynccontextmanager
async def receive(request: Request, gate: UploadGate, limits: EdgeLimits) -> AsyncGenerator[Upload]:
    """The submission in the request's body; its temporary file is gone when the context ends.

    Raises:
        Problem: whatever is wrong with it, down to `EMPTY_FILE` and `INVALID_FILE_TYPE`.
        ClientGoneError: the client hung up.
    """
    kind = content_type(request)
    if kind not in {FORM, JSON}:
        raise Problem(ErrorCode.UNSUPPORTED_MEDIA_TYPE, details={"accepted": [FORM, JSON]})
    async with gate.pass_through() as file:
        if kind == FORM:
            fields, name = await _from_form(request, limits, file)
        else:
            fields, name = await _from_json(request, limits, file)
        yield Upload(
            file=file,
            media_type=_media_type(file),
            file_name=clean(name),
            options=fields.options(),
            callback_metadata=fields.callback_metadata,
            password=fields.password,
        )


def content_type(request: Request) -> str:
    """The media type of the body, without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _from_form(request: Request, limits: EdgeLimits, file: IncomingFile) -> tuple[forms.SubmitFields, str | None]:
    form = await read_form(request, limits, file)
    if not form.has_file:
        raise invalid("file", "is missing; send the document as the form's part `file`")
    return forms.of_form(form.fields, limits), form.file_name


async def _from_json(request: Request, limits: EdgeLimits, file: IncomingFile) -> tuple[forms.SubmitFields, str | None]:
    splitter = Base64Splitter(max_rest_bytes=2 * limits.max_field_bytes)
    async for piece in pieces(request, limits, max_bytes=limits.max_upload_json_bytes):
        file.add(splitter.feed(piece))
        await file.flush()
    await file.flush(is_last=True)
    fields = forms.of_json(splitter.rest(), limits)
    return fields, fields.file_name


def _media_type(file: IncomingFile) -> MediaType:
    if file.size_bytes == 0:
        raise Problem(ErrorCode.EMPTY_FILE)
    media_type = file.media_type()
    if media_type is None:
        raise Problem(ErrorCode.INVALID_FILE_TYPE)
    return media_type
