"""A document is fetched from one server of the user's and its end is told to another, both by one call."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from tests.support.origin import an_origin
from tests.support.receiver import a_receiver
from tests.support.service import Running, a_data_folder, running

from docurift.commands.exits import Exit
from docurift.model.signature import verify

INVOICE = Path(__file__).parents[2] / "samples/invoice.pdf"
SECRET = "my-own-secret"


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    settings = {"DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8"}
    with a_data_folder() as folder, running(folder, settings) as started:
        yield started


async def test_a_call_names_where_to_fetch_from_and_where_to_tell(service: Running) -> None:
    async with an_origin() as origin, a_receiver() as receiver:
        file_url = origin.serve("/2026/invoice.pdf", INVOICE.read_bytes()) + "?signature=s3cret-of-the-link"
        headers = {"X-API-Key": service.admin_key}
        async with httpx2.AsyncClient(base_url=service.base_url, headers=headers, timeout=60) as client:
            body = {"fileUrl": file_url, "webhookUrl": receiver.url, "webhookSecret": SECRET}
            answer = await client.post("/v1/documents/process", json=body | {"callbackMetadata": {"order": "4711"}})
            [told] = await receiver.heard(1)
            file = await client.get(f"/v1/documents/{answer.json()['data']['documentId']}/file")

    processed, event = answer.json()["data"], told.event
    assert (answer.status_code, processed["status"]) == (200, "completed")
    assert "INVOICE" in processed["result"]["rawText"].upper()
    assert file.content == INVOICE.read_bytes()
    assert event["type"] == "document.processing.completed"
    assert (event["data"]["jobId"], event["data"]["fileName"]) == (processed["jobId"], "invoice.pdf")
    assert (event["data"]["fileSize"], event["data"]["mimeType"]) == (INVOICE.stat().st_size, "application/pdf")
    assert event["data"]["callbackMetadata"] == {"order": "4711"}
    assert event["data"]["result"] == processed["result"]
    found = verify(headers=told.headers, body=told.body, secret=SECRET, now=int(told.at))
    assert [one.holds for one in found] == [True, True]
    assert "s3cret" not in service.data_dir.with_suffix(".log").read_text()


async def test_the_command_line_hands_in_by_url(service: Running) -> None:
    async with an_origin() as origin, a_receiver() as receiver:
        urls = [origin.serve(f"/{name}.pdf", INVOICE.read_bytes()) for name in ("first", "second")]
        asked = ["submit", "--url", urls[0], "--url", urls[1], "--webhook-url", receiver.url, "--wait", "--json"]
        done = await asyncio.to_thread(service.cli, *asked)
        told = await receiver.heard(2)

    jobs = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == Exit.DONE, done.stderr
    assert [(one["fileName"], one["status"]) for one in jobs] == [
        ("first.pdf", "completed"),
        ("second.pdf", "completed"),
    ]
    assert {one.event["data"]["jobId"] for one in told} == {one["id"] for one in jobs}


def test_the_command_line_says_why_a_url_is_refused(service: Running) -> None:
    refused = service.cli("submit", "--url", "https://10.0.0.1/a.pdf?signature=s3cret")
    nothing, batched = service.cli("submit"), service.cli("submit", "--batch", "--url", "https://files.docurift.net")

    assert (refused.returncode, nothing.returncode, batched.returncode) == (Exit.FAILED, Exit.USAGE, Exit.USAGE)
    assert refused.stderr.endswith("https://10.0.0.1/a.pdf: URL_NOT_ALLOWED: The host's address is not public.\n")
    assert "s3cret" not in refused.stderr
