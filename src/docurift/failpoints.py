"""Where a test may have a process end or stand still, at the worst moment. Empty in production: settings refuse it
(reliability.md section 3).
"""

import signal
import time
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docurift.egress.sender import Answer
from docurift.storage.blobs import Blobs
from docurift.storage.database import Connection, Database
from docurift.webhooks.courier import Sends
from docurift.wiring import Stores

BEFORE_ACCEPTED: Final = "submit.answer"
"""The job is committed, and its 202 is not sent; the answer to the repeated request is."""

BEFORE_SEND: Final = "deliver.before_send"
"""A delivery is claimed and its bytes are frozen; nothing of it has been sent."""

AFTER_SEND: Final = "deliver.after_send"
"""The endpoint has answered, and that is not on record."""

API: Final = "submit"
WORKER: Final = "work"
STORING: Final = ("read", "put", "stored", "commit", "committed")
"""Each after its process's name, as in `work.commit`. `read`: a job is claimed, its document not read yet. `put`:
bytes are at hand, not yet in the store. `stored`: they are, and no row speaks of them. `commit`: the rows are written,
not committed. `committed`: they are, and nobody was told.
"""

_STALL_SECONDS: Final = 3_600.0  # longer than any test waits
_ACCEPTED: Final = 202
_REPLAYED: Final = b"idempotent-replayed"


class Failpoint:
    """Ends this process when `name` is first reached, for `name:kill`; has it stand still there until it is sent
    SIGCONT, for `name:stop`, which is how a test has others go first; has its event loop alone stand still, for
    `name:stall`. Without a plan it does nothing.
    """

    def __init__(self, plan: str | None) -> None:
        """Raises ValueError for another plan."""
        self._name, _, action = (plan or "").partition(":")
        if plan is not None and action not in _ACTIONS:
            raise ValueError(f"a failpoint is `name:` and one of {', '.join(_ACTIONS)}, not {plan!r}")
        self._act = _ACTIONS.get(action)

    def __bool__(self) -> bool:
        return bool(self._name)

    def reach(self, name: str) -> None:
        """Go on, or not, or later."""
        if name == self._name and self._act is not None:
            act, self._act = self._act, None
            act()


def _kill() -> None:
    signal.raise_signal(signal.SIGKILL)


def _stop() -> None:
    signal.raise_signal(signal.SIGSTOP)  # to this thread, which does nothing more before it is delivered


def _stall() -> None:
    time.sleep(_STALL_SECONDS)


_ACTIONS: Final[Mapping[str, Callable[[], None]]] = {"kill": _kill, "stop": _stop, "stall": _stall}


class FailingApplication:
    """An application that reaches `BEFORE_ACCEPTED` before it answers 202."""

    def __init__(self, app: ASGIApp, failpoint: Failpoint) -> None:
        self._app, self._failpoint = app, failpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, but for the answer that is not to be."""

        async def passed_on(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_new(message):
                self._failpoint.reach(BEFORE_ACCEPTED)
            await send(message)

        await self._app(scope, receive, passed_on)


class FailingSender:
    """A sender that reaches `BEFORE_SEND` and `AFTER_SEND`."""

    def __init__(self, sender: Sends, failpoint: Failpoint) -> None:
        self._sender, self._failpoint = sender, failpoint

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """As the sender."""
        self._failpoint.reach(BEFORE_SEND)
        answer = await self._sender.post(url, headers=headers, body=body, seconds=seconds)
        self._failpoint.reach(AFTER_SEND)
        return answer


def failing_stores(failpoint: Failpoint, process: str) -> Callable[[Stores], Stores]:
    """Stores that reach the failpoints of `STORING`, if there is a plan."""

    def around(stores: Stores) -> Stores:
        if not failpoint:
            return stores
        return Stores(
            db=_FailingDatabase(stores.db, failpoint, process), blobs=_FailingBlobs(stores.blobs, failpoint, process)
        )

    return around


# Whether this task has put bytes into the store: its next transaction is the one that speaks of them.
_has_put: ContextVar[bool] = ContextVar("has_put", default=False)


class _FailingBlobs(Blobs):
    def __init__(self, blobs: Blobs, failpoint: Failpoint, process: str) -> None:
        super().__init__(blobs.store)
        self._failpoint, self._process = failpoint, process

    async def read(self, organization_id: str, sha256: str) -> bytes:
        self._failpoint.reach(f"{self._process}.read")
        return await super().read(organization_id, sha256)

    async def put_file(self, organization_id: str, path: Path, sha256: str) -> None:
        self._failpoint.reach(f"{self._process}.put")
        await super().put_file(organization_id, path, sha256)
        self._stored()

    async def put_many(self, organization_id: str, several: list[bytes]) -> list[str]:
        self._failpoint.reach(f"{self._process}.put")
        hashes = await super().put_many(organization_id, several)
        self._stored()
        return hashes

    def _stored(self) -> None:
        self._failpoint.reach(f"{self._process}.stored")
        _has_put.set(True)


class _FailingDatabase(Database):
    def __init__(self, database: Database, failpoint: Failpoint, process: str) -> None:
        self._database, self._failpoint, self._process = database, failpoint, process

    @property
    def dsn(self) -> str:
        return self._database.dsn

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        async with self._database.reading() as connection:
            yield connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        async with self._database.transaction() as connection:
            yield connection
            if _has_put.get():
                self._failpoint.reach(f"{self._process}.commit")
        if _has_put.get():
            self._failpoint.reach(f"{self._process}.committed")

    async def close(self) -> None:
        await self._database.close()


def _is_new(answer: Message) -> bool:
    return answer["status"] == _ACCEPTED and _REPLAYED not in {name.lower() for name, _ in answer["headers"]}
