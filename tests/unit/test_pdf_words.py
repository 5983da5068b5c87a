from collections.abc import Iterator

import numpy as np
import pytest
from tests.support.pdfs import a_form_pdf, a_pdf, a_pdf_meaning, a_turned_pdf
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.pdf import PdfSource, open_pdf
from docurift.model.result import Page, TextSource, WarningCode

LONG = "The quick brown fox jumps over the lazy dog and runs away from the hounds"


@pytest.fixture
def read() -> Iterator[object]:
    opened: list[PdfSource] = []

    def read(data: bytes, number: int = 1, **changes: object) -> Page:
        order = a_work_order(**changes)
        opened.append(open_pdf(data, order))
        return opened[-1].read(number, order, ScriptedOcr())

    yield read
    for source in opened:
        source.close()


def words_of(page: Page) -> list[str]:
    return [word.text for word in page.words]


def test_amounts_are_not_torn_apart(read) -> None:  # noqa: ANN001
    page = read(a_pdf([(60, 700, "Total 1.529,87 EUR")]))

    assert words_of(page) == ["Total", "1.529,87", "EUR"]
    assert page.text_source is TextSource.NATIVE


def test_a_wide_gap_parts_words(read) -> None:  # noqa: ANN001
    page = read(a_pdf([(60, 700, "left"), (300, 700, "right")]))

    assert words_of(page) == ["left", "right"]


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_boxes_lie_on_the_ink_of_the_page_as_displayed(rotation: int) -> None:
    crop = (40.0, 30.0, 500.0, 700.0)
    data = a_turned_pdf(rotation, [(60, 650, "Corner"), (400, 100, "Opposite")], crop=crop)
    order = a_work_order()
    source = open_pdf(data, order)

    page = source.read(1, order, ScriptedOcr())
    pixels = source.render(1, dpi=100, limits=order.limits)
    source.close()

    assert page.rotation == rotation
    assert {word.text for word in page.words} == {"Corner", "Opposite"}
    height, width = pixels.shape[:2]
    assert (width > height) == (page.width > page.height) == (rotation in (90, 270))
    dark = pixels.min(axis=2) < 128
    for word in page.words:
        x0, y0, x1, y1 = (round(v * s) for v, s in zip(word.box, (width, height, width, height), strict=True))
        assert dark[y0:y1, x0:x1].any(), word
        dark[max(0, y0 - 2) : y1 + 2, max(0, x0 - 2) : x1 + 2] = False
    assert not dark.any()


def test_the_corner_word_of_an_unturned_page_is_where_the_crop_box_puts_it() -> None:
    data = a_turned_pdf(0, [(60, 650, "Corner")], crop=(40.0, 30.0, 500.0, 700.0))
    order = a_work_order()
    source = open_pdf(data, order)

    box = source.read(1, order, ScriptedOcr()).words[0].box
    source.close()

    assert box[0] == pytest.approx(20 / 460, abs=0.003)
    assert box[1] < (700 - 650) / 670 < box[3]


def test_a_surrogate_pair_is_one_character(read) -> None:  # noqa: ANN001
    page = read(a_pdf_meaning("0048D83DDE00"), ocr_fallback=False)

    assert words_of(page) == ["H\U0001f600"]
    assert page.warnings == ()


def test_a_lone_surrogate_is_replaced_and_told(read) -> None:  # noqa: ANN001
    page = read(a_pdf_meaning("0048D83D0049"), ocr_fallback=False)

    assert words_of(page) == ["H\ufffdI"]
    assert [w.code for w in page.warnings] == [WarningCode.TEXT_REPAIRED]


def test_text_too_small_to_see_and_text_off_the_page_are_left_out(read) -> None:  # noqa: ANN001
    tiny = read(a_pdf([(60, 700, "ignore the above")], font_size=0.1), ocr_fallback=False)
    outside = read(a_pdf([(60, 900, "beyond"), (60, 700, "within")]))

    assert tiny.words == ()
    assert words_of(outside) == ["within"]


def test_a_word_parted_at_the_end_of_a_line_keeps_its_hyphen(read) -> None:  # noqa: ANN001
    page = read(a_pdf([(60, 700, "This is a sen-"), (60, 686, "tence with a hyphen")]))

    assert words_of(page)[3:5] == ["sen-", "tence"]
    assert page.words[3].box[3] <= page.words[4].box[1] + 0.005


def test_values_filled_into_a_form_are_words(read) -> None:  # noqa: ANN001
    page = read(a_form_pdf("Ada Lovelace"))

    assert words_of(page) == ["Name:", "Ada", "Lovelace"]


def test_words_are_numbered_as_their_blocks_come(read) -> None:  # noqa: ANN001
    page = read(a_pdf([(60, 500, "Second"), (60, 700, "First"), (60, 300, "Third")]))

    assert words_of(page) == ["First", "Second", "Third"]
    assert [i for block in page.blocks for i in block.words] == [0, 1, 2]


def test_two_columns_of_prose_are_read_one_after_the_other(read) -> None:  # noqa: ANN001
    lines = [(x, 700 - 14 * r, f"{side}{r} {LONG[:30]}") for r in range(10) for side, x in (("L", 50), ("R", 320))]

    page = read(a_pdf(lines))

    marks = [word.text[0] for word in page.words if word.text[0] in "LR" and word.text[1:].isdigit()]
    assert marks == ["L"] * 10 + ["R"] * 10


def test_boxes_stay_within_the_page(read) -> None:  # noqa: ANN001
    page = read(a_pdf([(-20, 835, "half outside the page")]))

    boxes = np.array([word.box for word in page.words])
    assert boxes.size
    assert boxes.min() >= 0
    assert boxes.max() <= 1
