"""`docurift webhooks listen` as a process, with deliveries signed by the service's own code."""

import asyncio
import json
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx2
import pytest
from tests.support.peer import a_peer, says
from tests.support.wire import an_answer

from docurift.commands.exits import Exit
from docurift.model import signature

SECRET = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
EVENT = {
    "id": "evt_1",
    "type": "document.processing.completed",
    "sequence": 7,
    "data": {"fileName": "Müller\u202e\x1b[2J\x9b.pdf"},
}
BODY = json.dumps(EVENT, ensure_ascii=False).encode()


@dataclass
class Listener:
    url: str
    process: subprocess.Popen[str]

    def post(self, headers: dict[str, str], body: bytes = BODY) -> httpx2.Response:
        return httpx2.post(self.url, content=body, headers=headers, trust_env=False, timeout=20)

    def stop(self, number: int = signal.SIGINT) -> tuple[int, str]:
        """How it ended and what it printed."""
        self.process.send_signal(number)
        printed = self.process.communicate(timeout=20)[0]
        return self.process.returncode, printed


@contextmanager
def listening(*options: str) -> Iterator[Listener]:
    command = [sys.executable, "-m", "docurift", "webhooks", "listen", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env={}) as process:
        assert process.stderr is not None
        try:
            found = re.match(r"Listening at (http://127\.0\.0\.1:\d+/)", process.stderr.readline())
            assert found
            yield Listener(found[1], process)
        finally:
            process.kill()


def signed(body: bytes = BODY, *, secret: str = SECRET, ago: int = 0) -> dict[str, str]:
    at = int(time.time()) - ago
    return signature.headers(event_id="evt_1", body=body, timestamp=at, secret=secret) | {"Content-Type": "text/x"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_event_is_verified_and_shown_and_ctrl_c_ends_it_cleanly(number: int) -> None:
    with listening("--secret", SECRET) as listener:
        answer = listener.post(signed())
        code, printed = listener.stop(number)

    assert (answer.status_code, code) == (200, Exit.DONE)
    assert "document.processing.completed #7 evt_1 verified -> 200" in printed
    assert "Müller" in printed
    assert not {"\x1b", "\x9b", "\u202e"} & set(printed)


def test_what_does_not_verify_is_shown_and_refused() -> None:
    with listening("--secret", SECRET, "--json") as listener:
        answers = [
            *(listener.post(signed(secret="another")), listener.post(signed(ago=400)), listener.post({})),
            *(listener.post(signed(), body=BODY + b" "), listener.post(signed())),
        ]
        _, printed = listener.stop()

    records = [json.loads(line) for line in printed.splitlines()]
    assert [answer.status_code for answer in answers] == [401, 401, 401, 401, 200]
    assert [record["verified"] for record in records] == [False] * 4 + [True]
    reason = re.search(r"(\d+) seconds old", records[1]["schemes"]["DocuRift"]["reason"])
    assert reason is not None
    assert int(reason[1]) >= 400
    assert records[4]["event"] == EVENT
    assert records[4]["headers"]["webhook-id"] == "evt_1"


async def test_a_request_is_passed_on_as_it_came_and_answered_as_its_receiver_does() -> None:
    async with a_peer(says(an_answer(418, body=b"tea"), an_answer(204))) as receiver:
        with listening("--secret", SECRET, "--forward", receiver.url("/my/hook?a=b")) as listener:
            headers = signed()
            first, second = [await asyncio.to_thread(listener.post, headers) for _ in range(2)]
            refused = await asyncio.to_thread(listener.post, {})

    head, _, body = receiver.requests[0].partition(b"\r\n\r\n")
    lines = head.decode().split("\r\n")
    assert (first.status_code, first.content, second.status_code, refused.status_code) == (418, b"tea", 204, 401)
    assert lines[0] == "POST /my/hook?a=b HTTP/1.1"
    assert {f"{name.lower()}: {value}" for name, value in headers.items()} <= {
        ": ".join([line.split(": ")[0].lower(), line.split(": ", 1)[1]]) for line in lines[1:]
    }
    assert body == BODY
    assert len(receiver.requests) == 2


def test_without_a_secret_nothing_is_verified_and_all_is_shown() -> None:
    with listening("--json") as listener:
        answer = listener.post({})
        _, printed = listener.stop()

    assert answer.status_code == 200
    assert json.loads(printed)["verified"] is None


def test_a_receiver_that_is_not_there_is_told_as_502() -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        with listening("--forward", f"http://127.0.0.1:{reserved.getsockname()[1]}/") as listener:
            answer = listener.post({})

    assert answer.status_code == 502


def test_a_body_without_length_or_with_too_much_is_refused_unread() -> None:
    with listening() as listener:
        with socket.create_connection(("127.0.0.1", int(listener.url.split(":")[2][:-1])), timeout=20) as endless:
            endless.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000000\r\n\r\n")
            refused = endless.recv(65_536)
        chunked = httpx2.post(listener.url, content=iter([b"x"]), trust_env=False)

    assert refused.startswith(b"HTTP/1.1 413 ")
    assert chunked.status_code == 411


@pytest.mark.parametrize(
    "options",
    [["--secret", "whsec_short"], ["--secret-file", "none"], ["--forward", "http://["], ["--forward", "ftp://x/"]],
)
def test_a_wrong_option_is_told_at_once(options: list[str]) -> None:
    command = [sys.executable, "-m", "docurift", "webhooks", "listen", "--port", "0", *options]
    done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == Exit.USAGE
    assert done.stderr.count("\n") == 1


def test_a_taken_port_is_told() -> None:
    with listening() as listener:
        command = [sys.executable, "-m", "docurift", "webhooks", "listen", "--port", listener.url.split(":")[2][:-1]]
        done = subprocess.run(command, env={}, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == Exit.USAGE
    assert "Traceback" not in done.stderr
