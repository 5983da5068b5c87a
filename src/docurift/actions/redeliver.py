"""Events are sent by hand: a test, one delivery again, a part of the log again."""

from dataclasses import dataclass
from typing import Final

from docurift.actions.telling import tell
from docurift.actions.webhooks import EndpointNotFoundError, lock_managed, told_of
from docurift.model.event import EventType
from docurift.model.ids import DeliveryId, EventId, OrganizationId, WebhookId
from docurift.model.webhook import Delivery, DeliveryOrigin, Endpoint
from docurift.storage import deliveries, delivery_list, queue, webhooks
from docurift.storage.database import Connection, Transactions
from docurift.storage.delivery_list import EventRange

MOST_REPLAYED: Final = 10_000
"""Events of one replay: one transaction writes them all."""


class EndpointInactiveError(Exception):
    """The endpoint is switched off, or was disabled; it gets nothing."""


class DeliveryNotFoundError(Exception):
    """The endpoint has no such delivery."""


class EventGoneError(Exception):
    """The event is older than events are kept."""


class TooManyEventsError(Exception):
    """There are more than `MOST_REPLAYED` events in the range."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SentTest:
    """A test event that is on its way."""

    event_id: EventId
    delivery_id: DeliveryId


async def send_test(db: Transactions, *, organization_id: OrganizationId, endpoint_id: WebhookId) -> SentTest:
    """A test event is in the log, and on its way to this endpoint alone, whatever it subscribes to.

    Raises:
        EndpointNotFoundError: no such endpoint.
        EndpointOfCallError: it is one of calls.
        EndpointInactiveError: it gets nothing now.
    """
    async with db.transaction() as tx:
        endpoint = _active(await lock_managed(tx, organization_id, endpoint_id))
        [event] = await tell(tx, told_of(EventType.WEBHOOK_TEST, endpoint, only_to=endpoint.id))
        delivery_id = await delivery_list.of_event(tx, endpoint_id=endpoint.id, sequence=event.sequence)
    if delivery_id is None:
        raise AssertionError("an active endpoint gets the event that is told to it only")
    return SentTest(event_id=event.id, delivery_id=delivery_id)


async def redeliver(
    db: Transactions, *, organization_id: OrganizationId, endpoint_id: WebhookId, delivery_id: DeliveryId
) -> Delivery:
    """A new delivery of the same event, with the same id and bytes.

    Raises:
        EndpointNotFoundError, DeliveryNotFoundError: no such endpoint, or delivery.
        EndpointInactiveError: it gets nothing now.
        EventGoneError: the event is not kept any more.
    """
    async with db.transaction() as tx:
        endpoint = await webhooks.lock(tx, organization_id=organization_id, endpoint_id=endpoint_id)
        if endpoint is None:
            raise EndpointNotFoundError(endpoint_id)
        earlier = await _delivery(tx, endpoint, delivery_id)
        _active(endpoint)
        if not await delivery_list.lock_event(tx, organization_id=organization_id, sequence=earlier.sequence):
            raise EventGoneError(earlier.event_id)
        [again] = await _write(tx, endpoint, [earlier.sequence], DeliveryOrigin.REDELIVERY)
        return await _delivery(tx, endpoint, again)


async def replay(
    db: Transactions, *, organization_id: OrganizationId, endpoint_id: WebhookId, range_: EventRange
) -> int:
    """A new delivery of each kept event in the range that the endpoint subscribes to; answers how many.

    Raises:
        EndpointNotFoundError, EndpointOfCallError, EndpointInactiveError: as `send_test`.
        TooManyEventsError: nothing was written.
    """
    async with db.transaction() as tx:
        endpoint = _active(await lock_managed(tx, organization_id, endpoint_id))
        sequences = await _kept(tx, endpoint, range_)
        if len(sequences) > MOST_REPLAYED:
            raise TooManyEventsError
        return len(await _write(tx, endpoint, sequences, DeliveryOrigin.REPLAY))


async def _kept(tx: Connection, endpoint: Endpoint, range_: EventRange) -> list[int]:
    """What is to be replayed. Its first event stays until the transaction ends, and so does all that follows it."""
    while True:
        sequences = await delivery_list.replayable(tx, endpoint, range_, limit=MOST_REPLAYED + 1)
        if not sequences or await delivery_list.lock_event(
            tx, organization_id=endpoint.organization_id, sequence=sequences[0]
        ):
            return sequences


async def _write(tx: Connection, endpoint: Endpoint, sequences: list[int], origin: DeliveryOrigin) -> list[DeliveryId]:
    if not sequences:
        return []
    addressed = [(sequence, endpoint.id) for sequence in sequences]
    written = await deliveries.insert(tx, addressed, organization_id=endpoint.organization_id, origin=origin)
    await queue.enqueue_deliveries(tx, {endpoint.id})
    return written


async def _delivery(tx: Connection, endpoint: Endpoint, delivery_id: DeliveryId) -> Delivery:
    found = await delivery_list.by_id(
        tx, organization_id=endpoint.organization_id, endpoint_id=endpoint.id, delivery_id=delivery_id
    )
    if found is None:
        raise DeliveryNotFoundError(delivery_id)
    return found


def _active(endpoint: Endpoint) -> Endpoint:
    if not endpoint.active:
        raise EndpointInactiveError(endpoint.id)
    return endpoint
