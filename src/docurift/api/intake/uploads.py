"""A submission's body, of either form, as a checked file and checked fields (security.md section 3.1)."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request

from docurift.actions.submit import CallWebhook, FileUrl, ReceivedFile, Source
from docurift.api.intake import forms
from docurift.api.intake.base64json import Base64Splitter
from docurift.api.intake.body import pieces
from docurift.api.intake.incoming import IncomingFile, UploadGate
from docurift.api.intake.multipart import read_form
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.services import EdgeLimits
from docurift.model.document import Content
from docurift.model.filename import clean, name_in
from docurift.model.job import IfDuplicate, JobOptions
from docurift.model.result import Json

FORM: Final = "multipart/form-data"
JSON: Final = "application/json"


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """A file that may be submitted, still in its temporary place, or its address; and what is asked for it."""

    source: Source
    options: JobOptions
    callback_metadata: dict[str, Json] | None
    webhook: CallWebhook | None
    if_duplicate: IfDuplicate
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
    read = _from_form if kind == FORM else _from_json
    async with gate.pass_through() as file:
        fields, has_file, name = await read(request, limits, file)
        yield Upload(
            source=_received(file, name) if has_file else _addressed(fields, limits),
            options=fields.options(),
            callback_metadata=fields.callback_metadata,
            webhook=fields.webhook(),
            if_duplicate=fields.if_duplicate,
            password=fields.password,
        )


def content_type(request: Request) -> str:
    """The media type of the body, without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


_Read = tuple[forms.SubmitForm, bool, str | None]


async def _from_form(request: Request, limits: EdgeLimits, file: IncomingFile) -> _Read:
    form = await read_form(request, limits, file)
    fields = forms.of_form(form.fields, limits)
    _check_one(fields, form.has_file, "file", "is missing; send the document as the form's part `file`, or a `fileUrl`")
    return fields, form.has_file, form.file_name if fields.file_name is None else fields.file_name


async def _from_json(request: Request, limits: EdgeLimits, file: IncomingFile) -> _Read:
    splitter = Base64Splitter(max_rest_bytes=2 * limits.max_field_bytes)
    async for piece in pieces(request, limits, max_bytes=limits.max_upload_json_bytes):
        file.add(splitter.feed(piece))
        await file.flush()
    await file.flush(is_last=True)
    fields = forms.of_json(splitter.rest(), limits)
    has_file = fields.file_base64 is not None
    _check_one(fields, has_file, "fileBase64", "is missing; send the document so, or a `fileUrl`")
    return fields, has_file, fields.file_name


def _check_one(fields: forms.SubmitForm, has_file: bool, name: str, sentence: str) -> None:  # noqa: FBT001 - one of two
    if has_file and fields.file_url is not None:
        raise invalid("fileUrl", f"should not stand beside `{name}`; send one of them")
    if not has_file and fields.file_url is None:
        raise invalid(name, sentence)


def _addressed(fields: forms.SubmitForm, limits: EdgeLimits) -> FileUrl:
    url = fields.file_url or ""
    if not limits.takes_file_urls:
        raise invalid("fileUrl", "is turned off by the operator of this service; send the file itself")
    return FileUrl(url=url, file_name=name_in(url) if fields.file_name is None else clean(fields.file_name))


def _received(file: IncomingFile, name: str | None) -> ReceivedFile:
    if file.size_bytes == 0:
        raise Problem(ErrorCode.EMPTY_FILE)
    media_type = file.media_type()
    if media_type is None:
        raise Problem(ErrorCode.INVALID_FILE_TYPE)
    content = Content(media_type=media_type, size_bytes=file.size_bytes, sha256=file.sha256)
    return ReceivedFile(path=file.path, content=content, file_name=clean(name))
