"""Sends one webhook: a POST whose answer is read a little, within bounds that a hostile receiver cannot stretch."""

import asyncio
import contextlib
import math
import re
import time
from collections.abc import Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

import httpcore2

from docurift import __version__
from docurift.egress.connections import MAX_HEAD_BYTES, Connections, Dialing, PoolLimits, retire
from docurift.egress.faults import FAULTS, sentence_of
from docurift.egress.guard import Guard
from docurift.egress.refusals import UrlNotAllowedError

EXCERPT_BYTES: Final = 1024
MAX_ANSWER_BYTES: Final = 16 * 1024
EXCERPT_SECONDS: Final = 2.0
"""How long the body is waited for: the status decides, and the text behind it is only shown."""
KEEP_SECONDS: Final = 4.0
"""Shorter than the 5 seconds after which Node.js and uvicorn close an idle connection."""
OUR_HEADERS: Final = frozenset(
    {
        *("accept-encoding", "connection", "content-length", "expect", "host", "keep-alive", "proxy-authorization"),
        *("proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"),
    }
)
"""Headers, in lower case, that belong to the connection; those of a caller are not sent."""

_SECONDS: Final = re.compile(r"[0-9]{1,9}\Z")
_SUCCESS: Final = range(200, 300)


class SendError(Exception):
    """No answer came; the message is a sentence for users. `latency_seconds` is how long that took."""

    def __init__(self, reason: str, latency_seconds: float) -> None:
        super().__init__(reason)
        self.reason, self.latency_seconds = reason, latency_seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the receiver said, whatever its status. `retry_after_seconds` is its wish, `excerpt` the raw beginning of
    the body.
    """

    status_code: int
    retry_after_seconds: float | None
    excerpt: bytes = field(repr=False)
    latency_seconds: float


class Sender:
    """Posts to webhook endpoints over kept connections, `max_connections` at most."""

    def __init__(self, guard: Guard, *, max_connections: int, dialing: Dialing | None = None) -> None:
        limits = PoolLimits(
            connections=max_connections, keep_seconds=KEEP_SECONDS, answer_bytes=MAX_HEAD_BYTES + MAX_ANSWER_BYTES
        )
        self._connections = Connections(guard, limits, dialing or Dialing())

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """Post `body` and hear the answer within `seconds`, connecting and waiting for a free connection included.
        Redirects are answers.

        Raises:
            SendError: the guard refuses, or no answer came.
        """
        begun = time.monotonic()
        try:
            async with asyncio.timeout(seconds):
                _, response = await self._connections.ask("POST", url, headers=_headers(headers), body=body)
        except UrlNotAllowedError as error:
            raise SendError(str(error), time.monotonic() - begun) from error
        except TimeoutError as error:
            raise SendError(f"No answer within {seconds:g} seconds.", time.monotonic() - begun) from error
        except FAULTS as error:
            raise SendError(sentence_of(error), time.monotonic() - begun) from error
        latency = time.monotonic() - begun
        return Answer(
            status_code=response.status,
            retry_after_seconds=_retry_after(response),
            excerpt=await _excerpt(response, min(EXCERPT_SECONDS, seconds - latency)),
            latency_seconds=latency,
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name.lower(): value for name, value in given.items() if name.lower() not in OUR_HEADERS}
    # A compressed answer would have to be unpacked to be shown, and may be a bomb.
    return {"user-agent": f"DocuRift/{__version__}"} | kept | {"accept-encoding": "identity"}


async def _excerpt(response: httpcore2.Response, seconds: float) -> bytes:
    """The beginning of the body, as far as it comes in time. The connection is kept only after a success whose body was
    read to its end: an attempt that follows a failure looks the name up again.
    """
    kept = bytearray()
    try:
        with contextlib.suppress(TimeoutError, *FAULTS):
            async with asyncio.timeout(seconds):
                await _read(response, kept)
    finally:
        if response.status not in _SUCCESS:
            await retire(response)
        await response.aclose()
    return bytes(kept[:EXCERPT_BYTES])


async def _read(response: httpcore2.Response, into: bytearray) -> None:
    read = 0
    async with aclosing(response.aiter_stream()) as pieces:
        async for piece in pieces:
            read += len(piece)
            into += piece[: max(EXCERPT_BYTES - len(into), 0)]
            if read >= MAX_ANSWER_BYTES:
                return


def _retry_after(response: httpcore2.Response) -> float | None:
    """`Retry-After` in seconds from now, in either form of RFC 9110, section 10.2.3; None without. A date is one of the
    receiver's clock, so it counts from the `Date` of the answer, and from our clock only without.
    """
    text = _header(response, b"retry-after")
    if _SECONDS.match(text):
        return float(text)
    date = _date(text)
    if date is None:
        return None
    now = _date(_header(response, b"date")) or datetime.now(UTC)
    return max(0.0, math.ceil((date - now).total_seconds()))


def _header(response: httpcore2.Response, wanted: bytes) -> str:
    given = next((value for name, value in response.headers if name.lower() == wanted), b"")
    return given.decode("latin-1").strip()


def _date(text: str) -> datetime | None:
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)
