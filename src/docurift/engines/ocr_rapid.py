"""The reader that needs nothing but its wheel: PP-OCRv6 detection and recognition."""

from docurift.engines.ocr_detector import Detector, LineBox
from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_leftover import leftovers
from docurift.engines.ocr_recognizer import Recognizer, cut
from docurift.engines.ocr_words import LineWord, words_of

NAME = "rapidocr"
# Detection finds all that it ever finds at this size; recognition cuts its lines from the full image.
LONG_SIDE = 1440
_LEAST_CONFIDENCE = 0.5
_LEAST_CONFIDENCE_OF_LEFTOVERS = 0.9
_PROBES = 6


class RapidReader:
    """Reads straightened pages with the models of the rapidocr wheel."""

    def __init__(self) -> None:
        self._detector = Detector()
        self._recognizer = Recognizer()

    def read(self, pixels: Grey, language: str) -> list[list[LineWord]]:
        """The pieces of text lines in `pixels`, in no order, each as its words from left to right. `language` (ISO
        639-1) tells whether Chinese and Japanese characters are to be expected.
        """
        found = self._detector.find(pixels, LONG_SIDE)
        pieces = [self._words(pixels, box, language, _LEAST_CONFIDENCE) for box in found]
        pieces += [
            self._words(pixels, box, language, _LEAST_CONFIDENCE_OF_LEFTOVERS) for box in leftovers(pixels, found)
        ]
        return [words for words in pieces if words]

    def legibility(self, pixels: Grey) -> float:
        """How well the longest lines of `pixels` read, 0-1: low for a page that lies on its side or on its head."""
        lines = sorted(self._detector.find(pixels, LONG_SIDE // 2), key=lambda box: box.length / box.height)[-_PROBES:]
        confidences = [
            word.confidence for box in lines for word in self._words(pixels, box, "", 0.0) if len(word.text) > 1
        ]
        return sum(confidences) / len(confidences) if confidences else 0.0

    def _words(self, pixels: Grey, box: LineBox, language: str, least: float) -> list[LineWord]:
        strip = cut(pixels, box)
        words = words_of(strip, self._recognizer.read(strip, language))
        mean = sum(word.confidence for word in words) / max(1, len(words))
        return words if mean >= least else []
