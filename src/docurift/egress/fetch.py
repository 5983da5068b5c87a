"""Fetches a document from the address that a caller gave, into a file."""

import asyncio
import hashlib
import os
import re
import ssl
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from typing import IO, Final
from urllib.parse import unquote, urljoin

import httpcore2

from docurift import __version__
from docurift.egress.connections import MAX_HEAD_BYTES, Connections, Dialing, PoolLimits
from docurift.egress.faults import FAULTS, sentence_of
from docurift.egress.guard import Guard
from docurift.egress.refusals import UrlNotAllowedError
from docurift.egress.target import Target
from docurift.model.filename import clean

MAX_REDIRECTS: Final = 3
IDLE_SECONDS: Final = 15.0
HEAD_BYTES: Final = 8 * 1024
"""How much of the file is handed back, to tell its format."""

_BUFFER_BYTES: Final = 256 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_SUCCESS: Final = range(200, 300)
_EXTENDED_NAME: Final = re.compile(r"filename\*\s*=\s*(utf-8|iso-8859-1)'[^']*'([^;\s]+)", re.IGNORECASE)  # RFC 8187
_HEADERS: Final = {"accept": "*/*", "accept-encoding": "identity", "user-agent": f"DocuRift/{__version__}"}


class FetchError(Exception):
    """The file did not come; the message is a sentence for users. `too_large`: it has more bytes than allowed.
    `status_code` is the answer's, where that was the reason.
    """

    def __init__(self, reason: str, *, too_large: bool = False, status_code: int | None = None) -> None:
        super().__init__(reason)
        self.reason, self.too_large, self.status_code = reason, too_large, status_code


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A file that came whole and is on the disk. `file_name` is what its server calls it, cleaned; `head` its first
    8 KiB.
    """

    sha256: str
    size_bytes: int
    file_name: str
    head: bytes = field(repr=False)


async def fetch(
    guard: Guard, url: str, into: Path, *, max_bytes: int, seconds: float, dialing: Dialing | None = None
) -> Fetched:
    """Write what is at `url` into the file `into`; each of at most 3 redirects is checked like the URL itself. Nothing
    is left of the file where it fails.

    Raises:
        FetchError: the guard refuses, it is too large, is not whole within `seconds`, or its server has no such file.
        OSError: the file cannot be written.
    """
    limits = PoolLimits(connections=1, keep_seconds=0, answer_bytes=MAX_HEAD_BYTES + 2 * max_bytes)
    connections = Connections(guard, limits, dialing or Dialing())
    try:
        async with asyncio.timeout(seconds):
            return await _fetched(connections, url, into, max_bytes)
    except BaseException as error:
        into.unlink(missing_ok=True)  # noqa: ASYNC240 - of one entry in a folder
        if isinstance(error, TimeoutError):
            raise FetchError(f"The file did not come within {seconds:g} seconds.") from error
        raise
    finally:
        await connections.close()


async def _fetched(connections: Connections, url: str, into: Path, max_bytes: int) -> Fetched:
    async with _answer(connections, url) as (target, response):
        headers = {name.lower(): _text(value) for name, value in response.headers}
        _check(response.status, headers, max_bytes)
        with into.open("wb") as file:
            landing = _Landing(file, max_bytes)
            await _stream(response, landing)
            await landing.finish()
        return Fetched(
            sha256=landing.sha256,
            size_bytes=landing.size_bytes,
            file_name=clean(_name(headers, target)),
            head=landing.head,
        )


@asynccontextmanager
async def _answer(connections: Connections, url: str) -> AsyncGenerator[tuple[Target, httpcore2.Response]]:
    """The answer at the end of the redirects."""
    for hop in range(MAX_REDIRECTS + 1):
        target, response = await _asked(connections, url, is_redirect=hop > 0)
        try:
            location = next((value for name, value in response.headers if name.lower() == b"location"), None)
            if response.status not in _REDIRECTS or location is None:
                yield target, response
                return
        finally:
            await response.aclose()
        url = _redirected(target, _text(location))
    raise FetchError(f"The server redirects more than {MAX_REDIRECTS} times.")


async def _asked(connections: Connections, url: str, *, is_redirect: bool) -> tuple[Target, httpcore2.Response]:
    try:
        return await connections.ask("GET", url, headers=_HEADERS, idle_seconds=IDLE_SECONDS)
    except UrlNotAllowedError as error:
        raise FetchError(f"A redirect is not followed. {error}" if is_redirect else str(error)) from error
    except TimeoutError:
        raise  # the deadline's, which FAULTS would take for an OSError
    except FAULTS as error:
        raise FetchError(sentence_of(error)) from error


def _redirected(target: Target, location: str) -> str:
    """The URL that `location` means at `target`. urljoin drops line ends and tabs, so those do not get there."""
    if not location.isprintable():
        raise FetchError("A redirect is not followed. Its address has a character that may not stand there.")
    try:
        return urljoin(target.url, location)
    except ValueError as error:
        raise FetchError("A redirect is not followed. Its address is not well formed.") from error


def _check(status: int, headers: Mapping[bytes, str], max_bytes: int) -> None:
    if status not in _SUCCESS:
        raise FetchError(f"The server answered with status {status}.", status_code=status)
    if headers.get(b"content-encoding", "identity").strip().lower() != "identity":
        raise FetchError("The server sent the file compressed though it was asked not to.")
    length = headers.get(b"content-length", "")
    if length.isdecimal() and int(length) > max_bytes:
        raise _too_large(max_bytes)


async def _stream(response: httpcore2.Response, landing: "_Landing") -> None:
    try:
        async with aclosing(response.aiter_stream()) as pieces:
            async for piece in pieces:
                await landing.add(piece)
    except httpcore2.TimeoutException as error:
        raise FetchError(sentence_of(error)) from error
    except (httpcore2.NetworkError, httpcore2.ProtocolError, ssl.SSLError) as error:
        raise FetchError("The connection was cut before the file was whole.") from error


class _Landing:
    """A file that is counted and hashed while it is written, in a thread: a slow disk holds nobody else up."""

    def __init__(self, file: IO[bytes], max_bytes: int) -> None:
        self._file, self._max_bytes = file, max_bytes
        self._buffer, self._digest, self._head = bytearray(), hashlib.sha256(), bytearray()
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    @property
    def head(self) -> bytes:
        return bytes(self._head)

    async def add(self, piece: bytes) -> None:
        self.size_bytes += len(piece)
        if self.size_bytes > self._max_bytes:
            raise _too_large(self._max_bytes)
        self._head += piece[: HEAD_BYTES - len(self._head)]
        self._buffer += piece
        if len(self._buffer) >= _BUFFER_BYTES:
            await asyncio.to_thread(self._write)

    async def finish(self) -> None:
        await asyncio.to_thread(self._sync)

    def _write(self) -> None:
        self._digest.update(self._buffer)
        self._file.write(self._buffer)
        self._buffer.clear()

    def _sync(self) -> None:
        self._write()
        self._file.flush()
        os.fsync(self._file.fileno())


def _too_large(max_bytes: int) -> FetchError:
    return FetchError(f"The file has more than {max_bytes} bytes.", too_large=True)


def _name(headers: Mapping[bytes, str], target: Target) -> str:
    """The name of `Content-Disposition` (RFC 6266, where the extended form comes first), else the path's last part."""
    given = headers.get(b"content-disposition", "")
    if extended := _EXTENDED_NAME.search(given):
        return unquote(extended[2], encoding=extended[1], errors="replace")
    disposition = Message()
    disposition["Content-Disposition"] = given
    return disposition.get_filename() or unquote(target.rest.partition("?")[0].rpartition("/")[2], errors="replace")


def _text(value: bytes) -> str:
    """A header as text: UTF-8 if it is, else Latin-1."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        return value.decode("latin-1")
