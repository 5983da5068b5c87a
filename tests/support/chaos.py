"""A service whose processes are killed while jobs go in and events come out, and the account that is drawn up after."""

import http.client
import json
import os
import signal
import threading
import time
import urllib.error
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.client import Client
from tests.support.service import Running

from docurift.model import signature

FAULTS = ("api", "work", "deliver", "postgres")
_TIRED = (OSError, http.client.HTTPException, urllib.error.URLError, json.JSONDecodeError)


@dataclass
class Inbox:
    """Whatever an endpoint was sent and could verify: times it came, by the event's number."""

    secret: str = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
    came: Counter[int] = field(default_factory=Counter[int])
    ids: dict[int, str] = field(default_factory=dict[int, str])
    refused: int = 0
    changed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether the event is kept: only if its signature holds."""
        told = signature.headers(
            event_id=headers["webhook-id"], body=body, timestamp=int(headers["webhook-timestamp"]), secret=self.secret
        )
        with self.lock:
            if told["webhook-signature"] != headers["webhook-signature"]:
                self.refused += 1
                return False
            event = json.loads(body)
            number = event["sequence"]
            self.changed += self.ids.setdefault(number, event["id"]) != event["id"]
            self.came[number] += 1
        return True


@contextmanager
def receiver(inbox: Inbox) -> Iterator[str]:
    """An endpoint on the loopback that keeps what it is sent in `inbox`; its URL."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            kept = inbox.take({name.lower(): value for name, value in self.headers.items()}, body)
            self.send_response(204 if kept else 400)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 -- http.server's name
            """Nothing is printed."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/hook"
        finally:
            server.shutdown()


@dataclass
class Submitting:
    """Jobs go in, `rate` a second, each with a key of its own under which it is sent again until it is accepted."""

    client: Client
    rate: float
    accepted: list[str] = field(default_factory=list[str])
    repeats: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        begun, number = time.monotonic(), 0
        while not self.stop.is_set():
            self.accepted.append(self._one(number))
            number += 1
            self.stop.wait(max(0.0, begun + number / self.rate - time.monotonic()))

    def _one(self, number: int) -> str:
        key = uuid4().hex
        while True:
            try:
                answer = self.client.submit(f"text number {number}".encode(), name="a.txt", Idempotency_Key=key)
            except _TIRED:
                answer = None
            if answer is not None and answer.status == 202:
                return answer.data["jobId"]
            assert answer is None or answer.status >= 500, answer.body
            self.repeats += 1
            time.sleep(0.05)


def kill(running: Running, fault: str) -> bool:
    """SIGKILL for one process of the service; False if none of that name runs at this moment."""
    pids = processes_of(running, fault)
    for pid in pids[:1]:
        os.kill(pid, signal.SIGKILL)
    return bool(pids)


def processes_of(running: Running, name: str) -> list[int]:
    """The processes of the service of that name."""
    return [pid for pid in descendants(running.process.pid) if _is(pid, name)]


def descendants(pid: int) -> list[int]:
    """The processes below `pid`, parents first."""
    below = list[int]()
    for thread in Path(f"/proc/{pid}/task").glob("*"):  # each thread has its own list
        with suppress(FileNotFoundError, ProcessLookupError):
            below += [int(one) for one in (thread / "children").read_text().split()]
    return [found for one in below for found in (one, *descendants(one))]


def _is(pid: int, fault: str) -> bool:
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return False
    if fault == "postgres":
        return Path(words[0]).name == "postgres" and "-D" in words
    return "docurift.serve" in words and fault in words


@dataclass(frozen=True)
class Account:
    """What the log says, beside what was submitted and what was received."""

    jobs: int
    events: int
    received: int
    doubled: int
    repeats: int
    missing_numbers: list[int]
    undelivered: list[int]
    endings_not_one: list[str]
    refused: int
    changed: int

    @property
    def is_clean(self) -> bool:
        return not (self.missing_numbers or self.undelivered or self.endings_not_one or self.refused or self.changed)


def the_log(client: Client) -> list[dict[str, Any]]:
    """Every event, read by its cursor."""
    found: list[dict[str, Any]] = []
    while True:
        page = client.call("GET", f"/v1/events?after={found[-1]['sequence'] if found else 0}&limit=500").data
        found += page["events"]
        if not page["hasMore"]:
            return found


def until(fact: Callable[[], bool], *, seconds: float) -> bool:
    """Whether it came true in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if fact():
                return True
        except _TIRED:
            pass
        time.sleep(0.2)
    return False


def account(client: Client, submitting: Submitting, inbox: Inbox, *, seconds: float) -> Account:
    """Wait until every accepted job has ended and every event has come, `seconds` at most, and say what is amiss."""
    wanted = set(submitting.accepted)

    def all_ended() -> bool:
        return wanted <= {event["data"].get("jobId") for event in the_log(client) if _is_ending(event)}

    def all_came() -> bool:
        return {event["sequence"] for event in the_log(client)} - first <= set(inbox.came)

    first = {event["sequence"] for event in the_log(client) if event["type"].startswith(("api_key.", "webhook."))}
    until(all_ended, seconds=seconds)
    until(all_came, seconds=seconds)
    log = the_log(client)
    numbers = [event["sequence"] for event in log]
    endings = Counter(event["data"].get("jobId") for event in log if _is_ending(event))
    return Account(
        jobs=len(wanted),
        events=len(log),
        received=len(inbox.came),
        doubled=sum(times - 1 for times in inbox.came.values()),
        repeats=submitting.repeats,
        missing_numbers=sorted(set(range(1, numbers[-1] + 1)) - set(numbers)),
        undelivered=sorted(set(numbers) - first - set(inbox.came)),
        endings_not_one=sorted(job for job in wanted if endings[job] != 1),
        refused=inbox.refused,
        changed=inbox.changed,
    )


def _is_ending(event: dict[str, Any]) -> bool:
    return event["type"] in {"document.processing.completed", "document.processing.failed"}


def endpoint(client: Client, url: str, inbox: Inbox) -> None:
    """Make an endpoint that wants every event. Its secret is brought: its first event may be here before the answer."""
    body = json.dumps({"url": url, "events": [], "secret": inbox.secret}).encode()
    answer = client.call("POST", "/v1/webhooks", body=body, Content_Type="application/json")
    assert answer.status == 201, answer.body
