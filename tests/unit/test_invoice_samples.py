"""Invoices of designs and languages that no data set has are read whole: every value, with words that say it."""

from functools import cache

import pytest
from tests.support.invoice_samples import SAMPLES as FIRST_SAMPLES
from tests.support.invoice_samples_more import MORE_SAMPLES
from tests.support.invoices import Sample, reading_of
from tests.support.work_orders import a_work_order

from docurift.model.job import DocumentType
from docurift.model.result import Extraction
from docurift.pipeline.extract.invoice.extractor import extract
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of

SAMPLES = [*FIRST_SAMPLES, *MORE_SAMPLES]


@cache
def told(name: str) -> Extraction:
    sample = next(one for one in SAMPLES if one.name == name)
    reading = reading_of(sample.pdf())
    findings = extract(reading, sample.language)
    return typed(
        reading,
        a_work_order(),
        findings=findings,
        schema=schema_of(DocumentType.INVOICE),
        document_type=DocumentType.INVOICE,
    )


def at(extraction: Extraction, pointer: str) -> object:
    tree: object = extraction.result
    for name in pointer.split("/")[1:]:
        assert isinstance(tree, dict)
        tree = tree[name]
    return tree


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_header_fields_and_parties_are_found(sample: Sample) -> None:
    extraction = told(sample.name)

    assert {pointer: at(extraction, pointer) for pointer in sample.expected} == sample.expected


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_line_items_are_found(sample: Sample) -> None:
    items = told(sample.name).result["lineItems"]

    names = ("description", "quantity", "unitPrice", "total")
    assert [tuple(item[name] for name in names) for item in items] == sample.items


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_every_value_is_quoted_and_proved_on_its_page(sample: Sample) -> None:
    extraction = told(sample.name)

    assert {pointer: field.text for pointer, field in extraction.fields.items() if not field.verified} == {}
