"""Endpoints keep their secrets sealed, hear of what they asked for, and are changed together with their events."""

import asyncio
from datetime import timedelta

import pytest
from tests.support.endpoints import MOST, a_call, addressed, an_endpoint, keys_of, told
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, SECRETS, Store

from docurift.actions.redeliver import (
    redeliver,
    replay,
    send_test,
)
from docurift.actions.telling import tell
from docurift.actions.webhooks import (
    EndpointNotFoundError,
    TooManyEndpointsError,
    change_endpoint,
    delete_endpoint,
    rotate_default_secret,
    rotate_secret,
)
from docurift.model.event import EventType
from docurift.model.ids import DeliveryId
from docurift.storage import events, webhooks
from docurift.storage.delivery_list import EventRange
from docurift.storage.events import NewEvent
from docurift.storage.secrets import Secrets, SecretUnreadableError
from docurift.storage.webhooks import EndpointChange

pytestmark = pytest.mark.committed

DAY = timedelta(days=1)


async def test_a_dump_of_the_database_holds_no_secret_and_no_header_value(store: Store) -> None:
    shown = await an_endpoint(store, headers={"Authorization": "Bearer nobody-sees-me"}, secret="brought-by-a-caller")
    own = await rotate_default_secret(store.db, SECRETS, organization_id=ORGANIZATION, overlap=DAY)
    rotated = await rotate_secret(
        store.db, SECRETS, organization_id=ORGANIZATION, endpoint_id=shown.endpoint.id, overlap=DAY
    )
    await a_call(store, secret="the-secret-of-a-call")

    tables = ("webhook_endpoints", "organizations", "events", "deliveries")
    dump = "".join([await store.one(f"select string_agg(t::text, '|') from {table} t") or "" for table in tables])  # noqa: S608

    hidden = ("brought-by-a-caller", "nobody-sees-me", "the-secret-of-a-call", own.secret, rotated.secret)
    for text in (*hidden, "whsec_"):
        assert text not in dump
        assert text.encode().hex() not in dump
    assert "Authorization" in dump
    assert not [text for text in hidden if text in repr([shown, own, rotated])]


async def test_what_is_sealed_for_one_endpoint_opens_for_no_other(store: Store) -> None:
    one, two = await an_endpoint(store), await an_endpoint(store)
    await store.one(
        "update webhook_endpoints set sealed_secret = (select sealed_secret from webhook_endpoints where id = %s)"
        " where id = %s returning 1",
        one.endpoint.id,
        two.endpoint.id,
    )

    assert (await keys_of(store, one.endpoint.id)).secret == one.secret
    with pytest.raises(SecretUnreadableError):
        await keys_of(store, two.endpoint.id)


async def test_headers_come_back_whole_and_in_order(store: Store) -> None:
    headers = {"X-Z": "1", "Authorization": "Bearer x", "X-A": "a b"}
    shown = await an_endpoint(store, headers=headers)

    assert (await keys_of(store, shown.endpoint.id)).headers == headers
    assert shown.endpoint.header_names == ("X-Z", "Authorization", "X-A")


async def test_both_secrets_sign_until_the_overlap_ends(store: Store) -> None:
    shown = await an_endpoint(store)
    endpoint_id = shown.endpoint.id
    rotated = await rotate_secret(store.db, SECRETS, organization_id=ORGANIZATION, endpoint_id=endpoint_id, overlap=DAY)

    during = await keys_of(store, endpoint_id)
    await store.one("update webhook_endpoints set previous_secret_until = now() - interval '1 s' returning 1")
    after = await keys_of(store, endpoint_id)

    assert (during.secret, during.previous) == (rotated.secret, shown.secret)
    assert (after.secret, after.previous) == (rotated.secret, None)
    assert rotated.endpoint.previous_secret_until is not None


async def test_without_an_overlap_the_old_secret_ends_at_once(store: Store) -> None:
    shown = await an_endpoint(store)
    rotated = await rotate_secret(
        store.db, SECRETS, organization_id=ORGANIZATION, endpoint_id=shown.endpoint.id, overlap=timedelta()
    )

    keys = await keys_of(store, shown.endpoint.id)

    assert (keys.secret, keys.previous) == (rotated.secret, None)
    assert await store.one("select sealed_previous_secret from webhook_endpoints") is None


async def test_the_filter_decides_what_an_endpoint_gets(store: Store) -> None:
    some = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    every = (await an_endpoint(store)).endpoint.id
    off = (await an_endpoint(store, active=False)).endpoint.id
    theirs = (await an_endpoint(store, organization=OTHER_ORGANIZATION)).endpoint.id

    await told(store, EventType.BATCH_COMPLETED)
    await told(store, EventType.DOCUMENT_STARTED)

    assert await addressed(store, some) == [("batch.completed", "event")]
    assert [type_ for type_, _ in await addressed(store, every)] == [
        "webhook.created",
        "webhook.created",
        "batch.completed",
        "document.processing.started",
    ]
    assert await addressed(store, off) == []
    assert [type_ for type_, _ in await addressed(store, theirs)] == ["webhook.created"]


async def test_a_test_event_goes_to_the_one_endpoint_whatever_it_subscribes_to(store: Store) -> None:
    tested = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    another = (await an_endpoint(store)).endpoint.id
    before = await addressed(store, another)

    sent = await send_test(store.db, organization_id=ORGANIZATION, endpoint_id=tested)

    assert await addressed(store, tested) == [("webhook.test", "event")]
    assert await addressed(store, another) == before
    assert await store.one("select event_id from deliveries where id = %s", sent.delivery_id) == sent.event_id


async def test_an_endpoint_and_its_event_are_rolled_back_together(store: Store) -> None:
    class GivesUpError(Exception):
        pass

    shown = await an_endpoint(store)

    async def change_and_give_up() -> None:
        async with store.db.transaction() as tx:
            await webhooks.change(tx, SECRETS, shown.endpoint, EndpointChange(active=False))
            await tell(tx, NewEvent(type=EventType.WEBHOOK_UPDATED, organization_id=ORGANIZATION, data={}))
            raise GivesUpError

    with pytest.raises(GivesUpError):
        await change_and_give_up()

    async with store.db.reading() as conn:
        log = await events.after(conn, organization_id=ORGANIZATION, sequence=0)
    assert [event.type for event in log] == [EventType.WEBHOOK_CREATED]
    assert await store.one("select active from webhook_endpoints")
    assert await store.one("select count(*) from deliveries") == 1


async def test_of_many_at_once_no_more_are_made_than_are_allowed(store: Store) -> None:
    made = await asyncio.gather(*(an_endpoint(store) for _ in range(8)), return_exceptions=True)
    assert not [one for one in made if isinstance(one, BaseException)]
    await store.one(
        "insert into webhook_endpoints (id, organization_id, url, sealed_secret)"
        " select 'wh_' || n, %s, 'x', '' from generate_series(9, %s) as n returning 1",
        ORGANIZATION,
        MOST - 2,
    )

    made = await asyncio.gather(*(an_endpoint(store) for _ in range(8)), return_exceptions=True)

    assert sum(isinstance(one, TooManyEndpointsError) for one in made) == 6
    assert await store.one("select count(*) from webhook_endpoints") == MOST


async def test_nobody_changes_the_endpoint_of_another_organization(store: Store) -> None:
    theirs = (await an_endpoint(store, organization=OTHER_ORGANIZATION)).endpoint.id
    mine = {"organization_id": ORGANIZATION, "endpoint_id": theirs}

    for forbidden in (
        change_endpoint(store.db, SECRETS, **mine, wanted=EndpointChange(active=False)),
        rotate_secret(store.db, SECRETS, **mine, overlap=DAY),
        delete_endpoint(store.db, **mine),
        send_test(store.db, **mine),
        replay(store.db, **mine, range_=EventRange()),
        redeliver(store.db, **mine, delivery_id=DeliveryId("dlv_1")),
    ):
        with pytest.raises(EndpointNotFoundError):
            await forbidden


async def test_an_endpoint_is_deleted_while_its_events_are_told(store: Store) -> None:
    """Whoever deletes and whoever tells take their locks in one order: nobody is refused for a deadlock."""
    made = [(await an_endpoint(store)).endpoint.id for _ in range(6)]

    async def keep_telling() -> None:
        for _ in range(30):
            await told(store)

    deletions = (delete_endpoint(store.db, organization_id=ORGANIZATION, endpoint_id=one) for one in made)
    await asyncio.gather(keep_telling(), keep_telling(), *deletions)

    assert await store.one("select count(*) from webhook_endpoints") == 0
    assert await store.one("select count(*) from deliveries") == 0
    assert await store.one("select count(*) from events") == 6 + 60 + 6


async def test_another_key_of_the_service_opens_nothing(store: Store) -> None:
    shown = await an_endpoint(store)
    async with store.db.reading() as conn:
        sealed = await webhooks.sending(conn, shown.endpoint.id)

    assert sealed is not None
    with pytest.raises(SecretUnreadableError):
        webhooks.unsealed(Secrets(bytes(range(1, 33))), sealed)


def test_a_digest_is_of_its_text_owner_and_key() -> None:
    digest = SECRETS.digest("text", owner="org_1")

    assert digest == SECRETS.digest("text", owner="org_1")
    assert len({digest, SECRETS.digest("text", owner="org_2"), SECRETS.digest("texts", owner="org_1")}) == 3
    assert digest != Secrets(bytes(range(1, 33))).digest("text", owner="org_1")


async def test_what_waits_for_an_endpoint_that_is_switched_off_is_cancelled_and_can_be_replayed(store: Store) -> None:
    endpoint_id = (await an_endpoint(store, EventType.BATCH_COMPLETED)).endpoint.id
    asked = {"organization_id": ORGANIZATION, "endpoint_id": endpoint_id}
    [sequence] = await told(store)

    await change_endpoint(store.db, SECRETS, **asked, wanted=EndpointChange(active=False))
    [missed] = await told(store)
    cancelled = await store.one("select status from deliveries")
    await change_endpoint(store.db, SECRETS, **asked, wanted=EndpointChange(active=True))

    assert cancelled == "cancelled"
    assert await replay(store.db, **asked, range_=EventRange(first_sequence=sequence)) == 2
    assert await store.one("select array_agg(sequence) from deliveries where status = 'pending'") == [sequence, missed]
