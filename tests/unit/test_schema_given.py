"""What is taken of a schema that a user gives, and what is refused, by its place."""

from typing import Any

import pytest

from docurift.schemas.fit import misfits
from docurift.schemas.given import InvalidSchemaError, SchemaLimits, given
from docurift.schemas.hinted import hinted, words_of
from docurift.schemas.wanted import Group, Kind, Wanted, wish_of


def an_object(**properties: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return {"type": "object", "properties": properties}


def nested(levels: int) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string"}
    for _ in range(levels):
        schema = an_object(a=schema)
    return schema


def test_what_says_nothing_about_values_is_left_aside() -> None:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **an_object(total={"type": ["number", "null"], "default": None, "x-mine": 1}),
        "required": ["total"],
        "additionalProperties": False,
    }

    assert given(schema) == {"type": "object", "properties": {"total": {"type": "number"}}}


def test_what_libraries_write_for_an_optional_value_is_that_value() -> None:
    schema = an_object(due={"anyOf": [{"type": "string", "format": "date"}, {"type": "null"}], "title": "Due"})

    assert given(schema)["properties"]["due"] == {"type": "string", "title": "Due", "format": "date"}


def test_a_type_that_is_not_told_follows_from_what_is() -> None:
    schema = {"properties": {"a": {}, "b": {"properties": {"c": {}}}, "d": {"items": {"properties": {"e": {}}}}}}

    types = {name: inner["type"] for name, inner in given(schema)["properties"].items()}

    assert types == {"a": "string", "b": "object", "d": "array"}


def test_properties_keep_their_order() -> None:
    assert list(given(an_object(zebra={}, ape={}, mouse={}))["properties"]) == ["zebra", "ape", "mouse"]


REFUSED = [
    ([], ""),
    ("{}", ""),
    ({"type": "string"}, ""),
    ({"type": "object"}, "/properties"),
    (an_object(), "/properties"),
    (an_object(a={"$ref": "#"}), "/properties/a/$ref"),
    ({**an_object(a={"type": "string"}), "$defs": {}}, "/$defs"),
    (an_object(a={"type": "string", "pattern": "(a+)+$"}), "/properties/a/pattern"),
    ({**an_object(a={}), "patternProperties": {"(x+x+)+y": {}}}, "/patternProperties"),
    (an_object(a={"allOf": [{}]}), "/properties/a/allOf"),
    (an_object(a={"anyOf": [{"type": "string"}, {"type": "number"}]}), "/properties/a/anyOf"),
    (an_object(a={"anyOf": "x"}), "/properties/a/anyOf"),
    (an_object(a={"type": ["string", "number"]}), "/properties/a/type"),
    (an_object(a={"type": "null"}), "/properties/a/type"),
    (an_object(a={"type": "file"}), "/properties/a/type"),
    (an_object(a={"type": {}}), "/properties/a/type"),
    (an_object(a=True), "/properties/a"),
    (an_object(a={"type": "string", "title": 1}), "/properties/a/title"),
    (an_object(a={"type": "string", "description": "x" * 501}), "/properties/a/description"),
    (an_object(a={"type": "string", "format": "date-time"}), "/properties/a/format"),
    (an_object(a={"type": "number", "format": "date"}), "/properties/a/format"),
    (an_object(a={"type": "string", "enum": []}), "/properties/a/enum"),
    (an_object(a={"type": "string", "enum": ["x"] * 101}), "/properties/a/enum"),
    (an_object(a={"type": "number", "enum": [1]}), "/properties/a/enum"),
    (an_object(a={"type": "string", "properties": {}}), "/properties/a/properties"),
    (an_object(a={"type": "array"}), "/properties/a/items"),
    (an_object(a={"type": "array", "items": {"type": "string"}}), "/properties/a/items"),
    (an_object(a={"type": "array", "items": an_object(b=an_object(c={}))}), "/properties/a/items/properties/b"),
    (an_object(**{"a/b": {"type": "file"}}), "/properties/a~1b/type"),
    (an_object(**{"": {}}), "/properties/"),
    (an_object(**{"a\0": {}}), "/properties/a\0"),
    (an_object(**{"x" * 101: {}}), "/properties/" + "x" * 101),
    (nested(7), "/properties/a" * 7),
    (nested(500), "/properties/a" * 7),
    (an_object(**{f"p{i}": {} for i in range(201)}), "/properties"),
    (
        an_object(**{f"p{i}": an_object(**{f"q{j}": {} for j in range(20)}) for i in range(20)}),
        "/properties/p9/properties",
    ),
]


@pytest.mark.parametrize(("schema", "pointer"), REFUSED, ids=[str(place) for place in range(len(REFUSED))])
def test_what_is_not_of_the_subset_is_refused_where_it_stands(schema: object, pointer: str) -> None:
    with pytest.raises(InvalidSchemaError) as refusal:
        given(schema)

    assert refusal.value.pointer == pointer


def test_limits_are_the_callers() -> None:
    with pytest.raises(InvalidSchemaError):
        given(an_object(a={}, b={}), SchemaLimits(depth=6, properties=1))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("invoiceNumber", "invoice number"),
        ("PO_number", "po number"),
        ("ISODate", "iso date"),
        ("net-weight", "net weight"),
    ],
)
def test_a_name_is_read_as_words(name: str, words: str) -> None:
    assert words_of(name) == words


def field(schema: dict[str, Any], pointer: str) -> Wanted:
    return next(leaf for leaf in wish_of(hinted(given(schema))).leaves if leaf.pointer == pointer)


def group(schema: dict[str, Any], pointer: str) -> Group:
    return next(one for one in wish_of(hinted(given(schema))).groups if one.pointer == pointer)


@pytest.mark.parametrize(
    ("name", "schema", "kind"),
    [
        ("total", {"type": "number"}, Kind.AMOUNT),
        ("pieces", {"type": "integer"}, Kind.INTEGER),
        ("paid", {"type": "boolean"}, Kind.BOOLEAN),
        ("ticketNumber", {}, Kind.IDENTIFIER),
        ("issued", {"type": "string", "format": "date"}, Kind.DATE),
        ("grossWeight", {"type": "number"}, Kind.WEIGHT),
        ("originCountry", {}, Kind.COUNTRY),
        ("containerNumber", {}, Kind.CONTAINER_NUMBER),
        ("terms", {"enum": ["FOB", "CIF"]}, Kind.CHOICE),
        ("vessel", {}, Kind.TEXT),
    ],
)
def test_a_kind_follows_from_type_format_and_name(name: str, schema: dict[str, Any], kind: Kind) -> None:
    assert field(an_object(**{name: schema}), f"/{name}").kind is kind


def test_a_known_field_is_looked_for_in_every_language() -> None:
    labels = field(an_object(invoice_number={}), "/invoice_number").labels

    assert labels[0] == "invoice number"
    assert "rechnungsnummer" in labels


def test_words_in_quotation_marks_are_labels() -> None:
    schema = an_object(ref={"title": "Our sign", "description": 'Printed as "Unser Zeichen" at the top.'})

    assert field(schema, "/ref").labels[:3] == ("Our sign", "ref", "Unser Zeichen")


def test_an_object_with_a_name_is_a_party_and_a_list_a_table() -> None:
    schema = an_object(
        supplier=an_object(name={}, street={}, zip={}),
        lines={"type": "array", "items": an_object(article={}, quantity={"type": "number"})},
    )

    assert group(schema, "/supplier").of_kind(Kind.POSTAL_CODE) is not None
    assert "lieferant" in group(schema, "/supplier").labels
    assert [leaf.pointer for leaf in group(schema, "/lines").leaves] == ["/article", "/quantity"]


def test_a_part_of_an_object_is_first_looked_for_by_both_names() -> None:
    assert field(an_object(delivery=an_object(date={"format": "date"})), "/delivery/date").labels[0] == "delivery date"


def test_what_does_not_fit_is_told_by_its_pointer() -> None:
    schema = given(
        an_object(
            day={"type": "string", "format": "date"},
            kind={"enum": ["a", "b"]},
            count={"type": "integer"},
            rows={"type": "array", "items": an_object(x={"type": "number"})},
        )
    )

    wrong = {"day": "2026-02-30", "kind": "c", "count": True, "rows": [{"x": 1.5}, {"x": "2"}, {"y": 1}]}

    assert list(misfits(schema, wrong)) == ["/day", "/kind", "/count", "/rows/1/x", "/rows/2"]
    assert list(misfits(schema, {"day": None, "kind": "a", "count": 3, "rows": []})) == []
