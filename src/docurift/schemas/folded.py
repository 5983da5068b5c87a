"""Text as labels are compared: without case, accents and signs, number words alike."""

import re
import unicodedata
from functools import lru_cache
from typing import Final

_NUMBER_WORDS: Final = frozenset(
    ("no nr n nbr num number nummer numero numer numéro nº n° nro n.º nos nrs").split()  # noqa: SIM905 -- to be read
)
_SIGNS: Final = re.compile(r"[^\w]+|_+")
_SINGLE_LETTERS: Final = re.compile(r"\b(\w)(?: (\w)\b)+")


@lru_cache(maxsize=50_000)
def folded(text: str) -> str:
    """`N.º de Conteneur:` is `no de conteneur`; `B/L No.` is `bl no`."""
    # Only the ordinal's own sign says "number"; NFKD makes it a letter.
    plain = text.replace("\u2116", " no ").replace("#", " no ").replace("\u00ba", "o").replace("\u00b0", "o")
    decomposed = unicodedata.normalize("NFKD", plain.replace("\u0142", "l").replace("\u0141", "l").casefold())
    kept = "".join(c for c in decomposed if not unicodedata.combining(c))
    spaced = _SIGNS.sub(" ", kept).strip()
    joined = _SINGLE_LETTERS.sub(lambda match: match.group().replace(" ", ""), spaced)
    return " ".join("no" if word in _NUMBER_WORDS else word for word in joined.split())
