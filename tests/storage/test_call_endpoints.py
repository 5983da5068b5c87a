"""Calls with one `webhookUrl` share an endpoint, which lasts as long as anything refers to it."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.endpoints import URL, a_call, an_endpoint, keys_of
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, SECRETS, Store

from docurift.actions.redeliver import replay, send_test
from docurift.actions.webhooks import (
    EndpointOfCallError,
    change_endpoint,
    delete_endpoint,
    rotate_default_secret,
    rotate_secret,
)
from docurift.storage import webhooks
from docurift.storage.delivery_list import EventRange
from docurift.storage.listing import Window
from docurift.storage.webhooks import EndpointChange

pytestmark = pytest.mark.committed

DAY = timedelta(days=1)


async def test_twenty_calls_with_one_address_at_once_share_one_endpoint(store: Store) -> None:
    found = await asyncio.gather(*(a_call(store, secret="a-secret") for _ in range(20)))

    assert len(set(found)) == 1
    assert await store.one("select count(*) from webhook_endpoints") == 1


async def test_twenty_calls_without_a_secret_at_once_make_the_organizations_own_once(store: Store) -> None:
    found = await asyncio.gather(*(a_call(store) for _ in range(20)))
    before = (await keys_of(store, found[0])).secret

    assert len(set(found)) == 1
    assert (await keys_of(store, await a_call(store, URL + "/2"))).secret == before


async def test_another_secret_address_or_organization_is_another_endpoint_of_calls(store: Store) -> None:
    async with store.db.transaction() as tx:
        theirs = await webhooks.for_call(tx, SECRETS, organization_id=OTHER_ORGANIZATION, url=URL, secret="a")
    mine = [await a_call(store, url, secret) for url in (URL, URL + "/2") for secret in ("a", "b", None)]

    assert len({theirs, *mine}) == 7
    assert (await keys_of(store, mine[1])).secret == "b"


async def test_a_call_without_secret_is_signed_with_the_organizations_own_also_during_its_rotation(
    store: Store,
) -> None:
    endpoint_id = await a_call(store)
    first = (await keys_of(store, endpoint_id)).secret

    shown = await rotate_default_secret(store.db, SECRETS, organization_id=ORGANIZATION, overlap=DAY)

    keys = await keys_of(store, endpoint_id)
    assert (keys.secret, keys.previous) == (shown.secret, first)
    assert shown.previous_until is not None


async def test_a_disabled_endpoint_of_calls_is_not_used_again(store: Store) -> None:
    first = await a_call(store)
    await store.one(
        "update webhook_endpoints set active = false, disabled_at = now(), disabled_reason = 'gone' returning 1"
    )

    assert await a_call(store) != first


async def test_endpoints_of_calls_are_forgotten_when_nothing_refers_to_them(store: Store) -> None:
    used, unused, young = await a_call(store, secret="1"), await a_call(store, secret="2"), await a_call(store)
    managed = (await an_endpoint(store)).endpoint.id
    job_id = (await store.submit()).job.id
    await store.one("update jobs set webhook_id = %s where id = %s returning 1", used, job_id)
    await store.one(
        "update webhook_endpoints set updated_at = now() - interval '2 days' where id <> %s returning 1", young
    )

    async with store.db.transaction() as tx:
        assert await webhooks.forget_unused(tx) == 1

    async with store.db.reading() as conn:
        cursor = await conn.execute("select id from webhook_endpoints")
        left = {row["id"] for row in await cursor.fetchall()}
    assert left == {used, young, managed}
    assert unused not in left


async def test_an_endpoint_that_a_call_is_about_to_use_is_not_forgotten(store: Store) -> None:
    endpoint_id = await a_call(store)
    await store.one("update webhook_endpoints set updated_at = now() - interval '2 days' returning 1")

    async with store.db.transaction() as tx:
        found = await webhooks.for_call(tx, SECRETS, organization_id=ORGANIZATION, url=URL, secret=None)
        async with store.db.transaction() as housekeeper:
            assert await webhooks.forget_unused(housekeeper) == 0

    assert found == endpoint_id


async def test_an_endpoint_of_calls_is_looked_at_but_not_changed(store: Store) -> None:
    call = {"organization_id": ORGANIZATION, "endpoint_id": await a_call(store)}

    for forbidden in (
        change_endpoint(store.db, SECRETS, **call, wanted=EndpointChange(active=False)),
        rotate_secret(store.db, SECRETS, **call, overlap=DAY),
        delete_endpoint(store.db, **call),
        send_test(store.db, **call),
        replay(store.db, **call, range_=EventRange()),
    ):
        with pytest.raises(EndpointOfCallError):
            await forbidden

    async with store.db.reading() as conn:
        assert await webhooks.by_id(conn, **call) is not None
        for per_call in (True, False):
            listing = await webhooks.page_of(conn, organization_id=ORGANIZATION, per_call=per_call, window=Window())
            assert len(listing.items) == per_call
