"""Calls about events."""

from typing import Final

from docurift.api.events import examples
from docurift.api.events.handlers import EventsQuery, list_events
from docurift.api.events.sse import MEDIA_TYPE
from docurift.api.events.streams import JobStreamQuery, StreamQuery, stream_events, stream_job
from docurift.api.events.wire import EventsOut
from docurift.api.problems import ErrorCode as E
from docurift.api.routes import Answer, Route
from docurift.model.key import Scope

_RESUMED: Final = (
    "Each event has its `sequence` as `id`: a client that was cut off sends the last one it saw as `Last-Event-ID`, as "
    "browsers do by themselves, and misses nothing. A block without `data` only moves that position, or shows that the "
    "connection lives. Who reads too slowly is cut off."
)

EVENT_ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/events",
        name="listEvents",
        summary="Read the log of events",
        description="Everything that happened in the organization, numbered without gaps in the order in which it "
        "happened. Keep `nextAfter` and ask with it as `after`: nothing is missed and nothing comes twice. A completed "
        "document's event says where its result is; `include=result` adds it. The answer ends early at 16 MiB.",
        scope=Scope.JOBS_READ,
        query=EventsQuery,
        handler=list_events,
        tag="events",
        answers=(Answer(status=200, description="A part of the log.", data=EventsOut, example=examples.PAGE),),
        errors=(E.EVENTS_EXPIRED,),
    ),
    Route(
        method="GET",
        path="/v1/events/stream",
        name="streamEvents",
        summary="Follow the log of events",
        description=f"Server-sent events: the log as it grows. {_RESUMED}",
        scope=Scope.JOBS_READ,
        query=StreamQuery,
        handler=stream_events,
        tag="events",
        is_resumed=True,
        answers=(Answer(status=200, description="The stream.", texts={MEDIA_TYPE: examples.STREAM}),),
        errors=(E.EVENTS_EXPIRED, E.CONCURRENT_LIMIT_EXCEEDED),
    ),
    Route(
        method="GET",
        path="/v1/jobs/{id}/events",
        name="streamJob",
        summary="Follow a job",
        description="Server-sent events: what happened to the job so far, then every change of its state as an event, "
        f"and its progress as `job.progress` without `id`. The stream ends when the job is final. {_RESUMED}",
        scope=Scope.JOBS_READ,
        query=JobStreamQuery,
        handler=stream_job,
        tag="events",
        is_resumed=True,
        answers=(
            Answer(status=200, description="The stream.", texts={MEDIA_TYPE: examples.JOB_STREAM}),
            Answer(status=204, description="The job is final and nothing follows: do not come again."),
        ),
        errors=(E.JOB_NOT_FOUND, E.EVENTS_EXPIRED, E.CONCURRENT_LIMIT_EXCEEDED),
    ),
)
