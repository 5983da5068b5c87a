"""API keys: their form, their checksum, their scopes (contract section 1, security.md section 5)."""

import hashlib
import secrets
import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from docurift.model.ids import KeyId, OrganizationId

_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_MARK: Final = "frc_"
_RANDOM_LENGTH: Final = 26
_CHECKSUM_LENGTH: Final = 6
SHOWN_LENGTH: Final = 12


class Scope(StrEnum):
    """What a key may do; `admin` may do all."""

    JOBS_READ = "jobs:read"
    JOBS_WRITE = "jobs:write"
    WEBHOOKS_MANAGE = "webhooks:manage"
    KEYS_MANAGE = "keys:manage"
    ADMIN = "admin"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as it is remembered: its hash and its first 12 characters, never the key itself."""

    id: KeyId
    organization_id: OrganizationId
    name: str
    prefix: str
    scopes: frozenset[Scope]
    enabled: bool
    created_at: datetime
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    is_expired: bool = False

    def allows(self, scope: Scope) -> bool:
        """Whether this key may do what `scope` names."""
        return scope in self.scopes or Scope.ADMIN in self.scopes


def new_key() -> str:
    """A fresh key: `frc_`, 26 random base62 characters (154 bits), 6 of checksum."""
    body = _MARK + "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return body + _checksum(body)


def is_well_formed(key: str) -> bool:
    """Whether `key` has the form and the checksum of a key, which costs no query to know."""
    length = len(_MARK) + _RANDOM_LENGTH + _CHECKSUM_LENGTH
    if len(key) != length or not key.startswith(_MARK) or any(c not in _ALPHABET for c in key[len(_MARK) :]):
        return False
    return key[-_CHECKSUM_LENGTH:] == _checksum(key[:-_CHECKSUM_LENGTH])


def hash_of(key: str) -> bytes:
    """SHA-256 of the key: 154 random bits need no slow hash, which would be a lever for denial of service."""
    return hashlib.sha256(key.encode()).digest()


def _checksum(body: str) -> str:
    """Base62 of the CRC-32 over the first 30 characters, padded with zeros to six."""
    number, digits = zlib.crc32(body.encode()), ""
    while number:
        number, digit = divmod(number, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits.rjust(_CHECKSUM_LENGTH, _ALPHABET[0])
