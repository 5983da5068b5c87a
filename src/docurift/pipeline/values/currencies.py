"""Currencies: ISO 4217 codes, and signs that several countries share."""

import re
from typing import Final

_CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF "
    "CHF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD "
    "HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD "
    "MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN "
    "PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY "
    "TTD TWD TZS UAH UGX USD UYU UZS VES VND VUV WST XAF XCD XOF XPF YER ZAR ZMW ZWL"
)
CODES: Final = frozenset(_CODES.split())

# What a sign means wherever it is printed.
_SIGNS: Final = {
    "\u20ac": "EUR", "\u00a3": "GBP", "\u20b9": "INR", "\u20ba": "TRY", "\u20bd": "RUB", "\u20b4": "UAH",
    "\u20aa": "ILS", "\u20a9": "KRW", "\u0e3f": "THB", "\u20ab": "VND", "\u20b1": "PHP", "\u20a6": "NGN",
    "z\u0142": "PLN", "k\u010d": "CZK", "r$": "BRL", "rm": "MYR", "us$": "USD", "usd$": "USD", "c$": "CAD",
    "ca$": "CAD",
    "a$": "AUD", "au$": "AUD", "nz$": "NZD", "s$": "SGD", "hk$": "HKD", "nt$": "TWD", "mx$": "MXN", "ft": "HUF",
    "lei": "RON", "\u043b\u0432": "BGN", "rp": "IDR", "sfr": "CHF", "fr.": "CHF", "sfr.": "CHF", "euro": "EUR",
    "euros": "EUR", "eur": "EUR",
}  # fmt: skip
# What it means in a country, or, where the country is not known, in a language; the last resort comes under None.
_SHARED: Final[dict[str, dict[str | None, str]]] = {
    "$": {
        None: "USD", "US": "USD", "CA": "CAD", "AU": "AUD", "NZ": "NZD", "SG": "SGD", "HK": "HKD", "MX": "MXN",
        "AR": "ARS", "CL": "CLP", "CO": "COP", "TW": "TWD",
    },
    "\u00a5": {None: "JPY", "JP": "JPY", "CN": "CNY", "zh": "CNY", "ja": "JPY"},
    "kr": {"SE": "SEK", "NO": "NOK", "DK": "DKK", "IS": "ISK", "sv": "SEK", "nb": "NOK", "no": "NOK", "nn": "NOK",
           "da": "DKK", "is": "ISK"},
    "rs": {None: "INR", "PK": "PKR", "LK": "LKR", "NP": "NPR", "MU": "MUR"},
    "r": {"ZA": "ZAR"},
}  # fmt: skip
_SHARED_NAMES: Final = {"\uffe5": "\u00a5", "kr.": "kr", "rs.": "rs", "kr": "kr"}

_ALL: Final = sorted({*_SIGNS, *_SHARED, *_SHARED_NAMES} - {"r"}, key=len, reverse=True)
PATTERN: Final = "(?:" + "|".join([*sorted(CODES), *(f"(?i:{re.escape(sign)})" for sign in _ALL), "R(?=\\s?\\d)"]) + ")"
"""A currency's code, in capitals, or its sign; for use within other expressions."""

_BESIDE: Final = re.compile(r"\d")
_TOKEN: Final = re.compile(rf"(?<![^\W\d_]){PATTERN}(?![^\W\d_])")


def currency_of(token: str, *, language: str | None = None, country: str | None = None) -> str | None:
    """The ISO 4217 code that `token` (a code or sign as printed) stands for, in that country or language."""
    if token.upper() in CODES and (token.isupper() or token.islower()):
        return token.upper()
    sign = token.casefold().strip()
    if sign in _SIGNS:
        return _SIGNS[sign]
    meanings = _SHARED.get(_SHARED_NAMES.get(sign, sign), {})
    return meanings.get(country) or meanings.get(language) or meanings.get(None)


def currencies_in(text: str) -> list[tuple[int, int]]:
    """Where codes and signs of currencies stand in `text`, as pairs of start and end; signs that are words too (`Fr.`,
    `lei`) only beside a number.
    """
    return [match.span() for match in _TOKEN.finditer(text) if _is_sure(match) or _BESIDE.search(text, *_around(match))]


def _is_sure(match: re.Match[str]) -> bool:
    token = match.group()
    return token in CODES or not token.strip(".").isalpha() or token.casefold().startswith("eur")


def _around(match: re.Match[str]) -> tuple[int, int]:
    return max(0, match.start() - 2), match.end() + 2


def is_shared(token: str) -> bool:
    """Whether several currencies use this sign."""
    sign = token.casefold()
    return _SHARED_NAMES.get(sign, sign) in _SHARED
