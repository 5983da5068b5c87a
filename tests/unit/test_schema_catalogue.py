"""Schemas are whole, and a result of one says null where nothing is known."""

from docurift.model.job import DocumentType
from docurift.pipeline.tree import filled
from docurift.schemas.catalogue import blank, leaves, schema_of

INVOICE = schema_of(DocumentType.INVOICE)


def test_nothing_is_left_out_of_a_blank_result() -> None:
    invoice = blank(INVOICE)

    assert invoice["vendor"]["name"] is None
    assert invoice["lineItems"] == []
    assert set(invoice) == set(INVOICE["properties"])


def test_values_go_where_their_pointers_say_and_lists_grow() -> None:
    values = {"/total": 12.5, "/vendor/name": "A", "/lineItems/1/quantity": 2}

    invoice = filled(INVOICE, values)

    assert invoice["total"] == 12.5
    assert invoice["vendor"]["name"] == "A"
    assert invoice["lineItems"] == [
        {"description": None, "quantity": None, "unitPrice": None, "total": None},
        {"description": None, "quantity": 2, "unitPrice": None, "total": None},
    ]


def test_leaves_are_named_by_pointers() -> None:
    pointers = {pointer for pointer, _ in leaves(INVOICE)}

    assert {"/total", "/customer/city", "/lineItems/*/unitPrice"} <= pointers
