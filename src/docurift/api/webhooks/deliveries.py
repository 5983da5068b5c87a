"""What was sent to a webhook endpoint, how it answered, and sending it again (contract section 4)."""

from collections.abc import Generator
from contextlib import contextmanager

from pydantic import Field
from starlette.responses import Response

from docurift.actions.redeliver import (
    MOST_REPLAYED,
    DeliveryNotFoundError,
    EndpointInactiveError,
    EventGoneError,
    TooManyEventsError,
    redeliver,
    replay,
    send_test,
)
from docurift.api.answers import success
from docurift.api.intake.idempotency import answered_once
from docurift.api.intake.json_body import read_json
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import Absent, Cursor, EndDate, Limit, NoQuery, Page, Query, Search, StartDate
from docurift.api.routes import Call
from docurift.api.webhooks.fields import ReplayBody
from docurift.api.webhooks.handlers import find, telling, webhook_id_of
from docurift.api.webhooks.wire import DeliveryOut, ReplayedOut, TestedOut
from docurift.model.event import EventType
from docurift.model.ids import DeliveryId, EventId, JobId, WebhookId, is_id
from docurift.model.webhook import DeliveryStatus
from docurift.storage import delivery_list
from docurift.storage.database import Transactions
from docurift.storage.delivery_list import DeliveryFilter, EventRange


class DeliveryListQuery(Query):
    """Which part of which deliveries."""

    status: DeliveryStatus | Absent = None
    event_type: EventType | Absent = None
    event_id: Search | Absent = None
    job_id: Search | Absent = None
    start_date: StartDate | Absent = Field(default=None, description="Created at this time or later.")
    end_date: EndDate | Absent = Field(
        default=None, description="Created at this time or earlier; a bare date is the whole UTC day."
    )
    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None

    def filter(self) -> DeliveryFilter:
        """The same for storage."""
        return DeliveryFilter(
            status=self.status,
            event_type=self.event_type,
            event_id=None if self.event_id is None else EventId(self.event_id),
            job_id=None if self.job_id is None else JobId(self.job_id),
            created_from=self.start_date,
            created_before=self.end_date,
        )


async def list_deliveries(call: Call, query: DeliveryListQuery) -> Response:
    """A part of what was sent to an endpoint."""
    endpoint = await find(call)
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    with walking():
        async with call.services.db.reading() as conn:
            listing = await delivery_list.page_of(
                conn,
                organization_id=call.organization_id,
                endpoint_id=endpoint.id,
                filter=query.filter(),
                window=asked,
            )
    return listed("deliveries", [DeliveryOut.of(one) for one in listing.items], listing, query.limit)


async def show_delivery(call: Call, query: NoQuery) -> Response:
    """One delivery with its attempts."""
    del query
    endpoint = await find(call)
    async with call.services.db.reading() as conn:
        found = await delivery_list.by_id(
            conn,
            organization_id=call.organization_id,
            endpoint_id=endpoint.id,
            delivery_id=_delivery_id_of(call),
        )
    if found is None:
        raise Problem(ErrorCode.DELIVERY_NOT_FOUND)
    return success(DeliveryOut.of(found))


async def test(call: Call, query: NoQuery) -> Response:
    """A test event for one endpoint."""
    del query
    endpoint_id = webhook_id_of(call)

    async def act(transactions: Transactions) -> Response:
        with _telling():
            sent = await send_test(transactions, organization_id=call.organization_id, endpoint_id=endpoint_id)
        headers = _location(endpoint_id, sent.delivery_id)
        return success(TestedOut(event_id=sent.event_id, delivery_id=sent.delivery_id), 202, headers)

    return await answered_once(call, act)


async def send_again(call: Call, query: NoQuery) -> Response:
    """One delivery again: the same event with the same id and bytes."""
    del query
    endpoint = await find(call)

    async def act(transactions: Transactions) -> Response:
        with _telling():
            again = await redeliver(
                transactions,
                organization_id=call.organization_id,
                endpoint_id=endpoint.id,
                delivery_id=_delivery_id_of(call),
            )
        return success(DeliveryOut.of(again), 202, _location(endpoint.id, again.id))

    return await answered_once(call, act)


async def replay_range(call: Call, query: NoQuery) -> Response:
    """A part of the log again."""
    del query
    endpoint = await find(call)
    body = await read_json(call, ReplayBody)
    if not body.model_fields_set:
        raise invalid("body", "should name `since`, `until`, `sinceSequence` or `untilSequence`")
    range_ = EventRange(
        since=body.since,
        before=body.until,
        first_sequence=body.since_sequence,
        last_sequence=body.until_sequence,
    )

    async def act(transactions: Transactions) -> Response:
        with _telling():
            count = await replay(
                transactions, organization_id=call.organization_id, endpoint_id=endpoint.id, range_=range_
            )
        return success(ReplayedOut(deliveries=count), 202)

    return await answered_once(call, act, body.model_dump(mode="json"))


@contextmanager
def _telling() -> Generator[None]:
    """Tells what actions say of deliveries in the words of the contract."""
    try:
        with telling():
            yield
    except DeliveryNotFoundError as error:
        raise Problem(ErrorCode.DELIVERY_NOT_FOUND) from error
    except EndpointInactiveError as error:
        raise Problem(ErrorCode.WEBHOOK_INACTIVE) from error
    except EventGoneError as error:
        raise Problem(ErrorCode.EVENT_EXPIRED) from error
    except TooManyEventsError as error:
        raise invalid("body", f"should cover {MOST_REPLAYED} events at most; replay them in parts") from error


def _delivery_id_of(call: Call) -> DeliveryId:
    text = call.path("deliveryId")
    if not is_id(text, "dlv"):
        raise Problem(ErrorCode.DELIVERY_NOT_FOUND)
    return DeliveryId(text)


def _location(endpoint_id: WebhookId, delivery_id: DeliveryId) -> dict[str, str]:
    return {"Location": f"/v1/webhooks/{endpoint_id}/deliveries/{delivery_id}"}
