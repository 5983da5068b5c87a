from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.pages import a_page

from docurift.model.result import Page
from docurift.pipeline.ports import box_union
from docurift.pipeline.verify import proven

PAGE = a_page((50, 50, "Total amount due: 1,234.56 EUR"), (50, 80, "Paid by card ending 4242"))


def box_of(page: Page, *texts: str) -> tuple[float, float, float, float]:
    return box_union(word.box for word in page.words if word.text in texts)


def test_what_stands_in_the_box_is_proven_there() -> None:
    box = box_of(PAGE, "1,234.56", "EUR")

    assert proven(PAGE, "1,234.56 EUR", box) == box


@pytest.mark.parametrize("text", ["1,234.56 eur", "1,234.56EUR", "1,234.56\u00a0\uff25\uff35\uff32"])
def test_blanks_case_and_compatibility_forms_make_no_difference(text: str) -> None:
    assert proven(PAGE, text, box_of(PAGE, "1,234.56", "EUR")) is not None


@given(st.integers(0, 7), st.integers(1, 9))
def test_a_value_changed_by_one_digit_is_never_proven(place: int, by: int) -> None:
    digit = "1,234.56"[place]
    if not digit.isdigit():
        return
    changed = "1,234.56"[:place] + str((int(digit) + by) % 10) + "1,234.56"[place + 1 :]

    assert proven(PAGE, changed, box_of(PAGE, "1,234.56")) is None


def test_a_value_that_stands_elsewhere_gets_its_own_box() -> None:
    assert proven(PAGE, "card ending 4242", (0, 0.9, 0.1, 1)) == box_of(PAGE, "card", "ending", "4242")


def test_half_a_word_proves_nothing() -> None:
    assert proven(PAGE, "424", (0, 0.9, 0.1, 1)) is None
    assert proven(PAGE, "", box_of(PAGE, "4242")) is None


def test_an_empty_page_proves_nothing() -> None:
    assert proven(replace(PAGE, words=()), "4242", (0, 0, 1, 1)) is None
