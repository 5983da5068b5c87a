"""What only a real socket shows: connections that close, bytes that no client library would send."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from tests.support.edge import LIMITS
from tests.support.served import Served, serving

ASYNC = "POST /v1/documents/process/async HTTP/1.1"
FORM = "Content-Type: multipart/form-data; boundary=b"
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'


@pytest.fixture
def served(database_dsn: str, tmp_path: Path) -> Iterator[Served]:
    with serving(database_dsn, tmp_path / "blobs", LIMITS) as running:
        yield running


def connected(served: Served) -> socket.socket:
    parts = urlsplit(served.url)
    return socket.create_connection((parts.hostname, parts.port), timeout=10)


def head(served: Served, *lines: str) -> bytes:
    return "\r\n".join([lines[0], "Host: docurift.test", f"X-API-Key: {served.key}", *lines[1:], "", ""]).encode()


def until_closed(connection: socket.socket) -> bytes:
    answer = b""
    while piece := connection.recv(65_536):
        answer += piece
    return answer


def test_a_body_that_declares_too_much_is_refused_at_once_and_the_connection_closed(served: Served) -> None:
    with connected(served) as connection:
        connection.sendall(head(served, ASYNC, FORM, "Content-Length: 300000000"))
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"FILE_TOO_LARGE"' in answer


def test_a_client_that_sends_far_too_much_sees_why_it_was_cut_off(served: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"

    with connected(served) as connection:
        connection.sendall(head(served, ASYNC, FORM, "Transfer-Encoding: chunked"))
        connection.sendall(f"{len(PART):x}\r\n".encode() + PART + b"\r\n")
        for _ in range(40):
            connection.sendall(chunk)
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 413")
    assert b'"FILE_TOO_LARGE"' in answer


def test_a_refused_caller_cannot_go_on_sending(served: Served) -> None:
    request = head(served, ASYNC, FORM, "Content-Length: 900000").replace(served.key.encode(), b"frc_wrong")

    with connected(served) as connection:
        connection.sendall(request)
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 401")


@pytest.mark.parametrize(
    "lines",
    [
        ("Content-Length: 5", "Transfer-Encoding: chunked"),
        ("Content-Length: 5", "Content-Length: 6"),
        ("Content-Length: -1",),
        ("Content-Length: 5x",),
        ("Transfer-Encoding: chunked, identity", "Content-Length: 3"),
    ],
)
def test_bodies_of_doubtful_length_are_refused(served: Served, lines: tuple[str, ...]) -> None:
    with connected(served) as connection:
        connection.sendall(head(served, ASYNC, FORM, *lines) + b"0\r\n\r\n")
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 400")


@pytest.mark.alone
def test_half_open_uploads_do_not_hold_up_the_sign_of_life(served: Served) -> None:
    waiting = [connected(served) for _ in range(200)]
    for connection in waiting:
        connection.sendall(head(served, ASYNC, FORM, "Content-Length: 500000") + PART)

    begun = time.monotonic()
    with connected(served) as connection:
        connection.sendall(head(served, "GET /healthz HTTP/1.1", "Connection: close"))
        answer = until_closed(connection)

    assert answer.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - begun < 1
    for connection in waiting:
        connection.close()
