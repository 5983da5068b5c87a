"""Values of transport papers."""

from decimal import Decimal

import pytest

from docurift.pipeline.values.amounts import NumberStyle
from docurift.pipeline.values.cargo import (
    awb_numbers_in,
    container_number_is_sound,
    container_numbers_in,
    dimensions_in,
    hs_codes_in,
    iata_codes_in,
    is_pounds,
    times_in,
    volumes_in,
    weights_in,
)

POINT, COMMA = NumberStyle(decimal="."), NumberStyle(decimal=",")


@pytest.mark.parametrize("text", ["CSQU3054383", "CSQU 305438 3", "CSQU305438-3", "CSQU 305 438-3"])
def test_a_container_number_is_read_however_it_is_parted(text: str) -> None:
    [found] = container_numbers_in(f"Cntr: {text} / seal 12")

    assert (found.value, found.sound) == ("CSQU3054383", True)


@pytest.mark.parametrize("digit", "012456789")
def test_every_other_check_digit_of_a_container_fails(digit: str) -> None:
    assert not container_number_is_sound("CSQU305438" + digit)


@pytest.mark.parametrize("text", ["020-12345675", "020 1234 5675", "02012345675", "020 - 12345675"])
def test_an_air_waybill_number_is_read_however_it_is_parted(text: str) -> None:
    [found] = awb_numbers_in(text)

    assert (found.value, found.sound) == ("02012345675", True)


def test_a_serial_number_that_seven_does_not_leave_is_unsound() -> None:
    assert [one.sound for one in awb_numbers_in("020-12345676")] == [False]


@pytest.mark.parametrize(
    ("text", "value"),
    [("7307.23.10", "73072310"), ("730723", "730723"), ("7307 2310", "73072310"), ("01.01.21", "010121")],
)
def test_a_tariff_code_is_its_digits(text: str, value: str) -> None:
    assert [one.value for one in hs_codes_in(text)] == [value]


@pytest.mark.parametrize("text", ["12345", "99.01.2026", "7307,23", "A730723"])
def test_what_is_no_tariff_code_is_none(text: str) -> None:
    assert hs_codes_in(text) == []


@pytest.mark.parametrize(
    ("text", "value"),
    [("14:05", "14:05"), ("2:05 pm", "14:05"), ("12:10 AM", "00:10"), ("14h05", "14:05"), ("9.30", "09:30")],
)
def test_a_time_is_of_24_hours(text: str, value: str) -> None:
    assert [one.value for one in times_in(text)] == [value]


@pytest.mark.parametrize("text", ["14.05.2026", "25:00", "14:75", "1:2", "13:05 pm"])
def test_what_is_no_time_is_none(text: str) -> None:
    assert times_in(text) == []


@pytest.mark.parametrize(
    ("text", "style", "value", "unit"),
    [
        ("12,480.50 KGS", POINT, "12480.50", "KGS"),
        ("346,5kg", COMMA, "346.5", "kg"),
        ("346.5K", POINT, "346.5", "K"),
        ("1.200 lb", COMMA, "1200", "lb"),
        ("75", POINT, "75", None),
    ],
)
def test_a_weight_has_the_unit_behind_it(text: str, style: NumberStyle, value: str, unit: str | None) -> None:
    [found] = weights_in(text, style)

    assert (found.value, found.unit) == (Decimal(value), unit)


def test_an_amount_of_money_is_no_weight() -> None:
    assert weights_in("EUR 12.00", POINT) == []


def test_a_volume_is_none_of_the_weight_beside_it() -> None:
    assert [(one.value, one.unit) for one in volumes_in("1.248 m3", POINT)] == [(Decimal("1.248"), "m3")]


@pytest.mark.parametrize(
    "text", ["120 x 80 x 95 cm", "120x80x95cm", "120cm x 80cm x 95cm", "120 \u00d7 80 \u00d7 95 cm"]
)
def test_dimensions_are_three_numbers_and_their_unit(text: str) -> None:
    [found] = dimensions_in(text)

    assert found.values == (120, 80, 95)
    assert found.unit is not None
    assert text[slice(*found.unit)] == "cm"


def test_an_airport_is_three_capitals() -> None:
    assert [one.value for one in iata_codes_in("Frankfurt (FRA), GERMANY")] == ["FRA"]


def test_pounds_are_told_from_kilograms() -> None:
    assert [is_pounds(unit) for unit in ("LBS", "lb", "pounds", "kg", "K")] == [True, True, True, False, False]
