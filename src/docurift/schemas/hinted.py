"""A given schema with hints of our own: what its names, titles and descriptions say about how values are found."""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Final, cast

from docurift.schemas.catalogue import HINTS, Schema, document_types, schema_of, type_of
from docurift.schemas.folded import folded
from docurift.schemas.wanted import GroupKind, Kind, labels_in

_MAX_DESCRIPTION_WORDS: Final = 4
_FIRST_LABELS: Final = 16
_QUOTED: Final = re.compile(
    r"[`\"\u201c\u201e\u00ab]([^`\"\u201c\u201d\u201e\u00ab\u00bb]{2,60})[`\"\u201d\u201c\u00bb]"
)
_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[_\-\s.]+")
_NUMERIC: Final = frozenset({Kind.AMOUNT, Kind.NUMBER, Kind.WEIGHT, Kind.VOLUME})
# Kinds that only mean something where our own schemas use them.
_OF_OURS: Final = frozenset({Kind.TITLE, Kind.LENGTH, Kind.SIGNED, Kind.CHOICE, Kind.WEIGHT_UNIT, Kind.BOOLEAN})
_WORDS_OF_PARTIES: Final[Mapping[str, Kind]] = {
    **dict.fromkeys(("name", "company", "company name", "organization", "firm"), Kind.NAME),
    **dict.fromkeys(("address", "street", "street address"), Kind.ADDRESS),
    **dict.fromkeys(("city", "town"), Kind.CITY),
    **dict.fromkeys(("state", "province", "region"), Kind.STATE),
    **dict.fromkeys(("postal code", "zip", "zip code", "postcode"), Kind.POSTAL_CODE),
    **dict.fromkeys(("country", "country code"), Kind.COUNTRY),
}
# By the last of these words that a name has; what is not here is text, or a plain number.
_KINDS_BY_WORD: Final[Mapping[str, Kind]] = {
    "no": Kind.IDENTIFIER, "id": Kind.IDENTIFIER, "code": Kind.IDENTIFIER, "reference": Kind.IDENTIFIER,
    "ref": Kind.IDENTIFIER, "date": Kind.DATE, "datum": Kind.DATE, "time": Kind.TIME, "email": Kind.EMAIL,
    "mail": Kind.EMAIL,
    "phone": Kind.PHONE, "telephone": Kind.PHONE, "currency": Kind.CURRENCY, "country": Kind.COUNTRY,
    "description": Kind.PARAGRAPH, "notes": Kind.PARAGRAPH, "remarks": Kind.PARAGRAPH, "vat": Kind.TAX_ID,
}  # fmt: skip
_AMOUNT_WORDS: Final = frozenset(
    ("amount", "price", "total", "cost", "fee", "charge", "tax", "sum", "value", "balance", "betrag", "preis", "net")
)
# Parties that our own schemas find by their place and not by a label.
_PARTIES: Final = (
    ("vendor", "supplier", "seller", "verk\u00e4ufer", "lieferant", "vendeur", "fournisseur", "proveedor", "vendedor",
     "fornitore", "leverancier", "fornecedor", "sprzedawca", "dostawca"),
    ("customer", "buyer", "bill to", "sold to", "client", "kunde", "k\u00e4ufer", "rechnungsempf\u00e4nger", "acheteur",
     "factur\u00e9 \u00e0", "cliente", "comprador", "acquirente", "klant", "koper", "nabywca", "klient"),
    ("ship to", "deliver to", "delivery address", "lieferadresse", "adresse de livraison", "direcci\u00f3n de entrega",
     "indirizzo di consegna", "afleveradres", "morada de entrega", "adres dostawy"),
)  # fmt: skip


def hinted(schema: Schema) -> Schema:
    """The given schema with hints beside every value, object and list that can be looked for."""
    return _hinted(schema, "", ())


def words_of(name: str) -> str:
    """`invoiceNumber`, `invoice_number` and `InvoiceNumber` are `invoice number`."""
    return " ".join(part.lower() for part in _CAMEL.split(name) if part)


def _hinted(schema: Schema, name: str, within: tuple[str, ...]) -> dict[str, Any]:
    match type_of(schema):
        case "object":
            return _object(schema, name, within)
        case "array":
            items = cast("Schema", schema["items"])
            inner = {one: _leaf(leaf, one, ()) for one, leaf in _properties(items)}
            hints = {"kind": GroupKind.ROWS, "labels": {"en": _own_labels(schema, name)}}
            return {**schema, "items": {**items, "properties": inner}, HINTS: hints}
        case _:
            return _leaf(schema, name, within)


def _object(schema: Schema, name: str, within: tuple[str, ...]) -> dict[str, Any]:
    kinds = {one: kind for one, leaf in _properties(schema) if (kind := _party_kind(leaf, one)) is not None}
    own = _own_labels(schema, name)
    is_flat = all(type_of(one) not in {"object", "array"} for _, one in _properties(schema))
    if name and is_flat and Kind.NAME in kinds.values():
        labels = [*own, *_known_parties(own)]
        inner = {one: _of_party(leaf, one, kinds.get(one)) for one, leaf in _properties(schema)}
        return {**schema, "properties": inner, HINTS: {"kind": GroupKind.PARTY, "labels": {"en": labels}}}
    further = (*within, *own[:1]) if name else ()
    return {**schema, "properties": {one: _hinted(leaf, one, further) for one, leaf in _properties(schema)}}


def _party_kind(leaf: Schema, name: str) -> Kind | None:
    if type_of(leaf) != "string" or "enum" in leaf:
        return None
    return _WORDS_OF_PARTIES.get(words_of(name))


def _of_party(leaf: Schema, name: str, kind: Kind | None) -> dict[str, Any]:
    return _leaf(leaf, name, ()) if kind is None else {**leaf, HINTS: {"kind": kind}}


def _leaf(schema: Schema, name: str, within: tuple[str, ...]) -> dict[str, Any]:
    own = _own_labels(schema, name)
    labels = [f"{' '.join(within)} {own[0]}", *own] if within and own else own
    known = next((found for label in labels if (found := _thesaurus().get(folded(label)))), None)
    hints: dict[str, Any] = {"kind": _kind(schema, own, known), "labels": {"en": [*labels, *_labels(known)]}}
    if "enum" in schema:
        hints["choices"] = {value: {"en": [value, words_of(value)]} for value in cast("list[str]", schema["enum"])}
    return {**schema, HINTS: hints}


def _kind(schema: Schema, own: list[str], known: Mapping[str, Any] | None) -> Kind:
    told = None if known is None else Kind(known["kind"])
    match type_of(schema):
        case "boolean":
            return Kind.BOOLEAN
        case "integer":
            return Kind.INTEGER
        case "number":
            is_amount = any(word in _AMOUNT_WORDS for label in own for word in folded(label).split())
            usual = Kind.AMOUNT if is_amount else Kind.NUMBER
            return told if told is not None and told in _NUMERIC else usual
        case _:
            return _kind_of_text(schema, own, told)


def _kind_of_text(schema: Schema, own: list[str], told: Kind | None) -> Kind:
    if "enum" in schema:
        return Kind.CHOICE
    if "format" in schema:
        return Kind(schema["format"])
    if told is not None and told not in _NUMERIC | {Kind.INTEGER}:
        return told
    words = [word for label in own for word in folded(label).split()]
    return next((_KINDS_BY_WORD[word] for word in reversed(words) if word in _KINDS_BY_WORD), Kind.TEXT)


def _own_labels(schema: Schema, name: str) -> list[str]:
    """Title and name; of the description what stands in quotation marks, or all of it if it is short."""
    description = str(schema.get("description", ""))
    quoted = _QUOTED.findall(description)
    short = [description.rstrip(".")] if len(description.split()) <= _MAX_DESCRIPTION_WORDS else []
    labels = [str(schema.get("title", "")), words_of(name), *quoted, *short]
    return [label for label in dict.fromkeys(labels) if folded(label)]


def _labels(known: Mapping[str, Any] | None) -> tuple[str, ...]:
    return () if known is None else labels_in(known)


def _known_parties(own: list[str]) -> Iterator[str]:
    wanted = {folded(label) for label in own}
    for group in (*_PARTIES, *_party_labels()):
        if wanted & {folded(label) for label in group}:
            yield from group


@cache
def _party_labels() -> tuple[tuple[str, ...], ...]:
    """The labels of every party of our own schemas."""
    groups = (inner for one in document_types() for _, inner in _properties(schema_of(one)))
    hints = (cast("Mapping[str, Any]", group.get(HINTS, {})) for group in groups)
    return tuple(dict.fromkeys(labels_in(one) for one in hints if one.get("kind") == GroupKind.PARTY))


@cache
def _thesaurus() -> Mapping[str, Mapping[str, Any]]:
    """The hints of our own schemas, by what they are called: name, title, or one of their first labels."""
    known: dict[str, Mapping[str, Any]] = {}
    for one in document_types():
        for name, leaf in _named_leaves(schema_of(one)):
            hints = cast("Mapping[str, Any]", leaf.get(HINTS, {}))
            if "labels" in hints and Kind(hints["kind"]) not in _OF_OURS:
                known.setdefault(folded(words_of(name)), hints)
                known.setdefault(folded(str(leaf["title"])), hints)
                for label in labels_in(hints)[:_FIRST_LABELS]:
                    known.setdefault(folded(label), hints)
    return known


def _named_leaves(schema: Schema) -> Iterator[tuple[str, Schema]]:
    for name, inner in _properties(schema):
        match type_of(inner):
            case "object":
                yield from _named_leaves(inner)
            case "array":
                yield from _named_leaves(cast("Schema", inner["items"]))
            case _:
                yield name, inner


def _properties(schema: Schema) -> Iterator[tuple[str, Schema]]:
    yield from cast("Mapping[str, Schema]", schema.get("properties", {})).items()
