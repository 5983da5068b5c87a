"""One labelled document: drawn, with its truth."""

from dataclasses import dataclass
from random import Random
from typing import Any

from tools.synth.draft import Draft
from tools.synth.grammar import Grammar
from tools.synth.layouts import laid_out
from tools.synth.paper import Place
from tools.synth.types import content_of

from docurift.model.job import DocumentType
from docurift.model.result import Json
from docurift.pipeline.ports import box_union
from docurift.pipeline.tree import filled
from docurift.schemas.catalogue import schema_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A drawn document. `boxes` has, by JSON Pointer, where each value of `expected` stands."""

    document_type: DocumentType
    language: str
    grammar: Grammar
    pdf: bytes
    expected: dict[str, Json]
    boxes: dict[str, dict[str, Any]]


def drawn(document_type: DocumentType, grammar: Grammar, language: str, seed: str) -> Document:
    """The document of this layout, language and seed: the same bytes each time, with the same fonts installed."""
    chance = Random(f"{document_type.value}/{grammar.id}/{language}/{seed}")  # noqa: S311 - not a secret
    sheet = content_of(document_type)(Draft(document_type, grammar, language, chance))
    paper = laid_out(sheet, grammar)
    pdf = paper.finished()
    values: dict[str, Json] = {}
    boxes: dict[str, dict[str, Any]] = {}
    for pointer, value in sheet.values.items():
        places = _places(pointer, paper.places)
        if places:
            values[pointer] = _as_printed(value, places)
            boxes[pointer] = _told(places)
    return Document(
        document_type=document_type,
        language=language,
        grammar=grammar,
        pdf=pdf,
        expected=filled(schema_of(document_type), values),
        boxes=boxes,
    )


def _places(pointer: str, places: dict[str, list[Place]]) -> list[Place]:
    """Where the value stands: itself, or what it is read from, as the length is from the dimensions."""
    return places.get(pointer) or places.get(pointer.rpartition("/")[0], [])


def _as_printed(value: Json, places: list[Place]) -> Json:
    """A text as its font could print it: some lack accents."""
    if not isinstance(value, str):
        return value
    for joint in (" ", ", ", "; "):
        printed = joint.join(place.text for place in places)
        if len(printed) == len(value) and _same(printed, value):
            return printed
    return value


def _same(printed: str, value: str) -> bool:
    return all(a == b or not b.isascii() for a, b in zip(printed, value, strict=True))


def _told(places: list[Place]) -> dict[str, Any]:
    """The first page that it stands on, the box around it there, and its lines."""
    page = places[0].page
    here = [place for place in places if place.page == page]
    box = box_union(place.box for place in here)
    return {"page": page, "box": [round(side, 5) for side in box], "text": " ".join(place.text for place in here)}
