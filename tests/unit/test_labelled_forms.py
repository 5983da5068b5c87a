"""Each document type is read from forms in eight languages, by the labels of its schema."""

import pytest
from tests.support.forms import LANGUAGES, Layout, a_form

from docurift.model.job import DocumentType
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.verify import proven

TYPES = sorted(one for one in EXTRACTORS if one not in {DocumentType.INVOICE, DocumentType.RECEIPT})
NUMBERS = {
    DocumentType.BILL_OF_LADING: "/bolNumber",
    DocumentType.SEA_WAYBILL: "/waybillNumber",
    DocumentType.PACKING_LIST: "/packingListNumber",
    DocumentType.CUSTOMS_DECLARATION: "/declarationNumber",
    DocumentType.AIR_WAYBILL: "/awbNumber",
    DocumentType.CERTIFICATE_OF_ORIGIN: "/certificateNumber",
}
EVERY_FORM = [(one, language, layout) for one in TYPES for language in LANGUAGES for layout in Layout]


@pytest.mark.parametrize(("document_type", "language", "layout"), EVERY_FORM)
@pytest.mark.parametrize("label_place", [0, 1])
def test_a_form_is_read_whole_and_nothing_else_is_read(
    document_type: DocumentType, language: str, layout: Layout, label_place: int
) -> None:
    form = a_form(document_type, language, layout, label_place=label_place)

    findings = EXTRACTORS[document_type](form.reading, language)

    assert {pointer: found.value for pointer, found in findings.values.items()} == form.truth
    assert findings.warnings == ()


@pytest.mark.parametrize("document_type", TYPES)
def test_every_value_is_quoted_from_the_page(document_type: DocumentType) -> None:
    form = a_form(document_type, "en", Layout.BOXES)

    findings = EXTRACTORS[document_type](form.reading, "en")

    for found in findings.values.values():
        assert found.span is not None
        assert proven(form.pages[0], found.span.text, found.span.box) is not None


@pytest.mark.parametrize(
    ("document_type", "other"), [(one, other) for one in NUMBERS for other in TYPES if one is not other]
)
def test_a_form_of_another_type_gives_no_numbers_of_its_own(document_type: DocumentType, other: DocumentType) -> None:
    """What two types share by name they may both read; the number of the one is never that of the other."""
    form = a_form(other, "en", Layout.COLON)

    values = EXTRACTORS[document_type](form.reading, "en").values

    assert NUMBERS[document_type] in form.truth or NUMBERS[document_type] not in values
