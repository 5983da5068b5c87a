"""Fonts: reportlab's own, and Debian's DejaVu and Liberation where they are installed."""

import unicodedata
from functools import cache
from pathlib import Path
from typing import Final

import reportlab
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

_FOLDERS: Final = (
    Path(reportlab.__file__).parent / "fonts",
    Path("/usr/share/fonts/truetype/dejavu"),
    Path("/usr/share/fonts/truetype/liberation"),
)
_FILES: Final = {
    "Vera": ("Vera.ttf", "VeraBd.ttf"),
    "DejaVuSans": ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf"),
    "DejaVuSerif": ("DejaVuSerif.ttf", "DejaVuSerif-Bold.ttf"),
    "DejaVuSansMono": ("DejaVuSansMono.ttf", "DejaVuSansMono-Bold.ttf"),
    "DejaVuSansCondensed": ("DejaVuSansCondensed.ttf", "DejaVuSansCondensed-Bold.ttf"),
    "LiberationSans": ("LiberationSans-Regular.ttf", "LiberationSans-Bold.ttf"),
}
_BUILT_IN: Final = {
    "Helvetica": ("Helvetica", "Helvetica-Bold"),
    "Times": ("Times-Roman", "Times-Bold"),
    "Courier": ("Courier", "Courier-Bold"),
}
_PLAIN: Final = str.maketrans("łŁøØđĐ", "lLoOdD")


@cache
def faces(family: str) -> tuple[str, str]:
    """The regular and the bold face of a family; Vera where it is not installed."""
    if family in _BUILT_IN:
        return _BUILT_IN[family]
    found = [next((f / name for f in _FOLDERS if (f / name).is_file()), None) for name in _FILES[family]]
    if found[0] is None or found[1] is None:
        return faces("Vera")
    for name, path in zip((family, f"{family}-Bold"), found, strict=True):
        pdfmetrics.registerFont(TTFont(name, str(path)))
    return family, f"{family}-Bold"


def printable(text: str, face: str) -> str:
    """`text` as the face can print it: letters that it lacks lose their accents, as old systems print them."""
    return "".join(c if _has(c, face) else _without_accent(c, face) for c in text)


def _has(letter: str, face: str) -> bool:
    font = pdfmetrics.getFont(face)
    if isinstance(font, TTFont):
        return ord(letter) in font.face.charToGlyph
    try:
        letter.encode("cp1252")
    except UnicodeEncodeError:
        return False
    return True


def _without_accent(letter: str, face: str) -> str:
    plain = "".join(c for c in unicodedata.normalize("NFD", letter.translate(_PLAIN)) if not unicodedata.combining(c))
    return plain if plain and all(_has(c, face) for c in plain) else "?"
