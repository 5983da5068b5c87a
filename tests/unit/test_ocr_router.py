from pathlib import Path

import numpy as np
import pytest
from tests.support.drawn_pages import Grey, a_page, a_request

from docurift.engines.ocr import EngineMissingError, OcrRouter
from docurift.engines.ocr_network import model_path
from docurift.engines.ocr_tesseract import data_folder, language_code, languages
from docurift.model.failure import FailureCode
from docurift.model.work import OcrReading, OcrRefused

LINES = ("Invoice number 4711", "Total amount: 1,234.56 EUR", "Payment within 30 days")
WORDS = [word for line in LINES for word in line.split()]


@pytest.fixture(scope="module")
def router() -> OcrRouter:
    return OcrRouter(None)


def read(router: OcrRouter, page: Grey) -> OcrReading:
    answer = router.read(a_request(page), page)
    assert isinstance(answer, OcrReading)
    return answer


def test_a_page_is_read_word_by_word_and_line_by_line(router: OcrRouter) -> None:
    reading = read(router, a_page(*LINES))

    assert [word.text for word in reading.words] == WORDS
    assert [word.line for word in reading.words] == [0] * 3 + [1] * 4 + [2] * 4
    assert (reading.width, reading.height, reading.rotation, reading.engine) == (900, 600, 0, "rapidocr")


def test_boxes_are_around_the_words(router: OcrRouter) -> None:
    page = a_page(*LINES)

    for word in read(router, page).words:
        x0, y0, x1, y1 = (round(side) for side in word.box)
        assert page[max(0, y0 - 3) : y1 + 3, max(0, x0 - 4) : x0 + 4].min() < 128
        assert page[y0:y1, x0:x1].mean() < 230


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_turned_page_is_set_upright(router: OcrRouter, rotation: int) -> None:
    upright = a_page(*LINES, *LINES)
    page = np.ascontiguousarray(np.rot90(upright, rotation // 90))

    reading = read(router, page)

    assert (reading.rotation, reading.width, reading.height) == (rotation, 900, 600)
    assert [word.text for word in reading.words] == WORDS * 2


def test_boxes_of_a_skewed_page_lie_where_its_words_do(router: OcrRouter) -> None:
    page = a_page(*LINES, degrees=1.5)

    reading = read(router, page)

    assert [word.text for word in reading.words] == WORDS
    for word in reading.words:
        x0, y0, x1, y1 = (round(side) for side in word.box)
        assert page[y0:y1, x0:x1].mean() < 235


def test_boxes_of_a_page_too_large_to_be_read_as_it_is_lie_where_its_words_do(router: OcrRouter) -> None:
    page = np.kron(a_page(*[""] * 8, *LINES, height=22), np.ones((8, 8), np.uint8))
    assert page.size > 16_000_000

    reading = read(router, page)

    assert (reading.width, reading.height) == (7200, 4800)
    assert [word.text for word in reading.words] == WORDS
    for word in reading.words:
        x0, y0, x1, y1 = (round(side) for side in word.box)
        assert page[y0:y1, x0:x1].mean() < 230


def test_pale_small_print_is_read(router: OcrRouter) -> None:
    page = np.minimum(a_page(*LINES), np.roll(a_page("Sample Street 12", height=16, ink=190), 450, axis=0))

    assert [word.text for word in read(router, page).words][-3:] == ["Sample", "Street", "12"]


def test_colored_pages_are_read(router: OcrRouter) -> None:
    page = a_page(*LINES)
    request = a_request(page)
    colored = np.stack((page, page, np.full_like(page, 200)), axis=-1)

    answer = router.read(request, colored)

    assert isinstance(answer, OcrReading)
    assert [word.text for word in answer.words] == WORDS


@pytest.mark.parametrize("shape", [(1, 1), (2, 500), (500, 2), (300, 300)])
def test_a_page_without_text_is_read_as_empty_and_left_as_it_lies(router: OcrRouter, shape: tuple[int, int]) -> None:
    reading = read(router, np.full(shape, 255, np.uint8))

    assert (reading.words, reading.rotation) == ((), 0)


def test_a_language_that_no_engine_reads_is_refused_by_the_package_s_name(router: OcrRouter) -> None:
    page = a_page(*LINES)

    answer = router.read(a_request(page, language="ru"), page)

    assert isinstance(answer, OcrRefused)
    assert answer.code is FailureCode.ENGINE_UNAVAILABLE
    assert "tesseract-ocr-rus" in (answer.detail or "")


def test_a_missing_model_is_named() -> None:
    with pytest.raises(EngineMissingError, match=r"no_such_package with model\.onnx"):
        model_path("no_such_package", "model.onnx")


def test_tesseract_s_data_is_looked_for_where_the_operator_says_first(tmp_path: Path) -> None:
    (tmp_path / "rus.traineddata").touch()

    assert data_folder(str(tmp_path)) == tmp_path
    assert languages(tmp_path) == {"rus"}
    assert language_code("ru") == "rus"
    assert languages(None) == frozenset()
