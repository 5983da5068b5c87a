"""The application: every route bound to its handler, and nothing else."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from starlette.convertors import Convertor, register_url_convertor
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match
from starlette.routing import Route as StarletteRoute

from docurift import __version__
from docurift.api.admission import endpoint_of
from docurift.api.auth import KeyRing
from docurift.api.batches.routes import BATCH_ROUTES
from docurift.api.document_types.routes import DOCUMENT_TYPE_ROUTES
from docurift.api.documents.links import PageLinks
from docurift.api.documents.routes import DOCUMENT_ROUTES
from docurift.api.edge import Edge, problem_of
from docurift.api.events.fanout import Fanout
from docurift.api.events.routes import EVENT_ROUTES
from docurift.api.intake.incoming import UploadGate
from docurift.api.intake.open_jobs import OpenJobs
from docurift.api.jobs.routes import JOB_ROUTES
from docurift.api.keys.routes import KEY_ROUTES
from docurift.api.operations.routes import OPERATION_ROUTES
from docurift.api.problems import answer
from docurift.api.rates.rates import Rates
from docurift.api.reference import page
from docurift.api.reference.openapi import document
from docurift.api.routes import Reference, Route, Runtime
from docurift.api.services import Services
from docurift.api.webhooks.delivery_routes import DELIVERY_ROUTES
from docurift.api.webhooks.routes import WEBHOOK_ROUTES
from docurift.storage.database import Unavailable
from docurift.storage.room import Room
from docurift.telemetry import log

ROUTES: Final[tuple[Route[Any], ...]] = (
    *JOB_ROUTES,
    *EVENT_ROUTES,
    *DOCUMENT_ROUTES,
    *BATCH_ROUTES,
    *DOCUMENT_TYPE_ROUTES,
    *WEBHOOK_ROUTES,
    *DELIVERY_ROUTES,
    *KEY_ROUTES,
    *OPERATION_ROUTES,
)
"""Every call, those first that are made most."""


class _IdConvertor(Convertor[str]):
    """An id in a path: not one of the words that stand in its place."""

    regex = "(?!(?:stats|process|default-secret)(?:/|$))[^/]+"

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


register_url_convertor("id", _IdConvertor())

_METHOD_NOT_ALLOWED: Final = 405
_USE_SECONDS: Final = 5.0


def create_app(services: Services) -> FastAPI:
    """The service over HTTP. Its lifespan listens for changes of jobs and for events; the services are opened and
    closed by who made them.
    """
    runtime = _runtime(services)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncGenerator[None]:
        del app
        await runtime.fanout.start()
        uses = asyncio.create_task(_keep_writing_uses(runtime.keys), name="key-uses")
        yield
        uses.cancel()
        await runtime.fanout.stop()

    app = FastAPI(lifespan=lifespan, openapi_url=None, docs_url=None, redoc_url=None, redirect_slashes=False)
    for route in ROUTES:
        app.add_route(route.path.replace("{id}", "{id:id}"), endpoint_of(route, runtime), methods=[route.method])
    app.state.runtime = runtime
    app.add_exception_handler(HTTPException, _router_problem)
    app.add_middleware(Edge, limits=services.limits, allowed_hosts=services.allowed_hosts)
    return app


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all calls."""
    return document(ROUTES, version=__version__)


def _runtime(services: Services) -> Runtime:
    described = openapi_document()
    room = _room(services)
    return Runtime(
        services=services,
        keys=KeyRing(services.db, seconds=services.limits.auth_cache_seconds),
        rates=Rates(services.db, services.limits),
        fanout=Fanout(services.db, services.limits),
        gate=UploadGate(services.blobs.incoming, services.limits, room),
        open_jobs=OpenJobs(services.db, services.limits),
        room=room,
        links=PageLinks(services.link_secret),
        drawings=asyncio.Semaphore(services.limits.max_concurrent_drawings),
        reference=Reference(json=msgspec.json.encode(described), html=page.page(described)),
    )


def _room(services: Services) -> Room:
    return Room(
        {"blobs": services.blobs.incoming, **services.written},
        least_free_bytes=services.limits.least_free_bytes,
        least_free_share=services.limits.least_free_share,
    )


async def _keep_writing_uses(keys: KeyRing) -> None:
    while True:
        await asyncio.sleep(_USE_SECONDS)
        with contextlib.suppress(Unavailable):
            await keys.write_uses()


async def _router_problem(request: Request, error: Exception) -> Response:
    """404 and 405 of the router, in the envelope."""
    problem = problem_of(error)
    if problem.status == _METHOD_NOT_ALLOWED:
        problem.headers["Allow"] = ", ".join(_allowed(request))
    log.debug("request.misrouted", code=problem.code)
    return answer(problem, request.state.request_id)


def _allowed(request: Request) -> list[str]:
    """Every method of the address: the router itself names those of one route only."""
    routes = [route for route in request.app.routes if isinstance(route, StarletteRoute)]
    partial = [route for route in routes if route.matches(request.scope)[0] is not Match.NONE]
    return sorted({method for route in partial for method in route.methods or ()})
