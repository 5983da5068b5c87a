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


async def test_lists_and_counts_hold_only_what_is_ones_own(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    ids = await everything_of(edge, client)

    jobs, documents, stats, keys, webhooks = [
        (await other.get(path)).json()["data"]
        for path in (
            "/v1/jobs",
            f"/v1/documents?search={ids['documents'][0]}",
            "/v1/jobs/stats",
            "/v1/api-keys",
            "/v1/webhooks",
        )
    ]

    assert (jobs["jobs"], jobs["pagination"]["total"]) == ([], 0)
    assert documents["documents"] == []
    assert stats["total"] == 0
    assert len(keys["apiKeys"]) == 1
    assert webhooks["webhooks"] == []


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
