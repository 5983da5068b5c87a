"""Webhook endpoints over HTTP: whom events are sent to, and with which secret."""

import logging
import re
from typing import Any

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, code_of

from docurift.api.services import EdgeLimits
from docurift.model.event import EventType
from docurift.model.ids import new_id

# In a network that the guard of the tests lets through to: no name is looked up.
URL = "http://127.0.0.1:9000/hooks?token=t0ken"
HEADER_VALUE = "Bearer a-value-that-nobody-sees"
SECRET = re.compile(r"whsec_[0-9A-Za-z]{36}")


async def create(client: httpx2.AsyncClient, **changes: Any) -> dict[str, Any]:  # noqa: ANN401
    response = await client.post("/v1/webhooks", json={"url": URL} | changes)
    assert response.status_code == 201, response.text
    return response.json()["data"]


async def events_of(edge: EdgeUnderTest, type_: EventType) -> list[dict[str, Any]]:
    async with edge.db.reading() as conn:
        cursor = await conn.execute("select data from events where type = %s order by sequence", (type_,))
        return [row["data"] for row in await cursor.fetchall()]


async def test_an_endpoint_is_made_with_its_secret_which_is_shown_once(client: httpx2.AsyncClient) -> None:
    created = await client.post(
        "/v1/webhooks",
        json={"url": URL, "events": ["document.processing.completed"], "headers": {"Authorization": HEADER_VALUE}},
    )

    data = created.json()["data"]
    assert created.status_code == 201
    assert created.headers["location"] == f"/v1/webhooks/{data['id']}"
    assert SECRET.fullmatch(data["secret"])
    shown = (await client.get(created.headers["location"])).json()["data"]
    assert shown == {name: value for name, value in data.items() if name != "secret"}
    assert (shown["url"], shown["events"], shown["active"]) == (URL, ["document.processing.completed"], True)
    assert shown["headerNames"] == ["Authorization"]
    assert shown["perCall"] is False


@pytest.mark.parametrize("events", [[], ["*"], ["*", "batch.completed"], None])
async def test_no_event_named_or_a_star_is_all_of_them(client: httpx2.AsyncClient, events: list[str] | None) -> None:
    created = await create(client, **({} if events is None else {"events": events}))

    assert created["events"] == ["*"]


async def test_endpoints_are_listed_newest_first_and_walked_by_cursor(client: httpx2.AsyncClient) -> None:
    made = [(await create(client))["id"] for _ in range(3)]

    first = (await client.get("/v1/webhooks", params={"limit": 2})).json()["data"]
    rest = (await client.get("/v1/webhooks", params={"limit": 2, "cursor": first["pagination"]["nextCursor"]})).json()

    listed = [one["id"] for one in (*first["webhooks"], *rest["data"]["webhooks"])]
    assert listed == made[::-1]
    assert first["pagination"]["total"] == 3
    assert all("secret" not in one for one in first["webhooks"])


async def test_what_is_not_named_in_a_change_stays(client: httpx2.AsyncClient) -> None:
    created = await create(client, events=["batch.completed"], headers={"X-Shop": "7"})
    path = f"/v1/webhooks/{created['id']}"

    moved = (await client.patch(path, json={"url": URL + "&v=2"})).json()["data"]
    bare = (await client.patch(path, json={"headers": {}, "events": ["*"], "active": False})).json()["data"]

    assert (moved["url"], moved["events"], moved["headerNames"]) == (URL + "&v=2", ["batch.completed"], ["X-Shop"])
    assert (bare["url"], bare["events"], bare["headerNames"], bare["active"]) == (URL + "&v=2", ["*"], [], False)


async def test_a_disabled_endpoint_that_is_switched_on_begins_anew(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    created = await create(client)
    async with edge.db.reading() as conn:
        await conn.execute(
            "update webhook_endpoints set active = false, disabled_at = now(), disabled_reason = 'failing',"
            " consecutive_failures = 30, failing_since = now() - interval '5 days', paused_until = now()"
        )
    path = f"/v1/webhooks/{created['id']}"

    disabled = (await client.get(path)).json()["data"]
    enabled = (await client.patch(path, json={"active": True})).json()["data"]

    assert (disabled["disabledReason"], disabled["active"], disabled["consecutiveFailures"]) == ("failing", False, 30)
    assert [enabled[name] for name in ("disabledReason", "disabledAt", "failingSince", "pausedUntil")] == [None] * 4
    assert (enabled["active"], enabled["consecutiveFailures"]) == (True, 0)


async def test_a_deleted_endpoint_takes_what_waits_for_it_along(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    created = await create(client)
    path = f"/v1/webhooks/{created['id']}"
    await client.post(f"{path}/test")
    assert await edge.count("deliveries") == 2  # of its making, and the test

    deleted = (await client.delete(path)).json()["data"]

    assert (deleted["id"], deleted["deleted"]) == (created["id"], True)
    assert [await edge.count(table) for table in ("webhook_endpoints", "deliveries")] == [0, 0]
    assert code_of(await client.get(path)) == "WEBHOOK_NOT_FOUND"
    assert code_of(await client.delete(path)) == "WEBHOOK_NOT_FOUND"


async def test_a_rotated_secret_is_shown_once_and_says_how_long_the_old_one_signs(client: httpx2.AsyncClient) -> None:
    created = await create(client)
    path = f"/v1/webhooks/{created['id']}/rotate-secret"

    day = (await client.post(path)).json()["data"]
    at_once = (await client.post(path, json={"overlapSeconds": 0, "secret": "brought-by-its-owner"})).json()["data"]
    shown = (await client.get(f"/v1/webhooks/{created['id']}")).json()["data"]

    assert SECRET.fullmatch(day["secret"])
    assert day["secret"] != created["secret"]
    assert day["previousSecretUntil"] is not None
    assert (at_once["secret"], at_once["previousSecretUntil"]) == ("brought-by-its-owner", None)
    assert "secret" not in shown


async def test_the_organizations_own_secret_is_made_and_rotated(client: httpx2.AsyncClient) -> None:
    path = "/v1/webhooks/default-secret"

    before = (await client.get(path)).json()["data"]
    first = (await client.post(path)).json()["data"]
    second = (await client.post(path, json={"overlapSeconds": 60})).json()["data"]
    after = (await client.get(path)).json()["data"]

    assert before == {"exists": False, "previousSecretUntil": None}
    assert (SECRET.fullmatch(first["secret"]) is not None, first["previousSecretUntil"]) == (True, None)
    assert second["secret"] != first["secret"]
    assert after == {"exists": True, "previousSecretUntil": second["previousSecretUntil"]}


async def test_every_change_tells_its_event_without_secrets(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    created = await create(client, events=["batch.completed"], headers={"Authorization": HEADER_VALUE})
    path = f"/v1/webhooks/{created['id']}"
    await client.patch(path, json={"active": False})
    await client.post(f"{path}/rotate-secret")
    await client.delete(path)

    told = {"webhookId": created["id"], "url": URL, "events": ["batch.completed"], "active": True}
    assert await events_of(edge, EventType.WEBHOOK_CREATED) == [told]
    off = told | {"active": False}
    for type_ in (EventType.WEBHOOK_UPDATED, EventType.WEBHOOK_SECRET_ROTATED, EventType.WEBHOOK_DELETED):
        assert await events_of(edge, type_) == [off]


async def test_no_secret_and_no_header_value_is_in_an_answer_a_log_or_an_event(
    edge: EdgeUnderTest,
    client: httpx2.AsyncClient,
    caplog: pytest.LogCaptureFixture,
    capsys: pytest.CaptureFixture[str],
) -> None:
    hidden = {HEADER_VALUE, "Bearer another-value", "brought-by-its-owner"}
    with caplog.at_level(logging.DEBUG):
        created = await create(client, headers={"Authorization": HEADER_VALUE}, secret="brought-by-its-owner")
        path = f"/v1/webhooks/{created['id']}"
        rotated = (await client.post(f"{path}/rotate-secret")).json()["data"]
        refused = await client.post("/v1/webhooks", json={"url": URL, "headers": {"X-A": HEADER_VALUE + "\n"}})
        own = (await client.post("/v1/webhooks/default-secret")).json()["data"]
        answers = [
            refused,
            await client.patch(path, json={"headers": {"Authorization": "Bearer another-value"}}),
            await client.post(f"{path}/test"),
            *[await client.get(f"{path}{part}") for part in ("", "/deliveries")],
            *[await client.get(f"/v1/webhooks{part}") for part in ("", "/default-secret")],
        ]
    hidden |= {rotated["secret"], own["secret"]}

    async with edge.db.reading() as conn:
        cursor = await conn.execute("select e::text as told from events e union all select d::text from deliveries d")
        told = [row["told"] for row in await cursor.fetchall()]
    seen = "".join([*(answer.text for answer in answers), *told, caplog.text, *capsys.readouterr()])

    assert [text for text in hidden if text in seen] == []
    assert SECRET.search(seen) is None
    assert "request.served" in seen


async def test_no_more_endpoints_are_made_than_are_allowed(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    async with edge.db.reading() as conn:
        await conn.execute(
            "insert into webhook_endpoints (id, organization_id, url, sealed_secret)"
            " select 'wh_' || n, id, 'https://x.y', '' from organizations, generate_series(2, %s) as n"
            " where name = 'default'",
            (EdgeLimits().max_webhooks,),
        )

    last = await client.post("/v1/webhooks", json={"url": URL})
    refused = await client.post("/v1/webhooks", json={"url": URL})

    assert last.status_code == 201
    assert (refused.status_code, code_of(refused)) == (409, "TOO_MANY_WEBHOOKS")
    assert refused.json()["error"]["details"] == {"maxWebhooks": EdgeLimits().max_webhooks}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://93.184.215.14/hooks", "scheme"),
        ("https://10.0.0.5/hooks", "address"),
        ("https://[::1]/hooks", "address"),
        ("https://user:secret@93.184.215.14/hooks", "userinfo"),
        ("https://93.184.215.14:22/hooks", "port"),
    ],
)
async def test_an_address_that_may_not_be_called_is_refused_with_its_reason(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, url: str, reason: str
) -> None:
    created = await create(client)

    refused = await client.post("/v1/webhooks", json={"url": url})
    unchanged = await client.patch(f"/v1/webhooks/{created['id']}", json={"url": url})

    for response in (refused, unchanged):
        assert (response.status_code, code_of(response)) == (400, "URL_NOT_ALLOWED")
        assert response.json()["error"]["details"] == {"field": "url", "reason": reason}
    assert await edge.count("webhook_endpoints") == 1


@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"events": ["document.processed"]}, "events.0", "`document.processed` is no event"),
        ({"events": ["batch.completed", 7]}, "events.1", "document.processing.completed"),
        ({"events": "batch.completed"}, "events", "list"),
        ({"url": "https://93.184.215.14/" + "a" * 2_048}, "url", "2048"),
        ({"url": 7}, "url", "string"),
        ({"active": "yes"}, "active", "boolean"),
        ({"headers": {"Host": "x.y"}}, "headers", "`Host`"),
        ({"headers": {"Content-Length": "1"}}, "headers", "`Content-Length`"),
        ({"headers": {"X-DocuRift-Signature": "0"}}, "headers", "belongs to the sender"),
        ({"headers": {"Webhook-Id": "0"}}, "headers", "belongs to the sender"),
        ({"headers": {"Transfer-Encoding": "chunked"}}, "headers", "belongs to the sender"),
        ({"headers": {"X A": "1"}}, "headers", "names of 1 to 128"),
        ({"headers": {"X" * 129: "1"}}, "headers", "names of 1 to 128"),
        ({"headers": {"X-A": "1\r\nX-B: 2"}}, "headers", "printable"),
        ({"headers": {"X-A": "caf\u00e9"}}, "headers", "printable"),
        ({"headers": {"X-A": "a" * 1_025}}, "headers", "1 to 1024"),
        ({"headers": {"X-A": 7}}, "headers", "`X-A`"),
        ({"headers": {"X-A": "1", "x-a": "2"}}, "headers", "once"),
        ({"headers": {f"X-{n}": "1" for n in range(21)}}, "headers", "at most 20"),
        ({"headers": {f"X-{n}": "a" * 1_000 for n in range(9)}}, "headers", "8192 bytes"),
        ({"headers": {"X-A": "a" * 2_000_000}}, "headers", "1 to 1024"),
        ({"headers": []}, "headers", "object"),
        ({"secret": "short"}, "secret", "at least 16"),
        ({"secret": "whsec_tooShort1234"}, "secret", ""),
        ({"secret": None}, "secret", "leave it out"),
        ({"organizationId": "org_1"}, "organizationId", "not known"),
        ({"id": "wh_1"}, "id", "not known"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, str) else None,
)
async def test_what_an_endpoint_may_not_be_is_refused_by_name(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, change: dict[str, Any], field: str, words: str
) -> None:
    response = await client.post("/v1/webhooks", json={"url": URL} | change)

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
    [error] = response.json()["error"]["details"]["fields"]
    assert error["field"] == field
    assert words in error["message"]
    assert len(response.content) < 2_000
    assert await edge.count("webhook_endpoints") == 0


async def test_a_body_beyond_all_measure_says_how_much_is_taken(client: httpx2.AsyncClient) -> None:
    response = await client.post("/v1/webhooks", json={"url": URL, "headers": {"X-A": "a" * 5_000_000}})

    assert (response.status_code, code_of(response)) == (413, "FILE_TOO_LARGE")
    assert response.json()["error"]["details"] == {"maxBytes": 4 * 1024 * 1024}


@pytest.mark.parametrize("overlap", [-1, 7 * 86_400 + 1, "60", 1.5])
async def test_a_rotation_overlaps_by_a_week_at_most(client: httpx2.AsyncClient, overlap: object) -> None:
    created = await create(client)

    response = await client.post(f"/v1/webhooks/{created['id']}/rotate-secret", json={"overlapSeconds": overlap})

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize("body", [{}, {"events": ["nope"]}, {"active": None}, {"secret": "x" * 20}])
async def test_a_change_that_changes_nothing_or_too_much_is_refused(
    client: httpx2.AsyncClient, body: dict[str, Any]
) -> None:
    created = await create(client)

    response = await client.patch(f"/v1/webhooks/{created['id']}", json=body)

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")


async def test_an_unknown_endpoint_is_not_found_before_its_body_is_looked_at(client: httpx2.AsyncClient) -> None:
    path = f"/v1/webhooks/{new_id('wh')}"

    for response in (
        await client.get(path),
        await client.patch(path, json={"nonsense": 1}),
        await client.delete(path),
        await client.post(f"{path}/rotate-secret", content=b"\x00"),
        await client.post(f"{path}/replay"),
        await client.get(f"{path}/deliveries"),
        await client.post("/v1/webhooks/key_01hf7yat00e2pbd2pq9j0m4x6w/test"),
    ):
        assert (response.status_code, code_of(response)) == (404, "WEBHOOK_NOT_FOUND")


async def test_the_default_secret_is_no_endpoint(client: httpx2.AsyncClient) -> None:
    response = await client.delete("/v1/webhooks/default-secret")

    assert (response.status_code, response.headers["allow"]) == (405, "GET, HEAD, POST")
