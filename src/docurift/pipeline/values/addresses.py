"""The lines of postal addresses: postal code and city, by the patterns of countries."""

import re
from dataclasses import dataclass
from typing import Final

from docurift.pipeline.values.countries import country_of, country_of_prefix

_STATES = (
    "AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK "
    "OR PA RI SC SD TN TX UT VT VA WA WV WI WY DC PR"
)
_US_STATES: Final = frozenset(_STATES.split())
_CA_PROVINCES: Final = "AB|BC|MB|NB|NL|NS|NT|NU|ON|PE|QC|SK|YT"
_CA_CODE: Final = r"[A-Z]\d[A-Z]\s?\d[A-Z]\d"
_GB_CODE: Final = r"[A-Z]{1,2}\d[A-Z\d]?\s\d[A-Z]{2}"
_AU_STATES: Final = "NSW|VIC|QLD|WA|SA|TAS|ACT|NT"
_BR_STATES: Final = "AC|AL|AP|AM|BA|CE|DF|ES|GO|MA|MT|MS|MG|PA|PB|PR|PE|PI|RJ|RN|RS|RO|RR|SC|SP|SE|TO"

_CITY: Final = r"(?P<city>[^\W\d_][^\d,;:|]{1,40}?(?:\s(?:CEDEX|Cedex)(?:\s\d{1,2})?|\s\d{1,2}(?=$))?)"
# In US forms the city comes first, and what stands before it (a street) ends in a comma or nothing.
_WEST_CITY: Final = r"(?P<city>[^\W\d_][^\d,;:|]{1,38}?)"
_PREFIX: Final = r"(?:(?P<prefix>[A-Z]{1,3})(?:\s?[-\u2013]\s?|\s))?"
_TAIL: Final = r"(?:\s*[,\u2013(]\s*(?P<tail>[^\d,;:|()]{2,40})\)?)?"
# Some printers set no blank: 88802Spielkreis.
_JOINT: Final = r"(?:\s+|(?=[^\W\d_][a-z\u00df-\u00ff]))"
_AFTER: Final = r"(?:,?\s+(?P<tail>\D{2,30}))?"
_PROVINCE: Final = r"(?:\s+\(?(?P<state>[A-Z]{2})\)?)?"
_BEGIN: Final = r"(?:^|,\s*)"
_END: Final = r"\s*[,.;]?\s*$"
_FORMS: Final = tuple(
    (re.compile(form), country)
    for form, country in (
        (rf"{_BEGIN}{_WEST_CITY},?\s+(?P<state>[A-Z]{{2}}),?\s+(?P<code>\d{{5}}(?:-\d{{4}})?){_AFTER}{_END}", "US"),
        (rf"{_BEGIN}{_WEST_CITY},?\s+\(?(?P<state>{_CA_PROVINCES})\)?,?\s+(?P<code>{_CA_CODE}){_AFTER}{_END}", "CA"),
        (rf"{_BEGIN}{_WEST_CITY},?\s+(?P<state>{_AU_STATES}),?\s+(?P<code>\d{{4}}){_AFTER}{_END}", "AU"),
        (rf"{_BEGIN}{_WEST_CITY}\s?[-/,]\s?(?P<state>{_BR_STATES})\s?[-,]?\s*(?P<code>\d{{5}}-\d{{3}}){_END}", "BR"),
        (rf"{_BEGIN}{_PREFIX}(?P<code>{_GB_CODE})\s+{_CITY}{_TAIL}{_END}", "GB"),
        (rf"{_BEGIN}(?:{_WEST_CITY},?\s+)?(?P<code>{_GB_CODE}){_AFTER}{_END}", "GB"),
        (rf"{_BEGIN}{_PREFIX}(?P<code>\d{{4}}\s?[A-Z]{{2}})\s+{_CITY}{_TAIL}{_END}", "NL"),
        (rf"{_BEGIN}{_PREFIX}(?P<code>\d{{2}}-\d{{3}})\s+{_CITY}{_TAIL}{_END}", "PL"),
        (rf"{_BEGIN}{_PREFIX}(?P<code>\d{{4}}-\d{{3}})\s+{_CITY}{_TAIL}{_END}", "PT"),
        (rf"{_BEGIN}{_PREFIX}(?P<code>\d{{3}}\s\d{{2}})\s+{_CITY}{_TAIL}{_END}", None),
        (rf"{_BEGIN}{_PREFIX}(?P<code>\d{{4,6}}){_JOINT}{_CITY}{_PROVINCE}{_TAIL}{_END}", None),
        (rf"{_BEGIN}{_WEST_CITY}\s*[-\u2013,]?\s+(?P<code>\d{{6}}){_AFTER}{_END}", None),
    )
)  # fmt: skip
_SURE: Final = {"PL", "PT", "NL", "CA", "AU", "GB"}
_MAX_LINE: Final = 160
_STREET: Final = re.compile(
    r"(?i)\b(?:street|st\.?|road|rd\.?|avenue|ave\.?|lane|drive|boulevard|blvd|square|way|court|place|suite|floor|p\.?\s?o\.?\s?box|"
    r"rue|chemin|all\u00e9e|impasse|quai|cours|calle|c/|avda\.?|avenida|plaza|paseo|via|viale|piazza|corso|"
    r"ul\.|ulica|al\.|aleja|rua|travessa|postfach|am|zum)(?:\s|$)"
    r"|(?:stra\u00dfe|strasse|str\.|weg|platz|gasse|allee|ring|damm|ufer|straat|laan|plein|gracht|kade|gatan|v\u00e4gen|vej|veien)\b"
)
# `1200 Harbor Blvd`, `1242 Chemin de l'Olive`: a house number of four digits is no postal code.
_STREET_NAME: Final = re.compile(
    r"(?i)(?:\b(?:street|st|road|rd|avenue|ave|lane|ln|drive|dr|boulevard|blvd|square|sq|way|court|ct|terrace|hwy|highway|"
    r"parkway|pkwy|circle|trail)\.?$)|^(?:rue|chemin|avenue|all\u00e9e|boulevard|impasse|route|calle|camino|avenida|via|viale)\s"
)
_HOUSE_NUMBER: Final = re.compile(r"(?:^|\s)\d{1,5}\s?[a-zA-Z]?(?:\s?[-/]\s?\d{1,4}\s?[a-zA-Z]?)?(?:$|[,\s])")


@dataclass(frozen=True, slots=True, kw_only=True)
class Locality:
    """The line of postal code and city: places in the line as pairs of start and end. `country` is what its prefix, its
    end or its form says, `country_at` where.
    """

    start: int
    end: int
    postal_code: tuple[int, int]
    city: tuple[int, int] | None = None
    state: tuple[int, int] | None = None
    country: str | None = None
    country_at: tuple[int, int] | None = None


def locality_in(line: str) -> Locality | None:
    """The postal code and city that end `line`, if they do."""
    if len(line) > _MAX_LINE or not any(c.isdigit() for c in line):
        return None
    for form, country in _FORMS:
        match = form.search(line)
        if match is not None and _is_place(match, country):
            return _locality(match, country)
    return None


def is_street(line: str) -> bool:
    """Whether `line` looks like a street or a post box with its number."""
    numbered = _HOUSE_NUMBER.search(line) is not None and any(c.isalpha() for c in line)
    return numbered or _STREET.search(line) is not None


def _is_place(match: re.Match[str], country: str | None) -> bool:
    city = match["city"]
    if city is None:
        return country == "GB"
    if sum(c.isalpha() for c in city) < 2 or not city[0].isupper():  # noqa: PLR2004
        return False
    if country == "US":
        return match["state"] in _US_STATES
    if _STREET_NAME.search(city):
        return False
    prefix = match.groupdict().get("prefix")
    return not prefix or country_of_prefix(prefix) is not None


def _locality(match: re.Match[str], country: str | None) -> Locality:
    names = match.groupdict()
    told, at = None, None
    prefix, tail = names.get("prefix"), names.get("tail")
    if prefix:
        told, at = country_of_prefix(prefix), match.span("prefix")
    elif tail and (told := country_of(tail)):
        at = match.span("tail")
    city = match.span("city") if names["city"] else None
    if city and tail and not (told and at == match.span("tail")):
        city = (city[0], match.end("tail"))
    elif city and told is None:
        told, at, city = _country_at_end(match.string, city)
    state = names.get("state")
    start = match.start("prefix") if prefix else min(match.start("code"), city[0] if city else match.start("code"))
    return Locality(
        start=start,
        end=match.end() if not names.get("tail") else match.end("tail"),
        city=city,
        postal_code=match.span("code"),
        state=match.span("state") if state else None,
        country=told or (country if country in _SURE or country == "US" else None),
        country_at=at,
    )


def _country_at_end(line: str, city: tuple[int, int]) -> tuple[str | None, tuple[int, int] | None, tuple[int, int]]:
    """`M\u00fcnchen Deutschland`: the country may follow its city after a blank alone."""
    words = list(re.finditer(r"\S+", line[city[0] : city[1]]))
    for count in (1, 2, 3):
        if len(words) > count:
            start = city[0] + words[-count].start()
            told = country_of(line[start : city[1]])
            if told and city[1] - start > 2:  # noqa: PLR2004 - a code of two letters is rather a province
                return told, (start, city[1]), (city[0], city[0] + words[-count - 1].end())
    return None, None, city
