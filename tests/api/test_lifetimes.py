"""How long jobs are worked at and what they leave behind is kept: `deadlineSeconds`, `expiresAfter`, retention, 410."""

from dataclasses import replace

import httpx2
import pytest
from tests.support.batches import submit_batch
from tests.support.edge import EdgeUnderTest, code_of, submit

from docurift.actions.housekeep import rescue
from docurift.api.app import create_app
from docurift.api.services import EdgeLimits

DAY = 86_400


async def _option(edge: EdgeUnderTest, name: str) -> list[object]:
    async with edge.db.reading() as conn:
        cursor = await conn.execute("select options -> %s as value from jobs order by id", (name,))
        return [row["value"] for row in await cursor.fetchall()]


async def _expire(edge: EdgeUnderTest) -> int:
    return (await rescue(edge.db, edge.services.blobs, max_tries=3)).expired


async def _one_day_later(edge: EdgeUnderTest) -> None:
    async with edge.db.reading() as conn:
        for table in ("documents", "results"):
            query = f"update {table} set expires_at = expires_at - interval '1 day'"  # noqa: S608 -- our own names
            await conn.execute(query.encode())


def _keeping(edge: EdgeUnderTest, seconds: int) -> EdgeUnderTest:
    """The same service with a retention."""
    limits: EdgeLimits = replace(edge.services.limits, retention_seconds=seconds)
    services = replace(edge.services, limits=limits)
    return EdgeUnderTest(create_app(services), services, edge.key)


async def test_a_deadline_is_kept_with_the_job(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    await submit(client, deadlineSeconds="90")
    body = {"fileBase64": "SU5WLTE=", "fileName": "a.txt", "deadlineSeconds": 45}
    assert (await client.post("/v1/documents/process/async", json=body)).status_code == 202

    assert await _option(edge, "deadline_seconds") == [90, 45]


@pytest.mark.parametrize("value", ["0", "-1", "1.5", "soon"])
async def test_a_deadline_that_is_none_is_refused(client: httpx2.AsyncClient, value: str) -> None:
    files, data = {"file": ("invoice.txt", b"INV-1")}, {"deadlineSeconds": value}

    response = await client.post("/v1/documents/process/async", files=files, data=data)

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
    assert response.json()["error"]["details"]["fields"][0]["field"] == "deadlineSeconds"


async def test_the_services_retention_holds_where_a_request_names_none(edge: EdgeUnderTest) -> None:
    keeping = _keeping(edge, 3_600)
    async with keeping.app.router.lifespan_context(keeping.app), keeping.client() as client:
        job_id = (await submit(client, b"none"))["jobId"]
        await submit(client, b"own", expiresAfter="60")
        await submit_batch(client, [b"a", b"b"])
        await edge.complete(job_id)
        job = (await client.get(f"/v1/jobs/{job_id}")).json()["data"]

    assert await _option(edge, "expires_after_seconds") == [3_600, 60, 3_600, 3_600]
    assert job["expiresAt"] > job["completedAt"]


async def test_a_replay_is_one_though_the_retention_changed(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    headers, file = {"Idempotency-Key": "k"}, {"files": {"file": ("invoice.txt", b"INV-1")}}
    keeping = _keeping(edge, 3_600)

    first = await client.post("/v1/documents/process/async", headers=headers, **file)
    async with keeping.app.router.lifespan_context(keeping.app), keeping.client() as later:
        again = await later.post("/v1/documents/process/async", headers=headers, **file)

    assert again.json()["data"]["jobId"] == first.json()["data"]["jobId"]


async def test_what_has_expired_is_gone_everywhere_and_says_since_when(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client, expiresAfter=str(DAY))
    job_id, document = accepted["jobId"], f"/v1/documents/{accepted['documentId']}"
    await edge.complete(job_id)
    assert await _expire(edge) == 0
    await _one_day_later(edge)

    assert await _expire(edge) >= 1

    routes = [document, *(document + rest for rest in ("/file", "/pages/1", "/pages/1/image", "/export?format=text"))]
    for path, code in [
        *((path, "DOCUMENT_DELETED") for path in routes),
        (f"/v1/jobs/{job_id}/result", "RESULT_EXPIRED"),
    ]:
        response = await client.get(path)
        assert (path, response.status_code, code_of(response)) == (path, 410, code)
        assert response.json()["error"]["details"]["deletedAt"]
    retried = await client.post(f"/v1/jobs/{job_id}/retry")
    assert (retried.status_code, code_of(retried)) == (410, "DOCUMENT_DELETED")
    assert retried.json()["error"]["details"]["deletedAt"]
    assert await edge.count("results") == await edge.count("pages") == 0
    assert [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == []


async def test_the_job_itself_stays_without_its_result(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    job_id = (await submit(client, expiresAfter=str(DAY)))["jobId"]
    await edge.complete(job_id)
    await _one_day_later(edge)
    await _expire(edge)

    job = (await client.get(f"/v1/jobs/{job_id}")).json()["data"]

    assert (job["status"], job["result"], job["fields"]) == ("completed", None, None)


async def test_the_results_of_a_batch_go_one_by_one(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    batch_id = await submit_batch(client, [b"a", b"b"])
    async with edge.db.reading() as conn:
        rows = await (await conn.execute("select id, document_id from jobs order by batch_index")).fetchall()
    for row in rows:
        await edge.complete(row["id"])
    async with edge.db.reading() as conn:
        await conn.execute("update documents set expires_at = now() where id = %s", (rows[0]["document_id"],))
    await _expire(edge)

    lines = (await client.get(f"/v1/batches/{batch_id}/results")).text.splitlines()

    assert len(lines) == 2
    assert '"result":null' in lines[0]
    assert '"result":null' not in lines[1]
