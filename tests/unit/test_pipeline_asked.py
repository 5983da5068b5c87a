"""A job with a schema of its own is answered by that schema, on any document."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from tests.support.pages import OneFormat, ReadyPages, Told, a_page
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.model.result import Extraction, Page, WarningCode
from docurift.model.work import Completed
from docurift.pipeline.run import run
from docurift.schemas.given import given

ASKED = {
    "type": "object",
    "properties": {
        "ticketNumber": {"type": "string", "title": "Ticket no"},
        "issued": {"type": "string", "format": "date", "title": "Issued on"},
        "grandTotal": {"type": "number"},
        "seatClass": {"type": "string", "enum": ["first", "second"], "title": "Class"},
        "buyer": {"type": "object", "properties": {"name": {"type": "string"}, "city": {"type": "string"}}},
        "legs": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"from": {"type": "string"}, "to": {"type": "string"}, "fare": {"type": "number"}},
            },
        },
    },
}
TICKET = a_page(
    (50, 40, "Ticket No.: TX-4711"),
    (320, 40, "Issued on: 05.03.2026"),
    (50, 60, "Class: second"),
    (50, 90, "Buyer"),
    (50, 105, "Harbour Imports Ltd"),
    (50, 120, "Felixstowe IP11 3SY"),
    *((50, 180, "From"), (200, 180, "To"), (350, 180, "Fare")),
    *((50, 200, "Hamburg"), (200, 200, "Bremen"), (350, 200, "25.00")),
    *((50, 220, "Bremen"), (200, 220, "Emden"), (350, 220, "19.50")),
    (50, 300, "Grand total: EUR 44.50"),
)


def answered(schema: dict[str, Any], page: Page, **order: object) -> Extraction:
    asked = json.dumps(given(schema))
    done = run(b"", a_work_order(schema=asked, **order), OneFormat(ReadyPages({1: page})), ScriptedOcr(), Told())
    assert isinstance(done, Completed)
    return done.extraction


@pytest.mark.parametrize("document_type", ["generic", "auto", "invoice", "bill_of_lading"])
def test_the_result_is_of_the_schema_whatever_the_document_type(document_type: str) -> None:
    told = answered(ASKED, TICKET, document_type=document_type)

    assert told.result == {
        "ticketNumber": "TX-4711",
        "issued": "2026-03-05",
        "grandTotal": 44.5,
        "seatClass": "second",
        "buyer": {"name": "Harbour Imports Ltd", "city": "Felixstowe"},
        "legs": [{"from": "Hamburg", "to": "Bremen", "fare": 25.0}, {"from": "Bremen", "to": "Emden", "fare": 19.5}],
    }
    assert list(told.result) == list(ASKED["properties"])
    assert all(field.verified for field in told.fields.values())
    assert told.warnings == ()
    Draft202012Validator(ASKED).validate(told.result)


def test_a_known_field_is_found_in_another_language() -> None:
    schema = {"properties": {"invoiceNumber": {}, "dueDate": {"format": "date"}, "netWeight": {"type": "number"}}}
    lines = ("Rechnungsnummer: R-17", "Fällig am: 1.4.2026", "Nettogewicht: 1.100,5 kg")
    page = a_page(*((50, 40 + 20 * place, line) for place, line in enumerate(lines)))

    told = answered(schema, page, language="de")

    assert told.result == {"invoiceNumber": "R-17", "dueDate": "2026-04-01", "netWeight": 1100.5}


def test_what_is_printed_but_not_among_the_choices_is_null() -> None:
    page = a_page((50, 40, "Ticket No.: TX-4711"), (50, 60, "Class: business"), (50, 80, "Issued on: 05.03.2026"))

    assert answered(ASKED, page).result["seatClass"] is None


def test_nothing_of_the_schema_gives_nulls_and_a_warning() -> None:
    told = answered(ASKED, a_page((50, 50, "Dear Tom, the weather was fine in 2025.")))

    assert told.result["ticketNumber"] is None
    assert told.result["buyer"] == {"name": None, "city": None}
    assert told.result["legs"] == []
    assert [warning.code for warning in told.warnings] == [WarningCode.TYPE_MISMATCH]
