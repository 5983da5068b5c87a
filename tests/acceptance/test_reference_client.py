"""The published client, whose code must run unchanged against this service but for its host name (contract, top)."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.support.client import Client, client_of
from tests.support.service import Running, running

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def service(module_folder: Path) -> Iterator[Running]:
    with running(module_folder) as started:
        yield started


@pytest.fixture
def client(service: Running) -> Client:
    return client_of(service.base_url, service.data_dir)


def wait_for_job(base_url: str, api_key: str, job_id: str, timeout: float = 60) -> dict[str, Any]:
    """The reference client, word for word in what it sends and reads."""
    deadline = time.time() + timeout
    while time.time() < deadline:
        response = httpx2.get(f"{base_url}/v1/jobs/{job_id}", headers={"X-API-Key": api_key})
        job = response.json()["data"]
        if job["status"] == "completed":
            return job
        if job["status"] == "failed":
            raise RuntimeError(job["error"]["message"])
        time.sleep(2)
    raise TimeoutError(job_id)


def test_the_reference_client_returns_the_data_of_a_completed_job(service: Running, client: Client) -> None:
    job_id = client.submitted((ROOT / "samples/invoice.pdf").read_bytes(), name="invoice.pdf")

    data = wait_for_job(service.base_url, service.admin_key, job_id)

    assert data["id"] == job_id
    assert data["progress"] == 100
    assert data["result"]["rawText"]


def test_the_reference_client_raises_on_a_corrupt_pdf(service: Running, client: Client) -> None:
    job_id = client.submitted(b"%PDF-1.7\n" + b"nothing of a document" * 50, name="corrupt.pdf")

    with pytest.raises(RuntimeError, match="damaged"):
        wait_for_job(service.base_url, service.admin_key, job_id)


def test_a_page_is_drawn_for_the_edge_by_a_child(service: Running, client: Client) -> None:
    job_id = client.submitted((ROOT / "samples/invoice.pdf").read_bytes(), name="invoice.pdf")
    document_id = client.final(job_id)["documentId"]

    image = httpx2.get(
        f"{service.base_url}/v1/documents/{document_id}/pages/1/image?dpi=72", headers={"X-API-Key": client.key}
    )

    assert image.status_code == 200, image.text
    assert image.content.startswith(b"\x89PNG\r\n\x1a\n")
