"""Among endpoints that hang, fail, reset and drip, those that answer get everything."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from tests.support.deliveries import an_endpoint, delivering, told, until
from tests.support.receiver import Receiver, a_receiver, answers, drips, holding, resets, takes_it
from tests.support.submissions import Store

pytestmark = pytest.mark.committed

EVENTS = 60
HEALTHY = 6
BAD = [holding(asyncio.Event()), holding(asyncio.Event()), answers(500), answers(500), resets, drips]


async def test_who_answers_gets_every_event_and_the_others_keep_theirs(store: Store) -> None:
    async with AsyncExitStack() as stack:
        bad = [await stack.enter_async_context(a_receiver(reply)) for reply in BAD]
        well = [await stack.enter_async_context(a_receiver(takes_it)) for _ in range(HEALTHY)]
        for receiver in (*bad, *well):
            await an_endpoint(store, receiver.url)
        async with delivering(store, most_in_flight=16, seconds=1.0):
            events = await told(store, EVENTS)
            await until(store, "select count(*) = %s from deliveries where status = 'delivered'", EVENTS * HEALTHY)

    for receiver in well:
        assert sequences(receiver) == {event.sequence for event in events}
        assert receiver.most_at_once <= 5
    waiting = "select count(*) from deliveries where status = 'pending' and next_attempt_at is not null"
    assert await store.one(waiting) == EVENTS * len(BAD)


def sequences(receiver: Receiver) -> set[int]:
    return {one.event["sequence"] for one in receiver.requests}
