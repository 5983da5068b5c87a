"""Hears what the database announces (LISTEN/NOTIFY). A hint only: everything that waits also works by asking."""

import asyncio
import contextlib
import random
from collections.abc import Callable, Mapping
from typing import Final

import psycopg
import structlog
from psycopg import sql

from docurift.storage.database import Connection, Unavailable, connect, session_options

# A connection can be dead without a sign of it; as often as this it is asked for one.
_ALIVE_CHECK_SECONDS: Final = 15.0
_ANSWER_SECONDS: Final = 5.0
_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 3.0

_log = structlog.get_logger()


class Listener:
    """One connection of its own on some channels, made again whenever it is lost.

    `on_payload` names the channels, and what is called with each payload of one, in the order of commits. `on_gap` is
    called after a reconnection, when announcements may have been missed and whoever waits should read again. None of
    them may block or raise. The connection must be direct: a pooler in transaction mode drops LISTEN.
    """

    def __init__(
        self, dsn: str, *, on_payload: Mapping[str, Callable[[str], None]], on_gap: Callable[[], None]
    ) -> None:
        self._dsn = dsn
        self._on_payload = dict(on_payload)
        self._on_gap = on_gap
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Listen from here on.

        Raises:
            Unavailable: the database cannot be reached.
        """
        connection = await self._connected()
        self._task = asyncio.create_task(self._hear_on(connection), name="listen")

    async def stop(self) -> None:
        """Hear nothing more."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def _connected(self) -> Connection:
        options = session_options(statement_seconds=_ANSWER_SECONDS, lock_seconds=_ANSWER_SECONDS)
        connection = await connect(self._dsn, options=options, prepare_threshold=None)
        for channel in self._on_payload:
            await connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
        return connection

    async def _hear_on(self, connection: Connection) -> None:
        while True:
            try:
                await self._hear(connection)
            except (psycopg.OperationalError, TimeoutError) as error:
                _log.warning("database.listener_lost", channels=list(self._on_payload), reason=str(error).strip())
            finally:
                await connection.close()
            connection = await self._connected_again()
            self._on_gap()

    async def _hear(self, connection: Connection) -> None:
        """Hand out payloads until the connection is lost."""
        while True:
            async for notify in connection.notifies(timeout=_ALIVE_CHECK_SECONDS):
                self._on_payload[notify.channel](notify.payload)
            async with asyncio.timeout(_ANSWER_SECONDS):
                await connection.execute("select 1")

    async def _connected_again(self) -> Connection:
        delay = _FIRST_DELAY_SECONDS
        while True:
            with contextlib.suppress(Unavailable, psycopg.OperationalError):
                return await self._connected()
            await asyncio.sleep(delay * random.uniform(0.5, 1.0))  # noqa: S311 -- spreads the load, keeps no secret
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)
