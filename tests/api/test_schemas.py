"""A schema of the caller's own: taken with a submission, checked without one, refused by its place."""

import json
from typing import Any

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, code_of

from docurift.actions.take import take
from docurift.model.ids import JobId
from docurift.model.job import JobOptions

ASYNC = "/v1/documents/process/async"
FILES = {"file": ("a.txt", b"Ticket no: TX-4711")}
BAD_BODIES = [({}, ""), ({"schema": 7}, ""), ({"schema": {"type": "object"}}, "/properties")]
SCHEMA = {"type": "object", "properties": {"zone": {"type": "string"}, "age": {"type": "integer"}}}


async def options_of(edge: EdgeUnderTest, answer: httpx2.Response) -> JobOptions:
    accepted = answer.json()["data"]
    lease = await take(edge.db, JobId(accepted["jobId"]), worker="test", lease_seconds=30, max_tries=3)
    assert lease is not None
    return lease.job.options


async def test_a_schema_is_kept_with_the_job_in_the_order_of_its_properties(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    by_form = await client.post(ASYNC, files=FILES, data={"schema": json.dumps(SCHEMA)})
    by_json = await client.post(ASYNC, json={"fileBase64": "QQ==", "fileName": "a.txt", "schema": SCHEMA})

    for answer in (by_form, by_json):
        kept = (await options_of(edge, answer)).schema
        assert kept is not None
        assert list(json.loads(kept)["properties"]) == ["zone", "age"]


async def test_each_item_of_a_batch_may_have_a_schema_of_its_own(client: httpx2.AsyncClient) -> None:
    other = {"properties": {"b": {"type": "file"}}}
    items = [{"fileBase64": "QQ==", "fileName": "a.txt"}, {"fileBase64": "QQ==", "fileName": "b.txt", "schema": other}]

    answer = await client.post("/v1/batches", json={"items": items, "schema": SCHEMA})

    assert (answer.status_code, code_of(answer)) == (400, "INVALID_SCHEMA")
    assert answer.json()["error"]["details"]["pointer"] == "/properties/b/type"
    assert [one["field"] for one in answer.json()["error"]["details"]["fields"]] == ["items.1.schema"]


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        ("{", ""),
        ("[]", ""),
        ("7", ""),
        ("[" * 5_000, ""),
        ('{"properties": {"a": {"$ref": "#"}}}', "/properties/a/$ref"),
        ('{"properties": {"a": {"type": "string", "pattern": "(a+)+$"}}}', "/properties/a/pattern"),
        ('{"properties": {"a": {"description": "' + "x" * 20_000 + '"}}}', ""),
    ],
)
async def test_a_schema_that_is_not_taken_is_refused_by_its_place(
    client: httpx2.AsyncClient, text: str, pointer: str
) -> None:
    answer = await client.post(ASYNC, files=FILES, data={"schema": text})

    assert (answer.status_code, code_of(answer)) == (400, "INVALID_SCHEMA")
    assert answer.json()["error"]["details"]["pointer"] == pointer


async def test_another_schema_is_another_request(client: httpx2.AsyncClient) -> None:
    headers = {"Idempotency-Key": "ticket-1"}
    first = await client.post(ASYNC, files=FILES, data={"schema": json.dumps(SCHEMA)}, headers=headers)
    same = await client.post(ASYNC, files=FILES, data={"schema": json.dumps(SCHEMA)}, headers=headers)
    other = await client.post(ASYNC, files=FILES, data={"schema": '{"properties": {"a": {}}}'}, headers=headers)

    assert same.json()["data"]["jobId"] == first.json()["data"]["jobId"]
    assert (other.status_code, code_of(other)) == (409, "IDEMPOTENCY_KEY_REUSED")


async def test_the_same_bytes_under_another_schema_are_no_duplicate(client: httpx2.AsyncClient) -> None:
    asked = {"schema": json.dumps(SCHEMA), "ifDuplicate": "return"}
    first = (await client.post(ASYNC, files=FILES, data=asked)).json()["data"]
    again = (await client.post(ASYNC, files=FILES, data=asked)).json()["data"]
    other = (await client.post(ASYNC, files=FILES, data={"ifDuplicate": "return"})).json()["data"]

    assert again["jobId"] == first["jobId"]
    assert other["jobId"] != first["jobId"]


async def test_a_dry_run_tells_what_would_be_looked_for(client: httpx2.AsyncClient) -> None:
    asked = {
        "properties": {
            "invoiceNumber": {},
            "supplier": {"properties": {"name": {}, "city": {}}},
            "lines": {"items": {"properties": {"quantity": {"type": "number"}}}},
        }
    }

    answer = await client.post("/v1/schemas/check", json={"schema": asked})

    fields: dict[str, Any] = {one["pointer"]: one for one in answer.json()["data"]["fields"]}
    assert set(fields) == {"/invoiceNumber", "/supplier/name", "/supplier/city", "/lines/*/quantity"}
    assert fields["/invoiceNumber"]["kind"] == "identifier"
    assert "rechnungsnummer" in fields["/invoiceNumber"]["labels"]
    assert (fields["/supplier/city"]["within"], fields["/lines/*/quantity"]["within"]) == ("party", "rows")


@pytest.mark.parametrize(("body", "pointer"), BAD_BODIES)
async def test_a_dry_run_of_what_is_not_taken_says_where(
    client: httpx2.AsyncClient, body: dict[str, Any], pointer: str
) -> None:
    answer = await client.post("/v1/schemas/check", json=body)

    assert (answer.status_code, code_of(answer)) == (400, "INVALID_SCHEMA")
    assert answer.json()["error"]["details"]["pointer"] == pointer
