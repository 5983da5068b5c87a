"""Open streams of events, as a client sees them, on a server in the test's own loop."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import msgspec
import uvicorn
from tests.support.edge import EdgeUnderTest

from docurift.actions.telling import tell_all
from docurift.api.events.sse import StreamingHttp
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId
from docurift.storage import organizations
from docurift.storage.database import Database
from docurift.storage.events import NewEvent


@dataclass(frozen=True)
class Block:
    """What stands between two empty lines."""

    lines: tuple[str, ...]

    def field(self, name: str) -> str | None:
        found = [line.removeprefix(f"{name}: ") for line in self.lines if line.startswith(f"{name}: ")]
        return found[0] if found else None

    @property
    def data(self) -> Any:  # noqa: ANN401 -- whatever the event says
        return msgspec.json.decode(self.field("data") or "null")


@dataclass
class Stream:
    """An open stream."""

    response: httpx2.Response
    _lines: AsyncIterator[str] = field(init=False)

    def __post_init__(self) -> None:
        self._lines = self.response.aiter_lines()

    async def block(self) -> Block | None:
        """The next block; None at the end."""
        lines: list[str] = []
        async with asyncio.timeout(10):
            async for line in self._lines:
                if not line:
                    return Block(tuple(lines))
                lines.append(line)
        return None

    async def event(self) -> Block | None:
        """The next block with data; None at the end."""
        while (block := await self.block()) is not None and block.field("data") is None:
            pass
        return block

    async def events(self, count: int) -> list[Block]:
        """The next blocks with data."""
        found = [await self.event() for _ in range(count)]
        return [one for one in found if one is not None]


@asynccontextmanager
async def listening(edge: EdgeUnderTest) -> AsyncIterator[str]:
    """The address of a server for `edge`; its end is that of a process: streams are drained first."""
    config = uvicorn.Config(
        edge.app,
        host="127.0.0.1",
        port=0,
        http=StreamingHttp,
        lifespan="off",
        log_config=None,
        timeout_graceful_shutdown=5,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 -- uvicorn tells it by this flag only
        await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        edge.app.state.runtime.fanout.drain()
        await task


@asynccontextmanager
async def streaming(url: str, key: str, *, last_event_id: int | str | None = None) -> AsyncIterator[Stream]:
    """The stream at `url`, which has to be there."""
    headers = {"X-API-Key": key} | ({} if last_event_id is None else {"Last-Event-ID": str(last_event_id)})
    async with httpx2.AsyncClient(timeout=10) as client, client.stream("GET", url, headers=headers) as response:
        assert response.status_code == 200, await response.aread()
        yield Stream(response)


async def tell_some(
    db: Database,
    count: int,
    *,
    type_: EventType = EventType.BATCH_CREATED,
    organization: OrganizationId = organizations.DEFAULT,
    **data: Any,  # noqa: ANN401
) -> list[int]:
    """So many facts, in one transaction; answers their numbers."""
    async with db.transaction() as tx:
        told = await tell_all(tx, [NewEvent(type=type_, organization_id=organization, data=data) for _ in range(count)])
    return [event.sequence for event in told]


async def until_open(edge: EdgeUnderTest, count: int) -> None:
    """Return when the process has so many streams open."""
    async with asyncio.timeout(10):
        while edge.app.state.runtime.fanout.open_streams != count:  # noqa: ASYNC110 -- nobody is told
            await asyncio.sleep(0.01)


async def connected(host: str, port: int) -> socket.socket:
    """A connection that takes in little by itself."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connection, (host, port))
    return connection
