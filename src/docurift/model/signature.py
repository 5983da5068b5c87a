"""Signatures of webhooks: each delivery carries both schemes (security.md section 6.1).

| scheme | signed bytes | key of HMAC-SHA256 | written |
|---|---|---|---|
| DocuRift | `timestamp.body` | the whole secret in UTF-8 | lower-case hexadecimal |
| Standard Webhooks 1.0 | `id.timestamp.body` | base64-decoded rest after `whsec_`, or the secret | `v1,` + base64 |
"""

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
import string
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

PREFIX: Final = "whsec_"
TOLERANCE_SECONDS: Final = 300
TIMESTAMP: Final = "X-DocuRift-Timestamp"
EVENT_ID: Final = "X-DocuRift-Event-Id"
SIGNATURE: Final = "X-DocuRift-Signature"
PREVIOUS_SIGNATURE: Final = "X-DocuRift-Signature-Previous"
STANDARD_ID: Final = "webhook-id"
STANDARD_TIMESTAMP: Final = "webhook-timestamp"
STANDARD_SIGNATURE: Final = "webhook-signature"

_ALPHABET: Final = string.ascii_letters + string.digits
_RANDOM_CHARACTERS: Final = 36  # 214 bits, and 27 bytes once decoded
_KEY_BYTES: Final = range(24, 65)  # Standard Webhooks 1.0, "Signature scheme"
_MOST_SECRET_BYTES: Final = 512
_SECONDS: Final = re.compile(r"[0-9]{1,12}\Z")


class BadSecretError(ValueError):
    """A secret that cannot sign; the message says what one looks like."""


class Scheme(StrEnum):
    """A way to sign."""

    DOCURIFT = "DocuRift"
    STANDARD = "Standard Webhooks"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one scheme says of a request: `reason` is a sentence, also when it holds."""

    scheme: Scheme
    holds: bool
    reason: str


def new_secret() -> str:
    """A fresh secret: `whsec_` and 36 random letters and digits."""
    return PREFIX + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_CHARACTERS))


def check_secret(secret: str) -> None:
    """Take a secret that a caller chose.

    Raises:
        BadSecretError: it is empty or over 512 bytes, or begins with `whsec_` without 24 to 64 base64-encoded bytes.
    """
    try:
        size = len(secret.encode())
    except UnicodeEncodeError as error:
        raise BadSecretError("The secret is not Unicode text.") from error
    if not 0 < size <= _MOST_SECRET_BYTES:
        raise BadSecretError(f"The secret should have 1 to {_MOST_SECRET_BYTES} bytes.")
    _standard_key(secret)


def headers(*, event_id: str, body: bytes, timestamp: int, secret: str, previous: str | None = None) -> dict[str, str]:
    """The headers that a delivery of `body` is signed with at `timestamp` (Unix seconds). During a rotation the
    `previous` secret signs too.

    Raises:
        BadSecretError: a secret begins with `whsec_` and is none.
    """
    time = str(timestamp)
    standard = [_standard(event_id, time, body, one) for one in (secret, previous) if one is not None]
    signed = {
        TIMESTAMP: time,
        EVENT_ID: event_id,
        SIGNATURE: _ours(time, body, secret),
        STANDARD_ID: event_id,
        STANDARD_TIMESTAMP: time,
        STANDARD_SIGNATURE: " ".join(standard),
    }
    return signed if previous is None else signed | {PREVIOUS_SIGNATURE: _ours(time, body, previous)}


def verify(
    *, headers: Mapping[str, str], body: bytes, secret: str, now: int, tolerance_seconds: int = TOLERANCE_SECONDS
) -> tuple[Finding, ...]:
    """What each scheme that the request carries says of it; headers are found in any case of their letters. The request
    is genuine if there is a finding and all of them hold.

    Raises:
        BadSecretError: `secret` begins with `whsec_` and is none.
    """
    check_secret(secret)
    given = {name.lower(): value for name, value in headers.items()}
    findings: list[Finding] = []
    if SIGNATURE.lower() in given or PREVIOUS_SIGNATURE.lower() in given:
        flaw = _time_flaw(given, TIMESTAMP, now, tolerance_seconds) or _our_flaw(given, body, secret)
        findings.append(_finding(Scheme.DOCURIFT, flaw))
    if STANDARD_SIGNATURE in given:
        flaw = _time_flaw(given, STANDARD_TIMESTAMP, now, tolerance_seconds) or _standard_flaw(given, body, secret)
        findings.append(_finding(Scheme.STANDARD, flaw))
    return tuple(findings)


def _finding(scheme: Scheme, flaw: str | None) -> Finding:
    return Finding(scheme=scheme, holds=flaw is None, reason=flaw or "The signature is right and its time is near.")


def _time_flaw(given: Mapping[str, str], name: str, now: int, tolerance_seconds: int) -> str | None:
    text = given.get(name.lower(), "")
    if not _SECONDS.match(text):
        return f"The header {name} is missing or no Unix time."
    age = now - int(text)
    if abs(age) <= tolerance_seconds:
        return None
    side = "old" if age > 0 else "ahead"
    return f"The request is {abs(age)} seconds {side}; {tolerance_seconds} are allowed."


def _our_flaw(given: Mapping[str, str], body: bytes, secret: str) -> str | None:
    expected = _ours(given[TIMESTAMP.lower()], body, secret)
    signatures = [given.get(name.lower(), "") for name in (SIGNATURE, PREVIOUS_SIGNATURE)]
    if not _any_equal(signatures, expected):
        return "The signature is not that of this body and time under this secret."
    # This scheme signs no header of an id, so the id is held to the one in the signed body.
    if given.get(EVENT_ID.lower()) != _id_in(body):
        return f"The header {EVENT_ID} is not the id in the body."
    return None


def _standard_flaw(given: Mapping[str, str], body: bytes, secret: str) -> str | None:
    if not given.get(STANDARD_ID):
        return f"The header {STANDARD_ID} is missing."
    expected = _standard(given[STANDARD_ID], given[STANDARD_TIMESTAMP], body, secret)
    if not _any_equal(given[STANDARD_SIGNATURE].split(" "), expected):
        return "No signature is that of this id, time and body under this secret."
    return None


def _any_equal(signatures: list[str], expected: str) -> bool:
    """Compares all of them in constant time: how long it takes says nothing about where they differ."""
    wanted = expected.encode()
    return any([hmac.compare_digest(one.encode(errors="replace"), wanted) for one in signatures])  # noqa: C419


def _id_in(body: bytes) -> object:
    try:
        event: object = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return event.get("id") if isinstance(event, dict) else None  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType] - any JSON object


def _ours(timestamp: str, body: bytes, secret: str) -> str:
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _standard(event_id: str, timestamp: str, body: bytes, secret: str) -> str:
    signed = f"{event_id}.{timestamp}.".encode(errors="replace") + body
    digest = hmac.new(_standard_key(secret), signed, hashlib.sha256).digest()
    return "v1," + base64.b64encode(digest).decode()


def _standard_key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        return secret.encode()
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError) as error:
        raise BadSecretError(f"What follows {PREFIX} should be base64.") from error
    if len(key) not in _KEY_BYTES:
        raise BadSecretError(f"What follows {PREFIX} should be 24 to 64 bytes in base64, not {len(key)}.")
    return key
