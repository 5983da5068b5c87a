"""The fields of a submission (contract section 2), of a form or of a JSON body, parsed once into `JobOptions`."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final

import msgspec
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel

from docurift.api.languages import LANGUAGES
from docurift.api.problems import ErrorCode, FieldError, Problem, invalid, invalid_fields
from docurift.api.queries import Absent, refusal
from docurift.api.services import EdgeLimits
from docurift.model.job import DOCUMENT_TYPE_ALIASES, DocumentType, JobOptions, Priority
from docurift.model.result import Json

MAX_DAYS: Final = 3_650
_NOT_YET: Final = frozenset({"schema", "webhookUrl", "webhookSecret", "fileUrl", "ifDuplicate"})
_PAGES: Final = re.compile(r"[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(,[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)*\Z", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,20}(\.[0-9]{1,40})?([eE][+-]?[0-9]{1,3})?\Z", re.ASCII)
_TYPES: Final = sorted([*DocumentType, *DOCUMENT_TYPE_ALIASES])

_BASE64_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$",
}
_PAGES_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^" + _PAGES.pattern.removesuffix(r"\Z") + "$",
    "maxLength": 200,
}

Pages = tuple[tuple[int, int], ...]


def _document_type(value: object) -> object:
    if isinstance(value, str) and value in _TYPES:
        return DOCUMENT_TYPE_ALIASES.get(value) or DocumentType(value)
    raise ValueError(f"should be one of {', '.join(_TYPES)}")


def _priority(value: object) -> object:
    if isinstance(value, str) and value in set(Priority):
        return Priority(value)
    raise ValueError(f"should be one of {', '.join(Priority)}")


def _language(value: object) -> object:
    if not isinstance(value, str) or value not in LANGUAGES:
        raise ValueError("should be a language code of ISO 639-1, such as `en`")
    return value


def _pages(value: object) -> object:
    if not isinstance(value, str) or not _PAGES.match(value):
        raise ValueError("should be page numbers and ranges such as `1-3,7`")
    ends = [[int(end) for end in part.split("-")] for part in value.split(",")]
    return tuple((min(part), max(part)) for part in ends)


def _whole(value: object) -> object:
    """JSON tells no difference between 60 and 60.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _printable(value: object) -> object:
    if isinstance(value, str) and "\0" in value:
        raise ValueError("should hold no NUL character")
    return value


def _one_of(values: list[str], default: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "enum": values, "default": default})


class SubmitFields(BaseModel):
    """What may stand beside the file."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    document_type: Annotated[DocumentType, BeforeValidator(_document_type), _one_of(_TYPES, "generic")] = Field(
        default=DocumentType.GENERIC,
        description="What the document is; `general` is an alias of `generic`, `airway_bill` of `air_waybill`.",
    )
    callback_metadata: dict[str, Any] | Absent = Field(
        default=None, description="A JSON object of yours, at most 16 KiB, given back with the job."
    )
    priority: Annotated[Priority, BeforeValidator(_priority), _one_of(list(Priority), "normal")] = Field(
        default=Priority.NORMAL, description="How the job stands among your own."
    )
    language: Annotated[str, BeforeValidator(_language), _one_of(sorted(LANGUAGES), "en")] = Field(
        default="en", description="Main language, ISO 639-1; OCR looks for it first."
    )
    extract_tables: StrictBool = Field(default=True, description="Whether tables are looked for.")
    ocr_fallback: StrictBool = Field(default=True, description="Whether pages without text are read by OCR.")
    pages: Annotated[Pages, BeforeValidator(_pages), WithJsonSchema(_PAGES_SCHEMA)] | Absent = Field(
        default=None, description="Pages to read, such as `1-3,7`; all if not given. `3-1` is the same as `1-3`."
    )
    password: Annotated[str, Field(max_length=255, pattern=r"^[^\x00]*$"), BeforeValidator(_printable)] | Absent = (
        Field(
            default=None, description="Password of an encrypted PDF; kept encrypted until the job is final, then wiped."
        )
    )
    expires_after: Annotated[int, Field(ge=60, le=MAX_DAYS * 86_400), BeforeValidator(_whole)] | Absent = Field(
        default=None, description="Seconds after the final state when bytes, pages and results are removed."
    )
    page_error_limit: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.5, description="Share of pages that may fail before the job does."
    )

    def options(self) -> JobOptions:
        """What is asked of the job."""
        return JobOptions(
            document_type=self.document_type,
            priority=self.priority,
            language=self.language,
            extract_tables=self.extract_tables,
            ocr_fallback=self.ocr_fallback,
            pages=self.pages,
            page_error_limit=self.page_error_limit,
            expires_after_seconds=self.expires_after,
        )


class SubmitJson(SubmitFields):
    """The same as JSON, with the file inside; its `fileBase64` was decoded on the way in and is empty here."""

    file_base64: Annotated[str, WithJsonSchema(_BASE64_SCHEMA)] = Field(
        description="The file in base64 with padding.", alias="fileBase64"
    )
    file_name: Annotated[str, Field(max_length=5_000)] | Absent = Field(
        default=None, description="The name to show; the type is told by content."
    )


def of_form(fields: Mapping[str, str], limits: EdgeLimits) -> SubmitFields:
    """The text fields of a form.

    Raises:
        Problem: `VALIDATION_ERROR` naming each wrong field; `TOO_MANY_PAGES`.
    """
    _refuse_later(fields)
    return _checked(SubmitFields, {name: _typed(name, text) for name, text in fields.items()}, limits)


def of_json(body: bytes, limits: EdgeLimits) -> SubmitJson:
    """A JSON body whose file was taken out.

    Raises:
        Problem: as `of_form`.
    """
    values = json_object(body, "body")
    _refuse_later(values)
    if values.get("fileBase64", "") != "":
        raise invalid("fileBase64", "should be given once, as a string, under exactly this name")
    return _checked(SubmitJson, values, limits)


def json_object(text: bytes | str, name: str) -> dict[str, Any]:
    """`text` as a JSON object; errors name `name`.

    Raises:
        Problem: `VALIDATION_ERROR`.
    """
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise invalid(name, "should be a JSON object") from error


Fields = SubmitFields | SubmitJson


def refuse_null(values: Mapping[str, object]) -> None:
    """What is not wanted is left out: `null` would leave open whether the default is meant.

    Raises:
        Problem: `VALIDATION_ERROR` naming each null.
    """
    nulls = [FieldError(name, "should not be null; leave it out") for name, value in values.items() if value is None]
    if nulls:
        raise invalid_fields(nulls)


def _checked(model: type[Any], values: Mapping[str, Any], limits: EdgeLimits) -> Any:  # noqa: ANN401
    refuse_null(values)
    try:
        parsed = model.model_validate(values)
    except ValidationError as error:
        raise refusal(error) from error
    _check_pages(parsed.pages, limits)
    _check_metadata(parsed.callback_metadata, limits)
    return parsed


def _refuse_later(values: Mapping[str, object]) -> None:
    for name in sorted(_NOT_YET & values.keys()):
        raise invalid(name, "is not available in this version of the service; leave it out")


def _typed(name: str, text: str) -> object:
    """The text of a form field in its JSON twin's type; what does not fit is left for the model to refuse."""
    if name in {"extractTables", "ocrFallback"}:
        return {"true": True, "false": False}.get(text, text)
    if name in {"expiresAfter", "pageErrorLimit"}:
        return float(text) if _NUMBER.match(text) else text
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
