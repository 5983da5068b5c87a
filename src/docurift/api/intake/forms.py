"""A submission's fields (contract section 2), of a form or of a JSON body, parsed once."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

import msgspec
from pydantic import BeforeValidator, Field, ValidationError, ValidationInfo, WithJsonSchema, field_validator

from docurift.api.intake.asked_schema import decoded, taken
from docurift.api.intake.fields import CallFields, JobFields, Pages, Url, one_of
from docurift.api.problems import ErrorCode, FieldError, Problem, invalid, invalid_fields
from docurift.api.queries import Absent, refusal
from docurift.api.services import EdgeLimits
from docurift.model.job import IfDuplicate
from docurift.model.result import Json

_POLICIES: Final[list[str]] = sorted(IfDuplicate)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\Z", re.ASCII)

_BASE64_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$",
}

Base64 = Annotated[str, WithJsonSchema(_BASE64_SCHEMA)]
"""Bytes in base64 with padding (RFC 4648 section 4), not decoded yet."""

F = TypeVar("F", bound=JobFields)


def _if_duplicate(value: object) -> object:
    if isinstance(value, str) and value in _POLICIES:
        return IfDuplicate(value)
    raise ValueError(f"should be one of {', '.join(_POLICIES)}")


class SubmitForm(CallFields):
    """What may stand beside the file of a form, or in its place."""

    file_url: Url | Absent = Field(
        default=None, description="Where to fetch the file from, in place of sending it; a public `https` address."
    )
    file_name: Annotated[str, Field(max_length=5_000)] | Absent = Field(
        default=None, description="The name to show; the type is told by content."
    )
    if_duplicate: Annotated[IfDuplicate, BeforeValidator(_if_duplicate), one_of(_POLICIES, "rerun")] = Field(
        default=IfDuplicate.RERUN,
        description="If your organization has a job on the same bytes with the same options that is completed by this "
        "version's engine, waits or runs: `rerun` makes another one, `return` answers with that one's ids (its "
        "`webhookUrl`, `callbackMetadata` and `priority` stay its own), `refuse` is 409. Not with `fileUrl`, whose "
        "bytes come later.",
    )

    @field_validator("if_duplicate")
    @classmethod
    def _knows_its_bytes(cls, policy: IfDuplicate, others: ValidationInfo) -> IfDuplicate:
        if policy is not IfDuplicate.RERUN and others.data.get("file_url") is not None:
            raise ValueError("should stand beside a file; the bytes behind `fileUrl` are not known yet")
        return policy


class SubmitJson(SubmitForm):
    """The same as JSON, with the file inside; its `fileBase64` was decoded on the way in and is empty here."""

    file_base64: Base64 | Absent = Field(
        default=None, description="The file in base64 with padding.", alias="fileBase64"
    )


def of_form(fields: Mapping[str, str], limits: EdgeLimits) -> SubmitForm:
    """The text fields of a form.

    Raises:
        Problem: `VALIDATION_ERROR` naming each wrong field; `TOO_MANY_PAGES`.
    """
    return checked(SubmitForm, {name: typed(name, text) for name, text in fields.items()}, limits)


def of_json(body: bytes, limits: EdgeLimits) -> SubmitJson:
    """A JSON body whose file was taken out.

    Raises:
        Problem: as `of_form`.
    """
    values = json_object(body, "body")
    if values.get("fileBase64", "") != "":
        raise invalid("fileBase64", "should be given once, as a string, under exactly this name")
    return checked(SubmitJson, values, limits)


def json_object(text: bytes | str, name: str) -> dict[str, Any]:
    """`text` as a JSON object; errors name `name`.

    Raises:
        Problem: `VALIDATION_ERROR`.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise invalid(name, "should be a JSON object") from error


def refuse_null(values: Mapping[str, object]) -> None:
    """What is not wanted is left out: `null` would leave open whether the default is meant.

    Raises:
        Problem: `VALIDATION_ERROR` naming each null.
    """
    nulls = [FieldError(name, "should not be null; leave it out") for name, value in values.items() if value is None]
    if nulls:
        raise invalid_fields(nulls)


def checked(model: type[F], values: Mapping[str, Any], limits: EdgeLimits) -> F:
    """The `values`, by their names on the wire, as the fields of `model`.

    Raises:
        Problem: `VALIDATION_ERROR` naming each wrong field; `TOO_MANY_PAGES`; `INVALID_SCHEMA`.
    """
    refuse_null(values)
    try:
        parsed = model.model_validate(values)
    except ValidationError as error:
        raise refusal(error) from error
    _check_pages(parsed.pages, limits)
    _check_metadata(parsed.callback_metadata, limits)
    if parsed.asked_schema is None:
        return parsed
    return parsed.model_copy(update={"asked_schema": taken(parsed.asked_schema, limits)})


def typed(name: str, text: str) -> object:
    """The text of a form field in its JSON twin's type; what does not fit is left for the model to refuse."""
    if name in {"extractTables", "ocrFallback"}:
        return {"true": True, "false": False}.get(text, text)
    if name in {"deadlineSeconds", "expiresAfter", "pageErrorLimit"}:
        return float(text) if _NUMBER.match(text) else text
    if name == "schema":
        return decoded(text)
    return json_object(text, name) if name == "callbackMetadata" else text


def _check_pages(pages: Pages | None, limits: EdgeLimits) -> None:
    if pages and sum(last - first + 1 for first, last in pages) > limits.max_pages:
        raise Problem(ErrorCode.TOO_MANY_PAGES, details={"maxPages": limits.max_pages})


def _check_metadata(metadata: dict[str, Json] | None, limits: EdgeLimits) -> None:
    text = msgspec.json.encode(metadata)
    if len(text) > limits.max_metadata_bytes:
        raise invalid("callbackMetadata", f"should be at most {limits.max_metadata_bytes} bytes as JSON")
    if b"\\u0000" in text:
        raise invalid("callbackMetadata", "should hold no NUL character")
