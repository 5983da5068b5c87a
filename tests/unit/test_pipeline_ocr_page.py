import numpy as np
import pytest

from docurift.model.result import BlockKind, LengthUnit, TextSource, WarningCode
from docurift.model.work import OcrReading, OcrWord
from docurift.pipeline.ocr_page import page_from_reading


def a_reading(*texts: str, rotation: int = 0, size: tuple[int, int] = (1000, 1400), **more: str | None) -> OcrReading:
    words: list[OcrWord] = []
    for line, text in enumerate(texts):
        x, y = 100.0, 100.0 + 30 * line
        for word in text.split():
            words.append(OcrWord(word, (x, y, x + 12 * len(word), y + 20), 0.9, line))
            x += 12 * len(word) + 8
    return OcrReading(
        words=tuple(words),
        rotation=rotation,
        width=size[0],
        height=size[1],
        engine="e",
        missing_language=more.get("missing_language"),
    )


def test_boxes_become_shares_of_the_page() -> None:
    page = page_from_reading(a_reading("Hello world"), number=3, width=1000, height=1400, unit=LengthUnit.PIXEL)

    assert page.number == 3
    assert page.text_source is TextSource.OCR
    assert page.words[0].box == pytest.approx((0.1, 100 / 1400, 0.16, 120 / 1400), abs=1e-4)


def test_a_reading_turned_by_a_quarter_swaps_width_and_height() -> None:
    reading = a_reading("Hello", rotation=90, size=(1400, 1000))

    page = page_from_reading(
        reading,
        number=1,
        width=1000,
        height=1400,
        unit=LengthUnit.PIXEL,
        rotation=270,
        pixels=np.zeros((1400, 1000), np.uint8),
    )

    assert (page.width, page.height, page.rotation) == (1400, 1000, 0)


def test_lines_close_to_each_other_are_one_paragraph() -> None:
    page = page_from_reading(
        a_reading("first line of text", "second line of text"), number=1, width=1000, height=1400, unit=LengthUnit.PIXEL
    )

    assert [(block.kind, block.text) for block in page.blocks] == [
        (BlockKind.PARAGRAPH, "first line of text\nsecond line of text")
    ]


def test_a_page_without_words_has_no_text_source() -> None:
    page = page_from_reading(a_reading(), number=1, width=10, height=10, unit=LengthUnit.PIXEL)

    assert page.text_source is TextSource.NONE
    assert page.blocks == ()


def test_a_missing_language_is_warned_of() -> None:
    page = page_from_reading(
        a_reading("Hi", missing_language="th"), number=2, width=10, height=10, unit=LengthUnit.PIXEL
    )

    assert [(w.code, w.page) for w in page.warnings] == [(WarningCode.LANGUAGE_DATA_MISSING, 2)]


def test_two_columns_of_prose_are_read_one_after_the_other() -> None:
    words: list[OcrWord] = []
    for row in range(12):
        for column, name in enumerate("lr"):
            x = 50.0 + 500 * column
            for part in range(5):
                place = (x + part * 80, 100.0 + 30 * row, x + part * 80 + 70, 120.0 + 30 * row)
                words.append(OcrWord(f"{name}{row}w{part}", place, 0.9, 2 * row + column))
    reading = OcrReading(words=tuple(words), rotation=0, width=1000, height=1400, engine="e")

    page = page_from_reading(reading, number=1, width=1000, height=1400, unit=LengthUnit.PIXEL)

    sides = [word.text[0] for word in page.words]
    assert sides == ["l"] * 60 + ["r"] * 60
    assert sorted(i for block in page.blocks for i in block.words) == list(range(120))
