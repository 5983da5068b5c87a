"""Identifiers: `prefix_` and the 26-character base32 form of a UUIDv7 (contract section 1)."""

import os
import time
from typing import Final, Literal, NewType

JobId = NewType("JobId", str)
DocumentId = NewType("DocumentId", str)
OrganizationId = NewType("OrganizationId", str)
KeyId = NewType("KeyId", str)
EventId = NewType("EventId", str)
BatchId = NewType("BatchId", str)
WebhookId = NewType("WebhookId", str)
DeliveryId = NewType("DeliveryId", str)
RequestId = NewType("RequestId", str)

Prefix = Literal["job", "doc", "batch", "evt", "wh", "dlv", "key", "org", "req"]

# Crockford's alphabet in lower case: its order is the order of the encoded bytes, so ids sort by time as text.
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LENGTH: Final = 26


def new_id(prefix: Prefix) -> str:
    """A fresh identifier; later ones sort after earlier ones, to the millisecond."""
    return f"{prefix}_{_base32(_uuid7())}"


def is_id(text: str, prefix: Prefix) -> bool:
    """Whether `text` has the form of an identifier with this prefix."""
    head, _, tail = text.partition("_")
    return head == prefix and len(tail) == _LENGTH and all(c in _ALPHABET for c in tail)


def _uuid7() -> int:
    """RFC 9562 section 5.7: 48 bits of Unix milliseconds, version 7, variant 2, 74 random bits."""
    milliseconds = time.time_ns() // 1_000_000
    random = int.from_bytes(os.urandom(10), "big")
    high, low = random >> 62 & 0xFFF, random & (1 << 62) - 1
    return (milliseconds & (1 << 48) - 1) << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low


def _base32(number: int) -> str:
    return "".join(_ALPHABET[number >> 5 * place & 31] for place in reversed(range(_LENGTH)))
