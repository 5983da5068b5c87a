"""Values of transport papers: container and air waybill numbers, tariff codes, weights, volumes, dimensions, times."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from docurift.pipeline.values.amounts import NumberStyle, amounts_in
from docurift.pipeline.values.identifiers import Identifier

_GAP: Final = r"[ \u00a0./-]?"
_CONTAINER: Final = re.compile(
    rf"(?<![A-Za-z0-9])([A-Z]{{3}}[UJZ]){_GAP}([0-9]{{3}}){_GAP}([0-9]{{3}}){_GAP}([0-9])(?![A-Za-z0-9])"
)
_AWB: Final = re.compile(r"(?<![A-Za-z0-9-])([0-9]{3})[ \u00a0-]{0,3}([0-9]{4})[ \u00a0]?([0-9]{4})(?![A-Za-z0-9-])")
_HS: Final = re.compile(
    r"(?<![\w.,])(?:[0-9]{4}[. ]?[0-9]{2}(?:[. ]?[0-9]{2}(?:[. ]?[0-9]{2})?)?|[0-9]{2}\.[0-9]{2}\.[0-9]{2})"
    r"(?![\w.,]\w|\w)"
)
_IATA: Final = re.compile(r"(?<![A-Za-z])[A-Z]{3}(?![A-Za-z])")
_TIME: Final = re.compile(
    r"(?<![\w.:,/-])(?P<hour>[01]?[0-9]|2[0-3])(?:[:hH.]|\s?h\s?)(?P<minute>[0-5][0-9])(?::[0-5][0-9])?"
    r"(?:\s?(?P<half>[AaPp]\.?[Mm]\.?))?(?![\w:,/]|\.\d)"
)
_MASSES: Final = r"kgs?\.?|k|kilos?|kilograms?|kilogramm|kilogrammes?|lbs?\.?|pounds?|mt|tonnes?|tons?|to\.|t|g"
_VOLUMES: Final = r"m3|m\u00b3|cbm|cu\.?\s?m|cft|cu\.?\s?ft|ft3|ft\u00b3|litres?|liters?|l"
_LENGTHS: Final = r"mm|cm|m|in|inch(?:es)?|ft|\""
_MASS: Final = re.compile(rf"(?<![^\W\d_])(?:{_MASSES})(?![\w\u00b3])", re.IGNORECASE)
_VOLUME: Final = re.compile(rf"(?<![^\W\d_])(?:{_VOLUMES})(?![\w\u00b3])", re.IGNORECASE)
_TIMES_SIGN: Final = r"\s?(?:cm|mm|in|m)?\s?[xX\u00d7*]\s?"
_SIDE: Final = r"(\d{1,5}(?:[.,]\d{1,3})?)"
_DIMENSIONS: Final = re.compile(
    rf"(?<![\w.,]){_SIDE}{_TIMES_SIGN}{_SIDE}{_TIMES_SIGN}{_SIDE}(?:\s?(?P<unit>{_LENGTHS})(?![\w]))?", re.IGNORECASE
)
_POUNDS: Final = ("l", "p")
_SOUND_PREFIX: Final = range(1, 98)  # of tariff chapters, 1 to 97
_NOON: Final = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """A number with the unit printed beside it, if one is: `text[start:end]` says the number, `unit_at` the unit."""

    start: int
    end: int
    value: Decimal
    unit: str | None = None
    unit_at: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Dimensions:
    """Length, width and height, with the unit behind them: `text[start:end]` says all of it."""

    start: int
    end: int
    sides: tuple[tuple[int, int], ...]
    values: tuple[Decimal, ...]
    unit: tuple[int, int] | None = None


def container_numbers_in(text: str) -> list[Identifier]:
    """Numbers of containers (ISO 6346), from left to right, with what their check digit says."""
    found: list[Identifier] = []
    for match in _CONTAINER.finditer(text):
        value = "".join(match.groups())
        sound = container_number_is_sound(value)
        found.append(Identifier(start=match.start(), end=match.end(), value=value, sound=sound))
    return found


def container_number_is_sound(number: str) -> bool:
    """ISO 6346, annex A: letters count 10, 12, 13 and so on without multiples of 11, places weigh powers of two."""
    letters: dict[str, int] = {}
    value = 10
    for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ":
        value += value % 11 == 0
        letters[letter] = value
        value += 1
    total = sum((letters[c] if c in letters else int(c)) << place for place, c in enumerate(number[:10]))
    return total % 11 % 10 == int(number[10])


def awb_numbers_in(text: str) -> list[Identifier]:
    """Numbers of air waybills: an airline's prefix, a serial number, its remainder by seven (IATA resolution 600a)."""
    found: list[Identifier] = []
    for match in _AWB.finditer(text):
        value = "".join(match.groups())
        sound = int(value[3:10]) % 7 == int(value[10])
        found.append(Identifier(start=match.start(), end=match.end(), value=value, sound=sound))
    return found


def hs_codes_in(text: str) -> list[Identifier]:
    """Codes of the Harmonized System, 6 to 10 digits, from left to right; only their label says that they are."""
    return [
        Identifier(start=match.start(), end=match.end(), value=value)
        for match in _HS.finditer(text)
        if int((value := re.sub(r"\D", "", match.group()))[:2]) in _SOUND_PREFIX
    ]


def iata_codes_in(text: str) -> list[Identifier]:
    """Words of three capitals, as airports are called."""
    return [Identifier(start=m.start(), end=m.end(), value=m.group()) for m in _IATA.finditer(text)]


def times_in(text: str) -> list[Identifier]:
    """Times of the day as `HH:MM` of 24 hours, from left to right."""
    found: list[Identifier] = []
    for match in _TIME.finditer(text):
        hour, half = int(match["hour"]), (match["half"] or "").lower()
        if half and not 1 <= hour <= _NOON:
            continue
        if half:
            hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
        found.append(Identifier(start=match.start(), end=match.end(), value=f"{hour:02}:{match['minute']}"))
    return found


def weights_in(text: str, style: NumberStyle) -> list[Quantity]:
    """Numbers with the unit of mass beside them, if one is."""
    return _quantities(text, style, _MASS)


def volumes_in(text: str, style: NumberStyle) -> list[Quantity]:
    """Numbers with the unit of volume beside them, if one is."""
    return _quantities(text, style, _VOLUME)


def unit_of_mass_in(text: str) -> tuple[int, int] | None:
    """Where the text names a unit of mass, as in `Weight (kg)`."""
    match = _MASS.search(text)
    return None if match is None else match.span()


def unit_of_volume_in(text: str) -> tuple[int, int] | None:
    """Where the text names a unit of volume."""
    match = _VOLUME.search(text)
    return None if match is None else match.span()


def is_pounds(unit: str) -> bool:
    """Whether the unit of mass is the pound."""
    return unit.casefold().startswith(_POUNDS)


def dimensions_in(text: str) -> list[Dimensions]:
    """Lengths, widths and heights such as `120 x 80 x 95 cm`."""
    found: list[Dimensions] = []
    for match in _DIMENSIONS.finditer(text):
        values = tuple(Decimal(side.replace(",", ".")) for side in match.groups()[:3])
        unit = match.span("unit") if match["unit"] else None
        sides = tuple(match.span(group) for group in (1, 2, 3))
        found.append(Dimensions(start=match.start(), end=match.end(), sides=sides, values=values, unit=unit))
    return found


def _quantities(text: str, style: NumberStyle, unit: re.Pattern[str]) -> list[Quantity]:
    found: list[Quantity] = []
    for amount in amounts_in(_parted(text, unit), style):
        if amount.percent or amount.currency:
            continue
        behind = unit.match(text, _after_blanks(text, amount.end))
        at = None if behind is None else behind.span()
        found.append(
            Quantity(
                start=amount.start,
                end=amount.end,
                value=amount.value,
                unit=None if at is None else text[at[0] : at[1]],
                unit_at=at,
            )
        )
    return found


def _parted(text: str, unit: re.Pattern[str]) -> str:
    """`12KG` with its unit blanked out, so that it is read as a number; every place stays what it was."""
    return unit.sub(lambda match: " " * len(match.group()), text)


def _after_blanks(text: str, place: int) -> int:
    while place < len(text) and text[place] in " \u00a0([":
        place += 1
    return place
