"""What events say is what the reference says that they say."""

from datetime import timedelta

import msgspec
import pytest
from tests.support.endpoints import an_endpoint
from tests.support.submissions import CORRUPT, ORGANIZATION, SECRETS, Store

from docurift.actions import keys
from docurift.actions.batch_submit import AskedItem, BatchOrder, KnownDocument, submit_batch
from docurift.actions.cancel import cancel, cancel_batch
from docurift.actions.delete import delete_document, delete_job
from docurift.actions.deliver import record
from docurift.actions.event_form import body_of
from docurift.actions.finish import fail
from docurift.actions.redeliver import send_test
from docurift.actions.webhooks import change_endpoint, delete_endpoint, rotate_default_secret, rotate_secret
from docurift.api.events import examples
from docurift.api.events.data import SAID, EmptiedSaid
from docurift.model.event import Event, EventType
from docurift.model.ids import DocumentId, WebhookId
from docurift.model.job import JobOptions
from docurift.storage import events, turns
from docurift.storage.outcomes import Outcome
from docurift.storage.webhooks import EndpointChange

pytestmark = pytest.mark.committed

DAY = timedelta(days=1)


async def tell_of_jobs(store: Store) -> DocumentId:
    """Every event of jobs but those of deletions; a document whose jobs are final."""
    first = await store.submit(metadata={"order": 7})
    await store.complete(await store.taken(first.job.id))
    second = (await store.submit(b"other")).job
    lease = await store.taken(second.id)
    await cancel(store.db, organization_id=ORGANIZATION, job_id=second.id)
    await fail(store.db, lease, CORRUPT)
    item = AskedItem(
        source=KnownDocument(first.document.id), options=JobOptions(), callback_metadata=None, password=None
    )
    order = BatchOrder(content=[item], callback_metadata={"inbox": "north"}, webhook=None)
    batch = await submit_batch(store.db, store.blobs, SECRETS, organization_id=ORGANIZATION, order=order)
    await cancel_batch(store.db, store.blobs, organization_id=ORGANIZATION, batch_id=batch.batch.id)
    return first.document.id


async def tell_of_keys(store: Store) -> None:
    created = await keys.create_first_key(store.db)
    assert created is not None
    await keys.change_key(store.db, organization_id=ORGANIZATION, key_id=created.key.id, enabled=False)
    await keys.delete_key(store.db, organization_id=ORGANIZATION, key_id=created.key.id)


async def tell_of_endpoints(store: Store) -> None:
    endpoint_id = (await an_endpoint(store)).endpoint.id
    change = EndpointChange(events=(EventType.BATCH_COMPLETED,))
    await change_endpoint(store.db, SECRETS, organization_id=ORGANIZATION, endpoint_id=endpoint_id, wanted=change)
    await rotate_secret(store.db, SECRETS, organization_id=ORGANIZATION, endpoint_id=endpoint_id, overlap=DAY)
    await rotate_default_secret(store.db, SECRETS, organization_id=ORGANIZATION, overlap=DAY)
    await send_test(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id)
    await disable(store, endpoint_id)
    await delete_endpoint(store.db, organization_id=ORGANIZATION, endpoint_id=endpoint_id)


async def disable(store: Store, endpoint_id: WebhookId) -> None:
    """The endpoint answers 410."""
    async with store.db.reading() as conn:
        taken = await turns.take(conn, endpoint_id, deliverer="d", lease_seconds=30.0)
        assert taken is not None
        claimed = await turns.claim(conn, taken[0], under_way=(), limit=1)
    gone = Outcome(
        delivery_id=claimed[0].id, number=1, started_at=claimed[0].started_at, latency_seconds=0.1, status_code=410
    )
    await record(store.db, taken[0], [gone], jitter=lambda: 0.0)


async def log_of(store: Store) -> tuple[Event, ...]:
    async with store.db.reading() as conn:
        return await events.after(conn, organization_id=ORGANIZATION, sequence=0)


async def said(store: Store, event: Event) -> msgspec.Raw:
    """`data` as a delivery carries it."""
    body = await body_of(store.db, store.blobs, event)
    return msgspec.json.decode(body, type=dict[str, msgspec.Raw])["data"]


async def test_each_type_of_event_says_what_the_reference_names(store: Store) -> None:
    await tell_of_jobs(store)
    await tell_of_keys(store)
    await tell_of_endpoints(store)
    log = await log_of(store)
    job_id = log[0].job_id
    assert job_id is not None
    await delete_job(store.db, store.blobs, organization_id=ORGANIZATION, job_id=job_id)
    log = await log_of(store)

    for event in log:
        msgspec.json.decode(await said(store, event), type=SAID[event.type])

    assert {event.type for event in log} == set(EventType) - {EventType.DOCUMENT_DELETED}


async def test_a_deleted_documents_events_say_what_the_reference_leaves_of_them(store: Store) -> None:
    document_id = await tell_of_jobs(store)

    await delete_document(store.db, store.blobs, organization_id=ORGANIZATION, document_id=document_id)

    *_, last = log = await log_of(store)
    msgspec.json.decode(await said(store, last), type=SAID[EventType.DOCUMENT_DELETED])
    emptied = [event for event in log[:-1] if event.data.get("documentId") == document_id]
    assert len(emptied) == 5
    for event in emptied:
        msgspec.json.decode(await said(store, event), type=EmptiedSaid)


def test_each_type_of_event_has_an_example_of_what_it_says() -> None:
    assert {type_: type(one) for type_, one in examples.SAID.items()} == SAID
    assert set(SAID) == set(EventType)
