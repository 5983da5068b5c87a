"""Sets right what OCR misread in common words of names and addresses: `JA:AN` is no word, `JALAN` is.

Only words that OCR itself is unsure of, that are one slip away from exactly one known word. The quotation stays as it
was read.
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from docurift.model.result import Word
from docurift.pipeline.extract.receipt import cues
from docurift.pipeline.extract.receipt.rows import Row

# More than eight in ten of OCR's words on receipts are surer than this; the misread words looked at were not.
_UNSURE: Final = 0.9
_SURE: Final = 0.95
_SHORTEST: Final = 3
_LONG: Final = 5
_TOKEN: Final = re.compile(r"[^\s,()]+")
_EDGES: Final = ".,;:'\"*-"

_WORDS: Final = (
    # forms of companies and what shops call themselves
    "sdn bhd s/b berhad ltd limited gmbh enterprise enterprises trading hardware restaurant restaurants restoran "
    "ristorante restaurante pharmacy farmacia apotheke pharmacie supermarket supermarkt supermercado supermarche "
    "marketing services service stationery electrical furnishing bakery kitchen seafood company corporation industries "
    "holdings motors station market hypermarket perniagaan syarikat pasaraya "
    # streets, buildings and their parts
    "jalan jln lorong lrg lebuh lebuhraya persiaran taman tmn bandar kampung kampong mukim kawasan perindustrian "
    "seksyen desa dataran pusat medan batu bukit sungai lot unit block blok level tingkat ground floor basement plaza "
    "shopping centre center complex kompleks bangunan wisma menara tower square street road avenue lane drive "
    "boulevard strasse platz allee calle avenida piazza viale corso ulica straat utama baru indah jaya setia "
    "1st 2nd 3rd 4th "
    # states and great cities
    "johor kedah kelantan melaka pahang perak perlis penang pinang sabah sarawak selangor terengganu kuala lumpur "
    "wilayah persekutuan putrajaya darul ehsan takzim petaling shah alam ipoh bahru klang cheras subang puchong kajang "
    "serdang kepong seremban damansara malaysia singapore"
)


def _shape(word: str) -> str:
    """`word` without what OCR cannot tell apart."""
    return cues.folded(word).translate(_ALIKE)


_ALIKE: Final = str.maketrans({
    "1": "l", "i": "l", "!": "l", "|": "l", "0": "o", "u": "o", "d": "o", "q": "o", "8": "b", "5": "s",
    ".": None, ":": None, "_": None,
})  # fmt: skip
_KNOWN: Final = frozenset(_WORDS.split())
_BY_SHAPE: Final[dict[str, set[str]]] = {}
for _word in sorted(_KNOWN):
    _BY_SHAPE.setdefault(_shape(_word), set()).add(_word)


def is_plain(rows: Iterable[Row]) -> bool:
    """Whether the receipt is in a language without accents: none of the words that OCR is sure of has one."""
    return not any(
        word.confidence >= _SURE and _unaccented(word.text) != word.text for row in rows for word in words_of(row)
    )


def words_of(row: Row) -> list[Word]:
    """The words of the row."""
    return [row.page.words[i] for i in row.words]


def mended(row: Row, start: int, end: int, *, plain: bool) -> tuple[str, float]:
    """What `row.text[start:end]` says, misread common words set right, and how sure OCR is of the least sure word left.

    `plain` strips accents off the words that OCR is unsure of.
    """
    parts: list[str] = []
    last, least = start, 1.0
    for match in _TOKEN.finditer(row.text, start, end):
        sure = row.confidence(*match.span())
        token = match.group()
        said = _said(token, sure, plain=plain)
        if any(c.isalnum() for c in token):
            least = min(least, sure if said == token else max(sure, _UNSURE))
        parts += [row.text[last : match.start()], said]
        last = match.end()
    return "".join(parts) + row.text[last:end], least


def _said(token: str, sure: float, *, plain: bool) -> str:
    if sure >= _UNSURE:
        return token
    if plain:
        token = _unaccented(token)
    word = token.strip(_EDGES)
    known = _known(word) if len(word) >= _SHORTEST else None
    return token if known is None else token.replace(word, _cased(known, word), 1)


def _known(word: str) -> str | None:
    """The one common word that `word` is a slip away from."""
    if cues.folded(word) in _KNOWN:
        return None
    shape = _shape(word)
    near = set(_BY_SHAPE.get(shape, ()))
    if not near and len(shape) >= _LONG - 1:
        near = {
            one for other, words in _BY_SHAPE.items() if len(other) >= _LONG and _is_slip(shape, other) for one in words
        }
    return near.pop() if len(near) == 1 else None


def _is_slip(a: str, b: str) -> bool:
    """Whether one sign was changed, lost or added, not at the beginning of both."""
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    if len(a) == len(b):
        return a[start + 1 :] == b[start + 1 :]
    return a[start + (len(a) > len(b)) :] == b[start + (len(b) > len(a)) :]


def _cased(known: str, like: str) -> str:
    letters = [c for c in like if c.isalpha()]
    if sum(c.isupper() for c in letters) > len(letters) / 2:
        return known.upper()
    return known.capitalize() if letters[:1] and letters[0].isupper() else known


def _unaccented(text: str) -> str:
    return "".join(_bare(c) for c in text)


def _bare(character: str) -> str:
    if character < "\x80" or not character.isalpha():
        return character
    base = unicodedata.normalize("NFD", character)[0]
    return base if base < "\x80" else character
