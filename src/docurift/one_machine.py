"""The whole service on one machine: database, API, workers and deliverers, each a process of its own."""

import asyncio
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from docurift.actions.keys import create_first_key
from docurift.processes import KeptProcess
from docurift.settings import PREFIX, Secret, Settings, environment_of
from docurift.storage.database import Database
from docurift.storage.embedded import EmbeddedServer
from docurift.storage.migrate import migrate
from docurift.telemetry import METRICS_FOLDER_VARIABLE, forget_process, log

KEY_FILE: Final = "admin-key"
_METRICS: Final = "metrics"
_MEMORY: Final = Path("/dev/shm")  # noqa: S108 - a folder of a name that nobody knows is made in it
_BACKLOG: Final = 1024
_READY_POLL_SECONDS: Final = 0.05
_ANSWER_SECONDS: Final = 5.0


@dataclass(slots=True)
class OneMachine:
    """Made of settings; runs once."""

    settings: Settings

    async def run(self) -> int:
        """Serve until SIGTERM or SIGINT, then let everything end in order; the exit code."""
        stop = asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        with listen(self.settings) as listening:
            async with database(self.settings) as dsn:
                await migrate(dsn)
                await self._write_first_key(dsn)
                processes = self._processes(listening, dsn)
                keeping = asyncio.gather(*(process.keep() for process in processes))
                try:
                    await self._announce(listening, stop)
                    await stop.wait()
                finally:
                    await _end(processes, keeping)
                    _remove_metrics(self.settings.data_dir / _METRICS)
        return 0

    async def _write_first_key(self, dsn: str) -> None:
        db = await Database.open(dsn, min_size=1, max_size=1, timeout_seconds=self.settings.database_timeout_seconds)
        try:
            created = await create_first_key(db)
        finally:
            await db.close()
        if created is not None:
            _write_private(self.settings.data_dir / KEY_FILE, created.secret + "\n")
            log.info("key.created", file=str(self.settings.data_dir / KEY_FILE))

    def _processes(self, listening: socket.socket, dsn: str) -> list[KeptProcess]:
        metrics = _metrics_folder(self.settings.data_dir / _METRICS)
        own = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
        chosen = environment_of(replace(self.settings, database_url=Secret(dsn)))
        environment = own | chosen | {METRICS_FOLDER_VARIABLE: str(metrics)}

        def kept(name: str, *arguments: str, descriptors: tuple[int, ...] = ()) -> KeptProcess:
            return KeptProcess(
                name,
                [sys.executable, "-m", "docurift.serve", str(os.getpid()), *arguments],
                environment=environment,
                descriptors=descriptors,
                on_end=lambda pid: forget_process(pid, metrics),
            )

        api = kept("api", "api", str(listening.fileno()), descriptors=(listening.fileno(),))
        workers = (kept(f"worker-{number}", "work") for number in range(1, self.settings.workers + 1))
        deliverers = (kept(f"deliverer-{number}", "deliver") for number in range(1, self.settings.deliverers + 1))
        return [api, *workers, *deliverers]

    async def _announce(self, listening: socket.socket, stop: asyncio.Event) -> None:
        host, port = listening.getsockname()[:2]
        while not stop.is_set():
            if await _is_ready(host, port):
                where = f"[{host}]" if ":" in host else host
                folder = self.settings.data_dir.absolute()
                keys = folder / KEY_FILE
                # The one line on standard output; whoever started us may wait for it.
                sys.stdout.write(
                    f"DocuRift is ready at http://{where}:{port} (data: {folder}, first API key: {keys})\n"
                )
                sys.stdout.flush()
                return
            await asyncio.sleep(_READY_POLL_SECONDS)


@asynccontextmanager
async def database(settings: Settings) -> AsyncGenerator[str]:
    """Where the database is: the one that is named, or an embedded one that runs while the block lasts."""
    if settings.database_url is not None:
        yield settings.database_url.value
        return
    server = EmbeddedServer(settings.data_dir, binaries=settings.postgres_bin)
    dsn = await server.start()
    try:
        yield dsn
    finally:
        await server.stop()


def listen(settings: Settings) -> socket.socket:
    """A socket on which the API takes connections.

    Raises:
        OSError: the address is taken, or not of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    return socket.create_server((settings.host, settings.port), family=family, backlog=_BACKLOG)


async def _end(processes: list[KeptProcess], keeping: "asyncio.Future[list[None]]") -> None:
    """Ask all of them to stop, and again at each further signal, until they have."""

    def ask() -> None:
        for process in processes:
            process.stop()

    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ask)
    log.info("service.stopping")
    ask()
    await keeping
    log.info("service.stopped")


async def _is_ready(host: str, port: int) -> bool:
    any_address = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - asked from this machine
    try:
        async with asyncio.timeout(_ANSWER_SECONDS):
            reader, writer = await asyncio.open_connection(any_address.get(host, host), port)
            writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            status = await reader.readline()
            writer.close()
    except (OSError, TimeoutError):
        return False
    return b" 200 " in status


def _metrics_folder(path: Path) -> Path:
    """An empty folder for what processes count, to which `path` leads: in memory, where there is such a file system.

    The counters are mapped files. On a disk without a byte left, whoever writes to a page of one that is not there yet
    is killed (SIGBUS), and so is everybody who is started in its place.
    """
    _remove_metrics(path)
    if not os.access(_MEMORY, os.W_OK | os.X_OK):
        path.mkdir(mode=0o700, parents=True)
        return path
    folder = Path(tempfile.mkdtemp(prefix="docurift-metrics-", dir=_MEMORY))  # mode 700
    path.symlink_to(folder)
    return folder


def _remove_metrics(path: Path) -> None:
    """Nothing is left of it; also of a service that was killed."""
    if path.is_symlink():
        shutil.rmtree(path.readlink(), ignore_errors=True)
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all, and readable by its owner only."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
