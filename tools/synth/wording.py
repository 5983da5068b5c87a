"""Labels: the hints of the schemas, and the generator's own synonyms, chosen and written as a grammar says."""

from collections.abc import Iterator
from functools import cache
from random import Random
from typing import Any, cast

from tools.synth.grammar import Grammar
from tools.synth.words import has, listed

from docurift.model.job import DocumentType
from docurift.schemas.catalogue import HINTS, Schema, escaped, schema_of

# Where the schema's hints say nothing, or little: the list of the language file that has more.
_OWN = {
    "/vendor": "vendor",
    "/customer": "customer",
    "/lineItems/*/description": "description",
    "/lineItems/*/quantity": "quantity",
    "/lineItems/*/unitPrice": "unitPrice",
    "/lineItems/*/total": "lineTotal",
    "/vendor/taxId": "taxId",
    "/customer/taxId": "taxId",
    "/merchant/taxId": "taxId",
    "/vendor/phone": "phone",
    "/merchant/phone": "phone",
    "/vendor/email": "email",
    "/paymentMethod": "paymentMethod",
    "/receiptNumber": "receiptNumber",
    "/time": "time",
}


class Wording:
    """The words that one grammar uses in one language."""

    def __init__(self, grammar: Grammar, language: str) -> None:
        self._grammar, self._language = grammar, language

    def label(self, document_type: DocumentType, pointer: str) -> str:
        """The label of a property, by its pointer with `*` for items of lists."""
        known = _hinted(document_type).get(pointer, {}).get(self._language, ())
        name = _OWN.get(pointer, pointer.rsplit("/", 1)[-1])
        own = listed(self._language, "labels", name) if has(self._language, "labels", name) else ()
        choices = (*own, *known)
        if not choices:
            raise KeyError(f"{document_type}{pointer} has no label in {self._language}")
        return self._written(self._chosen(choices, pointer))

    def own(self, name: str) -> str:
        """A label that belongs to no value."""
        return self._written(self._chosen(listed(self._language, "labels", name), name))

    def _chosen(self, choices: tuple[str, ...], name: str) -> str:
        return Random(f"{self._grammar.wording}/{name}").choice(choices)  # noqa: S311 - a layout, not a secret

    def _written(self, label: str) -> str:
        match self._grammar.label_case:
            case "upper":
                return label.upper()
            case "title":
                return " ".join(word[:1].upper() + word[1:] for word in label.split(" "))
            case "first":
                return label[:1].upper() + label[1:]
            case _:
                return label


@cache
def _hinted(document_type: DocumentType) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        pointer: {language: tuple(words) for language, words in labels.items()}
        for pointer, labels in _labels(schema_of(document_type), "")
    }


def _labels(schema: Schema, pointer: str) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, inner in cast("Schema", schema.get("properties", {})).items():
        place = f"{pointer}/{escaped(name)}"
        yield place, inner.get(HINTS, {}).get("labels", {})
        yield from _labels(inner, place)
        if "items" in inner:
            yield from _labels(inner["items"], f"{place}/*")
