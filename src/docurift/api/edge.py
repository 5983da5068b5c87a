"""The outermost layer of every HTTP call: request id, header guards, one envelope for all errors, one log line.

It never decides by what a route does; routes never build an error answer.
"""

import asyncio
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docurift.api.problems import ErrorCode, Problem, answer, invalid
from docurift.api.served import note
from docurift.api.services import EdgeLimits
from docurift.model.ids import new_id
from docurift.storage.blobs import BlobStoreFullError, BlobStoreUnavailableError
from docurift.storage.database import StorageFullError, Unavailable
from docurift.telemetry import log

# RFC 9110 section 7.2: a host and a port. Anything else once poisoned `request.url` (CVE-2026-48710).
_HOST: Final = re.compile(r"([A-Za-z0-9._-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(:[0-9]{1,5})?\Z")
_SERVER_ERROR: Final = 500
_NONE: Final[Mapping[str, str]] = {}
_ROUTER_CODES: Final = {404: ErrorCode.NOT_FOUND, 405: ErrorCode.METHOD_NOT_ALLOWED}


class ClientGoneError(Exception):
    """The client hung up in mid-request: there is nobody to answer."""


class Edge:
    """ASGI middleware around everything else."""

    def __init__(self, app: ASGIApp, *, limits: EdgeLimits, allowed_hosts: frozenset[str] | None) -> None:
        self._app, self._limits, self._allowed_hosts = app, limits, allowed_hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call; whatever happens, the answer is in the contract's envelope and has an `X-Request-Id`."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        exchange = _Exchange(scope, receive, send, self._limits)
        scope.setdefault("state", {})["request_id"] = exchange.request_id
        try:
            _guard(Headers(scope=scope), self._allowed_hosts)
            await self._app(scope, exchange.receive, exchange.send)
        except ClientGoneError:
            exchange.status = 499  # nginx's number for it; nobody sees it but the log
        except Exception as error:  # noqa: BLE001 - the first of the three places: nothing may pass this edge
            await self._refuse(exchange, error)
        note(scope, exchange.status, time.perf_counter() - started, exchange.request_id)

    async def _refuse(self, exchange: "_Exchange", error: Exception) -> None:
        problem = problem_of(error)
        if problem.code == ErrorCode.INTERNAL_ERROR:
            log.error("request.failed", request_id=exchange.request_id, exc_info=error)
        elif problem.status >= _SERVER_ERROR:
            log.warning("request.not_served", request_id=exchange.request_id, code=problem.code, reason=str(error))
        if exchange.has_started:
            raise error  # half an answer cannot be mended: the server cuts the connection, so the client notices
        await answer(problem, exchange.request_id)(exchange.scope, exchange.receive, exchange.send)


def problem_of(error: Exception) -> Problem:
    """What the client is told about `error`; never its text, unless it was written for clients."""
    match error:
        case Problem():
            return error
        case StorageFullError() | BlobStoreFullError():
            return Problem(ErrorCode.STORAGE_FULL)
        case Unavailable() | BlobStoreUnavailableError():
            return Problem(ErrorCode.SERVICE_UNAVAILABLE)
        case HTTPException():
            code = _ROUTER_CODES.get(error.status_code, ErrorCode.VALIDATION_ERROR)
            return Problem(code, headers=error.headers)
        case _:
            return Problem(ErrorCode.INTERNAL_ERROR)


def _guard(headers: Headers, allowed_hosts: frozenset[str] | None) -> None:
    if "transfer-encoding" in headers and "content-length" in headers:
        raise invalid("Content-Length", "should not stand beside Transfer-Encoding (request smuggling)")
    hosts = headers.getlist("host")
    if len(hosts) > 1 or any(not _HOST.match(host) for host in hosts):
        raise invalid("Host", "should be one host name or address, with or without port")
    if allowed_hosts is not None and not {_name_of(host) for host in hosts} <= allowed_hosts:
        raise invalid("Host", "is not a name of this service")


def _name_of(host: str) -> str:
    return host.lower() if host.endswith("]") else host.lower().rpartition(":")[0] or host.lower()


@dataclass(slots=True)
class _Exchange:
    """One request and its answer: marks the answer with its id, and closes a connection whose body was not read."""

    scope: Scope
    _receive: Receive
    _send: Send
    _limits: EdgeLimits
    request_id: str = field(default_factory=lambda: new_id("req"))
    status: int = 0
    has_started: bool = False
    _body_is_read: bool = field(init=False)

    def __post_init__(self) -> None:
        headers = Headers(scope=self.scope)
        self._body_is_read = "transfer-encoding" not in headers and headers.get("content-length", "0") == "0"

    async def receive(self) -> Message:
        message = await self._receive()
        if message["type"] != "http.request" or not message.get("more_body", False):
            self._body_is_read = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_started, self.status = True, message["status"]
            self._mark(MutableHeaders(scope=message))
            await self._send(message)
        elif message.get("more_body", False) or self._body_is_read:
            await self._send(message)
        else:
            await self._send({**message, "more_body": True})
            await self._linger()
            await self._send({"type": "http.response.body", "body": b"", "more_body": False})

    def _mark(self, headers: MutableHeaders) -> None:
        headers["X-Request-Id"] = self.request_id
        headers.update(self.scope["state"].get("rate_headers", _NONE))
        headers.setdefault("X-Content-Type-Options", "nosniff")
        headers.setdefault("Cache-Control", "no-store")
        if not self._body_is_read:
            headers["Connection"] = "close"

    async def _linger(self) -> None:
        """Read on for a while: a close upon unread bytes would reset the connection and lose the answer on its way."""
        left = self._limits.lingering_bytes
        try:
            async with asyncio.timeout(self._limits.lingering_seconds):
                while left > 0 and not self._body_is_read:
                    left -= len((await self.receive()).get("body", b""))
        except TimeoutError:
            return
