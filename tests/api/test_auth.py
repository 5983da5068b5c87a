import httpx2
import pytest
from tests.support.edge import OTHER, EdgeUnderTest, code_of, submit

from docurift.api.app import ROUTES
from docurift.api.services import EdgeLimits
from docurift.model.key import Scope, new_key
from docurift.storage import organizations

DOCUMENT_ID = "doc_01hf7yat00e2pbd2pq9j0m4x6y"


async def test_a_call_without_key_is_told_to_send_one(edge: EdgeUnderTest) -> None:
    async with edge.client("") as nobody:
        response = await nobody.get("/v1/jobs")

    assert (response.status_code, code_of(response)) == (401, "UNAUTHORIZED")
    assert response.headers["www-authenticate"] == "Bearer"


async def test_every_unknown_key_is_answered_in_the_same_words(edge: EdgeUnderTest) -> None:
    bodies = set()
    async with edge.client("") as nobody:
        for key in (new_key(), edge.key[:-1] + ("0" if edge.key[-1] != "0" else "1"), "frc_short", "caf\u00e9", " "):
            response = await nobody.get("/v1/jobs", headers={b"X-API-Key": key.encode("latin-1")})
            assert (response.status_code, code_of(response)) == (401, "INVALID_API_KEY")
            bodies.add(response.json()["error"]["message"])

    assert len(bodies) == 1


async def test_a_key_with_a_wrong_checksum_needs_no_database(edge: EdgeUnderTest) -> None:
    wrong = new_key()[:-1] + "!"
    await edge.db.close()  # whoever asks it now fails

    async with edge.client(wrong) as stranger:
        response = await stranger.get("/v1/jobs")

    assert code_of(response) == "INVALID_API_KEY"


async def test_a_key_is_taken_as_bearer_too_and_x_api_key_wins(edge: EdgeUnderTest) -> None:
    bearer, wrong = {"Authorization": f"Bearer {edge.key}"}, {"Authorization": f"Bearer {new_key()}"}
    async with edge.client("") as nobody:
        assert (await nobody.get("/v1/jobs", headers=bearer)).status_code == 200
        assert (await nobody.get("/v1/jobs", headers=bearer | {"X-API-Key": new_key()})).status_code == 401
        assert (await nobody.get("/v1/jobs", headers=wrong | {"X-API-Key": edge.key})).status_code == 200
        assert code_of(await nobody.get("/v1/jobs", headers={"Authorization": "Basic eDp5"})) == "INVALID_API_KEY"


async def test_a_key_in_the_query_string_is_refused_with_or_without_a_good_one(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    async with edge.client("") as nobody:
        for name in ("api_key", "apikey", "token", "access_token", "X-API-Key", "key"):
            for caller in (client, nobody):
                response = await caller.get("/v1/jobs", params={name: edge.key})
                assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
                assert edge.key not in response.text


@pytest.mark.parametrize("route", [route for route in ROUTES if route.scope], ids=lambda route: route.name)
async def test_a_key_without_the_scope_of_a_route_is_forbidden(edge: EdgeUnderTest, route: object) -> None:
    scope, method, path = route.scope, route.method, route.path  # type: ignore[attr-defined]
    others = [one for one in Scope if one not in {scope, Scope.ADMIN}]
    key = await edge.key_of(organizations.DEFAULT, *others)

    async with edge.client(key) as narrow:
        response = await narrow.request(
            method, path.replace("{id}", DOCUMENT_ID).replace("{n}", "1").replace("{deliveryId}", "dlv_1")
        )

    assert (response.status_code, code_of(response)) == (403, "FORBIDDEN")
    assert response.json()["error"]["details"] == {"scope": scope}


async def test_a_key_makes_and_changes_none_that_may_do_more(edge: EdgeUnderTest) -> None:
    text = await edge.key_of(organizations.DEFAULT, Scope.KEYS_MANAGE, Scope.JOBS_READ)
    async with edge.client() as admin, edge.client(text) as narrow:
        [mighty] = [
            key for key in (await admin.get("/v1/api-keys")).json()["data"]["apiKeys"] if "admin" in key["scopes"]
        ]
        wider = await narrow.post("/v1/api-keys", json={"name": "x", "scopes": ["jobs:read", "jobs:write"]})
        equal = await narrow.post("/v1/api-keys", json={"name": "x", "scopes": ["jobs:read"]})
        changed = await narrow.patch(f"/v1/api-keys/{mighty['id']}", json={"enabled": False})
        deleted = await narrow.delete(f"/v1/api-keys/{mighty['id']}")

    assert (wider.status_code, wider.json()["error"]["details"]) == (403, {"scopes": ["jobs:write"]})
    assert equal.status_code == 201
    assert (changed.status_code, deleted.status_code) == (403, 403)


async def test_a_key_is_shown_once_and_can_be_renamed_disabled_and_revoked(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    created = await client.post("/v1/api-keys", json={"name": "nightly", "scopes": ["jobs:read"]})
    key = created.json()["data"]
    path = created.headers["location"]
    async with edge.client(key["key"]) as user:
        assert (await user.get("/v1/jobs")).status_code == 200
        shown = (await client.get(path)).json()["data"]
        listed = (await client.get("/v1/api-keys")).json()["data"]["apiKeys"]

        renamed = (await client.patch(path, json={"name": "daily", "enabled": False})).json()["data"]
        disabled = await user.get("/v1/jobs")
        await client.patch(path, json={"enabled": True})
        enabled = await user.get("/v1/jobs")
        deleted = await client.delete(path)
        revoked = await user.get("/v1/jobs")

    assert created.status_code == 201
    assert key["key"].startswith(key["prefix"])
    assert "key" not in shown
    assert key["id"] in {one["id"] for one in listed}
    assert (renamed["name"], renamed["enabled"]) == ("daily", False)
    assert (disabled.status_code, code_of(disabled)) == (401, "API_KEY_DISABLED")
    assert enabled.status_code == 200
    assert deleted.json()["data"]["deleted"] is True
    assert code_of(revoked) == "INVALID_API_KEY"
    assert code_of(await client.get(path)) == "NOT_FOUND"


async def test_an_expired_key_says_so(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    body = {"name": "old", "scopes": ["jobs:read"], "expiresAt": "2020-01-01T00:00:00Z"}
    created = (await client.post("/v1/api-keys", json=body)).json()["data"]

    async with edge.client(created["key"]) as user:
        response = await user.get("/v1/jobs")

    assert (response.status_code, code_of(response)) == (401, "API_KEY_EXPIRED")


def test_a_key_disabled_elsewhere_works_for_five_seconds_at_most() -> None:
    assert EdgeLimits().auth_cache_seconds <= 5


async def test_what_a_key_body_does_not_know_is_refused(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    good = {"name": "x", "scopes": ["jobs:read"]}
    for body, field in (
        (good | {"organizationId": OTHER}, "organizationId"),
        (good | {"enabled": True}, "enabled"),
        (good | {"scopes": []}, "scopes"),
        (good | {"scopes": ["jobs:all"]}, "scopes.0"),
        (good | {"scopes": [{}]}, "scopes.0"),
        (good | {"name": " "}, "name"),
        (good | {"name": "a\u0000"}, "name"),
        (good | {"expiresAt": "soon"}, "expiresAt"),
        (good | {"expiresAt": None}, "expiresAt"),
    ):
        response = await client.post("/v1/api-keys", json=body)
        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
        assert [one["field"] for one in response.json()["error"]["details"]["fields"]] == [field]

    assert code_of(await client.post("/v1/api-keys", content=b"x=1")) == "UNSUPPORTED_MEDIA_TYPE"
    large = b'{"name": "' + b"x" * (2 << 20) + b'"}'
    refused = await client.post("/v1/api-keys", content=large, headers={"Content-Type": "application/json"})
    assert (refused.status_code, code_of(refused)) == (413, "FILE_TOO_LARGE")
    assert await edge.count("api_keys") == 1


async def test_the_use_of_a_key_is_remembered_in_batches(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    await submit(client)
    await client.get("/v1/jobs")

    await edge.app.state.runtime.keys.write_uses()

    [key] = (await client.get("/v1/api-keys")).json()["data"]["apiKeys"]
    assert key["lastUsedAt"] is not None
