"""Addresses in a submission: of the file to fetch, and of the webhook that hears of its end."""

import asyncio
from dataclasses import replace
from typing import Any

import httpx2
import pytest
import structlog
from tests.support.edge import LIMITS, EdgeUnderTest, code_of
from tests.support.egress import a_guard

from docurift.api.app import create_app
from docurift.model.failure import FailureCode

ASYNC = "/v1/documents/process/async"
CALLS = [ASYNC, "/v1/documents/process?timeout=0", "/v1/documents/process/sync?timeout=0"]
FILE_URL = "https://files.docurift.net/out/letter%20of%20May.pdf?signature=s3cret-of-the-link"
WEBHOOK_URL = "https://hooks.docurift.net/in?token=s3cret-of-the-hook"
PUBLIC = "93.184.216.34"


async def send(client: httpx2.AsyncClient, fields: dict[str, str], *, path: str = ASYNC) -> httpx2.Response:
    """As a form without a file."""
    return await client.post(path, files={name: (None, text) for name, text in fields.items()})


async def data_of(client: httpx2.AsyncClient, path: str) -> dict[str, Any]:
    return (await client.get(path)).json()["data"]


async def endpoint_of(edge: EdgeUnderTest, job_id: str) -> dict[str, Any]:
    """The per-call endpoint of a job."""
    query = b"select webhook_endpoints.* from webhook_endpoints join jobs on webhook_id = webhook_endpoints.id"
    async with edge.db.reading() as conn:
        row = await (await conn.execute(query + b" where jobs.id = %s", (job_id,))).fetchone()
    assert row is not None
    return row


@pytest.mark.parametrize("path", CALLS)
async def test_a_document_may_be_given_by_its_address(client: httpx2.AsyncClient, path: str) -> None:
    form = await send(client, {"fileUrl": FILE_URL}, path=path)
    json = await client.post(path, json={"fileUrl": FILE_URL, "fileName": "dir/other.pdf"})

    assert (form.status_code, json.status_code) == (202, 202)
    for response, name in ((form, "letter of May.pdf"), (json, "other.pdf")):
        document = await data_of(client, f"/v1/documents/{response.json()['data']['documentId']}")
        assert (document["fileName"], document["status"]) == (name, "queued")
        assert (document["mimeType"], document["fileSize"], document["sha256"]) == (None, None, None)
    [listed, _] = (await data_of(client, "/v1/documents"))["documents"]
    assert listed["mimeType"] is None


async def test_the_file_of_a_document_is_409_until_it_is_fetched_and_404_if_it_could_not_be(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    data = (await send(client, {"fileUrl": FILE_URL})).json()["data"]
    paths = [f"/v1/documents/{data['documentId']}/{part}" for part in ("file", "pages/1/image", "export?format=json")]

    before = [code_of(await client.get(path)) for path in paths]
    await edge.fail(data["jobId"], FailureCode.FETCH_FAILED)
    after = [code_of(await client.get(path)) for path in paths]

    assert before == ["JOB_NOT_FINAL"] * 3
    assert after == ["NOT_FOUND"] * 3
    assert code_of(await client.get(f"/v1/documents/{data['documentId']}/pages/1")) == "NOT_FOUND"
    shown = await data_of(client, f"/v1/documents/{data['documentId']}?includePageImages=true&includeRawText=true")
    assert (shown["pageImages"], shown["rawText"], shown["result"]) == ([], None, None)


async def test_exactly_one_file_is_given(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    both = await client.post(ASYNC, files={"file": ("a.txt", b"text"), "fileUrl": (None, FILE_URL)})
    both_in_json = await client.post(ASYNC, json={"fileUrl": FILE_URL, "fileBase64": "SW52"})
    emptied = await client.post(ASYNC, json={"fileUrl": FILE_URL, "fileBase64": ""})
    none = await send(client, {"language": "en"})
    none_in_json = await client.post(ASYNC, json={"language": "en"})

    for response, field in (
        (both, "fileUrl"),
        (both_in_json, "fileUrl"),
        (emptied, "fileUrl"),
        (none, "file"),
        (none_in_json, "fileBase64"),
    ):
        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")
        assert [one["field"] for one in response.json()["error"]["details"]["fields"]] == [field]
    assert await edge.count("jobs") == 0


async def test_a_given_name_is_shown_in_place_of_the_file_s_own(client: httpx2.AsyncClient) -> None:
    response = await client.post(ASYNC, files={"file": ("scan0001.txt", b"text"), "fileName": (None, "letter.txt")})

    assert (await data_of(client, f"/v1/jobs/{response.json()['data']['jobId']}"))["fileName"] == "letter.txt"


REFUSED = {
    "http://files.docurift.net/a.pdf": "scheme",
    "ftp://files.docurift.net/a.pdf": "scheme",
    "no address": "bad_character",
    "": "scheme",
    "https://files.docurift.net:22/a.pdf": "port",
    "https://user:password@files.docurift.net/": "userinfo",
    "https://10.0.0.1/a.pdf": "address",
    "https://169.254.169.254/latest/meta-data": "address",
    "https://[::1]/a.pdf": "address",
    "https://inside.docurift.net/a.pdf": "address",
    "https://localhost/a.pdf": "single_label",
    "https://service.internal/a.pdf": "reserved_name",
    "https://docurift.net/a.pdf#page": "fragment",
}


async def test_an_address_that_may_not_be_called_is_refused_before_anything_is_stored(edge: EdgeUnderTest) -> None:
    guard = a_guard("", inside_docurift_net=[["10.1.2.3"]], files_docurift_net=[[PUBLIC]], docurift_net=[[PUBLIC]])
    app = create_app(replace(edge.services, guard=guard))
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(
        transport=transport, base_url="http://docurift.test", headers={"X-API-Key": edge.key}
    ) as client:
        for url, reason in REFUSED.items():
            file = await client.post(ASYNC, json={"fileUrl": url})
            hook = await client.post(ASYNC, json={"fileBase64": "SW52", "webhookUrl": url})

            for response, field in ((file, "fileUrl"), (hook, "webhookUrl")):
                assert (response.status_code, code_of(response)) == (400, "URL_NOT_ALLOWED"), url
                assert response.json()["error"]["details"]["field"] == field
            assert file.json()["error"]["details"]["reason"] == reason, url
    assert [await edge.count(table) for table in ("documents", "jobs", "webhook_endpoints")] == [0, 0, 0]
    assert edge.incoming == []


async def test_fetching_may_be_turned_off(edge: EdgeUnderTest) -> None:
    app = create_app(replace(edge.services, limits=replace(LIMITS, takes_file_urls=False)))
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="http://docurift.test", headers={"X-API-Key": edge.key}
    ) as client:
        refused = await client.post(ASYNC, json={"fileUrl": FILE_URL})
        taken = await client.post(ASYNC, json={"fileBase64": "SW52"})

    [error] = refused.json()["error"]["details"]["fields"]
    assert (refused.status_code, code_of(refused), taken.status_code) == (400, "VALIDATION_ERROR", 202)
    assert error["field"] == "fileUrl"
    assert "turned off" in error["message"]


async def test_an_idempotency_key_stands_for_the_addresses_too(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    async def ask(**fields: str) -> httpx2.Response:
        return await client.post(ASYNC, json={"fileUrl": FILE_URL, **fields}, headers={"Idempotency-Key": "4711"})

    first, again = await asyncio.gather(ask(webhookUrl=WEBHOOK_URL), ask(webhookUrl=WEBHOOK_URL))
    others = [
        await ask(),
        await ask(webhookUrl=WEBHOOK_URL, webhookSecret="another"),
        await ask(webhookUrl=WEBHOOK_URL + "2"),
        await ask(webhookUrl=WEBHOOK_URL, fileUrl=FILE_URL + "2", fileName="letter of May.pdf"),
    ]

    assert first.text == again.text
    assert [(one.status_code, code_of(one)) for one in others] == [(409, "IDEMPOTENCY_KEY_REUSED")] * 4
    assert [await edge.count(table) for table in ("jobs", "webhook_endpoints")] == [1, 1]


async def test_equal_webhooks_of_calls_are_one_endpoint_that_a_retry_keeps(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    async def ask(**fields: str) -> str:
        fields = {"fileUrl": FILE_URL, "webhookUrl": WEBHOOK_URL, **fields}
        return (await send(client, fields)).json()["data"]["jobId"]

    plain, same, signed = await ask(), await ask(), await ask(webhookSecret="my-own-secret")
    await edge.fail(plain)
    retried = (await client.post(f"/v1/jobs/{plain}/retry")).json()["data"]["jobId"]

    found = [await endpoint_of(edge, one) for one in (plain, same, signed, retried)]
    assert [one["url"] for one in found] == [WEBHOOK_URL] * 4
    assert found[0]["id"] == found[1]["id"] == found[3]["id"] != found[2]["id"]
    assert edge.services.secrets.unseal(bytes(found[2]["sealed_secret"]), owner=found[2]["id"]) == "my-own-secret"


async def test_a_call_s_webhook_hears_of_its_ends_only(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    asked = {"fileUrl": FILE_URL, "webhookUrl": WEBHOOK_URL}
    failing, completing = [(await send(client, asked)).json()["data"]["jobId"] for _ in range(2)]
    await send(client, {"fileUrl": FILE_URL})

    await edge.fail(failing)
    await edge.complete(completing)

    async with edge.db.reading() as conn:
        rows = await (await conn.execute("select event_type, job_id from deliveries order by sequence")).fetchall()
    assert [(row["event_type"], row["job_id"]) for row in rows] == [
        ("document.processing.failed", failing),
        ("document.processing.completed", completing),
    ]


async def test_a_retry_tells_no_endpoint_that_was_disabled_since(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    first = (await send(client, {"fileUrl": FILE_URL, "webhookUrl": WEBHOOK_URL})).json()["data"]["jobId"]
    await edge.fail(first)
    async with edge.db.reading() as conn:
        await conn.execute("update webhook_endpoints set active = false, disabled_at = now(), disabled_reason = 'gone'")

    retried = (await client.post(f"/v1/jobs/{first}/retry")).json()["data"]["jobId"]
    await edge.fail(retried)

    async with edge.db.reading() as conn:
        rows = await (await conn.execute("select job_id from deliveries")).fetchall()
    assert [row["job_id"] for row in rows] == [first]


async def test_no_answer_row_or_log_shows_an_address_or_a_secret(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    asked = {"fileUrl": FILE_URL, "webhookUrl": "https://hooks.docurift.net/in", "webhookSecret": "s3cret-of-mine"}
    with structlog.testing.capture_logs() as logged:
        accepted = await send(client, asked)
        data = accepted.json()["data"]
        await edge.fail(data["jobId"], FailureCode.FETCH_FAILED)
        paths = [f"/v1/jobs/{data['jobId']}", f"/v1/documents/{data['documentId']}", "/v1/jobs", "/v1/documents"]
        paths += ["/v1/events?after=0", "/v1/webhooks"]
        answers = [(await client.get(path)).text for path in paths]
    refused = await client.post(ASYNC, json={"fileUrl": FILE_URL + " ", "webhookUrl": WEBHOOK_URL})
    malformed = await client.post(ASYNC, json=asked | {"webhookSecret": "whsec_s3cret"})

    assert (accepted.status_code, refused.status_code, malformed.status_code) == (202, 400, 400)
    async with edge.db.reading() as conn:
        for table in ("jobs", "documents", "events", "webhook_endpoints", "deliveries", "idempotency_keys"):
            rows = await (await conn.execute(f"select * from {table}".encode())).fetchall()  # noqa: S608 -- our own
            assert "s3cret" not in str(rows), table
    assert "s3cret" not in f"{answers}{accepted.text}{refused.text}{malformed.text}{logged}"
