import os

import pytest
from tests.support.drawn_pages import a_page

from docurift.engines.ocr_tesseract import TesseractReader, data_folder, languages

FOLDER = data_folder(os.environ.get("TESSDATA_PREFIX"))

pytestmark = [
    pytest.mark.needs_tesseract,
    pytest.mark.skipif("eng" not in languages(FOLDER), reason="Tesseract's English data is not installed"),
]


def test_tesseract_reads_words_line_by_line_with_their_boxes() -> None:
    assert FOLDER is not None
    page = a_page("Hello world", "Total 12")

    lines = TesseractReader(FOLDER).read(page, "en", dpi=None)

    assert [[word.text for word in line] for line in lines] == [["Hello", "world"], ["Total", "12"]]
    x0, y0, x1, y1 = lines[0][0].box
    assert 55 < x0 < x1 < 200
    assert 45 < y0 < y1 < 90
    assert 0.5 < lines[0][0].confidence <= 1
