"""When a delivery is sent again."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.model.schedule import (
    JITTER,
    LONGEST_RETRY_AFTER_SECONDS,
    MOST_ATTEMPTS,
    RETRY_DELAYS_SECONDS,
    asked_for,
    retry_delay,
)

MINUTE, HOUR = 60, 3600


def test_the_delays_are_those_of_the_contract() -> None:
    found = [retry_delay(attempt, jitter=0) for attempt in range(1, MOST_ATTEMPTS + 1)]

    hours = [2 * HOUR, 6 * HOUR, 12 * HOUR, 24 * HOUR]
    assert found == [5, MINUTE, 5 * MINUTE, 30 * MINUTE, *hours, None]


@given(attempt=st.integers(1, MOST_ATTEMPTS - 1), jitter=st.floats(-1, 1))
def test_a_delay_is_off_by_a_fifth_at_most(attempt: int, jitter: float) -> None:
    delay, found = RETRY_DELAYS_SECONDS[attempt - 1], retry_delay(attempt, jitter=jitter)

    assert found is not None
    assert delay * (1 - JITTER) <= found <= delay * (1 + JITTER) * (1 + 1e-9)


@given(attempt=st.integers(1, MOST_ATTEMPTS - 1), jitter=st.floats(-1, 1), wish=st.floats(0, 1e9))
def test_what_the_endpoint_asks_for_is_waited_up_to_a_day(attempt: int, jitter: float, wish: float) -> None:
    found = retry_delay(attempt, jitter=jitter, retry_after=wish)
    usual = retry_delay(attempt, jitter=jitter)

    assert found is not None
    assert usual is not None
    assert found >= min(wish, LONGEST_RETRY_AFTER_SECONDS)
    assert found == usual or found == min(wish, LONGEST_RETRY_AFTER_SECONDS)


@pytest.mark.parametrize(("status_code", "kept"), [(429, 7.0), (503, 7.0), (500, None), (502, None), (None, None)])
def test_the_wish_counts_with_429_and_503(status_code: int | None, kept: float | None) -> None:
    assert asked_for(status_code, 7.0) == kept
