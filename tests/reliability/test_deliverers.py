"""F23: nobody delivers for an hour, and then somebody does."""

import asyncio
import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field

import psycopg
from tests.reliability.deployment import Deployment, until
from tests.reliability.history import Recorded
from tests.support.receiver import Received, Receiver, Reply, a_receiver

ENDPOINTS = 4
AT_ONCE = 3
IN_FLIGHT = 5
ANSWERED_AFTER_SECONDS = 0.02
CAPS = {"webhook_concurrency": str(AT_ONCE), "max_deliveries_in_flight": str(IN_FLIGHT)}
# An hour for the rows is that they are an hour older.
HOUR_AGO = (
    "update events set created_at = created_at - interval '1 hour'",
    (
        "update deliveries set created_at = created_at - interval '1 hour',"
        " next_attempt_at = next_attempt_at - interval '1 hour', completed_at = completed_at - interval '1 hour'"
    ),
    (
        "update webhook_endpoints set last_success_at = last_success_at - interval '1 hour',"
        " turn_until = turn_until - interval '1 hour'"
    ),
)


@dataclass
class Crowd:
    """What is under way to all receivers together."""

    receivers: list[Receiver] = field(default_factory=list[Receiver])
    under_way: int = 0
    most_at_once: int = 0

    async def reply(self, _: Received) -> Reply:
        self.under_way += 1
        self.most_at_once = max(self.most_at_once, self.under_way)
        await asyncio.sleep(ANSWERED_AFTER_SECONDS)  # so that attempts meet here
        self.under_way -= 1
        return Reply()


@contextmanager
def a_crowd() -> Iterator[Crowd]:
    crowd, ready, stop = Crowd(), threading.Event(), threading.Event()

    async def receive() -> None:
        async with AsyncExitStack() as stack:
            for _ in range(ENDPOINTS):
                crowd.receivers.append(await stack.enter_async_context(a_receiver(crowd.reply)))
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(receive()), name="crowd")
    thread.start()
    try:
        assert ready.wait(20)
        yield crowd
    finally:
        stop.set()
        thread.join()


def test_what_piled_up_in_an_hour_is_delivered_in_order_and_within_the_bounds(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    deployment.service(database_timeout_seconds="20", lease_seconds="60")
    tenant = deployment.tenant()
    with a_crowd() as crowd:
        for receiver in crowd.receivers:
            subscribed(tenant, receiver.url)
        leaving = deployment.deliverer(**CAPS)
        tenant.final(tenant.accepted("words before", key="before"))
        until(lambda: count(sql, "deliveries where status = 'delivered'") >= ENDPOINTS)
        leaving.send(signal.SIGTERM)
        assert leaving.ended() == 0
        before = [len(receiver.requests) for receiver in crowd.receivers]

        jobs = [tenant.accepted(f"words {number}", key=f"k{number}") for number in range(10)]
        assert {tenant.final(job_id)["status"] for job_id in jobs} == {"completed"}
        for statement in HOUR_AGO:
            sql.execute(statement.encode())
        waiting = count(sql, "deliveries where status = 'pending' and attempts = 0")
        assert [len(receiver.requests) for receiver in crowd.receivers] == before
        deployment.deliverer(**CAPS)
        until(lambda: count(sql, "deliveries where status <> 'delivered'") == 0)
        received = [numbers_of(receiver) for receiver in crowd.receivers]

    assert waiting >= 30 * ENDPOINTS
    assert [len(set(numbers)) for numbers in received] == [len(numbers) for numbers in received]
    assert count(sql, "deliveries") == sum(len(numbers) for numbers in received) == count(sql, "delivery_attempts")
    assert max(map(overtaken, received)) < AT_ONCE
    assert max(receiver.most_at_once for receiver in crowd.receivers) <= AT_ONCE
    assert crowd.most_at_once <= IN_FLIGHT
    assert deployment.violations(received={tenant.organization: frozenset().union(*received)}) == []


def subscribed(tenant: Recorded, url: str) -> None:
    """An endpoint that wants everything."""
    body = json.dumps({"url": url, "events": []}).encode()
    answer = tenant.client.call("POST", "/v1/webhooks", body=body, Content_Type="application/json")
    assert answer.status == 201, answer.body


def numbers_of(receiver: Receiver) -> list[int]:
    """Of its events, in the order in which they came."""
    return [one.event["sequence"] for one in receiver.requests]


def overtaken(numbers: Sequence[int]) -> int:
    """How many earlier events at most had not come when an event came: they are under way, or the order is not kept."""
    return max(sum(other < number for other in numbers[at:]) for at, number in enumerate(numbers))


def count(sql: psycopg.Connection, of: str) -> int:
    row = sql.execute(f"select count(*) from {of}".encode()).fetchone()  # noqa: S608 -- our own words
    assert row is not None
    return row[0]
