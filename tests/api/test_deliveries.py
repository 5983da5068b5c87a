"""What was sent to an endpoint can be looked at, and sent again."""

from typing import Any

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.model.ids import new_id

URL = "http://127.0.0.1:9000/hooks"


async def an_endpoint(client: httpx2.AsyncClient, *events: str, **more: Any) -> str:  # noqa: ANN401
    """The address of a fresh endpoint."""
    response = await client.post("/v1/webhooks", json={"url": URL, "events": events} | more)
    assert response.status_code == 201, response.text
    return response.headers["location"]


async def listed(client: httpx2.AsyncClient, path: str, **wanted: object) -> list[dict[str, Any]]:
    response = await client.get(f"{path}/deliveries", params={name: str(value) for name, value in wanted.items()})
    assert response.status_code == 200, response.text
    return response.json()["data"]["deliveries"]


async def attempted(edge: EdgeUnderTest, delivery_id: str) -> None:
    """One attempt failed without an answer, the next was answered."""
    async with edge.db.transaction() as tx:
        await tx.execute(
            "insert into delivery_attempts (delivery_id, number, started_at, latency_ms, status_code, error, answer)"
            " values (%(id)s, 1, now(), 5000, null, 'No connection within 5 seconds.', null),"
            " (%(id)s, 2, now(), 24, 200, null, 'thank you')",
            {"id": delivery_id},
        )
        await tx.execute(
            "update deliveries set status = 'delivered', attempts = 2, next_attempt_at = null, completed_at = now()"
            " where id = %s",
            (delivery_id,),
        )


async def test_a_delivery_shows_every_attempt_with_status_latency_and_answer(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    path = await an_endpoint(client, "document.processing.accepted")
    accepted = await submit(client)
    [waiting] = await listed(client, path)
    await attempted(edge, waiting["id"])

    [shown] = await listed(client, path, status="delivered", jobId=accepted["jobId"])

    assert (waiting["status"], waiting["attemptCount"], waiting["attempts"]) == ("pending", 0, [])
    assert waiting["nextAttemptAt"] is not None
    assert (shown["status"], shown["attemptCount"], shown["origin"]) == ("delivered", 2, "event")
    assert (shown["eventType"], shown["jobId"]) == ("document.processing.accepted", accepted["jobId"])
    first, second = shown["attempts"]
    assert (first["statusCode"], first["error"], first["latencyMs"]) == (None, "No connection within 5 seconds.", 5000)
    assert (second["number"], second["statusCode"], second["answer"]) == (2, 200, "thank you")
    assert (await client.get(f"{path}/deliveries/{shown['id']}")).json()["data"] == shown


async def test_deliveries_are_filtered_and_walked(client: httpx2.AsyncClient) -> None:
    path = await an_endpoint(client)
    for _ in range(4):
        await client.post(f"{path}/test")

    whole = await listed(client, path, eventType="webhook.test")
    part = (await client.get(f"{path}/deliveries?limit=3")).json()["data"]
    cursor = part["pagination"]["nextCursor"]
    rest = await listed(client, path, limit=3, cursor=cursor)

    assert len(whole) == 4
    assert [one["id"] for one in part["deliveries"]] == [one["id"] for one in whole[:3]]
    assert [one["eventType"] for one in rest] == ["webhook.test", "webhook.created"]
    assert await listed(client, path, eventId=whole[0]["eventId"]) == whole[:1]
    assert await listed(client, path, endDate="2020-01-01") == []
    assert len(await listed(client, path, startDate="2020-01-01")) == 5
    changed = await client.get(f"{path}/deliveries", params={"cursor": cursor, "status": "pending"})
    assert code_of(changed) == "INVALID_CURSOR"
    for wrong in ("status=lost", "eventType=nope", "startDate=soon", "limit=0", "organizationId=x"):
        assert code_of(await client.get(f"{path}/deliveries?{wrong}")) == "VALIDATION_ERROR"


async def test_a_test_event_is_accepted_and_can_be_followed(client: httpx2.AsyncClient) -> None:
    path = await an_endpoint(client, "batch.completed")

    response = await client.post(f"{path}/test")

    sent = response.json()["data"]
    assert (response.status_code, response.headers["location"]) == (202, f"{path}/deliveries/{sent['deliveryId']}")
    delivery = (await client.get(response.headers["location"])).json()["data"]
    assert (delivery["eventId"], delivery["eventType"]) == (sent["eventId"], "webhook.test")


async def test_a_delivery_is_sent_again_under_the_same_event_id(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    path = await an_endpoint(client)
    [first] = await listed(client, path)
    await attempted(edge, first["id"])

    response = await client.post(f"{path}/deliveries/{first['id']}/redeliver")

    again = response.json()["data"]
    assert (response.status_code, response.headers["location"]) == (202, f"{path}/deliveries/{again['id']}")
    assert (again["eventId"], again["sequence"]) == (first["eventId"], first["sequence"])
    assert (again["origin"], again["status"], again["attempts"]) == ("redelivery", "pending", [])
    assert len(await listed(client, path)) == 2


async def test_a_part_of_the_log_is_replayed(client: httpx2.AsyncClient) -> None:
    path = await an_endpoint(client, "document.processing.accepted")
    for _ in range(3):
        await submit(client)
    numbers = [one["sequence"] for one in await listed(client, path)]

    by_number = await client.post(f"{path}/replay", json={"sinceSequence": numbers[1], "untilSequence": numbers[0]})
    by_time = await client.post(f"{path}/replay", json={"since": "2020-01-01", "until": "2100-01-01T00:00:00Z"})
    of_nothing = await client.post(f"{path}/replay", json={"until": "2020-01-01"})

    assert (by_number.status_code, by_number.json()["data"]) == (202, {"deliveries": 2})
    assert (by_time.json()["data"], of_nothing.json()["data"]) == ({"deliveries": 3}, {"deliveries": 0})
    assert [one["origin"] for one in await listed(client, path)].count("replay") == 5


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"since": "yesterday"},
        {"since": None},
        {"since": 1_700_000_000},
        {"sinceSequence": 0},
        {"sinceSequence": "1"},
        {"after": 3},
    ],
)
async def test_a_replay_says_of_what(client: httpx2.AsyncClient, body: dict[str, Any]) -> None:
    path = await an_endpoint(client)

    response = await client.post(f"{path}/replay", json=body)

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
    assert len(response.json()["error"]["details"]["fields"]) == 1


async def test_nothing_is_sent_by_hand_to_an_endpoint_that_is_switched_off(client: httpx2.AsyncClient) -> None:
    path = await an_endpoint(client)
    [first] = await listed(client, path)
    await client.patch(path, json={"active": False})

    for response in (
        await client.post(f"{path}/test"),
        await client.post(f"{path}/replay", json={"sinceSequence": 1}),
        await client.post(f"{path}/deliveries/{first['id']}/redeliver"),
    ):
        assert (response.status_code, code_of(response)) == (409, "WEBHOOK_INACTIVE")


async def test_a_delivery_belongs_to_its_endpoint_and_organization(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    path, another = await an_endpoint(client), await an_endpoint(client)
    theirs = await an_endpoint(other)
    mine = (await listed(client, path))[-1]["id"]

    for caller, endpoint, delivery, code in (
        (client, another, mine, "DELIVERY_NOT_FOUND"),
        (client, path, new_id("dlv"), "DELIVERY_NOT_FOUND"),
        (client, path, "malformed", "DELIVERY_NOT_FOUND"),
        (other, path, mine, "WEBHOOK_NOT_FOUND"),
        (other, theirs, mine, "DELIVERY_NOT_FOUND"),
    ):
        shown = await caller.get(f"{endpoint}/deliveries/{delivery}")
        again = await caller.post(f"{endpoint}/deliveries/{delivery}/redeliver")
        assert {(one.status_code, code_of(one)) for one in (shown, again)} == {(404, code)}


async def test_an_event_past_its_time_is_not_sent_again(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    path = await an_endpoint(client)
    [first] = await listed(client, path)
    async with edge.db.reading() as conn:
        await conn.execute("delete from events")

    response = await client.post(f"{path}/deliveries/{first['id']}/redeliver")

    assert (response.status_code, code_of(response)) == (410, "EVENT_EXPIRED")
