"""Tesseract, through tesserocr, for the scripts that the rapidocr wheel does not read."""

from pathlib import Path

import tesserocr
from PIL import Image

from docurift.engines.ocr_image import Grey
from docurift.engines.ocr_words import LineWord

NAME = "tesseract"
_USUAL_DPI = 200
_LEAST_DPI, _MOST_DPI = 70, 1200
_LEVELS = (tesserocr.RIL.TEXTLINE, tesserocr.RIL.WORD)

# ISO 639-1 to Tesseract's file names; others are tried under their own code.
_CODES = {
    "af": "afr", "am": "amh", "ar": "ara", "az": "aze", "be": "bel", "bg": "bul", "bn": "ben", "bs": "bos",
    "ca": "cat", "cs": "ces", "cy": "cym", "da": "dan", "de": "deu", "dv": "div", "el": "ell", "en": "eng",
    "eo": "epo", "es": "spa", "et": "est", "eu": "eus", "fa": "fas", "fi": "fin", "fr": "fra", "ga": "gle",
    "gl": "glg", "gu": "guj", "he": "heb", "hi": "hin", "hr": "hrv", "hu": "hun", "hy": "hye", "id": "ind",
    "is": "isl", "it": "ita", "ja": "jpn", "ka": "kat", "kk": "kaz", "km": "khm", "kn": "kan", "ko": "kor",
    "ky": "kir", "la": "lat", "lb": "ltz", "lo": "lao", "lt": "lit", "lv": "lav", "mk": "mkd", "ml": "mal",
    "mn": "mon", "mr": "mar", "ms": "msa", "mt": "mlt", "my": "mya", "nb": "nor", "ne": "nep", "nl": "nld",
    "nn": "nor", "no": "nor", "pa": "pan", "pl": "pol", "ps": "pus", "pt": "por", "ro": "ron", "ru": "rus",
    "sd": "snd", "si": "sin", "sk": "slk", "sl": "slv", "sq": "sqi", "sr": "srp", "sv": "swe", "sw": "swa",
    "ta": "tam", "te": "tel", "tg": "tgk", "th": "tha", "tr": "tur", "tt": "tat", "ug": "uig", "uk": "ukr",
    "ur": "urd", "vi": "vie", "yi": "yid", "zh": "chi_sim",
}  # fmt: skip
_USUAL_FOLDERS = (
    "/usr/share/tesseract-ocr/5/tessdata",
    "/usr/share/tesseract-ocr/4.00/tessdata",
    "/usr/share/tessdata",
    "/usr/local/share/tessdata",
    "/opt/homebrew/share/tessdata",
)


def language_code(language: str) -> str:
    """Tesseract's name for the ISO 639-1 code `language`."""
    return _CODES.get(language, language)


def data_folder(prefix: str | None) -> Path | None:
    """The folder of Tesseract's language data: `prefix` (TESSDATA_PREFIX), else where the systems put it; None if no
    data is installed.
    """
    for folder in (prefix, *_USUAL_FOLDERS):
        if folder and any(Path(folder).glob("*.traineddata")):
            return Path(folder)
    return None


def languages(folder: Path | None) -> frozenset[str]:
    """The codes, Tesseract's own, of the languages whose data lies in `folder`."""
    return frozenset(path.stem for path in folder.glob("*.traineddata")) if folder else frozenset()


class TesseractReader:
    """Reads straightened pages with Tesseract's data in one folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, pixels: Grey, language: str, dpi: float | None) -> list[list[LineWord]]:
        """The lines in `pixels`, each as its words from left to right. The language's data must be installed."""
        resolution = int(min(max(dpi or _USUAL_DPI, _LEAST_DPI), _MOST_DPI))
        with tesserocr.PyTessBaseAPI(
            path=str(self._folder), lang=language_code(language), psm=tesserocr.PSM.AUTO
        ) as engine:
            engine.SetImage(Image.fromarray(pixels))
            engine.SetSourceResolution(resolution)
            engine.Recognize()
            return _lines(engine)


def _lines(engine: tesserocr.PyTessBaseAPI) -> list[list[LineWord]]:
    lines: list[list[LineWord]] = []
    line, word = _LEVELS
    iterator = engine.GetIterator()
    for item in tesserocr.iterate_level(iterator, word) if iterator else ():
        if item.IsAtBeginningOf(line):
            lines.append([])
        box, text = item.BoundingBox(word), item.GetUTF8Text(word)
        if box and text and text.strip():
            x0, y0, x1, y1 = (float(side) for side in box)
            lines[-1].append(LineWord(text.strip(), item.Confidence(word) / 100, (x0, y0, x1, y1)))
    return [words for words in lines if words]
