"""What operators and their machines ask, without a key."""

from typing import Final, Literal

from starlette.responses import HTMLResponse, Response

from docurift.api.answers import Wire, success
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import NoQuery
from docurift.api.reference.page import POLICY
from docurift.api.routes import Call
from docurift.storage import queue
from docurift.storage.blobs import BlobError
from docurift.storage.database import Unavailable
from docurift.telemetry import METRICS_CONTENT_TYPE, exposition, log

_NO_ROOM: Final = (
    "A disk of the service is nearly full: it takes no files and begins no work until there is room again."
)


class HealthOut(Wire, frozen=True):
    """The process lives."""

    status: Literal["ok"]
    version: str


class ReadinessOut(Wire, frozen=True):
    """Each part that a submission needs answers."""

    status: Literal["ready"]
    database: Literal["ok"]
    blobs: Literal["ok"]
    queue: Literal["ok"]
    disk: Literal["ok"]


async def healthz(call: Call, query: NoQuery) -> Response:
    """The process lives."""
    del query
    return success(HealthOut(status="ok", version=call.services.version))


async def readyz(call: Call, query: NoQuery) -> Response:
    """Database, queue and blob store answer, and their disks have room."""
    del query
    part = "database"
    try:
        await call.services.db.ping()
        part = "queue"
        async with call.services.db.reading() as conn:
            await queue.ping(conn)
        part = "blobs"
        await call.services.blobs.ping()
    except (Unavailable, BlobError) as error:
        log.warning("service.not_ready", part=part, reason=type(error).__name__)
        raise Problem(ErrorCode.SERVICE_UNAVAILABLE, details={"part": part}) from error
    if (short := call.runtime.room.short()) is not None:
        log.warning("service.not_ready", part="disk", reason=f"no room for {short}")
        raise Problem(ErrorCode.SERVICE_UNAVAILABLE, _NO_ROOM, details={"part": "disk", "full": short})
    return success(ReadinessOut(status="ready", database="ok", blobs="ok", queue="ok", disk="ok"))


async def metrics(call: Call, query: NoQuery) -> Response:
    """Counters and times in Prometheus's text format."""
    del call, query
    return Response(exposition(), headers={"Content-Type": METRICS_CONTENT_TYPE})


async def openapi(call: Call, query: NoQuery) -> Response:
    """This service, described for machines."""
    del query
    return Response(call.runtime.reference.json, media_type="application/json")


async def docs(call: Call, query: NoQuery) -> Response:
    """This service, described for people."""
    del query
    return HTMLResponse(call.runtime.reference.html, headers={"Content-Security-Policy": POLICY})
