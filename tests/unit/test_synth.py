"""The generator of labelled documents: its truth is what its pages say, and the same seed draws the same again."""

from collections.abc import Iterator
from random import Random

import pytest
from tests.support.work_orders import ScriptedOcr, a_work_order
from tools.synth.corpus import corpus
from tools.synth.document import Document, drawn
from tools.synth.grammar import grammars
from tools.synth.numbers import air_waybill, container, vat_id
from tools.synth.scan import scanned, turned_boxes
from tools.synth.types import TYPES
from tools.synth.words import LANGUAGES

from docurift.engines.image import open_image
from docurift.engines.pdf import open_pdf
from docurift.model.job import DocumentType
from docurift.model.result import Page
from docurift.pipeline.tree import filled
from docurift.pipeline.values.checks import vat_is_sound
from docurift.pipeline.verify import proven
from docurift.schemas.catalogue import schema_of

ORDER = a_work_order(media_type="application/pdf", extract_tables=False)


@pytest.fixture(scope="module")
def documents() -> list[Document]:
    """Each type in each language, once."""
    return list(corpus(len(TYPES) * len(LANGUAGES), 7))


def pages_of(document: Document) -> Iterator[Page]:
    source = open_pdf(document.pdf, ORDER)
    yield from (source.read(number, ORDER, ScriptedOcr()) for number in range(1, source.page_count + 1))
    source.close()


def test_every_type_is_drawn_in_every_language(documents: list[Document]) -> None:
    drawn_ones = {(one.document_type, one.language) for one in documents}

    assert drawn_ones == {(one, language) for one in TYPES for language in LANGUAGES}
    assert all(one.boxes for one in documents if one.document_type is not DocumentType.GENERIC)


def test_every_box_holds_the_text_that_it_is_said_to_hold(documents: list[Document]) -> None:
    for document in documents:
        pages = {page.number: page for page in pages_of(document)}
        for pointer, told in document.boxes.items():
            found = proven(pages[told["page"]], told["text"], tuple(told["box"]))
            assert found is not None, (document.document_type, document.grammar.id, pointer, told)


def test_the_truth_has_the_shape_of_the_schema(documents: list[Document]) -> None:
    for document in documents:
        blank = filled(schema_of(document.document_type), {})
        assert document.expected.keys() == blank.keys()


def test_the_same_seed_draws_the_same_bytes(documents: list[Document]) -> None:
    assert [one.pdf for one in corpus(26, 7)] == [one.pdf for one in documents[:26]]
    assert next(corpus(1, 8)).pdf != documents[0].pdf


def test_a_third_of_the_layouts_is_held_back_from_training() -> None:
    layouts = [one for document_type in TYPES for one in grammars(document_type, 1)]

    held_back = [one for one in layouts if one.is_held_back]
    assert len({one.id for one in layouts}) == len(layouts) >= 500
    assert 0.25 < len(held_back) / len(layouts) < 0.42
    assert {one.grammar.id for one in corpus(52, 1, held_back=True)} <= {one.id for one in held_back}
    assert not {one.grammar.id for one in corpus(52, 1)} & {one.id for one in held_back}


def test_long_tables_go_on_on_the_next_page() -> None:
    pages = [max(told["page"] for told in one.boxes.values()) for one in corpus(60, 3, types=(DocumentType.INVOICE,))]

    assert max(pages) > 1


def test_the_lines_of_an_invoice_add_up() -> None:
    for one in corpus(16, 5, types=(DocumentType.INVOICE,)):
        lines = one.expected["lineItems"]
        assert isinstance(lines, list)
        totals = [line["total"] for line in lines if isinstance(line, dict)]
        if one.expected["subtotal"] is not None:
            assert sum(float(str(total)) for total in totals) == pytest.approx(float(str(one.expected["subtotal"])))


@pytest.mark.parametrize("country", ["DE", "AT", "FR", "BE", "ES", "IT", "NL", "PT", "PL"])
def test_vat_numbers_have_sound_check_digits(country: str) -> None:
    number = vat_id(country, Random(4))  # noqa: S311 - not a secret

    assert number is not None
    assert vat_is_sound(country, number.removeprefix(country)) is True


def test_numbers_of_containers_and_air_waybills_have_their_check_digits() -> None:
    assert container("CSQ", _Digits("305438")) == "CSQU3054383"  # the example of ISO 6346
    assert air_waybill("020", _Digits("1234567")) == f"0201234567{1234567 % 7}"


class _Digits(Random):
    """Draws these digits."""

    def __init__(self, digits: str) -> None:
        super().__init__(1)
        self._left = iter(digits)

    def randrange(self, start: int, stop: int | None = None, step: int = 1) -> int:
        del start, stop, step
        return int(next(self._left))


def test_a_scan_is_a_picture_of_the_page_and_its_boxes_turn_with_it() -> None:
    document = drawn(DocumentType.INVOICE, grammars(DocumentType.INVOICE, 1)[0], "de", "scan")
    seeds = (Random(n) for n in range(50))  # noqa: S311 - not a secret
    scan = next(one for one in (scanned(document.pdf, seed, dpi=72) for seed in seeds) if abs(one.degrees) > 0.8)

    boxes = turned_boxes(document.boxes, scan)

    source = open_image(scan.jpeg, a_work_order(media_type="image/jpeg"))
    assert source.page_count == 1
    moved = [
        abs(boxes[pointer]["box"][1] - told["box"][1]) for pointer, told in document.boxes.items() if told["page"] == 1
    ]
    assert 0.001 < max(moved) < 0.03
