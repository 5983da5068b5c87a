"""Query strings, read strictly: unknown, repeated and out-of-range parameters are 400, never silently changed."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Final, TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic.alias_generators import to_camel
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import ErrorDetails

from docurift.api.problems import FieldError, Problem, invalid, invalid_fields

MAX_PARAMETERS: Final = 50
PRINTABLE: Final = r"^[^\x00-\x1f\x7f-\x9f]*$"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_METADATA: Final = "metadata."
_WHOLE: Final = re.compile(r"-?[0-9]{1,15}\Z", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_DATE_TIME: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})\Z", re.ASCII
)
# Names under which keys are found in other services' URLs: they would end in logs and histories (security.md, T6).
_KEY_NAMES: Final = frozenset(
    {"api_key", "apikey", "api-key", "key", "token", "access_token", "x-api-key", "authorization", "auth"}
)

_TOLD_OUTSIDE: Final = frozenset({"title", "description", "examples"})

Q = TypeVar("Q", bound="Query")


class Query(BaseModel):
    """Parameters of one call; what is not declared is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, alias_generator=to_camel, populate_by_name=False)


class NoQuery(Query):
    """A call without parameters."""


def _flag(text: object) -> object:
    if text not in ("true", "false"):
        raise ValueError("should be `true` or `false`")
    return text == "true"


def _whole(text: object) -> object:
    if not isinstance(text, str) or not _WHOLE.match(text):
        raise ValueError("should be a whole number")
    return int(text)


def _text(text: object) -> object:
    if _CONTROLS.search(str(text)):
        raise ValueError("should hold no control characters")
    return text


def moment(text: str) -> datetime:
    """The instant that an ISO 8601 date (its first instant, in UTC) or date-time with offset names.

    Raises:
        ValueError: it is neither.
    """
    if _DATE.match(text):
        return datetime.combine(datetime.fromisoformat(text), time(), UTC)
    if _DATE_TIME.match(text):
        try:
            return datetime.fromisoformat(text.upper()).astimezone(UTC)
        except (ValueError, OverflowError) as error:
            raise ValueError("should be a date or date-time that exists") from error
    raise ValueError("should be an ISO 8601 date, or date-time with `Z` or an offset")


def _from(text: object) -> object:
    return moment(str(text))


def _until(text: object) -> object:
    """The first instant after it: a bare end date is the whole UTC day, an end time is inclusive."""
    try:
        return moment(str(text)) + (timedelta(days=1) if _DATE.match(str(text)) else timedelta(microseconds=1))
    except OverflowError:
        return datetime.max.replace(tzinfo=UTC)


Flag = Annotated[bool, BeforeValidator(_flag)]
# Written after the bounds of a number or text, these run before them.
WHOLE: Final = BeforeValidator(_whole)
TEXT: Final = BeforeValidator(_text)
_INSTANT_SCHEMA: Final = {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
StartDate = Annotated[datetime, BeforeValidator(_from), WithJsonSchema(_INSTANT_SCHEMA)]
"""The first instant that belongs to the range."""
EndDate = Annotated[datetime, BeforeValidator(_until), WithJsonSchema(_INSTANT_SCHEMA)]
"""The first instant that does not belong to the range any more."""
Absent = SkipJsonSchema[None]
"""The type of a parameter that was not given; it cannot be sent."""

Page = Annotated[int, Field(ge=1, le=10_000_000, description="Page of the list, from 1.", examples=[1]), WHOLE]
Limit = Annotated[int, Field(ge=1, le=100, description="Items on a page.", examples=[20]), WHOLE]
Cursor = Annotated[
    str,
    Field(
        min_length=1,
        max_length=512,
        pattern=PRINTABLE,
        description="`nextCursor` of the page before; walks without gaps.",
    ),
    TEXT,
]
Search = Annotated[str, Field(min_length=1, max_length=255, pattern=PRINTABLE), TEXT]


def pairs_of(query_string: bytes) -> dict[str, str]:
    """The parameters by name.

    Raises:
        Problem: `VALIDATION_ERROR` for one that is repeated, is no UTF-8, or is an API key; or for too many.
    """
    if not query_string:
        return {}
    try:
        pairs = parse_qsl(
            query_string.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_PARAMETERS
        )
    except ValueError as error:
        raise invalid("query", f"should be at most {MAX_PARAMETERS} parameters in percent-encoded UTF-8") from error
    found: dict[str, str] = {}
    for name, value in pairs:
        if name.lower() in _KEY_NAMES:
            raise invalid(name, "API keys are taken in headers only; replace this one, since URLs are written to logs")
        if name in found:
            raise invalid(name, "should be given once")
        found[name] = value
    return found


def parse(model: type[Q], pairs: Mapping[str, str]) -> Q:
    """`pairs` as the parameters that `model` declares.

    Raises:
        Problem: `VALIDATION_ERROR` naming each that is unknown or wrong.
    """
    try:
        return model.model_validate(pairs)
    except ValidationError as error:
        raise refusal(error) from error


def without_metadata(pairs: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """`pairs` parted into plain parameters and those of `metadata.<key>=`, by key.

    Raises:
        Problem: `VALIDATION_ERROR` for a key without name or a value with control characters.
    """
    plain = {name: value for name, value in pairs.items() if not name.startswith(_METADATA)}
    metadata = {name[len(_METADATA) :]: value for name, value in pairs.items() if name.startswith(_METADATA)}
    for key, value in metadata.items():
        if not key or "\0" in key + value:
            raise invalid(
                _METADATA + key, "should name a key of callbackMetadata and a value without control characters"
            )
    return plain, metadata


def refusal(error: ValidationError, *, within: str = "") -> Problem:
    """`VALIDATION_ERROR` with one entry for each thing that pydantic found wrong."""
    found = error.errors(include_url=False, include_input=False)
    # What may be absent is a union with None for pydantic, and fails as both.
    return invalid_fields(_field_error(one, within) for one in found if one["type"] != "none_required")


def _field_error(one: ErrorDetails, within: str) -> FieldError:
    # Behind the name stand positions in a list, and pydantic's names of the branch it tried.
    names = [str(part) for place, part in enumerate(one["loc"]) if place == 0 or isinstance(part, int)]
    if one["type"] == "extra_forbidden":
        return FieldError(within + ".".join(names), "is not known here")
    message = str(one["msg"]).removeprefix("Value error, ").removeprefix("Input ")
    return FieldError(within + ".".join(names) or "body", message[:1].lower() + message[1:])


def parameters_of(model: type[Query]) -> list[dict[str, Any]]:
    """The parameters of `model` as OpenAPI describes them."""
    schema = model.model_json_schema(by_alias=True)
    required = schema.get("required", ())
    return [
        _parameter(name, property_, schema.get("$defs", {}), is_required=name in required)
        for name, property_ in schema.get("properties", {}).items()
    ]


def _parameter(
    name: str, property_: Mapping[str, Any], defined: Mapping[str, Any], *, is_required: bool
) -> dict[str, Any]:
    own = {key: value for key, value in property_.items() if key not in _TOLD_OUTSIDE}
    if "$ref" in own:
        enumeration = defined[own.pop("$ref").rpartition("/")[2]]
        own = {"type": "string", "enum": enumeration["enum"], **own}
    if own.get("default", 0) is None:
        del own["default"]
    parameter: dict[str, Any] = {"name": name, "in": "query", "required": is_required, "schema": own}
    if "description" in property_:
        parameter["description"] = property_["description"]
    if "examples" in property_:
        parameter["example"] = property_["examples"][0]
    return parameter
