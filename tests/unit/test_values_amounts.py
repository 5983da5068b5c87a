"""Amounts are read as the whole document writes them; nothing is made into one that is none."""

import itertools
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.pipeline.values.amounts import Amount, NumberStyle, amount_of, amounts_in, number_style

POINT, COMMA = NumberStyle(decimal="."), NumberStyle(decimal=",")
BLANKS = NumberStyle(decimal=",", blank_groups=True)


def values(text: str, style: NumberStyle) -> list[str]:
    return [str(one.value) for one in amounts_in(text, style)]


@pytest.mark.parametrize(
    ("text", "style", "value"),
    [
        ("571,04 €", COMMA, "571.04"),
        ("€ 1.234,56", COMMA, "1234.56"),
        ("1.234", COMMA, "1234"),
        ("1.234", POINT, "1.234"),
        ("-8,79", COMMA, "-8.79"),
        ("- 1,12", COMMA, "-1.12"),
        ("8,79-", COMMA, "-8.79"),
        ("(12.00)", POINT, "-12.00"),
        ("($12.00)", POINT, "-12.00"),
        ("-$12.00", POINT, "-12.00"),
        ("$-12.00", POINT, "-12.00"),
        ("12.00 CR", POINT, "-12.00"),
        ("1'234.50 CHF", POINT, "1234.50"),
        ("CHF 1\u2019234.50", POINT, "1234.50"),
        ("1\u00a0234,56", COMMA, "1234.56"),
        ("1\u202f234,56 €", COMMA, "1234.56"),
        ("1 234,56 €", BLANKS, "1234.56"),
        ("12,34,567.00", POINT, "1234567.00"),
        ("EUR12,50", COMMA, "12.50"),
        ("12,50EUR", COMMA, "12.50"),
        ("RM12.00", POINT, "12.00"),
        ("100,-", COMMA, "100"),
        ("9.9000", POINT, "9.9000"),
        (".50", POINT, "0.50"),
    ],
)
def test_an_amount_is_read_in_its_document_s_style(text: str, style: NumberStyle, value: str) -> None:
    assert values(text, style) == [value]


@pytest.mark.parametrize(
    "text",
    ["05.03.2018", "5/3/18", "DE136695976", "500ml", "10:35", "12/45", "4000-1,200", "1.2.3.4", "RE-2014/501", "A4"],
)
def test_what_is_part_of_a_word_a_date_or_a_code_is_no_amount(text: str) -> None:
    assert amounts_in(text, COMMA) == []


def test_a_share_is_told_from_an_amount() -> None:
    assert [(str(one.value), one.percent) for one in amounts_in("19 % von 198,00", COMMA)] == [
        ("19", True),
        ("198.00", False),
    ]


def test_a_quantity_before_a_price_is_no_group_of_thousands() -> None:
    assert values("2 100.00", POINT) == ["2", "100.00"]


def test_the_quote_is_the_number_with_its_sign() -> None:
    text = "Total (1,234.00) USD"
    found = amounts_in(text, POINT)[0]

    assert text[found.start : found.end] == "(1,234.00)"


@pytest.mark.parametrize(
    ("texts", "language", "currency", "decimal"),
    [
        (["1.234,50"], "en", None, ","),
        (["1,234.50"], "de", None, "."),
        (["12.50", "7.99"], "de", None, "."),
        (["1.234"], "de", None, ","),
        (["1.234"], "en", None, "."),
        (["1.234"], None, "EUR", ","),
        (["1.234"], "de", "CHF", "."),
        (["05.03.2018", "10.3"], "de", None, "."),
        ([], None, None, "."),
    ],
)
def test_the_decimal_sign_is_decided_by_siblings_then_language_then_currency(
    texts: list[str], language: str | None, currency: str | None, decimal: str
) -> None:
    assert number_style(texts, language=language, currency=currency).decimal == decimal


@given(
    value=st.decimals(min_value="-99999999.99", max_value="99999999.99", places=2, allow_nan=False),
    group=st.sampled_from(["", "other", "'", "\u00a0", "\u202f"]),
    decimal=st.sampled_from([".", ","]),
    currency=st.sampled_from(["", " €", " EUR", " CHF", " zł"]),
)
def test_what_is_printed_is_read_back(value: Decimal, group: str, decimal: str, currency: str) -> None:
    sign = {"other": "," if decimal == "." else "."}.get(group, group)
    printed = f"{value:,.2f}".replace(",", "G").replace(".", decimal).replace("G", sign)

    found = amount_of(printed + currency, NumberStyle(decimal=decimal))

    assert found is not None
    assert found.value == value
    assert found.decimals == 2


@given(st.text(alphabet="0123456789.,-()' €$%aEUR/:\u00a0", max_size=40), st.sampled_from([POINT, COMMA, BLANKS]))
def test_any_text_gives_amounts_in_order_that_stand_in_it(text: str, style: NumberStyle) -> None:
    found: list[Amount] = amounts_in(text, style)

    assert all(0 <= one.start < one.end <= len(text) for one in found)
    assert all(a.end <= b.start for a, b in itertools.pairwise(found))
    for one in found:
        digits = [c for c in text[one.start : one.end] if c.isdigit()]
        assert str(abs(one.value)).replace(".", "").lstrip("0") == "".join(digits).lstrip("0")
