"""What is limited over time: how full a limit is, when it has room again, and that racing for it gains nothing."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.submissions import Store

from docurift.actions.housekeep import rescue
from docurift.model.rate import Rate, Verdict
from docurift.storage import rates
from docurift.storage.database import Connection, Database

# Of one unit to drain away: eleven days, so that nothing does while a test runs, however slow the machine.
UNIT_SECONDS = 1_000_000
SLOW = Rate(per_second=1 / UNIT_SECONDS, burst=3)
QUICK = Rate(per_second=1000.0, burst=2)
SCOPE = "requests:key_1"


def _units(count: float) -> object:
    """The seconds that so many units take to drain away, give or take those of the test."""
    return pytest.approx(count * UNIT_SECONDS, rel=1e-3)


async def _charge(conn: Connection, units: int = 1, **more: int | str | Rate) -> Verdict:
    asked = {"scope": SCOPE, "rate": SLOW} | more
    return await rates.charge(conn, units=units, **asked)  # type: ignore[arg-type]


async def test_a_burst_is_let_through_to_its_last_unit_and_not_further(connection: Connection) -> None:
    verdicts = [await _charge(connection) for _ in range(4)]

    assert [one.is_allowed for one in verdicts] == [True, True, True, False]
    assert [one.remaining for one in verdicts] == [2, 1, 0, 0]
    assert [one.reset_seconds for one in verdicts] == [_units(count) for count in (1, 2, 3, 3)]
    assert [one.retry_seconds for one in verdicts] == [0, 0, 0, _units(1)]


async def test_what_was_refused_is_not_counted(connection: Connection) -> None:
    for _ in range(3):
        await _charge(connection)
    refused = [await _charge(connection) for _ in range(5)]

    assert [one.retry_seconds for one in refused] == [_units(1)] * 5


async def test_each_scope_counts_alone(connection: Connection) -> None:
    for _ in range(4):
        await _charge(connection)

    assert (await _charge(connection, scope="requests:key_2")).remaining == 2


@pytest.mark.parametrize(
    ("units", "needed", "is_allowed", "remaining", "retry_units"),
    [
        (1, 1, True, 1, 0),
        (2, 2, True, 0, 0),
        (3, 3, False, 2, 1),
        (1, 3, False, 2, 1),
        (5, 5, False, 2, 1),
        (0, 2, True, 2, 0),
        (0, 3, False, 2, 1),
        (7, 0, True, 0, 0),
    ],
)
async def test_so_much_has_to_fit_and_so_much_is_counted(
    connection: Connection, *, units: int, needed: int, is_allowed: bool, remaining: int, retry_units: int
) -> None:
    await _charge(connection)

    verdict = await _charge(connection, units, needed=needed)

    assert (verdict.is_allowed, verdict.remaining) == (is_allowed, remaining)
    assert verdict.retry_seconds == _units(retry_units)


async def test_more_than_the_burst_is_allowed_after_a_rest_and_paid_for_afterwards(connection: Connection) -> None:
    large = await _charge(connection, 10)
    next_one = await _charge(connection)

    assert (large.is_allowed, large.remaining, large.reset_seconds) == (True, 0, _units(10))
    assert (next_one.is_allowed, next_one.retry_seconds) == (False, _units(8))


async def test_a_limit_drains_by_the_clock_of_the_database(connection: Connection) -> None:
    for _ in range(3):
        await _charge(connection)
    await connection.execute("update rate_limits set full_until = full_until - interval '1500000 seconds'")

    verdicts = [await _charge(connection) for _ in range(2)]

    assert [one.is_allowed for one in verdicts] == [True, False]
    assert [one.retry_seconds for one in verdicts] == [0, _units(0.5)]
    await connection.execute("update rate_limits set full_until = clock_timestamp() - interval '1 year'")
    assert (await _charge(connection)).remaining == 2, "rest is not saved up beyond the burst"


async def test_a_refusal_never_says_to_come_back_at_once(connection: Connection) -> None:
    rate = Rate(per_second=1 / UNIT_SECONDS, burst=1)
    await _charge(connection, rate=rate)
    await connection.execute("update rate_limits set full_until = clock_timestamp() + interval '200 milliseconds'")

    verdict = await _charge(connection, rate=rate)

    assert verdict.is_allowed or verdict.retry_seconds == 1


@given(st.floats(min_value=0.01, max_value=2**40, allow_nan=False), st.lists(st.integers(1, 2**31), min_size=1))
def test_the_parts_of_a_burst_never_come_to_more_than_all_of_it(per_second: float, parts: list[int]) -> None:
    rate = Rate(per_second=per_second, burst=sum(parts))

    assert sum((rate.span(part) for part in parts), timedelta()) <= rate.span(rate.burst)


@pytest.mark.committed
async def test_racing_clients_get_exactly_the_burst(database: Database) -> None:
    rate = Rate(per_second=1 / UNIT_SECONDS, burst=100)

    async def client(tries: int) -> list[Verdict]:
        async with database.reading() as conn:
            return [await rates.charge(conn, scope=SCOPE, rate=rate, units=1) for _ in range(tries)]

    verdicts = [one for got in await asyncio.gather(*(client(60) for _ in range(8))) for one in got]

    assert len(verdicts) == 480
    assert sorted(one.remaining for one in verdicts if one.is_allowed) == list(range(100))
    assert all(one.retry_seconds >= 1 for one in verdicts if not one.is_allowed)


@pytest.mark.committed
async def test_housekeeping_forgets_what_has_drained_away_and_nothing_else(store: Store) -> None:
    async with store.db.reading() as conn:
        for number in range(5):
            await rates.charge(conn, scope=f"guesses:{number}", rate=QUICK, units=1)
        await conn.execute("update rate_limits set full_until = full_until - interval '1 minute'")
        await rates.charge(conn, scope=SCOPE, rate=SLOW, units=1)
        assert await rates.forget(conn, limit=3) == 3

    await rescue(store.db, store.blobs, max_tries=3)

    assert await store.one("select scope from rate_limits") == SCOPE


@pytest.mark.committed
async def test_counting_waits_for_no_disk(store: Store) -> None:
    assert await store.one("select relpersistence::text from pg_class where relname = 'rate_limits'") == "u"
