"""What events hold as they travel (contract section 4); their bytes are made by `actions/event_form.py`."""

from typing import Annotated, Any

from msgspec import Meta

from docurift.api.answers import Timestamp, Wire
from docurift.api.jobs.wire import Count
from docurift.model.event import EventType

EventIdText = Annotated[str, Meta(pattern="^evt_[0-9a-z]{26}$", examples=["evt_01hf7yat00e2pbd2pq9j0m4x6z"])]
Sequence = Annotated[int, Meta(ge=1)]


class EventOut(Wire, frozen=True):
    """One fact of the organization's log, numbered without gaps."""

    id: Annotated[EventIdText, Meta(description="The same each time that the event is sent: know it by this.")]
    type: EventType
    api_version: Annotated[str, Meta(description="Of this form.")]
    created_at: Annotated[Timestamp, Meta(description="When it was told.")]
    sequence: Annotated[Sequence, Meta(description="Its number in the organization's log.")]
    data: Annotated[dict[str, Any], Meta(description="What it says, by its type.")]


class EventsOut(Wire, frozen=True):
    """A part of the log: read on with `after` = `nextAfter` while it `hasMore`. A filter or the size of the answer may
    end a part early, even without any event in it.
    """

    events: tuple[EventOut, ...]
    next_after: Count
    has_more: bool
    first_sequence: Annotated[int, Meta(ge=1, description="The oldest number that is still kept.")]
    last_sequence: Annotated[int, Meta(ge=0, description="The newest number.")]
