"""The fields of a batch (contract section 4): what is asked of all its jobs, and what of each."""

import binascii
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final

import msgspec
from pydantic import Field

from docurift.api.intake.fields import CallFields, JobFields, Url
from docurift.api.intake.forms import Base64, checked, json_object, refuse_null, typed
from docurift.api.problems import ErrorCode, FieldError, Problem, invalid, invalid_fields
from docurift.api.queries import Absent
from docurift.api.services import EdgeLimits

ITEMS: Final = "items"
_SHORT: Final = {"fileUrls": "fileUrl", "documentIds": "documentId"}
_OF_JOBS: Final = frozenset(field.alias or name for name, field in JobFields.model_fields.items())
_TOLD_ERRORS: Final = 100


class FileItem(JobFields):
    """What is asked otherwise of one file of a form."""

    file_name: Annotated[str, Field(max_length=5_000)] | Absent = Field(
        default=None, description="The name to show; the type is told by content."
    )


class JsonItem(FileItem):
    """One item of a JSON body: what it is of, and what is asked of it otherwise."""

    file_url: Url | Absent = Field(default=None, description="Where to fetch the file from.")
    document_id: Annotated[str, Field(max_length=100, pattern=r"^[^\x00]*$")] | Absent = Field(
        default=None, description="A document that is there already."
    )
    file_base64: Base64 | Absent = Field(
        default=None, description="The file in base64 with padding.", alias="fileBase64"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FileBatch:
    """A form's fields: those of all jobs, and those of each file that has its own."""

    shared: CallFields
    items: Sequence[FileItem]


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonBatch:
    """A JSON body's fields; `names` say how errors call each item."""

    shared: CallFields
    items: Sequence[JsonItem]
    names: Sequence[str]


def of_form(fields: Mapping[str, str], *, files: int, limits: EdgeLimits) -> FileBatch:
    """The text fields beside so many files; an item for each.

    Raises:
        Problem: `VALIDATION_ERROR` naming each wrong field; `TOO_MANY_PAGES`.
    """
    plain = {name: typed(name, text) for name, text in fields.items() if name != ITEMS}
    shared = checked(CallFields, plain, limits)
    overrides = _overrides(fields.get(ITEMS), files)
    names = [f"{ITEMS}.{index}" for index in range(files)]
    return FileBatch(shared=shared, items=_each(FileItem, plain, overrides, names, limits))


def of_json(body: bytes, limits: EdgeLimits) -> JsonBatch:
    """A JSON body.

    Raises:
        Problem: as `of_form`.
    """
    values = json_object(body, "body")
    refuse_null(values)
    given = [name for name in (ITEMS, *_SHORT) if name in values]
    if len(given) != 1:
        raise invalid(given[1] if given else ITEMS, "should be given; and only one of items, fileUrls and documentIds")
    [name] = given
    raw = _listed(name, values.pop(name), limits.max_batch_items)
    shared = checked(CallFields, values, limits)
    overrides = raw if name == ITEMS else [{_SHORT[name]: one} for one in raw]
    names = [f"{name}.{index}" for index in range(len(raw))]
    items = _each(JsonItem, values, overrides, names, limits)
    _check_sources(items, names)
    return JsonBatch(shared=shared, items=items, names=names)


def decoded(item: JsonItem, name: str) -> bytes:
    """The bytes of the item's `fileBase64`.

    Raises:
        Problem: `VALIDATION_ERROR`.
    """
    try:
        return binascii.a2b_base64(item.file_base64 or "", strict_mode=True)
    except (binascii.Error, ValueError) as error:
        message = "should be base64 (RFC 4648 section 4) with its padding"
        raise invalid(f"{name}.fileBase64", message) from error


def _overrides(text: str | None, files: int) -> list[Any]:
    if text is None:
        return [{}] * files
    try:
        found = msgspec.json.decode(text, type=list[Any])
    except (msgspec.DecodeError, RecursionError) as error:
        raise invalid(ITEMS, "should be a JSON array of objects") from error
    if len(found) > files:
        raise invalid(ITEMS, f"should have at most {files} objects, one for each file in its order")
    return [*found, *([{}] * (files - len(found)))]


def _listed(name: str, value: object, most: int) -> list[Any]:
    if not isinstance(value, list) or not 1 <= len(value) <= most:  # pyright: ignore[reportUnknownArgumentType]
        raise invalid(name, f"should be an array of 1 to {most}")
    return value  # pyright: ignore[reportUnknownVariableType]


def _each(
    model: type[Any], shared: Mapping[str, Any], overrides: Sequence[Any], names: Sequence[str], limits: EdgeLimits
) -> list[Any]:
    """The fields of each item: its own where it has them, those of all jobs for the rest."""
    of_all = {name: value for name, value in shared.items() if name in _OF_JOBS}
    items: list[Any] = []
    errors: list[FieldError] = []
    for name, own in zip(names, overrides, strict=True):
        with _told_of(name, errors):
            if not isinstance(own, dict):
                raise invalid("", "should be a JSON object")
            items.append(checked(model, {**of_all, **own}, limits))
        if len(errors) >= _TOLD_ERRORS:
            break
    if errors:
        raise invalid_fields(errors)
    return items


@contextmanager
def _told_of(name: str, errors: list[FieldError]) -> Generator[None]:
    """Errors of one item, under its name."""
    try:
        yield
    except Problem as problem:
        if problem.code != ErrorCode.VALIDATION_ERROR:
            wrong = "schema" if problem.code == ErrorCode.INVALID_SCHEMA else "pages"
            field = FieldError(f"{name}.{wrong}", problem.message)
            raise Problem(ErrorCode(problem.code), details={**problem.details, "fields": [field]}) from problem
        found: list[FieldError] = problem.details["fields"]  # pyright: ignore[reportAssignmentType] -- of invalid_fields
        errors.extend(FieldError(f"{name}.{one.field}".rstrip("."), one.message) for one in found)


def _check_sources(items: Sequence[JsonItem], names: Sequence[str]) -> None:
    errors: list[FieldError] = []
    for item, name in zip(items, names, strict=True):
        given = [one for one in (item.file_url, item.document_id, item.file_base64) if one is not None]
        if len(given) != 1:
            errors.append(FieldError(name, "should have one of fileUrl, documentId and fileBase64"))
        elif item.document_id is not None and item.file_name is not None:
            errors.append(FieldError(f"{name}.fileName", "should not stand beside `documentId`, which has a name"))
    if errors:
        raise invalid_fields(errors[:_TOLD_ERRORS])
