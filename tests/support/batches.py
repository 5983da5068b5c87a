"""Batches over HTTP, and how their jobs end."""

from collections.abc import Sequence
from typing import Any

import httpx2
import msgspec
from tests.support.edge import EdgeUnderTest

FILES = (b"Invoice number: INV-1", b"Invoice number: INV-2", b"Invoice number: INV-3")


def parts(contents: Sequence[bytes] = FILES) -> list[tuple[str, tuple[str, bytes]]]:
    """The contents as parts `file` of a form."""
    return [("file", (f"{index}.txt", content)) for index, content in enumerate(contents)]


async def submit_batch(
    client: httpx2.AsyncClient, contents: Sequence[bytes] = FILES, *, key: str | None = None, **fields: str
) -> str:
    """The id of an accepted batch."""
    headers = {"Idempotency-Key": key} if key else {}
    response = await client.post("/v1/batches", files=parts(contents), data=fields, headers=headers)
    assert response.status_code == 202, response.text
    return response.json()["data"]["id"]


async def shown(client: httpx2.AsyncClient, batch_id: str, **query: str) -> dict[str, Any]:
    """The batch as it is now."""
    response = await client.get(f"/v1/batches/{batch_id}", params=query)
    assert response.status_code == 200, response.text
    return response.json()["data"]


async def jobs_of(edge: EdgeUnderTest, batch_id: str) -> list[str]:
    """The ids of the batch's jobs, in the order of its items."""
    async with edge.db.reading() as conn:
        cursor = await conn.execute("select id from jobs where batch_id = %s order by batch_index", [batch_id])
        return [row["id"] for row in await cursor.fetchall()]


async def lines_of(client: httpx2.AsyncClient, batch_id: str, **query: str) -> list[dict[str, Any]]:
    """The results that an answer to the end holds."""
    response = await client.get(f"/v1/batches/{batch_id}/results", params=query)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/x-ndjson"
    return [msgspec.json.decode(line) for line in response.text.splitlines() if line]


async def events_of(edge: EdgeUnderTest, kind: str) -> list[dict[str, Any]]:
    """What events of this type say, in their order."""
    async with edge.db.reading() as conn:
        cursor = await conn.execute("select data from events where type = %s order by sequence", [kind])
        return [row["data"] for row in await cursor.fetchall()]
