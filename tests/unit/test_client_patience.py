"""The client comes back when the service says so: later, as long as it has patience, with the same request."""

import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from docurift.client import Client, ServiceError

Headers = dict[str, str]
DONE = b'{"success": true, "data": {"id": "x"}}\n'
PUT_OFF = b'{"success": false, "error": {"code": "RATE_LIMIT_EXCEEDED", "message": "Wait."}}'


@dataclass
class Service:
    """Answers with these statuses in turn, then 200; keeps what it was asked."""

    statuses: list[tuple[int, Headers]]
    heard: list[tuple[str, Headers, bytes]] = field(default_factory=list)
    url: str = ""


@contextmanager
def serving(statuses: Sequence[tuple[int, Headers]]) -> Iterator[Service]:
    service = Service(list(statuses))

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            service.heard.append((self.command, dict(self.headers), body))
            status, headers = service.statuses.pop(0) if service.statuses else (200, {})
            content = DONE if status == 200 else PUT_OFF
            self.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = answer  # noqa: N815 -- the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        service.url = f"http://127.0.0.1:{server.server_address[1]}"
        try:
            yield service
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "invoice.txt"
    path.write_bytes(b"Invoice number: INV-1\n" * 1000)
    return path


@pytest.mark.parametrize("status", [429, 503])
def test_what_was_put_off_is_asked_again_after_the_wait_that_was_asked_for(status: int) -> None:
    with serving([(status, {"Retry-After": "1"})]) as service, Client(service.url, "key") as client:
        before = time.monotonic()
        assert client.job("job_1") == {"id": "x"}
        waited = time.monotonic() - before

    assert waited >= 1
    assert [method for method, _, _ in service.heard] == ["GET", "GET"]


def test_a_wait_may_be_given_as_a_date_or_not_at_all() -> None:
    past = format_datetime(datetime.now(UTC) - timedelta(seconds=5), usegmt=True)
    statuses = [(429, {"Retry-After": past}), (503, {})]
    with serving(statuses) as service, Client(service.url, "key", patience_seconds=10) as client:
        assert client.job("job_1") == {"id": "x"}

    assert len(service.heard) == 3


@pytest.mark.parametrize("status", [400, 401, 404, 409, 500, 507])
def test_any_other_refusal_is_final(status: int) -> None:
    with (
        serving([(status, {"Retry-After": "0"})]) as service,
        Client(service.url, "key") as client,
        pytest.raises(ServiceError) as refused,
    ):
        client.job("job_1")

    assert (refused.value.status, len(service.heard)) == (status, 1)


def test_a_wait_beyond_its_patience_is_told_at_once() -> None:
    with (
        serving([(429, {"Retry-After": "3600"})]) as service,
        Client(service.url, "key") as client,
        pytest.raises(ServiceError) as refused,
    ):
        client.job("job_1")

    assert (refused.value.code, len(service.heard)) == ("RATE_LIMIT_EXCEEDED", 1)


def test_patience_ends() -> None:
    statuses = [(503, {"Retry-After": "1"})] * 10
    with (
        serving(statuses) as service,
        Client(service.url, "key", patience_seconds=2) as client,
        pytest.raises(ServiceError),
    ):
        client.job("job_1")

    assert len(service.heard) == 3


def test_a_file_is_sent_again_whole_and_under_the_same_idempotency_key(file: Path) -> None:
    told: list[int] = []
    with serving([(503, {"Retry-After": "0"})]) as service, Client(service.url, "key") as client:
        client.submit(file, {"language": "de"}, sent=told.append)
        client.submit(file, {})

    first, again, other = [(headers["Idempotency-Key"], body) for _, headers, body in service.heard]
    assert first[0] == again[0] != other[0]
    assert all(file.read_bytes() in body for _, body in (first, again, other))
    assert sum(told) == file.stat().st_size
    assert -file.stat().st_size in told


def test_a_batch_is_sent_again_whole(file: Path) -> None:
    told: list[int] = []
    with serving([(429, {"Retry-After": "0"})]) as service, Client(service.url, "key") as client:
        client.create_batch([file, file], {}, sent=told.append)

    bodies = [body for _, _, body in service.heard]
    assert bodies[0] == bodies[1]
    assert bodies[0].count(file.read_bytes()) == 2
    assert sum(told) == 2 * file.stat().st_size


def test_a_stream_is_opened_again() -> None:
    with serving([(429, {"Retry-After": "0"})]) as service, Client(service.url, "key") as client:
        lines = list(client.batch_results("batch_1"))

    assert (lines, len(service.heard)) == ([DONE.rstrip()], 2)
