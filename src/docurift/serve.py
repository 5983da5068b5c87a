"""The processes of the service: each of them alone, and all of them on one machine.

As a module (`python -m docurift.serve PARENT api FD`, `… PARENT work`) it is what `docurift serve` starts.
"""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable, Generator
from typing import Final

import uvicorn
import uvloop

from docurift import settings as configuration
from docurift import telemetry, unsandboxed, wiring
from docurift.api.app import create_app
from docurift.api.events.sse import StreamingHttp
from docurift.failpoints import API, WORKER, FailingApplication, FailingSender, Failpoint, failing_stores
from docurift.one_machine import OneMachine, database, listen
from docurift.processes import end_with, give_memory_back
from docurift.settings import Settings, SettingsError
from docurift.storage.binaries import NoPostgresError
from docurift.storage.blobs import BlobError
from docurift.storage.cluster import ClusterError
from docurift.storage.database import Unavailable
from docurift.storage.embedded import AlreadyRunningError, ServerStartError
from docurift.storage.migrate import MigrationChangedError, Phase, migrate
from docurift.worker.forks import ZygoteLostError
from docurift.worker.self_test import LayerMissingError

_STOP_SIGNALS: Final = (signal.SIGTERM, signal.SIGINT)
STARTING_ERRORS: Final = (
    *(wiring.NoDatabaseError, AlreadyRunningError, ClusterError, NoPostgresError, ServerStartError, Unavailable),
    *(MigrationChangedError, BlobError, ZygoteLostError, OSError),
    *(LayerMissingError, unsandboxed.ExposedError, SettingsError),
)
"""What keeps a process from starting for a reason that the operator can mend; the message says which."""


def run_serve(settings: Settings) -> int:
    """Run database, API, workers and deliverers until SIGTERM; the exit code."""
    telemetry.configure(level=settings.log_level, process="serve")
    return _told(lambda: asyncio.run(OneMachine(settings).run()), settings, listens=True)


def run_api(settings: Settings, listening: socket.socket | None = None) -> int:
    """Run the API until SIGTERM; the exit code."""
    telemetry.configure(level=settings.log_level, process="api")
    return _told(lambda: uvloop.run(_api(settings, listening or listen(settings))), settings, listens=True)


def run_worker(settings: Settings) -> int:
    """Run a worker until SIGTERM; the exit code."""
    telemetry.configure(level=settings.log_level, process="worker")
    give_memory_back()
    return _told(lambda: asyncio.run(_worker(settings)), settings)


def run_deliverer(settings: Settings) -> int:
    """Run a deliverer until SIGTERM; the exit code."""
    telemetry.configure(level=settings.log_level, process="deliverer")
    return _told(lambda: uvloop.run(_deliverer(settings)))


def run_migrate(settings: Settings, phase: Phase = "all") -> list[str]:
    """Bring the database to this version's schema; the names of what was applied."""

    async def migrated() -> list[str]:
        async with database(settings) as dsn:
            return await migrate(dsn, phase=phase)

    return asyncio.run(migrated())


def main(arguments: list[str]) -> int:
    """Be the process that `docurift serve` asked for."""
    parent, role, *rest = arguments
    end_with(int(parent))
    settings = configuration.read()
    if role == "api":
        return run_api(settings, socket.socket(fileno=int(rest[0])))
    return {"work": run_worker, "deliver": run_deliverer}[role](settings)


async def _api(settings: Settings, listening: socket.socket) -> int:
    failpoint = Failpoint(settings.failpoint)
    async with wiring.services(settings, around=failing_stores(failpoint, API)) as services:
        app = create_app(services)
        config = uvicorn.Config(
            FailingApplication(app, failpoint) if failpoint else app,
            http=StreamingHttp,
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=int(settings.drain_seconds),
        )
        server = _Server(config, on_stop=app.state.runtime.fanout.drain)
        for number in _STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, server.stop)
        await server.serve(sockets=[listening])
    return 0


async def _worker(settings: Settings) -> int:
    around = failing_stores(Failpoint(settings.failpoint), WORKER)
    async with wiring.supervisor(settings, around=around) as supervisor:
        for number in _STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, supervisor.drain)
        await supervisor.run()
    return 0


async def _deliverer(settings: Settings) -> int:
    failpoint = Failpoint(settings.failpoint)
    async with wiring.deliverer(settings, around=lambda sender: FailingSender(sender, failpoint)) as deliverer:
        for number in _STOP_SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, deliverer.drain)
        await deliverer.run()
    return 0


class _Server(uvicorn.Server):
    """uvicorn without its signal handlers, which would end the process before the database is let go."""

    def __init__(self, config: uvicorn.Config, *, on_stop: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_stop = on_stop

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals alone."""
        yield

    def stop(self) -> None:
        """Finish what is under way; asked again, do not."""
        self.force_exit = self.should_exit
        self.should_exit = True
        self._on_stop()


def _told(run: Callable[[], int], opens_documents: Settings | None = None, *, listens: bool = False) -> int:
    """The exit code; what keeps a process from starting is said in a sentence, not in a traceback. One that opens
    documents has to have a sandbox first.
    """
    try:
        if opens_documents is not None:
            unsandboxed.check(opens_documents, listens=listens)
        return run()
    except STARTING_ERRORS as error:
        sys.stderr.write(f"docurift: {error}\n")
        return os.EX_UNAVAILABLE


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
