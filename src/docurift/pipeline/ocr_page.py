"""From an OCR reading to a page: the same for scans inside PDFs and for images."""

from itertools import groupby

import numpy as np

from docurift.model.result import Box, LengthUnit, Page, ResultWarning, Table, TextSource, WarningCode, Word
from docurift.model.work import OcrReading
from docurift.pipeline.blocks import blocks_of
from docurift.pipeline.lines import Line, line_of
from docurift.pipeline.ports import Pixels, TableFinder
from docurift.pipeline.reading_order import in_reading_order

# Heights of recognized words swing with their letters: "sun" is lower than "Sky".
_HEADING_RATIO = 1.4


def page_from_reading(
    reading: OcrReading,
    *,
    number: int,
    width: float,
    height: float,
    unit: LengthUnit,
    rotation: int = 0,
    pixels: Pixels | None = None,
    tables: TableFinder | None = None,
    warnings: tuple[ResultWarning, ...] = (),
) -> Page:
    """Page `number` as it was read, upright, words and blocks in reading order.

    `width` and `height` are of the page as it was given to OCR, `pixels` what OCR was given (for the ruling lines of
    tables), `rotation` the turn in degrees clockwise that was applied before. A reading that was turned by a quarter
    swaps width and height. `tables` is None where no tables are wanted.
    """
    if reading.rotation % 180:
        width, height = height, width
    words, lines = _words_and_lines(reading, width / height)
    found: tuple[Table, ...] = ()
    if tables is not None and words:
        found = tables.find(words, None if pixels is None else np.rot90(pixels, -reading.rotation // 90))
    return Page(
        number=number,
        width=width,
        height=height,
        unit=unit,
        rotation=(rotation + reading.rotation) % 360,
        text_source=TextSource.OCR if words else TextSource.NONE,
        words=words,
        blocks=blocks_of(words, lines, tables=found, heading_ratio=_HEADING_RATIO),
        tables=found,
        engine=reading.engine,
        warnings=(*warnings, *_language_warning(reading, number)),
    )


def _words_and_lines(reading: OcrReading, aspect: float) -> tuple[tuple[Word, ...], list[Line]]:
    ordered = sorted((word for word in reading.words if word.text.strip()), key=lambda word: word.line)
    words = [Word(word.text.strip(), _share(word.box, reading), word.confidence) for word in ordered]
    lines = [
        line_of(words, [i for i, _ in run]) for _, run in groupby(enumerate(ordered), key=lambda pair: pair[1].line)
    ]
    lines = in_reading_order(words, lines, aspect)
    order = [i for line in lines for i in line.words]
    place = {old: new for new, old in enumerate(order)}
    moved = [Line(tuple(place[i] for i in line.words), line.box, line.size) for line in lines]
    return tuple(words[i] for i in order), moved


def _share(box: Box, reading: OcrReading) -> Box:
    x0, y0, x1, y1 = box
    return (
        round(min(max(x0 / reading.width, 0.0), 1.0), 5),
        round(min(max(y0 / reading.height, 0.0), 1.0), 5),
        round(min(max(x1 / reading.width, 0.0), 1.0), 5),
        round(min(max(y1 / reading.height, 0.0), 1.0), 5),
    )


def _language_warning(reading: OcrReading, number: int) -> tuple[ResultWarning, ...]:
    if reading.missing_language is None:
        return ()
    message = f"OCR has no data for the language `{reading.missing_language}` here; the page was read without it."
    return (ResultWarning(code=WarningCode.LANGUAGE_DATA_MISSING, message=message, page=number),)
