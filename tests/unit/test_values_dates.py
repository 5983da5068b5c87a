"""Dates are read in the order of their document; a number that may be none is left alone."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.pipeline.values.dates import DateOrder, date_order, dates_in
from docurift.pipeline.values.months import month_of

DAY, MONTH = DateOrder.DAY_FIRST, DateOrder.MONTH_FIRST


def days(text: str, order: DateOrder = DAY) -> list[str]:
    return [one.value.isoformat() for one in dates_in(text, order)]


@pytest.mark.parametrize(
    "text",
    [
        "05.03.2018",
        "vom 05.03.2018.",
        "5/3/18",
        "05-03-2018",
        "05. 03. 2018",
        "2018-03-05",
        "2018/3/5",
        "2018-03-05T10:00",
        "05.03.2018/ 10:19",
        "5. März 2018",
        "5. MAERZ 2018",
        "March 5, 2018",
        "5th of March 2018",
        "Mar-05-2018",
        "5-Mar-18",
        "05MAR2018",
        "5 mars 2018",
        "5 de marzo de 2018",
        "5 marzo 2018",
        "5 maart 2018",
        "5 de março de 2018",
        "5 marca 2018",
    ],
)
def test_a_day_is_read_in_many_spellings(text: str) -> None:
    assert days(text) == ["2018-03-05"]


@pytest.mark.parametrize("text", ["31/02/2018", "4711", "10", "to", "1.2.3.4", "12/2018", "99.99.2018", "20180305"])
def test_what_is_no_day_is_none(text: str) -> None:
    assert days(text) == []


def test_digits_without_signs_are_a_day_only_where_one_is_looked_for() -> None:
    assert [one.value for one in dates_in("20180305", DAY, compact=True)] == [date(2018, 3, 5)]


def test_points_are_written_with_the_day_first_everywhere() -> None:
    assert days("05.03.2018", MONTH) == ["2018-03-05"]
    assert days("05/03/2018", MONTH) == ["2018-05-03"]


@pytest.mark.parametrize(
    ("texts", "country", "order"),
    [
        (["05/03/2018", "25/03/2018"], "US", DAY),
        (["05/03/2018", "03/25/2018"], "FR", MONTH),
        (["05/03/2018"], "US", MONTH),
        (["05/03/2018"], "GB", DAY),
        (["05/03/2018"], None, DAY),
    ],
)
def test_the_order_is_decided_by_siblings_then_by_the_country(
    texts: list[str], country: str | None, order: DateOrder
) -> None:
    assert date_order(texts, country=country) is order


@pytest.mark.parametrize(("year", "meant"), [("24", 2024), ("59", 2059), ("60", 1960), ("99", 1999), ("'07", 2007)])
def test_two_digits_of_a_year_are_near_to_today(year: str, meant: int) -> None:
    assert days(f"05-Mar-{year}") == [f"{meant}-03-05"]


@given(
    st.dates(min_value=date(1960, 1, 1), max_value=date(2059, 12, 31)),
    st.sampled_from(["%d.%m.%Y", "%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%d-%b-%Y", "%Y/%m/%d", "%d.%m.%y"]),
    st.sampled_from([DAY, MONTH]),
)
def test_what_is_printed_is_read_back(day: date, form: str, order: DateOrder) -> None:
    found = dates_in(f"on {day.strftime(form)}, at", order)

    assert [one.value for one in found] == [day]
    assert not found[0].ambiguous


@given(st.dates(min_value=date(1960, 1, 1), max_value=date(2059, 12, 31)), st.sampled_from(["/", "-"]))
def test_both_orders_are_read_back(day: date, sign: str) -> None:
    assert dates_in(day.strftime(f"%d{sign}%m{sign}%Y"), DAY)[0].value == day
    assert dates_in(day.strftime(f"%m{sign}%d{sign}%Y"), MONTH)[0].value == day


@given(st.text(alphabet="0123456789/-. marchMAR", max_size=40), st.sampled_from([DAY, MONTH]))
def test_any_text_gives_days_in_order_that_do_not_overlap(text: str, order: DateOrder) -> None:
    found = dates_in(text, order, compact=True)

    assert all(a.end <= b.start for a, b in itertools.pairwise(found))


@pytest.mark.parametrize(("name", "month"), [("Août", 8), ("sept.", 9), ("PAŹDZIERNIK", 10), ("grudnia", 12)])
def test_months_are_known_whatever_their_case_and_accents(name: str, month: int) -> None:
    assert month_of(name) == month
    assert month_of("Total") is None
