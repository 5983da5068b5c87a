"""Endpoints in trouble share half of the places, newcomers three quarters with them; who answers finds room."""

import asyncio
import random

from docurift.webhooks.lanes import Lane, Lanes, Place


async def test_each_lane_has_its_share() -> None:
    lanes = Lanes(8)

    troubled = entered(lanes, Lane.TROUBLED, 9)
    new = entered(lanes, Lane.NEW, 9)
    proven = entered(lanes, Lane.PROVEN, 9)

    assert (len(troubled), len(new), len(proven), lanes.used) == (4, 2, 2, 8)


async def test_a_slow_attempt_takes_the_room_of_those_in_trouble() -> None:
    lanes = Lanes(8)
    for place in entered(lanes, Lane.PROVEN, 4):
        place.slow()

    assert entered(lanes, Lane.TROUBLED, 1) == []
    assert len(entered(lanes, Lane.PROVEN, 9)) == 4


async def test_who_waits_is_served_in_order_and_before_who_comes_later() -> None:
    lanes = Lanes(2)
    first, second = entered(lanes, Lane.PROVEN, 2)
    waiting = [lanes.enter(Lane.PROVEN) for _ in range(2)]

    first.leave()
    first.leave()  # a second time changes nothing

    assert [one.done() for one in waiting] == [True, False]
    assert lanes.try_enter(Lane.PROVEN) is None
    second.leave()
    assert waiting[1].done()


async def test_who_gave_up_is_passed_over() -> None:
    lanes = Lanes(2)
    (place,) = entered(lanes, Lane.TROUBLED, 1)
    gone, waiting = lanes.enter(Lane.TROUBLED), lanes.enter(Lane.TROUBLED)

    gone.cancel()
    place.leave()

    assert waiting.done()
    assert not waiting.cancelled()


async def test_the_bounds_hold_whatever_happens() -> None:
    choice, lanes = random.Random(7), Lanes(16)  # noqa: S311 -- what happens next
    held, waiting = list[Place](), list[asyncio.Future[Place]]()
    for _ in range(5_000):
        match choice.randrange(4):
            case 0:
                waiting.append(lanes.enter(choice.choice(list(Lane))))
            case 1 if held:
                held.pop(choice.randrange(len(held))).leave()
            case 2 if held:
                choice.choice(held).slow()
            case 3 if waiting:
                waiting.pop(choice.randrange(len(waiting))).cancel()
        held.extend(one.result() for one in waiting if one.done())
        waiting = [one for one in waiting if not one.done()]
        assert lanes.used == len(held) <= 16
        assert held or not waiting


def entered(lanes: Lanes, lane: Lane, times: int) -> list[Place]:
    return [place for _ in range(times) if (place := lanes.try_enter(lane)) is not None]
