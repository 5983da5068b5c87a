"""What is known is found on the pages in its usual spellings, and nowhere else."""

from decimal import Decimal

import pytest
from tests.support.pages import a_page

from docurift.pipeline.extract.near import labelled, nearest, spoken
from docurift.pipeline.extract.printed import Printed
from docurift.pipeline.extract.printed_numbers import decimal_sign_of, number_of


def printed(*lines: str, language: str | None = "de") -> Printed:
    return Printed([a_page(*((50, 50 + 20 * i, line) for i, line in enumerate(lines)))], language)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.234,50", "1234.5"),
        ("1,234.50", "1234.5"),
        ("1'234.50", "1234.5"),
        ("1234,5", "1234.5"),
        ("1.234.567", "1234567"),
        ("1.234.567,8", "1234567.8"),
        ("9,9000", "9.9"),
        ("0,005", "0.005"),
        ("-8,79", "-8.79"),
        ("\u22128,79", "-8.79"),
        ("8,79-", "-8.79"),
        ("EUR12", "12"),
        ("12,00€", "12"),
        ("(198,00)", "198"),
        ("Summe:", None),
        ("19%", None),
        ("4711a", None),
        ("12/3", None),
        ("1.23.4", None),
        ("-8-", None),
        ("." * 100_000, None),
    ],
)
def test_numbers_are_read_as_they_are_printed(text: str, value: str | None) -> None:
    assert number_of(text, ",") == (None if value is None else Decimal(value))


def test_a_lone_group_of_three_is_read_as_the_document_writes_its_cents() -> None:
    assert number_of("1.234", ",") == 1234
    assert number_of("1.234", ".") == Decimal("1.234")
    assert decimal_sign_of([a_page((50, 50, "1.200,00 und 3,50"))], "en") == ","
    assert decimal_sign_of([a_page((50, 50, "keine"))], "en") == "."
    assert decimal_sign_of([a_page((50, 50, "keine"))], "de") == ","


def test_groups_behind_narrow_blanks_are_one_number_and_columns_are_not() -> None:
    near = printed("Total 1 234,50")
    far = Printed([a_page((50, 50, "1"), (200, 50, "234,50"))], "fr")

    assert [span.text for span in near.number(1234.5)] == ["1 234,50"]
    assert far.number(1234.5) == []
    assert [span.text for span in far.number(234.5)] == ["234,50"]


def test_a_sign_apart_belongs_to_the_number() -> None:
    page = printed("Rabatt - 8,79")

    assert [span.text for span in page.number(-8.79)] == ["- 8,79"]
    assert page.number(8.79) == []


def test_a_rate_is_no_amount() -> None:
    assert printed("Steuer 19 % 19%").number(19.0) == []


@pytest.mark.parametrize(
    "text",
    [
        *("05.03.2018", "5.3.18", "05/03/2018", "2018-03-05", "05-03-2018,", "vom:05.03.2018", "20180305"),
        *("5. März 2018", "5 March 2018", "March 5th, 2018", "5 mars 2018", "5 de marzo de 2018", "5 marca 2018"),
    ],
)
def test_days_are_found_as_they_are_printed(text: str) -> None:
    assert len(printed(f"Datum {text} hier").day("2018-03-05")) == 1


def test_the_month_first_is_read_where_the_language_or_the_number_says_so() -> None:
    assert printed("03/05/2018", language="en").day("2018-03-05")
    assert not printed("03/05/2018", language="fr").day("2018-03-05")
    assert printed("03/25/2018", language="fr").day("2018-03-25")


def test_text_is_found_over_its_words_and_blanks() -> None:
    page = printed("Lieferant  GmbH, Hafenweg 7", "USt-IdNr. DE 123 456 789")

    assert [span.text for span in page.text("LIEFERANT GmbH")] == ["Lieferant GmbH,"]
    assert [span.text for span in page.text("DE123456789")] == ["DE 123 456 789"]
    assert page.text("Lieferanten GmbH") == []
    assert page.text("!") == []


def test_a_part_of_a_word_is_a_last_resort_and_never_an_identifier() -> None:
    page = printed("88802Spielkreis", "RE-20140519/499")

    assert [span.text for span in page.text("88802")] == ["88802Spielkreis"]
    assert page.identifier("499") == []
    assert [span.text for span in page.identifier("RE 20140519-499")] == ["RE-20140519/499"]


def test_text_in_a_column_is_found_between_other_columns() -> None:
    page = a_page((50, 50, "1"), (80, 50, "Stehlampe"), (300, 50, "400,00"), (80, 64, "Nordlicht (E27)"))

    spans = Printed([page], "de").text("Stehlampe Nordlicht E27")

    assert [span.text for span in spans] == ["Stehlampe Nordlicht (E27)"]


def test_a_code_is_a_word_of_its_own_in_its_own_letters() -> None:
    assert [span.text for span in printed("Rue de DE 80333").code("DE")] == ["DE"]


def test_of_several_places_the_one_beside_its_label_comes_first() -> None:
    page = a_page((50, 50, "Vorsteuer 19,00"), (50, 80, "Zahlbar bis"), (300, 80, "19,00"), (300, 120, "19,00"))
    spans = Printed([page], "de").number(19.0)

    beside = labelled(spans, {1: page}, frozenset({spoken(["zahlbar", "bis"])}))

    assert [span.words for span in beside][:1] == [(4,)]
    assert nearest(spans, beside[0]) is beside[0]
    assert labelled(spans, {1: page}, frozenset({"steuer"})) == []
