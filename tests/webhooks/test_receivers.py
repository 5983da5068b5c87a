"""The receivers of the examples as processes, and the snippet of the how-to: each takes what is genuine, once."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from docurift.model import signature
from docurift.model.ids import EventId, new_id

ROOT = Path(__file__).parents[2]
RECEIVERS = ROOT / "examples/receivers"
PYTHON = sys.executable
COMMANDS = {
    "flask": [PYTHON, "-m", "flask", "--app", "flask_receiver", "run", "--port", "0"],
    "fastapi": [PYTHON, "-m", "uvicorn", "fastapi_receiver:app", "--port", "0"],
    "node": ["node", "node_receiver.mjs"],
}
SECRET = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, kw_only=True)
class Receiver:
    url: str
    inbox: Path

    def deliver(self, body: bytes, headers: Mapping[str, str | bytes]) -> int:
        """The status that it answers."""
        given = {"content-type": "application/json", **headers}
        return httpx2.post(self.url, content=body, headers=given, trust_env=False, timeout=20).status_code

    def kept(self) -> dict[str, bytes]:
        return {file.stem: file.read_bytes() for file in self.inbox.glob("*")}


@pytest.fixture(params=COMMANDS)
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Receiver]:
    command = COMMANDS[request.param]
    if shutil.which(command[0]) is None:
        pytest.skip(f"there is no {command[0]} here")
    with running(command, tmp_path / "inbox") as found:
        yield found


@contextmanager
def running(command: list[str], inbox: Path) -> Iterator[Receiver]:
    environment = {"PATH": os.environ["PATH"], "WEBHOOK_SECRET": SECRET, "INBOX": str(inbox), "PORT": "0"}
    with subprocess.Popen(
        command, cwd=RECEIVERS, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        try:
            found = next(filter(None, (re.search(r"http://127\.0\.0\.1:\d+", line) for line in process.stdout)))
            yield Receiver(url=f"{found[0]}/webhooks/docurift", inbox=inbox)
        finally:
            process.kill()


def an_event() -> tuple[EventId, bytes]:
    event_id = EventId(new_id("evt"))
    body = f'{{"id":"{event_id}","type":"document.processing.completed","data":{{"fileName":"Müller  7.pdf"}}}}'
    return event_id, body.encode()


def signed(
    event_id: str, body: bytes, *, secret: str = SECRET, previous: str | None = None, ago: int = 0
) -> dict[str, str]:
    at = int(time.time()) - ago
    return signature.headers(event_id=event_id, body=body, timestamp=at, secret=secret, previous=previous)


def test_a_genuine_event_is_kept_to_the_byte_and_once(receiver: Receiver) -> None:
    event_id, body = an_event()

    statuses = [receiver.deliver(body, signed(event_id, body, ago=ago)) for ago in (0, 3, 250)]

    assert statuses == [204, 204, 204]
    assert receiver.kept() == {event_id: body}


def test_what_is_forged_or_old_is_refused(receiver: Receiver) -> None:
    event_id, body = an_event()
    genuine = signed(event_id, body)

    statuses = [
        receiver.deliver(body, signed(event_id, body, secret="another")),
        receiver.deliver(body + b" ", genuine),
        receiver.deliver(body, signed(event_id, body, ago=301)),
        receiver.deliver(body, signed(event_id, body, ago=-600)),
        receiver.deliver(body, genuine | {"X-DocuRift-Timestamp": "soon"}),
        receiver.deliver(body, genuine | {"X-DocuRift-Signature": "ü".encode()}),
        receiver.deliver(body, {}),
    ]

    assert statuses == [401] * 7
    assert receiver.kept() == {}


def test_the_id_is_that_of_the_signed_body(receiver: Receiver) -> None:
    event_id, body = an_event()

    status = receiver.deliver(body, signed(event_id, body) | {"X-DocuRift-Event-Id": new_id("evt")})

    assert status == 204
    assert receiver.kept() == {event_id: body}


def test_an_id_that_is_none_becomes_no_file(receiver: Receiver) -> None:
    event_id, body = an_event()
    bodies = [body.replace(event_id.encode(), name) for name in (b"../../x", b"", event_id.upper().encode())]

    assert [receiver.deliver(one, signed(event_id, one)) for one in bodies] == [400] * 3
    assert receiver.kept() == {}


def test_both_secrets_of_a_rotation_are_taken(receiver: Receiver) -> None:
    first, second = an_event(), an_event()

    as_old = receiver.deliver(first[1], signed(*first, secret=signature.new_secret(), previous=SECRET))
    as_new = receiver.deliver(second[1], signed(*second, secret=SECRET, previous=signature.new_secret()))

    assert (as_old, as_new) == (204, 204)
    assert receiver.kept() == dict((first, second))


def test_a_body_beyond_all_bounds_is_refused(receiver: Receiver) -> None:
    event_id, _ = an_event()
    body = bytes(1024 * 1024 + 1)
    try:
        status = receiver.deliver(body, signed(event_id, body))
    except httpx2.NetworkError:
        status = 413  # it hung up while it was being told

    assert status == 413
    assert receiver.kept() == {}
