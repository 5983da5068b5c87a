"""Countries, currencies, and the line of postal code and city."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.pipeline.values.addresses import is_street, locality_in
from docurift.pipeline.values.countries import ALPHA2, country_of, country_of_prefix
from docurift.pipeline.values.currencies import CODES, currencies_in, currency_of


@pytest.mark.parametrize(
    ("line", "code", "city", "state", "country"),
    [
        ("80333 München", "80333", "München", None, None),
        ("DE 80333 München", "80333", "München", None, "DE"),
        ("D-80333 München", "80333", "München", None, "DE"),
        ("80333 München Deutschland", "80333", "München", None, "DE"),
        ("99199 MUSTERHAUSEN, Germany", "99199", "MUSTERHAUSEN", None, "DE"),
        ("60311 Frankfurt am Main", "60311", "Frankfurt am Main", None, None),
        ("Hauptstr. 5, 12345 Berlin", "12345", "Berlin", None, None),
        ("75001 PARIS CEDEX 01", "75001", "PARIS CEDEX 01", None, None),
        ("1010 Wien", "1010", "Wien", None, None),
        ("L-1234 Luxembourg", "1234", "Luxembourg", None, "LU"),
        ("1234 AB Amsterdam", "1234 AB", "Amsterdam", None, "NL"),
        ("00-950 Warszawa", "00-950", "Warszawa", None, "PL"),
        ("1200-001 Lisboa", "1200-001", "Lisboa", None, "PT"),
        ("111 22 Stockholm", "111 22", "Stockholm", None, None),
        ("20121 Milano (MI)", "20121", "Milano", "MI", None),
        ("20121 Milano MI", "20121", "Milano", "MI", None),
        ("28013 Madrid (España)", "28013", "Madrid", None, "ES"),
        ("London SW1A 1AA", "SW1A 1AA", "London", None, "GB"),
        ("SW1A 1AA", "SW1A 1AA", None, None, "GB"),
        ("Springfield, IL 62701", "62701", "Springfield", "IL", "US"),
        ("San Jose CA 95112-1234, USA", "95112-1234", "San Jose", "CA", "US"),
        ("Toronto, ON M5V 2T6", "M5V 2T6", "Toronto", "ON", "CA"),
        ("Sydney NSW 2000", "2000", "Sydney", "NSW", "AU"),
        ("São Paulo - SP, 01310-100", "01310-100", "São Paulo", "SP", None),
        ("Mumbai - 400001", "400001", "Mumbai", None, None),
    ],
)
def test_postal_code_and_city_are_told_apart(
    line: str, code: str, city: str | None, state: str | None, country: str | None
) -> None:
    found = locality_in(line)

    assert found is not None
    assert line[slice(*found.postal_code)] == code
    assert (found.city and line[slice(*found.city)]) == city
    assert (found.state and line[slice(*found.state)]) == state
    assert found.country == country


@pytest.mark.parametrize("line", ["", "Total 12345", "Order 4711", "10 pieces of chalk", "Musterstraße 12", "19 % VAT"])
def test_other_lines_are_no_place(line: str) -> None:
    assert locality_in(line) is None


@pytest.mark.parametrize("line", ["Musterstraße 1", "12 High Street", "5 rue de la Paix", "Via Roma 7", "P.O. Box 12"])
def test_streets_are_known_by_their_words_and_numbers(line: str) -> None:
    assert is_street(line)
    assert not is_street("Lieferant GmbH")


@given(st.text(max_size=80))
def test_any_line_gives_a_place_within_it_or_none(line: str) -> None:
    found = locality_in(line)

    assert found is None or 0 <= found.start <= found.postal_code[0] < found.postal_code[1] <= len(line)


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Deutschland", "DE"), ("ALLEMAGNE", "DE"), ("Niemcy", "DE"), ("United Kingdom", "GB"), ("UK", "GB"),
        ("Países Bajos", "NL"), ("WŁOCHY", "IT"), ("U.S.A.", "US"), ("Schweiz", "CH"), ("FRA", "FR"), ("DE", "DE"),
        ("Ind", None), ("de", None), ("Total", None), ("", None),
    ],
)  # fmt: skip
def test_a_country_is_known_by_eight_languages(name: str, code: str | None) -> None:
    assert country_of(name) == code


def test_letters_before_a_postal_code_name_a_country() -> None:
    assert [country_of_prefix(prefix) for prefix in ("D", "DE", "CH", "XX")] == ["DE", "DE", "CH", None]


@given(st.text(max_size=30))
def test_any_name_gives_a_code_of_the_standard_or_none(name: str) -> None:
    assert country_of(name) in {*ALPHA2, None}


@pytest.mark.parametrize(
    ("sign", "language", "country", "code"),
    [
        ("€", None, None, "EUR"), ("EUR", None, None, "EUR"), ("$", None, None, "USD"), ("$", "en", "CA", "CAD"),
        ("C$", None, None, "CAD"), ("kr", "sv", None, "SEK"), ("kr", "sv", "NO", "NOK"), ("kr", None, None, None),
        ("zł", "pl", None, "PLN"), ("RM", None, None, "MYR"), ("¥", None, "CN", "CNY"), ("Fr.", None, None, "CHF"),
    ],
)  # fmt: skip
def test_a_sign_means_what_its_country_or_language_says(
    sign: str, language: str | None, country: str | None, code: str | None
) -> None:
    assert currency_of(sign, language=language, country=country) == code


@given(st.text(max_size=60))
def test_what_is_found_as_a_currency_has_a_meaning_or_is_shared(text: str) -> None:
    for start, end in currencies_in(text):
        code = currency_of(text[start:end])
        assert code in CODES or text[start:end].casefold().strip(".") in {"kr", "r"}
