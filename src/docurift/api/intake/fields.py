"""What may be asked of a job (contract section 2), in a form, in JSON or for one item of a batch; parsed once."""

import re
from typing import Annotated, Any, Final

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
)
from pydantic.alias_generators import to_camel

from docurift.actions.submit import CallWebhook
from docurift.api.intake.asked_schema import text_of
from docurift.api.intake.languages import LANGUAGES
from docurift.api.queries import Absent
from docurift.model.job import DOCUMENT_TYPE_ALIASES, DocumentType, JobOptions, Priority
from docurift.model.signature import check_secret

MAX_DAYS: Final = 3_650
MAX_URL_LENGTH: Final = 2_048
_PAGES: Final = re.compile(r"[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?(,[1-9][0-9]{0,4}(-[1-9][0-9]{0,4})?)*\Z", re.ASCII)
_TYPES: Final = sorted([*DocumentType, *DOCUMENT_TYPE_ALIASES])

_PAGES_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^" + _PAGES.pattern.removesuffix(r"\Z") + "$",
    "maxLength": 200,
}

_URL_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://",
    "maxLength": MAX_URL_LENGTH,
}
_SECRET_SCHEMA: Final[dict[str, Any]] = {"type": "string", "minLength": 1, "maxLength": 512}

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


def one_of(values: list[str], default: str) -> WithJsonSchema:
    """The schema of a text that is one of `values`."""
    return WithJsonSchema({"type": "string", "enum": values, "default": default})


def _secret(value: str) -> str:
    check_secret(value)
    return value


Url = Annotated[str, Field(max_length=MAX_URL_LENGTH), WithJsonSchema(_URL_SCHEMA)]
"""An address as text; the egress guard (docurift.egress) says whether it is one that may be reached."""
Secret = Annotated[str, AfterValidator(_secret), WithJsonSchema(_SECRET_SCHEMA)]


class JobFields(BaseModel):
    """What is asked of one job."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    document_type: Annotated[DocumentType, BeforeValidator(_document_type), one_of(_TYPES, "generic")] = Field(
        default=DocumentType.GENERIC,
        description="What the document is; `general` is an alias of `generic`, `airway_bill` of `air_waybill`.",
    )
    callback_metadata: dict[str, Any] | Absent = Field(
        default=None, description="A JSON object of yours, at most 16 KiB, given back with the job."
    )
    priority: Annotated[Priority, BeforeValidator(_priority), one_of(list(Priority), "normal")] = Field(
        default=Priority.NORMAL, description="How the job stands among your own."
    )
    language: Annotated[str, BeforeValidator(_language), one_of(sorted(LANGUAGES), "en")] = Field(
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
    deadline_seconds: Annotated[int, Field(ge=1, le=MAX_DAYS * 86_400), BeforeValidator(_whole)] | Absent = Field(
        default=None,
        description="Seconds from the start of processing after which the job fails with `PROCESSING_TIMEOUT`; the "
        "service's own limits hold where they are lower.",
    )
    page_error_limit: Annotated[float, Field(ge=0, le=1, allow_inf_nan=False)] = Field(
        default=0.5, description="Share of pages that may fail before the job does."
    )
    asked_schema: Any = Field(
        default=None,
        alias="schema",
        description="The fields wanted, as a JSON Schema: their names, titles and descriptions are the labels that are "
        "looked for, and `result` is of this schema, whatever `documentType` says. Every value may be null.",
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
            deadline_seconds=self.deadline_seconds,
            schema=None if self.asked_schema is None else text_of(self.asked_schema),
        )


class CallFields(JobFields):
    """What is asked of the jobs of one call: also where to tell of their ends."""

    webhook_url: Url | Absent = Field(
        default=None, description="Where `document.processing.completed` and `.failed` of this call are sent, signed."
    )
    webhook_secret: Secret | Absent = Field(
        default=None,
        description="What they are signed with: up to 512 bytes, 24 to 64 in base64 behind `whsec_`; your "
        "organization's own secret, if not given.",
    )

    @field_validator("webhook_secret")
    @classmethod
    def _signs_something(cls, secret: str | None, others: ValidationInfo) -> str | None:
        if others.data.get("webhook_url", "") is None:
            raise ValueError("should stand beside `webhookUrl`; alone it signs nothing")
        return secret

    def webhook(self) -> CallWebhook | None:
        """Where the jobs' ends are sent, if anywhere."""
        return None if self.webhook_url is None else CallWebhook(url=self.webhook_url, secret=self.webhook_secret)
