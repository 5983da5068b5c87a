"""The API over a real socket, in a thread of its own, with a worker that completes whatever is submitted."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from tests.support.edge import EdgeUnderTest, Stripes
from tests.support.egress import a_guard

from docurift.actions.finish import fail
from docurift.actions.keys import create_operator_key
from docurift.actions.take import LeaseLostError, take
from docurift.api.app import create_app
from docurift.api.events.sse import StreamingHttp
from docurift.api.services import EdgeLimits, Services
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.key import Scope
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.secrets import Secrets

START_SECONDS = 20


@dataclass(frozen=True)
class Served:
    """Where the service answers, and its admin key."""

    url: str
    key: str


@contextmanager
def serving(dsn: str, folder: Path, limits: EdgeLimits) -> Iterator[Served]:
    """A running server; it is stopped at the end."""
    ready, stop = threading.Event(), threading.Event()
    found: list[Served] = []

    async def serve() -> None:
        async with _server(dsn, folder, limits) as (served, server):
            found.append(served)
            ready.set()
            await asyncio.to_thread(stop.wait)
            server.should_exit = True

    thread = threading.Thread(target=asyncio.run, args=(serve(),), name="served-api")
    thread.start()
    try:
        assert ready.wait(START_SECONDS), "the server did not start"
        yield found[0]
    finally:
        stop.set()
        thread.join()


@asynccontextmanager
async def _server(dsn: str, folder: Path, limits: EdgeLimits) -> AsyncIterator[tuple[Served, uvicorn.Server]]:
    db = await Database.open(dsn, min_size=1, max_size=8, timeout_seconds=10)
    created = await create_operator_key(db, name="test", scopes=frozenset({Scope.ADMIN}))
    services = Services(
        db=db,
        blobs=Blobs.open(folder),
        renderer=Stripes(),
        secrets=Secrets(bytes(range(32))),
        link_secret=b"link secret of the tests",
        guard=a_guard(),
        limits=limits,
    )
    app = create_app(services)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, http=StreamingHttp, log_config=None, timeout_graceful_shutdown=2
    )
    server = uvicorn.Server(config)
    serving_task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn tells it by this flag only
        await asyncio.sleep(0.01)
    worker = asyncio.create_task(_complete_all(EdgeUnderTest(app, services, created.secret)))
    port = server.servers[0].sockets[0].getsockname()[1]
    yield Served(f"http://127.0.0.1:{port}", created.secret), server
    server.should_exit = True
    app.state.runtime.fanout.drain()
    await serving_task
    worker.cancel()
    await db.close()


async def _complete_all(edge: EdgeUnderTest) -> None:
    while True:
        async with edge.db.reading() as conn:
            cursor = await conn.execute("select id, file_name from jobs where status = 'pending' order by id limit 20")
            waiting = await cursor.fetchall()
        for row in waiting:
            lease = await take(edge.db, JobId(row["id"]), worker="test", lease_seconds=30, max_tries=3)
            if lease is None:
                continue  # cancelled meanwhile
            with contextlib.suppress(LeaseLostError):
                if "fail" in row["file_name"]:
                    await fail(edge.db, lease, Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD))
                else:
                    await edge.finish(lease)
        await asyncio.sleep(0.02)
