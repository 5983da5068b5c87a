import httpx2
import pytest
from tests.support.batches import submit_batch
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.api.app import ROUTES
from docurift.api.routes import Route
from docurift.model.ids import new_id
from docurift.model.key import Scope
from docurift.storage import organizations

ID_ROUTES = [route for route in ROUTES if "{id}" in route.path]
LISTS = ("/v1/jobs", "/v1/documents", "/v1/batches", "/v1/webhooks", "/v1/api-keys", "/v1/events")
# What is neither about an id in its path nor a list, and the test that holds it apart.
ELSEWHERE = {
    ("GET", "/v1/jobs/stats"): "test_counts_and_secrets_are_ones_own",
    ("GET", "/v1/webhooks/default-secret"): "test_counts_and_secrets_are_ones_own",
    ("POST", "/v1/webhooks/default-secret"): "test_counts_and_secrets_are_ones_own",
    ("POST", "/v1/batches"): "test_what_a_request_names_in_its_parameters_is_not_found_either",
    ("POST", "/v1/documents/process"): "test_an_idempotency_key_is_ones_own",
    ("POST", "/v1/documents/process/async"): "test_an_idempotency_key_is_ones_own",
    ("POST", "/v1/documents/process/sync"): "test_an_idempotency_key_is_ones_own",
    ("POST", "/v1/webhooks"): "it makes something new",
    ("POST", "/v1/api-keys"): "it makes something new",
    ("GET", "/v1/document-types"): "the same for all",
    ("GET", "/v1/document-types/{type}/schema"): "the same for all",
    ("POST", "/v1/schemas/check"): "it keeps nothing",
    ("GET", "/v1/events/stream"): "test_event_streams.py: test_a_stream_shows_nothing_of_another_organization",
}


@pytest.mark.parametrize("route", ID_ROUTES, ids=lambda route: route.name)
async def test_what_belongs_to_another_organization_is_not_found_like_what_does_not_exist(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient, route: Route
) -> None:
    ids = await everything_of(edge, client)
    kind = route.path.split("/")[2]
    body = {"json": {"name": "mine now"}} if route.method == "PATCH" else {}
    query = "?format=json" if route.path.endswith("export") else ""

    async def answer(item: str) -> tuple[int, str, str]:
        path = (
            route.path.replace("{id}", item).replace("{n}", "1").replace("{deliveryId}", ids["deliveries"][0]) + query
        )
        response = await other.request(route.method, path, **body)
        return response.status_code, code_of(response), response.json()["error"]["message"]

    prefix = {"jobs": "job", "documents": "doc", "api-keys": "key", "webhooks": "wh", "batches": "batch"}[kind]
    unknown = await answer(new_id(prefix))  # type: ignore[arg-type]
    for item in (*ids[kind], "malformed", "%00"):
        assert await answer(item) == unknown

    assert unknown[0] == 404
    assert [await edge.count(table) for table in ("jobs", "documents", "results", "batches")] == [3, 3, 1, 1]


async def everything_of(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> dict[str, list[str]]:
    """Ids of the first organization: a completed job, one of a deleted document, a batch, a key, an endpoint."""
    kept, deleted = await submit(client, b"kept"), await submit(client, b"deleted")
    for one in (kept, deleted):
        await edge.complete(one["jobId"])
    await client.delete(f"/v1/documents/{deleted['documentId']}")
    [key] = (await client.get("/v1/api-keys")).json()["data"]["apiKeys"]
    webhook = (await client.post("/v1/webhooks", json={"url": "http://127.0.0.1:9000/"})).json()["data"]["id"]
    batch = await submit_batch(client, [b"in a batch"])
    delivery, *_ = (await client.get(f"/v1/webhooks/{webhook}/deliveries")).json()["data"]["deliveries"]
    return {
        "webhooks": [webhook],
        "batches": [batch],
        "deliveries": [delivery["id"]],
        "jobs": [kept["jobId"], deleted["jobId"]],
        "documents": [kept["documentId"], deleted["documentId"]],
        "api-keys": [key["id"]],
    }


@pytest.mark.parametrize("path", LISTS)
async def test_a_list_holds_only_what_is_ones_own(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient, path: str
) -> None:
    ids = [item for items in (await everything_of(edge, client)).values() for item in items]

    mine, theirs = await client.get(path), await other.get(path)

    assert theirs.status_code == mine.status_code == 200
    assert any(item in mine.text for item in ids)
    assert not any(item in theirs.text for item in ids)


async def test_counts_and_secrets_are_ones_own(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    await everything_of(edge, client)

    stats = (await other.get("/v1/jobs/stats")).json()["data"]
    made = [(await one.post("/v1/webhooks/default-secret")).json()["data"]["secret"] for one in (client, other)]
    shown = [await one.get("/v1/webhooks/default-secret") for one in (client, other)]

    assert stats["total"] == 0
    assert made[0] != made[1]
    assert [one.status_code for one in shown] == [200, 200]
    assert made[0] not in shown[1].text


async def test_what_a_request_names_in_its_parameters_is_not_found_either(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    ids = await everything_of(edge, client)
    [job, _], [document, _], [batch], [delivery] = (ids[one] for one in ("jobs", "documents", "batches", "deliveries"))
    own = (await other.post("/v1/webhooks", json={"url": "http://127.0.0.1:9000/"})).json()["data"]["id"]

    for path in (
        f"/v1/jobs?batchId={batch}",
        f"/v1/jobs?documentId={document}",
        f"/v1/documents?search={document}",
        f"/v1/events?jobId={job}",
    ):
        assert not next(iter((await other.get(path)).json()["data"].values())), path
    for method, path in (("GET", delivery), ("POST", f"{delivery}/redeliver")):
        refused = await other.request(method, f"/v1/webhooks/{own}/deliveries/{path}")
        assert refused.status_code == 404, path
    batch_of_it, of_nothing = [
        await other.post("/v1/batches", json={"items": [{"documentId": one}]}) for one in (document, new_id("doc"))
    ]
    assert (batch_of_it.status_code, code_of(batch_of_it)) == (of_nothing.status_code, code_of(of_nothing))
    assert batch_of_it.json()["error"]["details"] == of_nothing.json()["error"]["details"]


async def test_an_idempotency_key_is_ones_own(client: httpx2.AsyncClient, other: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": "the same"}

    mine, theirs = [
        await one.post("/v1/documents/process/async", files={"file": ("a.txt", b"same")}, headers=headers)
        for one in (client, other)
    ]

    assert theirs.status_code == 202
    assert "idempotent-replayed" not in theirs.headers
    assert theirs.json()["data"]["jobId"] != mine.json()["data"]["jobId"]


def test_every_route_is_held_apart_by_a_test_of_this_file_or_a_named_one() -> None:
    by_id = {(route.method, route.path) for route in ID_ROUTES}
    lists = {("GET", path) for path in LISTS}
    with_key = {(route.method, route.path) for route in ROUTES if route.scope is not None}

    assert by_id | lists | set(ELSEWHERE) == with_key


async def test_equal_bytes_tell_nothing_of_another_organization(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    mine = await client.post("/v1/documents/process/async", files={"file": ("a.txt", b"same")})
    theirs = await other.post("/v1/documents/process/async", files={"file": ("a.txt", b"same")})

    assert mine.status_code == theirs.status_code == 202
    assert mine.headers.keys() == theirs.headers.keys()
    blobs = [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()]
    assert len(blobs) == 2


async def test_the_organization_follows_from_the_key_alone(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    accepted = await submit(client)
    key = await edge.key_of(organizations.DEFAULT, Scope.JOBS_READ)
    headers = {"X-Organization-Id": "org_00000000000000000000000001", "Organization": "other"}

    async with edge.client(key) as reader:
        response = await reader.get(f"/v1/jobs/{accepted['jobId']}", headers=headers)

    assert response.status_code == 200
