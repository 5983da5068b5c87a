"""Requests below the level of an HTTP client: bodies in pieces, silences, and clients that hang up."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field

import msgspec
from fastapi import FastAPI

BOUNDARY = b"boundary"
FORM = f"multipart/form-data; boundary={BOUNDARY.decode()}"


@dataclass
class RawAnswer:
    """What the application sent."""

    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    read_bytes: int = 0

    @property
    def code(self) -> str:
        error = msgspec.json.decode(self.body)["error"]
        return str(error["code"])


class HangUp:
    """The client closes its connection here."""


class Silence:
    """The client sends nothing any more, and stays."""


Piece = bytes | type[HangUp] | type[Silence]


async def post(
    app: FastAPI, path: str, pieces: Iterable[Piece], *, key: str, headers: dict[str, str] | None = None
) -> RawAnswer:
    """The answer to a body that comes in these pieces, chunked unless `headers` say otherwise."""
    answer, coming = RawAnswer(), iter(pieces)
    sent = {"host": "docurift.test", "x-api-key": key, "content-type": FORM, **(headers or {})}
    if "content-length" not in sent:
        sent["transfer-encoding"] = "chunked"
    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in sent.items()],
    }

    async def receive() -> dict[str, object]:
        piece = next(coming, b"")
        if piece is Silence:
            await asyncio.Event().wait()
        if piece is HangUp:
            return {"type": "http.disconnect"}
        assert isinstance(piece, bytes)
        answer.read_bytes += len(piece)
        return {"type": "http.request", "body": piece, "more_body": bool(piece)}

    async def send(message: dict[str, object]) -> None:
        if message["type"] == "http.response.start":
            answer.status = int(str(message["status"]))
            pairs = message["headers"]
            assert isinstance(pairs, list)
            answer.headers = {name.decode(): value.decode("latin-1") for name, value in pairs}
        else:
            answer.body += bytes(message.get("body", b""))  # type: ignore[call-overload]

    await app(scope, receive, send)
    return answer


def part(name: str, content: bytes, *, file_name: str | None = None, extra: bytes = b"") -> bytes:
    """One part of a form, with the boundary before it."""
    named = f'; filename="{file_name}"' if file_name is not None else ""
    disposition = f'Content-Disposition: form-data; name="{name}"{named}'.encode()
    return b"--" + BOUNDARY + b"\r\n" + disposition + b"\r\n" + extra + b"\r\n" + content + b"\r\n"


END = b"--" + BOUNDARY + b"--\r\n"
