"""A request that was written down, to be verified later."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from docurift.commands.exits import CommandError, Exit

_REQUEST_LINE: Final = re.compile(rb"[A-Z]+ \S+ HTTP/[0-9.]+\r?\n")
_BLANK_LINE: Final = re.compile(rb"\r?\n\r?\n")


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """The headers by their names as they came, and the body byte for byte."""

    headers: dict[str, str]
    body: bytes = field(repr=False)


def of_request(raw: bytes) -> Captured:
    """A whole HTTP request, with or without its first line.

    Raises:
        CommandError: it is none, or its body is not as long as it says.
    """
    start = _REQUEST_LINE.match(raw)
    head, *rest = _BLANK_LINE.split(raw[start.end() if start else 0 :], maxsplit=1)
    headers = of_lines(head.decode("utf-8", "replace").splitlines())
    return Captured(headers=headers, body=_body(rest[0] if rest else b"", headers))


def of_lines(lines: Iterable[str]) -> dict[str, str]:
    """Headers of lines like `Name: value`.

    Raises:
        CommandError: a line is none.
    """
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name.strip():
            raise CommandError(f"A header should be written `Name: value`, not {line!r}.", Exit.USAGE)
        headers[name.strip()] = value.strip()
    return headers


def _body(rest: bytes, headers: dict[str, str]) -> bytes:
    """What follows the head, without the line end that an editor may have added."""
    given = {name.lower(): value for name, value in headers.items()}
    if "transfer-encoding" in given:
        raise CommandError("The request's body is in chunks. Give the body alone with --body.", Exit.USAGE)
    length = given.get("content-length", str(len(rest)))
    if not length.isdecimal() or int(length) > len(rest):
        raise CommandError(f"The body has {len(rest)} bytes, but Content-Length says {length}.", Exit.USAGE)
    return rest[: int(length)]
