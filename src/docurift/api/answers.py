"""Successful answers: the envelope, time stamps, entity tags."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct
from starlette.responses import Response

from docurift.model.stamp import stamp

Timestamp = Annotated[str, Meta(extra_json_schema={"format": "date-time"}, examples=["2026-01-31T12:00:00.000Z"])]
"""ISO 8601 UTC with `Z` and milliseconds."""

_ENCODER: Final = msgspec.json.Encoder()
_HEAD, _TAIL = b'{"success":true,"data":', b"}"


class Wire(Struct, frozen=True, kw_only=True, rename="camel"):
    """A value as it travels: camelCase names, and nothing that the contract does not name."""


def maybe_stamp(moment: datetime | None) -> Timestamp | None:
    """`stamp`, where there is a moment."""
    return None if moment is None else stamp(moment)


def encode(value: object) -> bytes:
    """`value` as JSON."""
    return _ENCODER.encode(value)


def success(data: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """`{"success": true, "data": …}`."""
    return Response(_HEAD + _ENCODER.encode(data) + _TAIL, status, headers, "application/json")


def entity_tag(*parts: bytes) -> str:
    """A strong tag that is the same as long as all `parts` are."""
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big") + part)
    return f'"{digest.hexdigest()}"'


def is_unchanged(if_none_match: str | None, tag: str) -> bool:
    """Whether the client's `If-None-Match` names `tag` (RFC 9110 section 13.1.2, weak comparison)."""
    if if_none_match is None:
        return False
    candidates = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in {tag, "*"} for one in candidates)
