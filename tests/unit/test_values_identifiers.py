"""VAT numbers and IBANs are found in any grouping, and their check digits are told."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.pipeline.values.checks import iban_is_sound, luhn_is_sound
from docurift.pipeline.values.identifiers import emails_in, ibans_in, is_document_number, phones_in, vat_ids_in


@pytest.mark.parametrize(
    ("text", "value", "sound"),
    [
        ("USt-ID: DE136695976", "DE136695976", True),
        ("DE 136 695 976", "DE136695976", True),
        ("DE123456789", "DE123456789", False),
        ("FR 83 404 833 048", "FR83404833048", True),
        ("ATU13585627", "ATU13585627", True),
        ("BE 0428.759.497", "BE0428759497", True),
        ("IT 00743110157", "IT00743110157", True),
        ("NL 0044.95.445.B01", "NL004495445B01", True),
        ("PL 526-10-40-828", "PL5261040828", True),
        ("PT 501 964 843", "PT501964843", True),
        ("ESB58378431", "ESB58378431", True),
        ("ES54362315K", "ES54362315K", True),
        ("LU 15027442", "LU15027442", True),
        ("DK 13 58 56 28", "DK13585628", True),
        ("FI 20774740", "FI20774740", True),
        ("SE556188840401", "SE556188840401", True),
        ("EL094259216", "EL094259216", True),
        ("HU12892312", "HU12892312", True),
        ("SI50223054", "SI50223054", True),
        ("GB 123 4567 89", "GB123456789", None),
        ("CHE-123.456.789 MWST", "CHE123456789", None),
    ],
)
def test_a_vat_number_is_found_with_its_check(text: str, value: str, *, sound: bool | None) -> None:
    assert [(one.value, one.sound) for one in vat_ids_in(text)] == [(value, sound)]


@pytest.mark.parametrize(
    "text", ["IBAN DE12 1234 5678 9012 3456 78", "DE 80333 München", "ORDER 123456789", "ADE136695976"]
)
def test_an_account_or_a_place_is_no_vat_number(text: str) -> None:
    assert vat_ids_in(text) == []


def test_an_account_is_found_with_its_check() -> None:
    sound, wrong = ibans_in("IBAN DE88 2008 0000 0970 3757 00, or DE12123456781234567890")

    assert (sound.value, sound.sound) == ("DE88200800000970375700", True)
    assert not wrong.sound


@given(st.integers(min_value=0, max_value=10**18 - 1))
def test_one_changed_digit_breaks_an_account_s_check(number: int) -> None:
    bare = f"{number:018d}"
    check = 98 - int(bare + "131400") % 97  # D is 13, E is 14
    iban = f"DE{check:02d}{bare}"

    assert iban_is_sound(iban)
    assert not iban_is_sound(iban[:-1] + str((int(iban[-1]) + 1) % 10))


@given(st.text(alphabet="0123456789", min_size=1, max_size=20))
def test_exactly_one_last_digit_satisfies_luhn(digits: str) -> None:
    assert sum(luhn_is_sound(digits + str(last)) for last in range(10)) == 1


@given(st.text(alphabet="ABDEFRTU0123456789 -.@+", max_size=60))
def test_what_is_found_stands_in_the_text(text: str) -> None:
    for one in (*vat_ids_in(text), *ibans_in(text)):
        assert "".join(c for c in text[one.start : one.end] if c.isalnum()).startswith(one.value)


def test_mail_and_telephone_are_found_as_printed() -> None:
    assert [one.value for one in emails_in("E-Mail : max.muster@example.de.")] == ["max.muster@example.de"]
    assert [one.value for one in phones_in("fon (555) 23 87 -0")] == ["(555) 23 87 -0"]
    assert [one.value for one in phones_in("Telefon: +49 711-50885524")] == ["+49 711-50885524"]


@pytest.mark.parametrize(
    "token", ["471102", "RE-20140519/499", "9314110911/00/M/00/N", "FA-2017-0010", "#12", "INV0001"]
)
def test_numbers_of_documents_have_a_digit_and_no_blank(token: str) -> None:
    assert is_document_number(token)


@pytest.mark.parametrize("token", ["Rechnung", "12 34", "", "1,50", "a@b.c1", "1" * 60])
def test_words_and_amounts_are_no_numbers_of_documents(token: str) -> None:
    assert not is_document_number(token)
