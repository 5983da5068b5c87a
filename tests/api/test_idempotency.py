"""A POST that is sent again under its Idempotency-Key is answered again and not done again, whichever it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, code_of

URL = "http://127.0.0.1:9000/hooks"
AT_ONCE = 50

Request = Callable[[httpx2.AsyncClient], Awaitable[tuple[str, dict[str, Any]]]]


async def api_key(_client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return "/v1/api-keys", {"name": "once", "scopes": ["jobs:read"]}


async def webhook(_client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return "/v1/webhooks", {"url": URL}


async def default_secret(_client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return "/v1/webhooks/default-secret", {"overlapSeconds": 60}


async def rotation(client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return f"/v1/webhooks/{await an_endpoint(client)}/rotate-secret", {"overlapSeconds": 60}


async def test_event(client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return f"/v1/webhooks/{await an_endpoint(client)}/test", {}


async def replay(client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    return f"/v1/webhooks/{await an_endpoint(client)}/replay", {"sinceSequence": 1}


async def redelivery(client: httpx2.AsyncClient) -> tuple[str, dict[str, Any]]:
    endpoint = await an_endpoint(client)
    delivery = (await client.post(f"/v1/webhooks/{endpoint}/test")).json()["data"]["deliveryId"]
    return f"/v1/webhooks/{endpoint}/deliveries/{delivery}/redeliver", {}


async def an_endpoint(client: httpx2.AsyncClient) -> str:
    return (await client.post("/v1/webhooks", json={"url": URL})).json()["data"]["id"]


async def sent(client: httpx2.AsyncClient, path: str, body: dict[str, Any], key: str) -> httpx2.Response:
    return await client.post(path, json=body or None, headers={"Idempotency-Key": key})


async def test_every_post_of_the_api_takes_an_idempotency_key(client: httpx2.AsyncClient) -> None:
    paths = (await client.get("/openapi.json")).json()["paths"]
    posts = {path: calls["post"].get("parameters", []) for path, calls in paths.items() if "post" in calls}

    without = [path for path, taken in posts.items() if "Idempotency-Key" not in {one.get("name") for one in taken}]

    assert len(posts) >= 15
    assert without == []


REQUESTS: tuple[Request, ...] = (api_key, webhook, default_secret, rotation, test_event, replay, redelivery)


@pytest.mark.parametrize("request_of", REQUESTS, ids=lambda one: one.__name__)
async def test_the_same_request_gets_the_very_same_answer(client: httpx2.AsyncClient, request_of: Request) -> None:
    path, body = await request_of(client)

    first = await sent(client, path, body, "one")
    again = await sent(client, path, body, "one")
    another = await sent(client, path, body, "two")

    assert first.is_success, first.text
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again.headers.get("Location") == first.headers.get("Location")
    assert (again.headers["Idempotent-Replayed"], "Idempotent-Replayed" in first.headers) == ("true", False)
    assert another.is_success
    assert "Idempotent-Replayed" not in another.headers


async def test_a_key_stands_for_one_request(client: httpx2.AsyncClient) -> None:
    path, body = await webhook(client)
    await sent(client, path, body, "one")

    other_body = await sent(client, path, body | {"active": False}, "one")
    other_route = await sent(client, "/v1/webhooks/default-secret", {}, "one")
    a_job = await client.post(
        "/v1/documents/process/async", files={"file": ("a.txt", b"text")}, headers={"Idempotency-Key": "one"}
    )

    for refused in (other_body, other_route, a_job):
        assert (refused.status_code, code_of(refused)) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_a_refused_request_leaves_its_key_free(client: httpx2.AsyncClient) -> None:
    refused = await sent(client, "/v1/webhooks", {"url": "https://10.0.0.5/"}, "one")
    taken = await sent(client, "/v1/webhooks", {"url": URL}, "one")

    assert (refused.status_code, taken.status_code) == (400, 201)
    assert "Idempotent-Replayed" not in taken.headers


async def test_fifty_at_once_make_one_endpoint(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(sent(client, "/v1/webhooks", {"url": URL}, "one") for _ in range(AT_ONCE)))

    made = (await client.get("/v1/webhooks")).json()["data"]["pagination"]["total"]
    assert {answer.status_code for answer in answers} == {201}
    assert (len({answer.content for answer in answers}), made) == (1, 1)
    assert sum("Idempotent-Replayed" not in answer.headers for answer in answers) == 1


async def test_fifty_at_once_make_one_job_of_one_file(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    async def submitted() -> httpx2.Response:
        files = {"file": ("a.txt", b"the same text")}
        return await client.post("/v1/documents/process/async", files=files, headers={"Idempotency-Key": "one"})

    answers = await asyncio.gather(*(submitted() for _ in range(AT_ONCE)))

    async with edge.services.db.reading() as conn:
        counted = await conn.execute(
            "select (select count(*) from jobs) as jobs, (select count(*) from documents) as documents,"
            " (select count(*) from events where type = 'document.processing.accepted') as accepted"
        )
        assert await counted.fetchone() == {"jobs": 1, "documents": 1, "accepted": 1}
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["data"]["jobId"] for answer in answers}) == 1
    organizations = edge.services.blobs.incoming.parent
    assert len([path for path in organizations.rglob("*") if path.is_file()]) == 1


async def test_an_answer_that_shows_a_secret_is_kept_sealed(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    secret = (await sent(client, "/v1/webhooks", {"url": URL}, "one")).json()["data"]["secret"]

    async with edge.services.db.reading() as conn:
        row = await (await conn.execute("select sealed_answer from idempotency_keys")).fetchone()

    assert row is not None
    assert secret.startswith("whsec_")
    assert secret.encode() not in row["sealed_answer"]


async def test_another_organizations_key_of_the_same_name_is_another_key(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    mine, theirs = [await sent(one, "/v1/webhooks", {"url": URL}, "one") for one in (client, other)]

    assert theirs.status_code == 201
    assert theirs.json()["data"]["id"] != mine.json()["data"]["id"]
    assert "Idempotent-Replayed" not in theirs.headers
