"""API keys at rest: their hashes, never the keys (security.md section 5)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.sql import SQL

from docurift.model.ids import KeyId, OrganizationId
from docurift.model.key import ApiKey, Scope
from docurift.storage.database import Connection
from docurift.storage.listing import Listing, Window, fingerprint
from docurift.storage.sql import statement
from docurift.storage.walk import SortKey, Walk, window_of


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """What a key's row is made from."""

    id: KeyId
    organization_id: OrganizationId
    name: str
    prefix: str
    key_hash: bytes
    scopes: frozenset[Scope]
    expires_at: datetime | None = None


async def insert(conn: Connection, new: NewKey) -> ApiKey:
    """The key can be used."""
    asked = {
        "id": new.id,
        "organization_id": new.organization_id,
        "name": new.name,
        "prefix": new.prefix,
        "key_hash": new.key_hash,
        "scopes": sorted(new.scopes),
        "expires_at": new.expires_at,
    }
    row = await _one(conn, "keys/insert", asked)
    if row is None:
        raise AssertionError("an insert answers its row")
    return _key_of(row)


async def by_hash(conn: Connection, key_hash: bytes) -> ApiKey | None:
    """The key that hashes so, of any organization: it is what tells the organization."""
    row = await _one(conn, "keys/by_hash", {"key_hash": key_hash})
    return None if row is None else _key_of(row)


async def by_id(conn: Connection, *, organization_id: OrganizationId, key_id: KeyId) -> ApiKey | None:
    """The organization's key of this id."""
    row = await _one(conn, "keys/by_id", {"organization_id": organization_id, "key_id": key_id})
    return None if row is None else _key_of(row)


async def seconds_left(conn: Connection, key_id: KeyId) -> float | None:
    """How long the key is good for, by the database's clock, which is the one that ends it; None if it does not end."""
    row = await _one(conn, "keys/seconds_left", {"key_id": key_id})
    return None if row is None else row["seconds_left"]


async def page_of(conn: Connection, *, organization_id: OrganizationId, window: Window) -> Listing[ApiKey]:
    """The organization's keys, newest first.

    Raises:
        InvalidCursorError: the cursor was made for another list.
        PageTooDeepError: the page is out of reach.
    """
    walk = Walk(
        table=SQL("(select *, expires_at <= clock_timestamp() as is_expired from api_keys) as keys"),
        where=SQL("organization_id = %(organization_id)s"),
        asked={"organization_id": organization_id},
        sort=SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at"),
        descending=True,
        binding=fingerprint(organization_id, "keys", None),
    )
    return await window_of(conn, walk, window, _key_of)


async def change(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    key_id: KeyId,
    name: str | None = None,
    enabled: bool | None = None,
) -> ApiKey | None:
    """The key as changed, where None changes nothing; None if there is no such key."""
    asked = {"organization_id": organization_id, "key_id": key_id, "name": name, "enabled": enabled}
    row = await _one(conn, "keys/change", asked)
    return None if row is None else _key_of(row)


async def delete(conn: Connection, *, organization_id: OrganizationId, key_id: KeyId) -> ApiKey | None:
    """The key as it was; None if there is no such key."""
    row = await _one(conn, "keys/delete", {"organization_id": organization_id, "key_id": key_id})
    return None if row is None else _key_of(row)


async def note_use(conn: Connection, key_ids: Collection[KeyId]) -> None:
    """These keys were used just now; written at most once a minute for each."""
    await conn.execute(statement("keys/note_use"), {"key_ids": sorted(key_ids)})


def _key_of(row: Mapping[str, Any]) -> ApiKey:
    return ApiKey(
        id=row["id"],
        organization_id=row["organization_id"],
        name=row["name"],
        prefix=row["prefix"],
        scopes=frozenset(Scope(scope) for scope in row["scopes"]),
        enabled=row["enabled"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        is_expired=bool(row["is_expired"]),
    )


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
