"""Check digits of VAT numbers and IBANs, where the rule is public and simple."""

from collections.abc import Callable
from typing import Final

_LETTERS: Final = "TRWAGMYFPDXBNJZSQVHLCKE"
_IBAN_MODULUS: Final = 97


def iban_is_sound(iban: str) -> bool:
    """ISO 13616: letters become numbers, the first four signs go last, and 97 leaves one."""
    moved = iban[4:] + iban[:4]
    try:
        return int("".join(str(int(c, 36)) for c in moved)) % _IBAN_MODULUS == 1
    except ValueError:
        return False


def vat_is_sound(country: str, number: str) -> bool | None:
    """Whether the check digit of `number` (without its prefix) holds; None where no rule is known here."""
    rule = _RULES.get(country)
    return None if rule is None else rule(number)


def luhn_is_sound(digits: str) -> bool:
    """ISO 7812: every second digit doubled, from the right; the sum ends in nought."""
    total = 0
    for place, c in enumerate(reversed(digits)):
        value = int(c) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004
    return total % 10 == 0


def _weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(c) * w for c, w in zip(digits, weights, strict=False))


def _germany(number: str) -> bool:
    product = 10
    for c in number[:8]:
        total = (int(c) + product) % 10 or 10
        product = 2 * total % 11
    return (11 - product) % 10 == int(number[8])


def _austria(number: str) -> bool:
    digits = number[1:]  # after the U
    total = sum(sum(divmod(int(c) * (1 + place % 2), 10)) for place, c in enumerate(digits[:7]))
    return (10 - (total + 4) % 10) % 10 == int(digits[7])


def _france(number: str) -> bool:
    if not number.isdigit():
        return True  # the newer keys have letters and no public rule
    return int(number[2:] + "12") % 97 == int(number[:2])


def _belgium(number: str) -> bool:
    return 97 - int(number[:8]) % 97 == int(number[8:])


def _netherlands(number: str) -> bool:
    eleven = _weighted(number[:8], (9, 8, 7, 6, 5, 4, 3, 2)) % 11 == int(number[8])
    return eleven or int("".join(str(int(c, 36)) for c in f"NL{number}")) % 97 == 1


def _poland(number: str) -> bool:
    return _weighted(number, (6, 5, 7, 2, 3, 4, 5, 6, 7)) % 11 == int(number[9])


def _portugal(number: str) -> bool:
    check = 11 - _weighted(number, (9, 8, 7, 6, 5, 4, 3, 2)) % 11
    return (check if check < 10 else 0) == int(number[8])  # noqa: PLR2004


def _spain(number: str) -> bool:
    first, middle, last = number[0], number[1:8], number[8]
    if first.isdigit() or first in "XYZ":
        digits = str("XYZ".find(first)) + middle if first in "XYZ" else number[:8]
        return digits.isdigit() and _LETTERS[int(digits) % 23] == last
    odd = sum(sum(divmod(2 * int(c), 10)) for c in middle[::2])
    check = (10 - (odd + sum(int(c) for c in middle[1::2])) % 10) % 10
    return last in (str(check), "JABCDEFGHI"[check])


def _luxembourg(number: str) -> bool:
    return int(number[:6]) % 89 == int(number[6:])


def _denmark(number: str) -> bool:
    return _weighted(number, (2, 7, 6, 5, 4, 3, 2, 1)) % 11 == 0


def _finland(number: str) -> bool:
    return (11 - _weighted(number, (7, 9, 10, 5, 8, 4, 2)) % 11) % 11 == int(number[7])


def _sweden(number: str) -> bool:
    return luhn_is_sound(number[:10])


def _greece(number: str) -> bool:
    return _weighted(number, (256, 128, 64, 32, 16, 8, 4, 2)) % 11 % 10 == int(number[8])


def _hungary(number: str) -> bool:
    return (10 - _weighted(number, (9, 7, 3, 1, 9, 7, 3)) % 10) % 10 == int(number[7])


def _slovenia(number: str) -> bool:
    return (11 - _weighted(number, (8, 7, 6, 5, 4, 3, 2)) % 11) % 10 == int(number[7])


_RULES: Final[dict[str, Callable[[str], bool]]] = {
    "DE": _germany,
    "AT": _austria,
    "FR": _france,
    "BE": _belgium,
    "NL": _netherlands,
    "PL": _poland,
    "PT": _portugal,
    "ES": _spain,
    "IT": luhn_is_sound,
    "LU": _luxembourg,
    "DK": _denmark,
    "FI": _finland,
    "SE": _sweden,
    "EL": _greece,
    "HU": _hungary,
    "SI": _slovenia,
}
