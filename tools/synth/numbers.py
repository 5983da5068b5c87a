"""Numbers that name something, drawn so that their check digits hold."""

from random import Random
from typing import Final

from docurift.pipeline.values.checks import iban_is_sound, vat_is_sound

_VAT: Final = {
    "DE": "#########",
    "AT": "U########",
    "FR": "###########",
    "BE": "0#########",
    "ES": "B########",
    "IT": "###########",
    "NL": "#########B01",
    "PT": "5########",
    "PL": "##########",
    "GB": "#########",
    "IE": "#######FA",
    "CH": "E#########",
}
_IBAN_LENGTH: Final = {
    "DE": 22,
    "AT": 20,
    "FR": 27,
    "BE": 16,
    "ES": 24,
    "IT": 27,
    "NL": 18,
    "PT": 25,
    "PL": 28,
    "CH": 21,
}
_CONTAINER_LETTERS: Final = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (n for n in range(10, 39) if n % 11), strict=True))


def filled(pattern: str, chance: Random) -> str:
    """`pattern` with a digit for each `#`."""
    return "".join(str(chance.randrange(10)) if c == "#" else c for c in pattern)


def vat_id(country: str, chance: Random) -> str | None:
    """A VAT number with its prefix; None for countries without one here."""
    if country not in _VAT:
        return None
    while True:  # one in 11 to 100 draws holds
        number = filled(_VAT[country], chance)
        if number.strip("0") and vat_is_sound(country, number) is not False:
            return f"{'CH' if country == 'CH' else country}{number}"


def iban(country: str, chance: Random) -> str | None:
    """An account number in groups of four; None for countries without one here."""
    if country not in _IBAN_LENGTH:
        return None
    account = filled("#" * (_IBAN_LENGTH[country] - 4), chance)
    if country == "NL":
        account = "NLBK" + account[4:]
    check = next(f"{n:02}" for n in range(2, 99) if iban_is_sound(f"{country}{n:02}{account}"))
    whole = f"{country}{check}{account}"
    return " ".join(whole[i : i + 4] for i in range(0, len(whole), 4))


def container(prefix: str, chance: Random) -> str:
    """A container number (ISO 6346): three letters of the owner, U, six digits, check digit."""
    body = f"{prefix}U{filled('######', chance)}"
    total = sum((int(c) if c.isdigit() else _CONTAINER_LETTERS[c]) * 2**place for place, c in enumerate(body))
    return f"{body}{total % 11 % 10}"


def air_waybill(prefix: str, chance: Random) -> str:
    """An air waybill's number: the airline's three digits, a serial of seven, and that serial modulo seven."""
    serial = filled("#######", chance)
    return f"{prefix}{serial}{int(serial) % 7}"
