"""Forms drawn from a document type's own schema and sample: labels of one language, values as that language writes
them, in one of the layouts that forms have.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from tests.support.pages import a_page

from docurift.model.job import DocumentType
from docurift.model.result import Json, Page
from docurift.pipeline.read import Reading
from docurift.schemas.catalogue import HINTS, Schema, sample_of, schema_of, type_of
from docurift.schemas.wanted import GroupKind, Kind

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
_COMMA = frozenset({"de", "fr", "es", "it", "nl", "pt", "pl"})
_LEFT, _RIGHT, _VALUES = 40.0, 330.0, 250.0
_PITCH = 15.0


class Layout(StrEnum):
    """How labels and values stand to each other."""

    COLON = "colon"  # Label: value
    BOXES = "boxes"  # the label above its value
    COLUMNS = "columns"  # labels to the left, values to the right


@dataclass
class Form:
    """What was drawn, and what should be found of it."""

    pages: list[Page]
    truth: dict[str, Any]

    @property
    def reading(self) -> Reading:
        return Reading(
            page_count=len(self.pages), pages=tuple(self.pages), pages_processed=len(self.pages), warnings=()
        )


@dataclass
class _Pen:
    language: str
    layout: Layout
    label_place: int
    schema: Schema
    y: float = 70.0
    placed: list[tuple[float, float, str]] = field(default_factory=list)
    truth: dict[str, Any] = field(default_factory=dict)

    def label(self, schema: Schema) -> str | None:
        labels = schema.get(HINTS, {}).get("labels", {}).get(self.language)
        return labels[min(self.label_place, len(labels) - 1)].capitalize() if labels else None

    def put(self, x: float, text: str, *, down: float = 0.0) -> None:
        self.placed.append((x, self.y + down, text))

    def pair(self, label: str, value: str) -> None:
        match self.layout:
            case Layout.COLON:
                self.put(_LEFT, f"{label}: {value}")
                self.y += _PITCH
            case Layout.BOXES:
                self.put(_LEFT, label)
                self.put(_LEFT, value, down=_PITCH)
                self.y += 2.7 * _PITCH
            case Layout.COLUMNS:
                self.put(_LEFT, label)
                self.put(_VALUES, value)
                self.y += 1.5 * _PITCH


def a_form(document_type: DocumentType, language: str, layout: Layout, *, label_place: int = 0) -> Form:
    """The sample of the type as a form."""
    schema, sample = schema_of(document_type), sample_of(document_type)
    pen = _Pen(language, layout, label_place, schema)
    pen.placed.append((200, 20, str(schema["title"])))
    _draw_object(pen, schema, sample, "")
    return Form(pages=[a_page(*pen.placed)], truth=pen.truth)


def _draw_object(pen: _Pen, schema: Schema, value: Json, pointer: str) -> None:
    parties = [(name, one) for name, one in schema["properties"].items() if _group(one) is GroupKind.PARTY]
    rest = [(name, one) for name, one in schema["properties"].items() if _group(one) is not GroupKind.PARTY]
    for left, right in zip(parties[::2], [*parties[1::2], None], strict=False):
        _draw_parties(pen, [one for one in (left, right) if one is not None], value, pointer)
    tables = [(name, one) for name, one in rest if type_of(one) == "array"]
    for name, one in (pair for pair in rest if pair not in tables):
        _draw(pen, one, value[name], f"{pointer}/{name}", value)
    for name, one in tables:
        if _group(one) is GroupKind.ROWS:
            _draw_table(pen, one, value[name], f"{pointer}/{name}")


def _group(schema: Schema) -> GroupKind | None:
    if type_of(schema) not in {"object", "array"}:
        return None
    kind = schema.get(HINTS, {}).get("kind")
    if kind is None:
        return GroupKind.ROWS if type_of(schema) == "array" else None
    return GroupKind(kind)


def _draw(pen: _Pen, schema: Schema, value: Json, pointer: str, parent: Json) -> None:
    if _group(schema) is GroupKind.DIMENSIONS:
        label = pen.label(schema)
        sides = " x ".join(_number(pen, value[name], 0) for name in ("length", "width", "height"))
        pen.pair(str(label), f"{sides} {value['unit']}")
        pen.truth |= {f"{pointer}/{name}": one for name, one in value.items()}
    elif type_of(schema) == "object":
        _draw_object(pen, schema, value, pointer)
    else:
        _draw_leaf(pen, schema, value, pointer, parent)


def _draw_leaf(pen: _Pen, schema: Schema, value: Json, pointer: str, parent: Json) -> None:
    kind, label = Kind(schema[HINTS]["kind"]) if "kind" in schema.get(HINTS, {}) else None, pen.label(schema)
    if kind in {Kind.UNIT, Kind.SIGNED, Kind.WEIGHT_UNIT, Kind.CURRENCY}:
        pen.truth[pointer] = value
    elif label is not None:
        pen.pair(label, shown(pen, schema, value, parent))
        pen.truth[pointer] = value


def shown(pen: _Pen, schema: Schema, value: Json, parent: Json = None) -> str:
    """The value as the language writes it."""
    kind = schema.get(HINTS, {}).get("kind", "text")
    writers: dict[str, Callable[[], str]] = {
        "date": lambda: _day(pen, date.fromisoformat(value)),
        "amount": lambda: " ".join([*_code(parent), _number(pen, value, 2)]),
        "weight": lambda: " ".join([_number(pen, value, 1), *([_unit(parent)] if parent else [])]),
        "volume": lambda: f"{_number(pen, value, 3)} {_unit(parent)}",
        "awb_number": lambda: f"{value[:3]}-{value[3:]}",
        "iata": lambda: f"Airport ({value})",
        "choice": lambda: str(schema[HINTS]["choices"][value][pen.language][0]).capitalize(),
    }
    return writers.get(kind, lambda: str(value))()


def _day(pen: _Pen, day: date) -> str:
    if pen.language == "en":
        return f"{day:%d %b %Y}"
    return f"{day:%d.%m.%Y}" if pen.language in {"de", "pl"} else f"{day:%d/%m/%Y}"


def _code(parent: Json) -> list[str]:
    return [one for name, one in (parent or {}).items() if "urrency" in name][:1]


def _unit(parent: Json) -> str:
    return parent["unit"] if "unit" in parent else {"K": "kg", "L": "lb"}[parent["weightUnit"]]


def _number(pen: _Pen, value: float, decimals: int) -> str:
    text = f"{value:,.{decimals}f}"
    return text.translate(str.maketrans(",.", ".,")) if pen.language in _COMMA else text


def _draw_parties(pen: _Pen, parties: Sequence[tuple[str, Schema]], value: Json, pointer: str) -> None:
    top, lowest = pen.y, pen.y
    for x, (name, schema) in zip((_LEFT, _RIGHT), parties, strict=False):
        pen.y = top
        pen.put(x, f"{pen.label(schema)}:" if pen.layout is Layout.COLON else str(pen.label(schema)))
        for line in _party_lines(pen, schema, value[name], f"{pointer}/{name}"):
            pen.y += _PITCH
            pen.put(x, line)
        lowest = max(lowest, pen.y)
    pen.y = lowest + 2 * _PITCH


def _party_lines(pen: _Pen, schema: Schema, party: Json, pointer: str) -> Iterator[str]:
    kinds = {name: one.get(HINTS, {}).get("kind") for name, one in schema["properties"].items()}
    by_kind = {kind: name for name, kind in kinds.items()}
    name = by_kind["name"]
    yield party[name]
    pen.truth[f"{pointer}/{name}"] = party[name]
    if "address" in by_kind:
        yield from party["address"].split(", ")
        pen.truth[f"{pointer}/address"] = party["address"]
    if "city" in by_kind:
        british = party["country"] == "GB"
        yield f"{party['city']} {party['postalCode']}" if british else f"{party['postalCode']} {party['city']}"
        pen.truth |= {f"{pointer}/{one}": party[one] for one in ("city", "postalCode")}
    if "country" in by_kind:
        yield {"GB": "United Kingdom", "DE": "Deutschland"}[party["country"]]
        pen.truth[f"{pointer}/country"] = party["country"]
    for one, inner in schema["properties"].items():
        label = pen.label(inner)
        if label is not None:
            yield f"{label}: {party[one]}"
            pen.truth[f"{pointer}/{one}"] = party[one]


def _draw_table(pen: _Pen, schema: Schema, rows: Json, pointer: str) -> None:
    columns = [(name, one) for name, one in schema["items"]["properties"].items() if pen.label(one)]
    step = 540 / max(len(columns), 1)
    pen.y += _PITCH
    for place, (_, one) in enumerate(columns):
        pen.put(_LEFT + place * step, str(pen.label(one)))
    for number, row in enumerate(rows):
        pen.y += 1.3 * _PITCH
        for place, (name, one) in enumerate(columns):
            pen.put(_LEFT + place * step, shown(pen, one, row[name]))
            pen.truth[f"{pointer}/{number}/{name}"] = row[name]
    pen.y += 3.5 * _PITCH
