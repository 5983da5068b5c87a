"""What may be asked of a webhook endpoint (contract section 4): its address, filter, headers and secret."""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, cast

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic.alias_generators import to_camel

from docurift.api.intake.fields import Secret, Url
from docurift.api.queries import Absent, EndDate, StartDate
from docurift.model.event import EventType

EVERY_EVENT: Final = "*"
MAX_HEADERS: Final = 20
MAX_HEADER_NAME: Final = 128
MAX_HEADER_VALUE: Final = 1_024
MAX_HEADER_BYTES: Final = 8 * 1024
LEAST_SECRET: Final = 16
MAX_OVERLAP_SECONDS: Final = 7 * 86_400
DEFAULT_OVERLAP_SECONDS: Final = 86_400
_MAX_EVENTS: Final = 100
_LAST_SEQUENCE: Final = 2**53 - 1
_EVENT_NAMES: Final = (EVERY_EVENT, *(one.value for one in EventType))
# RFC 9110 section 5.6.2: a token; section 5.5: what a value may hold without being read differently on the way.
_NAME: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]"
_VALUE: Final = r"[!-~]([ -~]*[!-~])?"
_HEADER_NAME: Final = re.compile(f"{_NAME}{{1,{MAX_HEADER_NAME}}}")
_HEADER_VALUE: Final = re.compile(_VALUE)
_OUR_HEADERS: Final = ("x-docurift-", "webhook-")
# The sender's own, those of the connection (RFC 9110 section 7.6.1), and those that change what the body is.
_REFUSED_HEADERS: Final = frozenset(
    {
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "expect",
        "host",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)


def _event(value: object) -> object:
    if isinstance(value, str) and value in _EVENT_NAMES:
        return value
    named = f"`{value[:100]}` is no event; " if isinstance(value, str) and value.isprintable() else ""
    raise ValueError(f"{named}should be `*` for all, or one of {', '.join(_EVENT_NAMES[1:])}")


def types_of(names: list[str]) -> tuple[EventType, ...]:
    """Each once, in the order of the reference; none stands for all."""
    return () if EVERY_EVENT in names else tuple(one for one in EventType if one in names)


def _headers(value: object) -> dict[str, str]:
    if not isinstance(value, dict):
        raise ValueError("should be an object of header names and values")  # noqa: TRY004 -- pydantic reports it
    given = cast("dict[str, object]", value)
    if len(given) > MAX_HEADERS:
        raise ValueError(f"should be at most {MAX_HEADERS} headers")
    headers = {name: _header_value(name, text) for name, text in given.items() if _is_free(name)}
    if len({name.lower() for name in headers}) < len(headers):
        raise ValueError("should name each header once, in whatever case")
    if sum(len(name) + len(text) for name, text in headers.items()) > MAX_HEADER_BYTES:
        raise ValueError(f"should have at most {MAX_HEADER_BYTES} bytes in all, names and values together")
    return headers


def _is_free(name: str) -> bool:
    if not _HEADER_NAME.fullmatch(name):
        raise ValueError(
            f"should have names of 1 to {MAX_HEADER_NAME} letters, digits and characters of !#$%&'*+-.^_`|~"
        )
    if name.lower() in _REFUSED_HEADERS or name.lower().startswith(_OUR_HEADERS):
        raise ValueError(f"should not set `{name}`, which belongs to the sender")
    return True


def _header_value(name: str, text: object) -> str:
    # The value is not repeated in the answer: it may be a secret.
    if not isinstance(text, str) or len(text) > MAX_HEADER_VALUE or not _HEADER_VALUE.fullmatch(text):
        raise ValueError(
            f"should give `{name}` 1 to {MAX_HEADER_VALUE} printable ASCII characters, no blank first or last"
        )
    return text


def _long_enough(secret: str) -> str:
    if len(secret) < LEAST_SECRET:
        raise ValueError(f"should have at least {LEAST_SECRET} characters, hard to guess")
    return secret


def _whole(value: object) -> object:
    """JSON tells no difference between 60 and 60.0."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


_HEADERS_SCHEMA: Final[dict[str, Any]] = {
    "type": "object",
    "maxProperties": MAX_HEADERS,
    "propertyNames": {"pattern": f"^{_NAME}{{1,{MAX_HEADER_NAME}}}$"},
    "additionalProperties": {"type": "string", "maxLength": MAX_HEADER_VALUE, "pattern": f"^{_VALUE}$"},
}
Events = Annotated[
    list[Annotated[str, BeforeValidator(_event), WithJsonSchema({"type": "string", "enum": list(_EVENT_NAMES)})]],
    Field(max_length=_MAX_EVENTS, description="Types of events it wants; none, or `*`, for all of them."),
]
Headers = Annotated[Mapping[str, str], BeforeValidator(_headers), WithJsonSchema(_HEADERS_SCHEMA)]
OwnSecret = Annotated[
    Secret,
    AfterValidator(_long_enough),
    WithJsonSchema({"type": "string", "minLength": LEAST_SECRET, "maxLength": 512}),
]
Overlap = Annotated[int, Field(ge=0, le=MAX_OVERLAP_SECONDS), BeforeValidator(_whole)]
Sequence = Annotated[int, Field(ge=1, le=_LAST_SEQUENCE), BeforeValidator(_whole)]

_URL_TEXT: Final = "Where events are sent to; a public `https` address."
_HEADERS_TEXT: Final = "Headers that every delivery carries. Their values are kept encrypted and never shown."
_OWN_TEXT: Final = "A secret of your own; one is made if you bring none."
_OVERLAP_TEXT: Final = "How long the secret before it signs too, so that receivers can be changed one by one."


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class NewWebhookBody(_Body):
    """What an endpoint is to be."""

    url: Url = Field(description=_URL_TEXT)
    events: Events = Field(default_factory=list[str])
    active: StrictBool = Field(default=True, description="Whether events are sent to it.")
    headers: Headers | Absent = Field(default=None, description=_HEADERS_TEXT)
    secret: OwnSecret | Absent = Field(default=None, description=_OWN_TEXT)


class WebhookChangeBody(_Body):
    """What is to change."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    url: Url | Absent = Field(default=None, description=_URL_TEXT)
    events: Events | Absent = None
    active: StrictBool | Absent = Field(
        default=None, description="`true` also brings back an endpoint that was disabled, and forgets its failures."
    )
    headers: Headers | Absent = Field(default=None, description=_HEADERS_TEXT + " They replace all that were there.")


class RotationBody(_Body):
    """How a secret is exchanged."""

    overlap_seconds: Overlap = Field(default=DEFAULT_OVERLAP_SECONDS, description=_OVERLAP_TEXT)


class EndpointRotationBody(RotationBody):
    """How an endpoint's secret is exchanged."""

    secret: OwnSecret | Absent = Field(default=None, description=_OWN_TEXT)


class ReplayBody(_Body):
    """Which part of the log; what is not given is no bound."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    since: StartDate | Absent = Field(default=None, description="Told at this time or later.")
    until: EndDate | Absent = Field(
        default=None, description="Told at this time or earlier; a bare date is the whole UTC day."
    )
    since_sequence: Sequence | Absent = Field(default=None, description="This number or a higher one.")
    until_sequence: Sequence | Absent = Field(default=None, description="This number or a lower one.")
