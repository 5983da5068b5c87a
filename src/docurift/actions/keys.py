"""API keys are created, changed and revoked; no key makes a wider one than itself (security.md, T2)."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from docurift.actions.telling import tell
from docurift.model.event import EventType
from docurift.model.ids import KeyId, OrganizationId, new_id
from docurift.model.key import SHOWN_LENGTH, ApiKey, Scope, hash_of, new_key
from docurift.model.result import Json
from docurift.storage import keys, organizations
from docurift.storage.database import Connection, Database, Transactions
from docurift.storage.events import NewEvent


class KeyNotFoundError(Exception):
    """The organization has no such key."""


class WiderKeyError(Exception):
    """The new key would be allowed what its creator is not; `scopes` are those."""

    def __init__(self, scopes: Collection[Scope]) -> None:
        super().__init__(", ".join(sorted(scopes)))
        self.scopes = frozenset(scopes)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreatedKey:
    """A new key; `secret` is the key itself, which is told this once and nowhere kept."""

    key: ApiKey
    secret: str = field(repr=False)


async def create_first_key(db: Database) -> CreatedKey | None:
    """An `admin` key of the default organization, if that has no key at all; however many processes ask at once."""
    async with db.transaction() as tx:
        await organizations.lock(tx, organizations.DEFAULT)
        if await organizations.has_keys(tx, organizations.DEFAULT):
            return None
        return await _create(
            tx, organizations.DEFAULT, name="first admin key", scopes=frozenset({Scope.ADMIN}), expires_at=None
        )


async def create_key(
    db: Transactions, *, creator: ApiKey, name: str, scopes: frozenset[Scope], expires_at: datetime | None = None
) -> CreatedKey:
    """A key of the creator's organization.

    Raises:
        WiderKeyError: the creator lacks one of the scopes.
    """
    wider = [scope for scope in scopes if not creator.allows(scope)]
    if wider:
        raise WiderKeyError(wider)
    async with db.transaction() as tx:
        return await _create(tx, creator.organization_id, name=name, scopes=scopes, expires_at=expires_at)


async def create_operator_key(db: Database, *, name: str, scopes: frozenset[Scope]) -> CreatedKey:
    """A key of the default organization for whoever may use the command line beside the service's data."""
    async with db.transaction() as tx:
        return await _create(tx, organizations.DEFAULT, name=name, scopes=scopes, expires_at=None)


async def change_key(
    db: Database,
    *,
    organization_id: OrganizationId,
    key_id: KeyId,
    name: str | None = None,
    enabled: bool | None = None,
) -> ApiKey:
    """The key as changed, where None changes nothing.

    Raises:
        KeyNotFoundError: no such key.
    """
    async with db.transaction() as tx:
        key = await keys.change(tx, organization_id=organization_id, key_id=key_id, name=name, enabled=enabled)
        if key is None:
            raise KeyNotFoundError(key_id)
        await tell(tx, _told(EventType.API_KEY_UPDATED, key))
    return key


async def delete_key(db: Database, *, organization_id: OrganizationId, key_id: KeyId) -> ApiKey:
    """The key as it was, which opens nothing any more.

    Raises:
        KeyNotFoundError: no such key.
    """
    async with db.transaction() as tx:
        key = await keys.delete(tx, organization_id=organization_id, key_id=key_id)
        if key is None:
            raise KeyNotFoundError(key_id)
        await tell(tx, _told(EventType.API_KEY_REVOKED, key))
    return key


async def _create(
    tx: Connection,
    organization_id: OrganizationId,
    *,
    name: str,
    scopes: frozenset[Scope],
    expires_at: datetime | None,
) -> CreatedKey:
    secret = new_key()
    key = await keys.insert(
        tx,
        keys.NewKey(
            id=KeyId(new_id("key")),
            organization_id=organization_id,
            name=name,
            prefix=secret[:SHOWN_LENGTH],
            key_hash=hash_of(secret),
            scopes=scopes,
            expires_at=expires_at,
        ),
    )
    await tell(tx, _told(EventType.API_KEY_CREATED, key))
    return CreatedKey(key=key, secret=secret)


def _told(type_: EventType, key: ApiKey) -> NewEvent:
    scopes: list[Json] = [*sorted(key.scopes)]
    data: dict[str, Json] = {
        "keyId": key.id,
        "name": key.name,
        "prefix": key.prefix,
        "scopes": scopes,
        "enabled": key.enabled and type_ is not EventType.API_KEY_REVOKED,
    }
    return NewEvent(type=type_, organization_id=key.organization_id, data=data)
