"""Every value of a typed result is proved again on its page (extraction.md section 9)."""

from tests.support.pages import a_page
from tests.support.work_orders import a_work_order

from docurift.model.job import DocumentType
from docurift.model.result import Extraction, Source, WarningCode
from docurift.pipeline.extract.found import Findings, Found, Span, span_of
from docurift.pipeline.read import Reading
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of

PAGE = a_page((50, 50, "Total 119.00 EUR"))
READING = Reading(page_count=1, pages=(PAGE,), pages_processed=1, warnings=())


def extracted(**values: Found) -> Extraction:
    findings = Findings(values={f"/{name}": found for name, found in values.items()})
    return typed(
        READING,
        a_work_order(),
        findings=findings,
        schema=schema_of(DocumentType.INVOICE),
        document_type=DocumentType.INVOICE,
    )


def test_a_value_on_its_page_is_verified_and_as_sure_as_it_was_found() -> None:
    told = extracted(total=Found(value=119.0, confidence=0.97, span=span_of(PAGE, [1])))

    field = told.fields["/total"]
    assert (told.result["total"], field.verified, field.confidence) == (119.0, True, 0.97)
    assert (field.text, field.source, field.page) == ("119.00", Source.TEXT, 1)
    assert told.warnings == ()


def test_a_quote_that_the_page_does_not_say_is_not_verified_and_never_sure() -> None:
    lie = Span(page=1, words=(1,), text="118.00", box=PAGE.words[1].box)

    told = extracted(total=Found(value=118.0, confidence=0.97, span=lie))

    field = told.fields["/total"]
    assert not field.verified
    assert field.confidence <= 0.5
    assert [(one.code, one.pointer) for one in told.warnings] == [(WarningCode.VALUE_UNVERIFIED, "/total")]


def test_a_derived_value_stands_nowhere_and_a_warning_says_so() -> None:
    told = extracted(tax=Found(value=19.0, confidence=0.8, source=Source.DERIVED, derived_from=("/total",)))

    field = told.fields["/tax"]
    assert (field.source, field.page, field.verified) == (Source.DERIVED, None, False)
    assert told.warnings[0].code is WarningCode.VALUE_UNVERIFIED


def test_what_the_xml_says_is_sure_wherever_it_stands() -> None:
    told = extracted(total=Found(value=119.0, confidence=1.0, source=Source.XML))

    assert told.fields["/total"].confidence == 1.0
    assert told.warnings == ()


def test_what_is_not_found_is_null() -> None:
    told = extracted()

    assert told.result["invoiceNumber"] is None
    assert told.result["lineItems"] == []
