import re
import subprocess
import sys
from dataclasses import replace

import httpx2
import pytest
from tests.support.edge import EdgeUnderTest, code_of, submit
from tests.support.raw import Silence, post

from docurift.api.app import create_app
from docurift.storage.database import Database

REQUEST_ID = re.compile(r"req_[0-9a-z]{26}\Z")


async def test_every_answer_has_a_request_id_of_its_own(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    del edge
    answers = [await client.get(path) for path in ("/healthz", "/v1/jobs", "/v1/jobs/x", "/nowhere", "/docs")]

    ids = [answer.headers["x-request-id"] for answer in answers]

    assert all(REQUEST_ID.match(one) for one in ids)
    assert len(set(ids)) == len(ids)


async def test_an_unknown_address_is_404_in_the_envelope(client: httpx2.AsyncClient) -> None:
    for path in ("/", "/v1", "/v2/jobs", "/v1/jobs/", "/v1/jobs//", "/v1/jobs/stats/result", "/v1/webhook"):
        response = await client.get(path)
        assert (response.status_code, code_of(response)) == (404, "NOT_FOUND"), path


async def test_another_method_is_405_and_is_told_all_that_are_taken(client: httpx2.AsyncClient) -> None:
    for method, path, allowed in (
        ("PUT", "/v1/jobs/x", "DELETE, GET, HEAD"),
        ("POST", "/v1/jobs/stats", "GET, HEAD"),
        ("GET", "/v1/documents/process", "POST"),
        ("TRACE", "/v1/api-keys/x", "DELETE, GET, HEAD, PATCH"),
    ):
        response = await client.request(method, path)
        assert (response.status_code, code_of(response)) == (405, "METHOD_NOT_ALLOWED")
        assert response.headers["allow"] == allowed


async def test_a_host_that_is_none_is_refused(client: httpx2.AsyncClient) -> None:
    for host in ("x/../admin", "a b", "user@host", "host:port", "a?b", "", "[::1"):
        response = await client.get("/healthz", headers={"Host": host})
        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR"), host

    for host in ("docurift.test:8080", "127.0.0.1", "[::1]:8080", "localhost"):
        assert (await client.get("/healthz", headers={"Host": host})).status_code == 200, host


async def test_only_allowed_hosts_are_answered_where_the_operator_names_them(edge: EdgeUnderTest) -> None:
    app = create_app(replace(edge.services, allowed_hosts=frozenset({"docurift.test"})))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://docurift.test") as client:
        assert (await client.get("/healthz")).status_code == 200
        assert (await client.get("/healthz", headers={"Host": "DOCURIFT.test:8080"})).status_code == 200
        assert (await client.get("/healthz", headers={"Host": "evil.test"})).status_code == 400


async def test_a_length_beside_chunks_is_refused(edge: EdgeUnderTest) -> None:
    headers = {"content-length": "5", "transfer-encoding": "chunked"}

    answer = await post(edge.app, "/v1/documents/process/async", [Silence], key=edge.key, headers=headers)

    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert answer.headers["connection"] == "close"


async def test_a_database_that_cannot_answer_is_503_with_a_time_to_come_back(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    accepted = await submit(client)
    await edge.db.close()

    job, ready, alive = [await client.get(path) for path in (f"/v1/jobs/{accepted['jobId']}", "/readyz", "/healthz")]

    for response in (job, ready):
        assert (response.status_code, code_of(response)) == (503, "SERVICE_UNAVAILABLE")
        assert int(response.headers["retry-after"]) >= 1
        assert response.json()["error"]["retryable"] is True
    assert ready.json()["error"]["details"] == {"part": "database"}
    assert alive.status_code == 200


async def test_a_surprise_is_500_and_tells_nothing_of_the_inside(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    async with edge.db.transaction() as conn:
        await conn.execute("alter table jobs rename to secret_jobs")

    response = await client.get("/v1/jobs")

    assert (response.status_code, code_of(response)) == (500, "INTERNAL_ERROR")
    assert not re.search(r'Traceback|File "|select|secret_jobs|psycopg', response.text, re.IGNORECASE)


async def test_the_service_says_that_it_is_alive_ready_and_how_it_does(client: httpx2.AsyncClient) -> None:
    await client.get("/v1/jobs")

    alive, ready, metrics = [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]

    assert alive.json()["data"]["status"] == "ok"
    assert ready.json()["data"] == {"status": "ready", "database": "ok", "blobs": "ok", "queue": "ok", "disk": "ok"}
    assert 'docurift_http_requests_total{method="GET",route="/v1/jobs",status="200"}' in metrics.text


async def test_the_reference_loads_nothing_from_elsewhere(client: httpx2.AsyncClient) -> None:
    response = await client.get("/docs")

    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert response.headers["content-security-policy"].startswith("default-src 'none'")
    assert not re.search(r"<script|<link|src=|href=\"https?:|@import|url\(", response.text)
    assert "/v1/jobs/{id}" in response.text


async def test_logs_hold_neither_keys_nor_query_strings(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, capfd: pytest.CaptureFixture[str]
) -> None:
    await client.get("/v1/jobs?search=confidential")
    await client.get("/v1/jobs", params={"api_key": edge.key})
    await client.get("/v1/jobs", headers={"X-API-Key": edge.key[:-1]})

    out, err = capfd.readouterr()

    assert "request.served" in out + err
    assert "confidential" not in out + err
    assert not re.search(r"frc_[0-9A-Za-z]{31}", out + err)


def test_the_edge_loads_no_parser() -> None:
    parsers = [
        "pypdfium2",
        "PIL",
        "pikepdf",
        "lxml",
        "numpy",
        "cv2",
        "onnxruntime",
        "liteparse",
        "bs4",
        "docurift.engines",
    ]
    program = f"import sys, docurift.api.app; print([one for one in {parsers} if one in sys.modules])"

    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)

    assert loaded.stdout.strip() == "[]"


async def test_a_slow_database_does_not_hold_up_the_sign_of_life(
    database_dsn: str, edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    del edge
    locker = await Database.open(database_dsn, min_size=1, max_size=1, timeout_seconds=5)
    async with locker.transaction() as conn:
        await conn.execute("lock table jobs in access exclusive mode")
        assert (await client.get("/healthz")).status_code == 200
    await locker.close()
