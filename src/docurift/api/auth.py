"""Who is calling: API keys from headers, checked by checksum, then digest, then scope (security.md section 5)."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from docurift.api.problems import ErrorCode, Problem
from docurift.model.ids import KeyId
from docurift.model.key import ApiKey, Scope, hash_of, is_well_formed
from docurift.storage import keys
from docurift.storage.database import Database

_BEARER: Final = "bearer "
_MAX_REMEMBERED: Final = 10_000
_USE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class _Remembered:
    key: ApiKey
    until: float


class KeyRing:
    """Keys as the database knows them, remembered for at most `seconds`, so that disabling one acts within them."""

    def __init__(self, db: Database, *, seconds: float) -> None:
        self._db = db
        self._seconds = seconds
        self._remembered: dict[bytes, _Remembered] = {}
        self._used: set[KeyId] = set()
        self._noted: dict[KeyId, float] = {}

    async def admit(self, headers: Mapping[str, str], scope: Scope) -> ApiKey:
        """The calling key, which may do what `scope` names.

        Raises:
            Problem: as `identify` and `allow`.
        """
        key = await self.identify(headers)
        self.allow(key, scope)
        return key

    async def identify(self, headers: Mapping[str, str]) -> ApiKey:
        """The calling key.

        Raises:
            Problem: 401 with the code of its reason.
        """
        return await self._find(_sent(headers))

    def knows(self, headers: Mapping[str, str]) -> bool:
        """Whether the calling key was one when the database was last asked about it.

        Raises:
            Problem: 401 `UNAUTHORIZED`: there is none.
        """
        return hash_of(_sent(headers)) in self._remembered

    def allow(self, key: ApiKey, scope: Scope) -> None:
        """The key is used for what `scope` names.

        Raises:
            Problem: 403 `FORBIDDEN`: it may not.
        """
        if not key.allows(scope):
            raise Problem(ErrorCode.FORBIDDEN, details={"scope": scope})
        self._note_use(key.id)

    async def write_uses(self) -> None:
        """Tell the database which keys were used; for a caller that repeats it for ever.

        Raises:
            Unavailable: it could not be told; nothing is forgotten.
        """
        if not self._used:
            return
        told = frozenset(self._used)
        async with self._db.reading() as connection:
            await keys.note_use(connection, told)
        self._used -= told

    def forget(self) -> None:
        """Ask the database again for every key."""
        self._remembered.clear()

    def _note_use(self, key_id: KeyId) -> None:
        """Once a minute for each key: a write on every call would cost more than the call."""
        now = time.monotonic()
        if now - self._noted.get(key_id, -_USE_SECONDS) >= _USE_SECONDS:
            self._noted[key_id] = now
            self._used.add(key_id)

    async def _find(self, text: str) -> ApiKey:
        if not is_well_formed(text):
            raise Problem(ErrorCode.INVALID_API_KEY)
        digest, now = hash_of(text), time.monotonic()
        known = self._remembered.get(digest)
        key = known.key if known and now < known.until else await self._ask(digest, now)
        if not key.enabled:
            raise Problem(ErrorCode.API_KEY_DISABLED)
        if key.is_expired:
            raise Problem(ErrorCode.API_KEY_EXPIRED)
        return key

    async def _ask(self, digest: bytes, now: float) -> ApiKey:
        async with self._db.reading() as connection:
            key = await keys.by_hash(connection, digest)
        if key is None:
            raise Problem(ErrorCode.INVALID_API_KEY)
        if len(self._remembered) >= _MAX_REMEMBERED:
            self._remembered.clear()
        self._remembered[digest] = _Remembered(key, now + self._seconds)
        return key


def sends_key(headers: Mapping[str, str]) -> bool:
    """Whether a key was sent, right or wrong."""
    return "x-api-key" in headers or bool(headers.get("authorization"))


def _sent(headers: Mapping[str, str]) -> str:
    """The key as sent; `X-API-Key` wins."""
    plain = headers.get("x-api-key")
    if plain is not None:
        return plain.strip()
    authorization = headers.get("authorization", "")
    if not authorization:
        raise Problem(ErrorCode.UNAUTHORIZED)
    if not authorization.lower().startswith(_BEARER):
        raise Problem(ErrorCode.INVALID_API_KEY)
    return authorization[len(_BEARER) :].strip()
