"""Blocks of address lines: found from the line of postal code and city upwards, with the label above them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.extract.found import Span, span_of
from docurift.pipeline.extract.invoice.labels import labels_in, phrases_for
from docurift.pipeline.extract.sheets import Segment, Sheet
from docurift.pipeline.values.addresses import Locality, is_street, locality_in
from docurift.pipeline.values.countries import country_of

_MAX_LINES: Final = 7
_MAX_LABEL_LINES: Final = 8
_ALIGNED_HEIGHTS: Final = 0.9
_MAX_PITCH_HEIGHTS: Final = 3.3
_MAX_PITCH_GROWTH: Final = 1.75
_BLANK_LINE_HEIGHTS: Final = 2.6
_MIN_LABEL_SHARE: Final = 0.5
_MAX_NAME: Final = 90
# Between the parts of a sender's address that is printed on one line.
_BULLETS: Final = re.compile(r"\s*[\u25cf\u2022\u00b7|\u2219\u25aa\u2666*]\s*|\s+[-\u2013\u2014]\s+")
_PARTS: Final = re.compile(_BULLETS.pattern + r"|,\s+")
_MIN_PARTS: Final = 3
_SALUTATION: Final = re.compile(
    r"(?i)^(?:herrn?|frau|firma|fa\.?|an|an die|mr\.?|mrs\.?|ms\.?|m\.|mme|monsieur|madame|soci\u00e9t\u00e9|"
    r"sr\.?|sra\.?|spett\.?le|egr\.?|dhr\.?|mevr\.?|to|attn\.?|exmo\.?\(?s?\)?|sz\.?\s?p\.?)\s*[:,.]?$"
)
_NO_NAME: Final = re.compile(
    r"(?i)^(?:c/o|attn|att|z\.?\s?hd|z\.?\s?h|\u00e0 l'attention|t\.?a\.?v|page|seite|tel|fax|www|http|e-?mail)\b"
)
_LABELLED: Final = re.compile(r"^[^\d:]{2,40}\s?:")
_CONTACT: Final = re.compile(
    r"(?i)\b(?:tel|telefon|phone|fon|fax|t\u00e9l|tel\u00e9fono|telefone|telefoon|mobile?|e-?mail|mail|www|http|iban|bic|"
    r"swift|web)\b|@"
)


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of text with its words: a line, or a part of one."""

    segment: Segment
    start: int
    end: int

    @property
    def text(self) -> str:
        """What it says."""
        return self.segment.text[self.start : self.end]

    def words(self) -> tuple[int, ...]:
        """Its words, as indexes into the page's."""
        return self.segment.words_at(self.start, self.end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """An address: the lines over the postal code, the first of them the name, and the label that says whose it is.
    `inline` is a sender's address on a single line.
    """

    sheet: Sheet
    lines: tuple[Part, ...]
    place: Part
    locality: Locality
    country_line: Part | None
    role: str | None
    inline: bool = False

    @property
    def name(self) -> Part | None:
        """The first line that can be a name."""
        return next((line for line in self.lines if _is_name(line.text)), None)

    @property
    def street(self) -> tuple[Part, ...]:
        """The lines between name and city, from the first that looks like a street on; all if none does."""
        name = self.name
        after = [line for line in self.lines if name is None or self.lines.index(line) > self.lines.index(name)]
        first = next((place for place, line in enumerate(after) if is_street(line.text)), 0)
        return tuple(after[first:])

    @property
    def top(self) -> Segment:
        """Its uppermost line."""
        return self.lines[0].segment if self.lines else self.place.segment

    def span(self, parts: Sequence[Part]) -> Span:
        """The words of these parts of it."""
        return span_of(self.sheet.page, [word for part in parts for word in part.words()])


def blocks_of(sheet: Sheet) -> list[Block]:
    """The addresses of a page, from top to bottom."""
    return [block for segment in sheet.segments if (block := _block(sheet, segment)) is not None]


def party_label(segment: Segment) -> tuple[str, int] | None:
    """The party that the segment names, and where its label ends, if it begins with one and is little else."""
    labels = labels_in(segment.text, phrases_for("party"))
    if not labels or labels[0].start > 1:
        return None
    if segment.text.endswith(":"):  # `Delivery address of the buyer:` is the delivery's
        return labels[0].role, len(segment.text)
    first = labels[0]
    rest = segment.text[first.end :].lstrip()
    if rest.startswith(":") or not rest:
        return first.role, first.end + len(segment.text[first.end :]) - len(rest.lstrip(" :"))
    last = labels[-1]
    whole = sum(label.share for label in labels) >= 0.99  # noqa: PLR2004 - nothing else is said
    return (last.role if last.share > _MIN_LABEL_SHARE else first.role, len(segment.text)) if whole else None


def _block(sheet: Sheet, segment: Segment) -> Block | None:
    parts = _parts(segment)
    found = [(place, part, where) for place, part in enumerate(parts) if (where := locality_in(part.text)) is not None]
    if not found:
        return None
    at, place, locality = found[0]
    if len(parts) >= _MIN_PARTS and at >= 1 and not _CONTACT.search(" ".join(part.text for part in parts[:at])):
        lines = tuple(part for part in parts[:at] if part.text)
        after = parts[at + 1] if at + 1 < len(parts) and country_of(parts[at + 1].text) else None
        return _block_of(sheet, lines, place, locality, country_line=after, role=None, inline=True)
    above, role = _lines_above(sheet, segment)
    if at >= 1:
        above.extend(part for part in parts[:at] if part.text)
    elif locality.start > 0 and (lead := place.text[: locality.start].rstrip(" ,")):
        above.append(Part(segment, place.start, place.start + len(lead)))
    return _block_of(sheet, tuple(above), place, locality, country_line=_country_below(sheet, segment), role=role)


def _block_of(
    sheet: Sheet,
    lines: tuple[Part, ...],
    place: Part,
    locality: Locality,
    *,
    country_line: Part | None,
    role: str | None,
    inline: bool = False,
) -> Block:
    return Block(
        sheet=sheet,
        lines=lines,
        place=place,
        locality=locality,
        country_line=country_line,
        role=role,
        inline=inline,
    )


def _parts(segment: Segment) -> list[Part]:
    """The parts between bullets or dashes, or else between commas, too; at least three of them, else the segment as it
    is.
    """
    for signs in (_BULLETS, _PARTS):
        parts = _split(segment, signs)
        if len(parts) >= _MIN_PARTS and any(locality_in(part.text) is not None for part in parts):
            return parts
    return [Part(segment, 0, len(segment.text))]


def _split(segment: Segment, signs: re.Pattern[str]) -> list[Part]:
    bounds = [0]
    for match in signs.finditer(segment.text):
        bounds += [match.start(), match.end()]
    bounds.append(len(segment.text))
    return [Part(segment, a, b) for a, b in zip(bounds[::2], bounds[1::2], strict=True)]


def _lines_above(sheet: Sheet, place: Segment) -> tuple[list[Part], str | None]:
    """The lines of the address from top to bottom, and whose it is as a label above or beside it says."""
    lines: list[Part] = []
    beyond: list[Part] = []  # lines over one that is no part of an address: its own only if a label stands over them
    role, ended = None, False
    for count, (one, gap) in enumerate(_upwards(sheet, place)):
        label = party_label(one)
        if label is not None:
            role = label[0]
            if label[1] < len(one.text):
                beyond.insert(0, Part(one, label[1], len(one.text)))
            lines = beyond + lines
            break
        if count >= _MAX_LABEL_LINES:
            break
        named = any(not is_street(line.text) for line in lines)
        belongs = _belongs(sheet, one)
        ended = ended or (gap and named) or len(lines) >= _MAX_LINES or not belongs
        if belongs:
            (beyond if ended else lines).insert(0, Part(one, 0, len(one.text)))
    return lines, role or _label_beside(sheet, lines)


def _upwards(sheet: Sheet, place: Segment) -> Iterator[tuple[Segment, bool]]:
    """What stands over it in the same column, the nearest first, and whether a blank line lies between; until a gap is
    wider than that.
    """
    current, pitch = place, None
    for row in reversed(sheet.rows[: sheet.row_number(place)]):
        over = [one for one in row if _aligned(one, place, sheet.aspect)]
        if not over:
            if current.box[1] - row[0].box[3] > _MAX_PITCH_HEIGHTS * place.size:
                return
            continue
        one = over[0]
        size = max(place.size, one.size)
        step = current.box[3] - one.box[3]
        gap = pitch is not None and step > max(_MAX_PITCH_GROWTH * pitch, 1.6 * size)
        if step > _MAX_PITCH_HEIGHTS * size or (gap and step > _BLANK_LINE_HEIGHTS * size):
            return
        pitch = step if pitch is None or gap else max(step, pitch)
        current = one
        yield one, gap


def _aligned(one: Segment, place: Segment, aspect: float) -> bool:
    allowed = _ALIGNED_HEIGHTS * max(one.size, place.size)
    left = abs(one.box[0] - place.box[0]) * aspect
    right = abs(one.box[2] - place.box[2]) * aspect
    centre = abs(one.box[0] + one.box[2] - place.box[0] - place.box[2]) / 2 * aspect
    # Lines set to the right or in the middle end together or have one axis, and do not begin together.
    return left <= allowed or right <= allowed / 3 or centre <= allowed / 4


def _label_beside(sheet: Sheet, lines: Sequence[Part]) -> str | None:
    if not lines:
        return None
    beside = next(sheet.left(lines[0].segment), None)
    label = party_label(beside) if beside is not None else None
    return label[0] if beside is not None and label is not None and label[1] >= len(beside.text.rstrip(" :")) else None


def _belongs(sheet: Sheet, one: Segment) -> bool:
    """Whether the line can be one of an address: no label with its value, no title, no account."""
    text = one.text
    if _LABELLED.search(text) or _CONTACT.search(text) or len(text) > _MAX_NAME:
        return False
    if any(locality_in(part.text) is not None for part in _parts(one)):
        return False
    row = sheet.row(one)
    after = row[row.index(one) + 1 :]
    if after and after[0].text.startswith(":"):
        return False
    numbers = labels_in(text, phrases_for("number"))
    if numbers and numbers[0].start == 0 and numbers[0].role != "title" and _is_label(text, numbers[0].share):
        return False
    titles = labels_in(text, phrases_for("title"))
    numbered = any(c.isdigit() for c in text)
    return not (titles and (titles[0].share > _MIN_LABEL_SHARE or (titles[0].start == 0 and numbered)))


def _is_label(text: str, share: float) -> bool:
    """Whether it is a label of a number, alone or with it: `GLN 4333741000005`."""
    return share > 0.95 and (not any(c.isdigit() for c in text) or sum(c.isdigit() for c in text) >= 5)  # noqa: PLR2004


def _is_name(text: str) -> bool:
    letters = sum(c.isalpha() for c in text)
    return letters >= 2 and not _SALUTATION.match(text.strip()) and not _NO_NAME.match(text)  # noqa: PLR2004


def _country_below(sheet: Sheet, place: Segment) -> Part | None:
    number = sheet.row_number(place)
    for row in sheet.rows[number + 1 : number + 3]:
        for one in row:
            near = one.box[3] - place.box[3] <= _MAX_PITCH_HEIGHTS * place.size
            if near and _aligned(one, place, sheet.aspect) and len(one.text) > 1:
                for text in (one.text, *one.text.split(" / ")):
                    if country_of(text):
                        start = one.text.find(text)
                        return Part(one, start, start + len(text))
                return None
    return None
