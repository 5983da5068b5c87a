"""Every document type has a whole schema, and a result of one says null where nothing is known."""

import pytest
from jsonschema import Draft202012Validator

from docurift.model.job import DocumentType
from docurift.pipeline.tree import filled
from docurift.schemas.catalogue import (
    HINTS,
    Schema,
    blank,
    document_types,
    leaves,
    named,
    sample_of,
    schema_of,
    type_of,
    without_hints,
)

INVOICE = schema_of(DocumentType.INVOICE)
EVERY_TYPE = pytest.mark.parametrize("document_type", document_types())
# Names that clients know already (contract section 5).
PUBLISHED = {
    DocumentType.GENERIC: "rawText tables keyValuePairs detectedLanguage",
    DocumentType.INVOICE: "invoiceNumber invoiceDate dueDate vendor customer lineItems subtotal tax total currency",
    DocumentType.BILL_OF_LADING: "bolNumber shipper consignee vessel portOfLoading portOfDischarge containers "
    "cargoDescription weight",
    DocumentType.SEA_WAYBILL: "waybillNumber shipper consignee vessel portOfLoading portOfDischarge containers "
    "cargoDescription weight",
    DocumentType.PACKING_LIST: "packingListNumber date orderReference invoiceReference shipper consignee packages "
    "totalWeight totalVolume",
    DocumentType.CUSTOMS_DECLARATION: "declarationNumber declarationType importer exporter hsCode goodsDescription "
    "value currency countryOfOrigin dutyAmount",
    DocumentType.AIR_WAYBILL: "awbNumber date shipper consignee origin destination flightNumber pieces weight "
    "weightUnit dimensions declaredValue declaredValueCurrency",
    DocumentType.FREIGHT_INVOICE: "invoiceNumber date carrier shipper consignee charges freightCharges fuelSurcharge "
    "accessorials total currency",
    DocumentType.PROOF_OF_DELIVERY: "deliveryNumber deliveryDate deliveryTime orderReference carrier recipient "
    "signature items condition notes",
    DocumentType.CERTIFICATE_OF_ORIGIN: "certificateNumber exporter producer importer goods countryOfOrigin issuedDate "
    "issuingAuthority",
    DocumentType.CONTRACT: "title parties effectiveDate expirationDate term governingLaw signatures clauses",
    DocumentType.RECEIPT: "merchant receiptNumber date time lineItems subtotal tax tip total currency paymentMethod",
}


def objects(schema: Schema) -> list[Schema]:
    """Each object of the schema, itself included."""
    inner = [*schema.get("properties", {}).values(), *([schema["items"]] if "items" in schema else [])]
    own = [schema] if type_of(schema) == "object" and "properties" in schema else []
    return [*own, *(found for one in inner for found in objects(one))]


def test_every_type_but_auto_has_a_schema() -> None:
    assert set(document_types()) == set(DocumentType) - {DocumentType.AUTO}


@EVERY_TYPE
def test_a_schema_is_one_of_draft_2020_12(document_type: DocumentType) -> None:
    Draft202012Validator.check_schema(schema_of(document_type))


@EVERY_TYPE
def test_a_schema_has_the_published_names(document_type: DocumentType) -> None:
    names = PUBLISHED.get(document_type, "").split()

    assert set(names) <= set(schema_of(document_type)["properties"])


@EVERY_TYPE
def test_every_leaf_is_told_in_words_with_an_example_and_may_be_null(document_type: DocumentType) -> None:
    for pointer, leaf in leaves(schema_of(document_type)):
        assert leaf["title"], pointer
        assert leaf["description"].endswith("."), pointer
        assert "null" in leaf["type"], pointer
        for example in leaf["examples"]:
            Draft202012Validator(leaf, format_checker=Draft202012Validator.FORMAT_CHECKER).validate(example)


@EVERY_TYPE
def test_an_object_has_all_its_properties_and_no_others(document_type: DocumentType) -> None:
    for one in objects(schema_of(document_type)):
        assert one["required"] == list(one["properties"])
        assert one["additionalProperties"] is False


@EVERY_TYPE
def test_a_blank_result_and_a_full_one_fit(document_type: DocumentType) -> None:
    schema = schema_of(document_type)
    validator = Draft202012Validator(schema, format_checker=Draft202012Validator.FORMAT_CHECKER)

    validator.validate(blank(schema))
    validator.validate(sample_of(document_type))


@EVERY_TYPE
def test_hints_are_not_told(document_type: DocumentType) -> None:
    assert HINTS not in str(without_hints(schema_of(document_type)))


def test_an_alias_names_its_type_and_a_word_of_ours_none() -> None:
    assert named("airway_bill") is DocumentType.AIR_WAYBILL
    assert named("general") is DocumentType.GENERIC
    assert named("auto") is None
    assert named("letter") is None


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
