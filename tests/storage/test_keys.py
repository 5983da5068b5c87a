"""Keys are kept as hashes, never widen, and act within their organization."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.keys import (
    CreatedKey,
    KeyNotFoundError,
    WiderKeyError,
    change_key,
    create_first_key,
    create_key,
    delete_key,
)
from docurift.model.key import ApiKey, Scope, hash_of, is_well_formed
from docurift.storage import keys
from docurift.storage.listing import Window

pytestmark = pytest.mark.committed


async def _first(store: Store) -> CreatedKey:
    created = await create_first_key(store.db)
    assert created is not None
    return created


async def _found(store: Store, secret: str) -> ApiKey | None:
    async with store.db.reading() as conn:
        return await keys.by_hash(conn, hash_of(secret))


async def test_the_first_key_is_made_once_however_many_ask(store: Store) -> None:
    made = await asyncio.gather(*(create_first_key(store.db) for _ in range(5)))

    created = [one for one in made if one is not None]
    assert len(created) == 1
    assert is_well_formed(created[0].secret)
    assert created[0].key.scopes == {Scope.ADMIN}
    assert created[0].key.organization_id == ORGANIZATION


async def test_a_key_is_found_by_its_hash_and_stored_as_nothing_else(store: Store) -> None:
    created = await _first(store)

    row = await store.one("select to_jsonb(api_keys)::text from api_keys")

    assert await _found(store, created.secret) == created.key
    assert created.secret not in row
    assert created.secret not in repr(created)
    assert created.key.prefix == created.secret[:12]


async def test_a_key_never_makes_a_wider_one(store: Store) -> None:
    admin = (await _first(store)).key
    narrow = await create_key(store.db, creator=admin, name="n", scopes=frozenset({Scope.KEYS_MANAGE, Scope.JOBS_READ}))

    with pytest.raises(WiderKeyError) as refused:
        await create_key(store.db, creator=narrow.key, name="w", scopes=frozenset({Scope.JOBS_READ, Scope.JOBS_WRITE}))
    with pytest.raises(WiderKeyError):
        await create_key(store.db, creator=narrow.key, name="w", scopes=frozenset({Scope.ADMIN}))

    assert refused.value.scopes == {Scope.JOBS_WRITE}


async def test_expiry_goes_by_the_database_clock(store: Store) -> None:
    admin = (await _first(store)).key
    past, future = datetime.now(UTC) - timedelta(seconds=5), datetime.now(UTC) + timedelta(days=1)
    scopes = frozenset({Scope.JOBS_READ})

    expired = await create_key(store.db, creator=admin, name="old", scopes=scopes, expires_at=past)
    valid = await create_key(store.db, creator=admin, name="new", scopes=scopes, expires_at=future)

    assert expired.key.is_expired
    assert not valid.key.is_expired


async def test_a_changed_key_keeps_what_was_not_named(store: Store) -> None:
    key = (await _first(store)).key

    changed = await change_key(store.db, organization_id=ORGANIZATION, key_id=key.id, enabled=False)
    renamed = await change_key(store.db, organization_id=ORGANIZATION, key_id=key.id, name="renamed")

    assert (changed.name, changed.enabled) == (key.name, False)
    assert (renamed.name, renamed.enabled) == ("renamed", False)


async def test_another_organization_can_neither_change_nor_delete_nor_see_a_key(store: Store) -> None:
    key = (await _first(store)).key

    with pytest.raises(KeyNotFoundError):
        await change_key(store.db, organization_id=OTHER_ORGANIZATION, key_id=key.id, name="x")
    with pytest.raises(KeyNotFoundError):
        await delete_key(store.db, organization_id=OTHER_ORGANIZATION, key_id=key.id)

    async with store.db.reading() as conn:
        assert await keys.by_id(conn, organization_id=OTHER_ORGANIZATION, key_id=key.id) is None
        listed = await keys.page_of(conn, organization_id=OTHER_ORGANIZATION, window=Window())
    assert listed.items == ()


async def test_a_deleted_key_opens_nothing(store: Store) -> None:
    created = await _first(store)

    await delete_key(store.db, organization_id=ORGANIZATION, key_id=created.key.id)

    assert await _found(store, created.secret) is None


async def test_keys_are_listed_newest_first(store: Store) -> None:
    admin = (await _first(store)).key
    for number in range(4):
        await create_key(store.db, creator=admin, name=f"k{number}", scopes=frozenset({Scope.JOBS_READ}))

    async with store.db.reading() as conn:
        first = await keys.page_of(conn, organization_id=ORGANIZATION, window=Window(limit=3))
        rest = await keys.page_of(conn, organization_id=ORGANIZATION, window=Window(limit=3, cursor=first.next_cursor))

    assert [key.name for key in first.items + rest.items] == ["k3", "k2", "k1", "k0", "first admin key"]
    assert (first.total, first.total_is_estimate, rest.page, rest.next_cursor) == (5, False, 2, None)


async def test_last_use_is_written_at_most_once_a_minute(store: Store) -> None:
    created = await _first(store)
    async with store.db.reading() as conn:
        await keys.note_use(conn, [created.key.id])
        first = await _found(store, created.secret)
        await keys.note_use(conn, [created.key.id])
        second = await _found(store, created.secret)

    assert first is not None
    assert second is not None
    assert first.last_used_at is not None
    assert second.last_used_at == first.last_used_at
