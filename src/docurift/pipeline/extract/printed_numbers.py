"""Numbers as they are printed: `1.234,50`, `1,234.50`, `1 234,50`, `1'234.50`, `-8,79`, `8,79-`, `EUR 12`."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from decimal import Decimal
from typing import Final

from docurift.model.result import Page, Word
from docurift.pipeline.lines import on_one_row

_MINUS: Final = str.maketrans({"−": "-", "–": "-", "’": "'"})  # noqa: RUF001 - the signs that are printed
# Around a number stand a currency, brackets or a colon; a per cent sign makes it a rate, a letter a name.
_NUMBER: Final = re.compile(
    r"[^\w%-]*(?:[A-Z]{3})?[^\w%-]*(-?)[^\w%-]*(\d[\d.,']*?)(-?)[^\w%-]*(?:[A-Z]{3})?[^\w%-]*", re.ASCII
)
_LONGEST: Final = 40  # characters; what is longer is no number, and would take long to be told so
_PLAIN: Final = re.compile(r"\d+(?:[.,]\d+)?", re.ASCII)
_GROUPED: Final = re.compile(r"\d{1,3}(?:([.,'])\d{3})(?:\1\d{3})*(?:(?!\1)[.,]\d+)?", re.ASCII)
_CENTS: Final = re.compile(r"\d([.,])\d\d", re.ASCII)
_HEAD_OF_GROUPS: Final = re.compile(r"-?\d{1,3}", re.ASCII)
_GROUP: Final = re.compile(r"\d{3}(?:[.,]\d+)?", re.ASCII)
_GROUP_DIGITS: Final = 3
_MOST_GROUPS: Final = 4
_GROUP_GAP_HEIGHTS: Final = 0.6
_DECIMAL_POINT: Final = frozenset({"en", "zh", "ja", "ko", "th", "he"})


def decimal_sign_of(pages: Iterable[Page], language: str | None) -> str:
    """The sign before the cents: what most amounts of the document show, else what the language is used to."""
    votes = Counter(
        found[1] for page in pages for word in page.words if (found := _CENTS.search(word.text[-6:])) is not None
    )
    if votes["."] != votes[","]:
        return "." if votes["."] > votes[","] else ","
    return "." if language in _DECIMAL_POINT else ","


def numbers_on(page: Page, sign: str) -> Iterator[tuple[Decimal, tuple[int, ...]]]:
    """Each number on the page, with the words that say it."""
    for i, word in enumerate(page.words):
        if not any(character.isdigit() for character in word.text):
            continue
        indexes = tuple(_run(page.words, i))
        text = "".join(page.words[k].text for k in indexes)
        value = number_of(text, sign)
        if value is None or _is_rate(page.words, indexes[-1]):
            continue
        if value and i and page.words[i - 1].text.translate(_MINUS) == "-" and _adjoin(page.words[i - 1], word):
            yield -value, (i - 1, *indexes)
            continue
        yield value, indexes


def number_of(text: str, sign: str) -> Decimal | None:
    """The number that `text` says, in a document whose decimal sign is `sign`; None if it is none."""
    found = _NUMBER.fullmatch(text.translate(_MINUS)) if len(text) <= _LONGEST else None
    if found is None:
        return None
    digits = found[2].rstrip(".,'")
    plain = _unsigned(digits, sign)
    if plain is None or (found[1] and found[3]):
        return None
    return -plain if found[1] or found[3] else plain


def _unsigned(digits: str, sign: str) -> Decimal | None:
    if _GROUPED.fullmatch(digits) and not _is_fraction(digits, sign):
        last = max(digits.rfind("."), digits.rfind(","))
        is_decimal = last >= 0 and digits.count(digits[last]) == 1 and any(c in digits[:last] for c in ".,'")
        whole, fraction = (digits[:last], digits[last + 1 :]) if is_decimal else (digits, "")
        return Decimal(re.sub(r"\D", "", whole) + "." + (fraction or "0"))
    return Decimal(digits.replace(",", ".")) if _PLAIN.fullmatch(digits) else None


def _is_fraction(digits: str, sign: str) -> bool:
    """`1.234` alone: a fraction where the document writes its fractions so, else thousands."""
    separators = [character for character in digits if not character.isdigit()]
    return separators == [sign] or digits.startswith("0")


def _run(words: Sequence[Word], start: int) -> list[int]:
    """The word, and the groups of three digits that follow it behind narrow blanks."""
    indexes = [start]
    if not _HEAD_OF_GROUPS.fullmatch(words[start].text.translate(_MINUS)):
        return indexes
    for i in range(start + 1, min(start + _MOST_GROUPS, len(words))):
        if not _GROUP.match(words[i].text) or not _adjoin(words[i - 1], words[i]):
            break
        indexes.append(i)
        if len(words[i].text) > _GROUP_DIGITS:
            break
    return indexes


def _adjoin(left: Word, right: Word) -> bool:
    height = max(left.box[3] - left.box[1], right.box[3] - right.box[1])
    return on_one_row(left.box, right.box) and right.box[0] - left.box[2] < _GROUP_GAP_HEIGHTS * height


def _is_rate(words: Sequence[Word], last: int) -> bool:
    return last + 1 < len(words) and words[last + 1].text.startswith("%")
