"""The small receiver of `docurift webhooks listen`: loopback only, one thread a connection."""

import contextlib
import json
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast
from urllib.parse import urlsplit

import httpx2
from rich.console import Console
from rich.json import JSON

from docurift.commands.exits import CommandError, Exit
from docurift.model import signature
from docurift.model.signature import Finding

HOST: Final = "127.0.0.1"
MAX_BODY_BYTES: Final = 8 * 1024 * 1024
FORWARD_SECONDS: Final = 15.0  # what a delivery waits for
_IDLE_SECONDS: Final = 15.0
_OF_THE_CONNECTION: Final = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "keep-alive", "te", "transfer-encoding", "upgrade"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """What was asked for. Without `secret` nothing is verified; without `forward` the answer is 200."""

    port: int
    secret: str | None = field(repr=False)
    tolerance_seconds: int
    forward: str | None
    as_json: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Received:
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    findings: tuple[Finding, ...] | None  # None: there is no secret to verify with

    @property
    def is_refused(self) -> bool:
        return self.findings is not None and not (self.findings and all(one.holds for one in self.findings))


def serve(asked: Listening) -> None:
    """Receive until Ctrl-C or SIGTERM.

    Raises:
        CommandError: the port is taken, or `forward` is no address of HTTP.
    """
    try:
        server = _Server(asked)
    except OSError as error:
        raise CommandError(f"It is not possible to listen at port {asked.port}: {error}.", Exit.USAGE) from error
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    address = f"http://{HOST}:{server.server_address[1]}/"
    Console(stderr=True).print(
        f"Listening at {address} (a service on this machine sends here if DOCURIFT_EGRESS_ALLOW has 127.0.0.0/8)",
        soft_wrap=True,
        highlight=False,
    )
    with server, contextlib.suppress(KeyboardInterrupt):
        server.serve_forever(poll_interval=0.1)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, asked: Listening) -> None:
        self.asked = asked
        self.target = _target(asked.forward) if asked.forward else None
        self._console, self._printing = Console(highlight=False), threading.Lock()
        # The environment's proxy is not for a receiver that is being written on this machine.
        self._client = httpx2.Client(timeout=FORWARD_SECONDS, trust_env=False)
        super().__init__((HOST, asked.port), _Handler)

    def take(self, headers: Mapping[str, str], body: bytes) -> tuple[int, bytes]:
        """Show the request; the status and body to answer."""
        received = _Received(headers=headers, body=body, findings=self._findings(headers, body))
        status, answer = (401, b"not verified\n") if received.is_refused else self._passed_on(received)
        with self._printing:
            self._show(received, status)
        return status, answer

    def _findings(self, headers: Mapping[str, str], body: bytes) -> tuple[Finding, ...] | None:
        if self.asked.secret is None:
            return None
        return signature.verify(
            headers=headers,
            body=body,
            secret=self.asked.secret,
            now=int(time.time()),
            tolerance_seconds=self.asked.tolerance_seconds,
        )

    def _passed_on(self, received: _Received) -> tuple[int, bytes]:
        if self.target is None:
            return 200, b"received\n"
        headers = [(name, value) for name, value in received.headers.items() if name.lower() not in _OF_THE_CONNECTION]
        try:
            answer = self._client.post(self.target, content=received.body, headers=headers)
        except httpx2.HTTPError as error:
            return 502, f"{self.target} does not answer: {error}\n".encode()
        return answer.status_code, answer.content

    def _show(self, received: _Received, status: int) -> None:
        event = _object(received.body)
        if self.asked.as_json:
            print(json.dumps(_record(received, event, status)), flush=True)
            return
        mark, style = _mark(received)
        words = (time.strftime("%H:%M:%S"), event.get("type"), f"#{event.get('sequence')}", event.get("id"), mark)
        line = _printable(" ".join(f"{word}" for word in (*words, f"-> {status}")))
        self._console.print(line, style=style, markup=False, soft_wrap=True)
        for one in received.findings or ():
            if not one.holds:
                self._console.print(f"  {one.scheme}: {one.reason}", style=style, markup=False, soft_wrap=True)
        text = json.dumps(event.get("data", event), ensure_ascii=False)
        self._console.print(JSON(_printable(text)), soft_wrap=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS

    def do_POST(self) -> None:
        length = self.headers.get("content-length", "")
        if not length.isdecimal():
            self._answer(411, b"the length of the body is missing\n", close=True)
        elif int(length) > MAX_BODY_BYTES:
            self._answer(413, b"the body is too large\n", close=True)
        else:
            body = self.rfile.read(int(length))
            self._answer(*cast("_Server", self.server).take(dict(self.headers.items()), body))

    def _answer(self, status: int, body: bytes, *, close: bool = False) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        if close:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name in http.server
        """Nothing: each request has been shown."""


def _target(url: str) -> httpx2.URL:
    wrong = CommandError(f"--forward should be a URL like http://127.0.0.1:3000/hook, not {url!r}.", Exit.USAGE)
    try:
        parts, target = urlsplit(url), httpx2.URL(url)
    except (ValueError, httpx2.InvalidURL) as error:
        raise wrong from error
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise wrong
    return target


def _mark(received: _Received) -> tuple[str, str]:
    if received.findings is None:
        return "(no secret to verify with)", "yellow"
    return ("NOT VERIFIED", "bold red") if received.is_refused else ("verified", "green")


def _record(received: _Received, event: dict[str, object], status: int) -> dict[str, object]:
    findings = {one.scheme: {"holds": one.holds, "reason": one.reason} for one in received.findings or ()}
    verified = None if received.findings is None else not received.is_refused
    headers = dict(received.headers)
    return {"verified": verified, "schemes": findings, "status": status, "headers": headers, "event": event}


def _object(body: bytes) -> dict[str, object]:
    try:
        event: object = json.loads(body)
    except (ValueError, RecursionError):
        event = None
    return cast("dict[str, object]", event) if isinstance(event, dict) else {"data": body.decode("utf-8", "replace")}


def _printable(text: str) -> str:
    """The text without what a terminal would obey."""
    return "".join(one if one.isprintable() else "\N{REPLACEMENT CHARACTER}" for one in text)
