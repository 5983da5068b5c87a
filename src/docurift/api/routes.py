"""A route: how a call is reached, who may make it, what it takes and all that it can answer.

One declaration binds the handler (`app.py`) and writes the reference (`reference/openapi.py`): they cannot disagree.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

from starlette.requests import Request
from starlette.responses import Response

from docurift.api.answers import Wire
from docurift.api.auth import KeyRing
from docurift.api.documents.links import PageLinks
from docurift.api.events.fanout import Fanout
from docurift.api.intake.incoming import UploadGate
from docurift.api.intake.open_jobs import OpenJobs
from docurift.api.jobs.waiting import Waiters
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import Query
from docurift.api.rates.rates import Rates
from docurift.api.services import Services
from docurift.model.ids import DocumentId, JobId, OrganizationId, Prefix, is_id
from docurift.model.key import ApiKey, Scope
from docurift.storage.room import Room

Q = TypeVar("Q", bound=Query)
_MAX_IDEMPOTENCY_KEY: int = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """The description of all calls, ready to send."""

    json: bytes
    html: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """What lives as long as the application: the services and what the edge keeps itself."""

    services: Services
    keys: KeyRing
    rates: Rates
    fanout: Fanout
    gate: UploadGate
    open_jobs: OpenJobs
    room: Room
    links: PageLinks
    drawings: asyncio.Semaphore
    reference: Reference

    @property
    def waiters(self) -> Waiters:
        """Who waits for which job."""
        return self.fanout.waiters


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One admitted call."""

    runtime: Runtime
    request: Request
    organization_id: OrganizationId
    key: ApiKey | None
    metadata: dict[str, str]

    @property
    def services(self) -> Services:
        """The services of the application."""
        return self.runtime.services

    @property
    def admitted(self) -> ApiKey:
        """The key of a call on a route that needs one."""
        if self.key is None:
            raise Problem(ErrorCode.UNAUTHORIZED)
        return self.key

    def path(self, name: str) -> str:
        """A part of the path."""
        return self.request.path_params[name]

    def item_id(self, prefix: Prefix, missing: Problem) -> str:
        """The id in the path.

        Raises:
            Problem: `missing`, where the text there is no id of this kind and so finds nothing.
        """
        text = self.path("id")
        if not is_id(text, prefix):
            raise missing
        return text

    def idempotency_key(self) -> str | None:
        """The header `Idempotency-Key`.

        Raises:
            Problem: `VALIDATION_ERROR`: it is not 1-255 printable ASCII characters.
        """
        given = self.request.headers.getlist("idempotency-key")
        if not given:
            return None
        text = given[0]
        if len(given) > 1 or not 1 <= len(text) <= _MAX_IDEMPOTENCY_KEY or not (text.isascii() and text.isprintable()):
            raise invalid("Idempotency-Key", "should be 1 to 255 printable ASCII characters")
        return text


@dataclass(frozen=True, slots=True)
class ListOf:
    """The data of a list: its items under their plural, and where in the list they stand."""

    plural: str
    item: type[Wire]


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One good answer: JSON in the envelope with `data` inside, further `texts` by media type (with an example each),
    or `binary` content of a media type.
    """

    status: int
    description: str
    data: type[Wire] | ListOf | None = None
    example: object = None
    texts: Mapping[str, str] = field(default_factory=dict[str, str])
    binary: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    links: Mapping[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Route(Generic[Q]):
    """A call. `scope` is what a key must be allowed, None for a call without key: every route has to say."""

    method: Literal["GET", "POST", "PATCH", "DELETE"]
    path: str
    name: str
    summary: str
    scope: Scope | None
    query: type[Q]
    handler: Callable[[Call, Q], Awaitable[Response]]
    answers: tuple[Answer, ...]
    errors: tuple[ErrorCode, ...] = ()
    description: str = ""
    tag: str = "jobs"
    body: Mapping[str, object] | None = None
    is_idempotent: bool = False
    takes_metadata: bool = False
    takes_signed_links: bool = False
    can_fail_as_job: bool = False
    is_conditional: bool = False
    is_ranged: bool = False
    is_resumed: bool = False


def job_id_of(call: Call) -> JobId:
    """The job id in the path.

    Raises:
        Problem: `JOB_NOT_FOUND`: it has not the form of one.
    """
    return JobId(call.item_id("job", Problem(ErrorCode.JOB_NOT_FOUND)))


def document_id_of(call: Call) -> DocumentId:
    """The document id in the path.

    Raises:
        Problem: `DOCUMENT_NOT_FOUND`: it has not the form of one.
    """
    return DocumentId(call.item_id("doc", Problem(ErrorCode.DOCUMENT_NOT_FOUND)))
