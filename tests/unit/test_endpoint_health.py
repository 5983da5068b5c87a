"""The breaker, and the end of patience, over plain values."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from docurift.model.health import DISABLED_AFTER, FIRST_PAUSE, LONGEST_PAUSE, PAUSED_AFTER, Health
from docurift.model.webhook import DisabledReason

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def failed(health: Health, now: datetime, *, status_code: int | None = 500, retry_after: float | None = None) -> Health:
    return health.after_failure(now, status_code=status_code, retry_after=retry_after)


def failed_often(times: int) -> tuple[Health, datetime]:
    """After failures of probes, each at the end of the pause before it."""
    health, now = Health(), NOW
    for _ in range(times):
        now = max(now + SECOND, health.paused_until or now)
        health = failed(health, now)
    return health, now


def test_four_failures_pause_nothing() -> None:
    health, now = failed_often(PAUSED_AFTER - 1)

    assert not health.is_paused(now)
    assert health.failing_since == NOW + SECOND


def test_the_pause_begins_at_five_seconds_and_doubles_up_to_five_minutes() -> None:
    pauses = []
    for times in range(PAUSED_AFTER, PAUSED_AFTER + 9):
        health, now = failed_often(times)
        assert health.paused_until is not None
        pauses.append((health.paused_until - now).total_seconds())

    assert pauses == [5, 10, 20, 40, 80, 160, 300, 300, 300]


@given(at_once=st.integers(PAUSED_AFTER, 200))
def test_failures_that_come_together_are_one_step(at_once: int) -> None:
    health = Health()
    for _ in range(at_once):
        health = failed(health, NOW)

    assert (health.consecutive_failures, health.paused_until) == (PAUSED_AFTER, NOW + FIRST_PAUSE)


def test_one_success_forgets_everything() -> None:
    health, now = failed_often(20)

    well = health.after_success(now)

    assert well == Health(last_success_at=now, last_failure_at=now)
    assert well.is_proven


def test_who_has_shown_nothing_or_failed_last_is_not_proven() -> None:
    assert not Health().is_proven
    assert not failed(Health(last_success_at=NOW), NOW).is_proven


@given(wish=st.floats(0, 1e7))
def test_the_endpoint_is_spared_as_it_asks_up_to_the_longest_pause(wish: float) -> None:
    health = failed(Health(), NOW, status_code=429, retry_after=wish)

    expected = min(timedelta(seconds=wish), LONGEST_PAUSE)
    assert (health.paused_until or NOW) - NOW == expected


def test_gone_disables_at_once() -> None:
    assert failed(Health(last_success_at=NOW), NOW, status_code=410).disabled_reason is DisabledReason.GONE


@given(times=st.integers(1, 40), late=st.timedeltas(timedelta(0), timedelta(days=9)))
def test_five_days_of_failures_disable_and_less_does_not(times: int, late: timedelta) -> None:
    health, _ = failed_often(times)
    assert health.failing_since is not None

    last = failed(health, health.failing_since + late)

    assert (last.disabled_reason is DisabledReason.FAILING) == (late >= DISABLED_AFTER)


def test_a_success_in_between_begins_the_five_days_anew() -> None:
    health, now = failed_often(3)
    well = health.after_success(now + timedelta(days=4))

    assert failed(well, now + timedelta(days=6)).disabled_reason is None
