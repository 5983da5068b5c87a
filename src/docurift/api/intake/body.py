"""A request body in pieces, under the limits of security.md section 3.1: bytes, silence, whole time."""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.requests import Request

from docurift.api.edge import ClientGoneError
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.rates.meter import FREE, Meter
from docurift.api.services import EdgeLimits


async def pieces(request: Request, limits: EdgeLimits, *, max_bytes: int) -> AsyncIterator[bytes]:
    """The body as it comes in.

    Raises:
        Problem: `FILE_TOO_LARGE` as soon as the declared or the real length passes `max_bytes`; `UPLOAD_TIMEOUT` after
            too long a silence, or too long a time in all; `RATE_LIMIT_EXCEEDED`, before anything is read where the
            length is declared.
        ClientGoneError: the client hung up.
    """
    declared, meter = _declared(request, max_bytes), _meter(request)
    if declared is not None or "transfer-encoding" in request.headers:
        await meter.begin(declared)
    deadline, received = time.monotonic() + limits.upload_seconds, 0
    while True:
        patience = min(limits.upload_idle_seconds, deadline - time.monotonic())
        try:
            async with asyncio.timeout(patience):
                message = await request.receive()
        except TimeoutError as error:
            raise Problem(ErrorCode.UPLOAD_TIMEOUT) from error
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        data: bytes = message.get("body", b"")
        received += len(data)
        if received > max_bytes:
            raise too_large(limits)
        await meter.add(len(data))
        if data:
            yield data
        if not message.get("more_body", False):
            await meter.end()
            return


async def whole(request: Request, limits: EdgeLimits, *, max_bytes: int) -> bytes:
    """The body in one piece.

    Raises:
        Problem: as `pieces`.
        ClientGoneError: as `pieces`.
    """
    return b"".join([piece async for piece in pieces(request, limits, max_bytes=max_bytes)])


def too_large(limits: EdgeLimits) -> Problem:
    """413, which says how much is taken."""
    return Problem(ErrorCode.FILE_TOO_LARGE, details={"maxBytes": limits.max_file_bytes})


def _meter(request: Request) -> Meter:
    """What counts the body; a call without a key has none."""
    return request.scope["state"].get("meter", FREE)


def _declared(request: Request, max_bytes: int) -> int | None:
    declared = request.headers.get("content-length")
    if declared is None:
        return None
    if not declared.isdecimal() or not declared.isascii():
        raise invalid("Content-Length", "should be a number of bytes")
    if int(declared) > max_bytes:
        raise Problem(ErrorCode.FILE_TOO_LARGE, details={"maxBytes": max_bytes})
    return int(declared)
