"""A deliverer is killed at the two worst moments of an attempt; the event comes all the same, id and bytes too."""

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.client import Client, client_of
from tests.support.receiver import Received, a_receiver
from tests.support.service import Running, running
from tests.support.waiting import until

from docurift.model import signature

SETTINGS = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8",
    "DOCURIFT_LEASE_SECONDS": "1",
    "DOCURIFT_RENEW_SECONDS": "0.25",
}
COMPLETED = "document.processing.completed"
DEADLINE_SECONDS = 30


def test_an_event_is_sent_though_the_deliverer_was_killed_before_it_sent_it(folder: Path) -> None:
    with an_inbox() as (url, received):
        with running(folder, SETTINGS | {"DOCURIFT_FAILPOINT": "deliver.before_send:kill"}) as service:
            client, secret = client_of(service.base_url, service.data_dir), subscribed(service, url)
            job_id = client.submitted(b"a text", name="a.txt")
            assert client.final(job_id)["status"] == "completed"
            until(lambda: deaths(service) >= 1)
        assert received == []

        with running(folder, SETTINGS):
            until(lambda: len(received) >= 1)

    assert_all_are_the_event_of(job_id, received, secret)
    assert len(received) == 1


def test_an_event_is_sent_again_if_the_deliverer_was_killed_before_it_recorded_the_answer(folder: Path) -> None:
    with an_inbox() as (url, received):
        with running(folder, SETTINGS | {"DOCURIFT_FAILPOINT": "deliver.after_send:kill"}) as service:
            client, secret = client_of(service.base_url, service.data_dir), subscribed(service, url)
            job_id = client.submitted(b"a text", name="a.txt")
            until(lambda: deaths(service) >= 1)
            assert len(received) >= 1
        before = len(received)

        with running(folder, SETTINGS) as service:
            until(lambda: len(received) > before)
            client = client_of(service.base_url, service.data_dir)
            until(lambda: [one["status"] for one in deliveries(client)] == ["delivered"])

    assert_all_are_the_event_of(job_id, received, secret)


def assert_all_are_the_event_of(job_id: str, received: list[Received], secret: str) -> None:
    """The same id and the same bytes each time, with a signature that holds at its time."""
    event = json.loads(received[0].body)
    assert (event["type"], event["data"]["jobId"]) == (COMPLETED, job_id)
    assert {(one.headers["webhook-id"], one.body) for one in received} == {(event["id"], received[0].body)}
    for one in received:
        found = signature.verify(headers=one.headers, body=one.body, secret=secret, now=int(one.at))
        assert all(finding.holds for finding in found)


def subscribed(service: Running, url: str) -> str:
    """The secret of an endpoint that hears of completed documents."""
    body = json.dumps({"url": url, "events": [COMPLETED], "active": True}).encode()
    answer = client_of(service.base_url, service.data_dir).call(
        "POST", "/v1/webhooks", body=body, Content_Type="application/json"
    )
    assert answer.status == 201, answer.body
    return answer.data["secret"]


def deliveries(client: Client) -> list[dict[str, Any]]:
    endpoint = client.call("GET", "/v1/webhooks").data["webhooks"][0]["id"]
    return client.call("GET", f"/v1/webhooks/{endpoint}/deliveries").data["deliveries"]


def deaths(service: Running) -> int:
    """How often a deliverer has ended while the service runs."""
    log = service.data_dir.with_suffix(".log").read_text()
    ended = (json.loads(line) for line in log.splitlines() if '"process.ended"' in line)
    return sum(one["name"].startswith("deliverer") for one in ended)


@contextmanager
def an_inbox() -> Iterator[tuple[str, list[Received]]]:
    """The URL of a receiver in a thread of its own, and what it has received."""
    ready, stop, found = threading.Event(), threading.Event(), list[Any]()

    async def receive() -> None:
        async with a_receiver() as receiver:
            found.append(receiver)
            ready.set()
            await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: asyncio.run(receive()))
    thread.start()
    assert ready.wait(DEADLINE_SECONDS)
    try:
        yield found[0].url, found[0].requests
    finally:
        stop.set()
        thread.join()
