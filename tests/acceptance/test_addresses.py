"""A document is fetched from one server of the user's and its end is told to another, both by one call."""

from pathlib import Path

import httpx2
from tests.support.origin import an_origin
from tests.support.receiver import a_receiver
from tests.support.service import running

from docurift.model.signature import verify

INVOICE = Path(__file__).parents[2] / "samples/invoice.pdf"
SECRET = "my-own-secret"


async def test_a_call_names_where_to_fetch_from_and_where_to_tell(folder: Path) -> None:
    settings = {"DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8"}
    async with an_origin() as origin, a_receiver() as receiver:
        file_url = origin.serve("/2026/invoice.pdf", INVOICE.read_bytes()) + "?signature=s3cret-of-the-link"
        with running(folder, settings) as service:
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
    assert "s3cret" not in folder.with_suffix(".log").read_text()
