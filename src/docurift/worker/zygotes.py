"""The zygote in use: started at the first need, replaced when it is worn or lost, without disturbing its children."""

import asyncio
import resource
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from docurift.model.work import MIB
from docurift.telemetry import ZYGOTES_STARTED, log
from docurift.worker.forks import ForkServer, ZygoteLostError


@dataclass(frozen=True, slots=True, kw_only=True)
class Wear:
    """After what a zygote is replaced. All its forks share an address layout, which a crash oracle would learn
    (security.md section 4.1).
    """

    forks: int = 500
    crashes: int = 3
    growth_bytes: int = 64 * MIB


class Zygotes:
    """Hands out the current zygote."""

    def __init__(self, test_engine: Path | None, wear: Wear) -> None:
        self._test_engine, self._wear = test_engine, wear
        self._server: ForkServer | None = None
        self._first_rss_bytes = 0
        self._lock = asyncio.Lock()
        self._tasks: set[asyncio.Task[None]] = set()
        self._renewing = False

    async def current(self) -> ForkServer:
        """A zygote that takes forks; a worn one is replaced in the background.

        Raises:
            ZygoteLostError: none can be started.
        """
        async with self._lock:
            server = self._server
            if server is None or server.lost:
                if server is not None:
                    log.warning("zygote.lost", forks=server.forks)
                    await server.close()
                server = self._server = await self._start()
            elif self._is_worn(server) and not self._renewing:
                self._renewing = True
                self._in_background(self._renew(server))
            return server

    async def close(self) -> None:
        """End all zygotes and their children."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _start(self) -> ForkServer:
        server = await ForkServer.start(self._test_engine)
        self._first_rss_bytes = _rss_bytes(server)
        ZYGOTES_STARTED.inc()
        log.info("zygote.started", zygote=server.process.pid, rss_bytes=self._first_rss_bytes)
        return server

    def _is_worn(self, server: ForkServer) -> bool:
        return (
            server.forks >= self._wear.forks
            or server.crashes >= self._wear.crashes
            or _rss_bytes(server) > self._first_rss_bytes + self._wear.growth_bytes
        )

    async def _renew(self, worn: ForkServer) -> None:
        try:
            self._server = await self._start()
        except ZygoteLostError:
            log.warning("zygote.not_renewed")
            return
        finally:
            self._renewing = False
        try:
            await worn.idle()
        finally:
            await worn.close()

    def _in_background(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


def _rss_bytes(server: ForkServer) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1]) * resource.getpagesize()
    return 0
