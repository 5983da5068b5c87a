"""The embedded PostgreSQL server: started, watched, started again, stopped (storage-and-queue.md section 2)."""

import asyncio
import contextlib
import fcntl
import os
import signal
import subprocess
from pathlib import Path
from typing import IO, Final

import psycopg
import structlog
from psycopg import sql
from psycopg.conninfo import make_conninfo

from docurift.storage.account import account_for
from docurift.storage.binaries import find_binaries
from docurift.storage.cluster import APPLICATION, SUPERUSER, Cluster
from docurift.storage.process import ServerProcess

CLUSTER_FOLDER: Final = "postgres"
"""Of the database, within the data folder."""
_READY_POLL_SECONDS: Final = 0.01
_FIRST_DELAY_SECONDS: Final = 0.05
_LONGEST_DELAY_SECONDS: Final = 10.0
# Backends of a killed server may need a moment to notice that it is gone; these tries take three seconds.
_TRIES_AT_START: Final = 7
_STOP_SECONDS: Final = {signal.SIGINT: 20.0, signal.SIGQUIT: 5.0, signal.SIGKILL: 5.0}

_log = structlog.get_logger()


class AlreadyRunningError(Exception):
    """Another service works on this data folder."""

    def __init__(self, data_folder: Path) -> None:
        super().__init__(f"another DocuRift service is running on {data_folder}: stop it or choose another data folder")
        self.data_folder = data_folder


class ServerStartError(Exception):
    """The server does not come up; the message holds its last words."""


class EmbeddedServer:
    """One PostgreSQL server on one data folder, kept running from `start` to `stop`.

    If this process is killed the server runs on, and the next `start` adopts it.
    """

    def __init__(self, data_folder: Path, *, binaries: Path | None = None) -> None:
        self._data_folder = data_folder.absolute()
        self._named_binaries = binaries
        self._lock: IO[bytes] | None = None
        self._cluster: Cluster | None = None
        self._process: ServerProcess | None = None
        self._socket_folder: Path | None = None
        self._watch: asyncio.Task[None] | None = None
        self._ready = asyncio.Event()

    @property
    def data_folder(self) -> Path:
        """The folder that holds the cluster and everything else of this service."""
        return self._data_folder

    @property
    def dsn(self) -> str:
        """How the service connects: to its own database, as its owner, who is no superuser."""
        return self._dsn(user=APPLICATION, database=APPLICATION)

    @property
    def admin_dsn(self) -> str:
        """How a superuser connects."""
        return self._dsn(user=SUPERUSER, database="postgres")

    @property
    def pid(self) -> int | None:
        """The server's process, if it runs."""
        return self._process.pid if self._process is not None else None

    async def start(self) -> str:
        """The server is up, with our database in it; answers its `dsn`. Recovery after a crash has no time limit.

        Raises:
            AlreadyRunningError: another service holds the data folder.
            NoPostgresError, ClusterError: it cannot run here; the message says what to do.
            ServerStartError: it exits again and again.
        """
        await asyncio.to_thread(self._take_folder)
        try:
            self._cluster = await asyncio.to_thread(self._make_cluster)
            self._watch = asyncio.create_task(self._keep_running(self._cluster), name="embedded-postgres")
            await self._first_ready(self._watch)
            await _ensure_database(self.admin_dsn)
        except BaseException:
            await self.stop()
            raise
        return self.dsn

    async def stop(self) -> None:
        """The server is stopped and the data folder free; open transactions are rolled back."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
            self._watch = None
            self._ready.clear()
        if self._process is not None:
            await _end(self._process)
            self._process = None
        if self._socket_folder is not None:
            with contextlib.suppress(OSError):  # the server empties it; what is not empty is not ours to remove
                self._socket_folder.rmdir()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _dsn(self, *, user: str, database: str) -> str:
        if self._socket_folder is None:
            raise RuntimeError("the embedded server has not been started")
        return make_conninfo(host=str(self._socket_folder), port=5432, user=user, dbname=database)

    def _take_folder(self) -> None:
        if not self._data_folder.exists():
            self._data_folder.mkdir(parents=True)
            # Ours alone; as root, let the server's account pass through to its own folder.
            self._data_folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        lock = (self._data_folder / "lock").open("ab")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.close()
            raise AlreadyRunningError(self._data_folder) from None
        self._lock = lock

    def _make_cluster(self) -> Cluster:
        folder = self._data_folder / CLUSTER_FOLDER
        account = account_for(data_folder=self._data_folder, cluster=folder)
        found = find_binaries(self._named_binaries)
        cluster = Cluster(
            folder=folder,
            binaries=found.reachable(account, copies=self._data_folder / "binaries"),
            account=account,
        )
        cluster.create()
        if not account.is_self:
            _log.info("postgres.account", account=account.name, reason="PostgreSQL does not run as root")
        return cluster

    async def _first_ready(self, watch: "asyncio.Task[None]") -> None:
        ready = asyncio.create_task(self._ready.wait())
        await asyncio.wait([ready, watch], return_when=asyncio.FIRST_COMPLETED)
        ready.cancel()
        if watch.done():
            watch.result()

    async def _keep_running(self, cluster: Cluster) -> None:
        """Start the server again whenever it exits, whatever its exit status."""
        failures, has_run = 0, False
        while True:
            self._process = await asyncio.to_thread(self._adopt_or_start, cluster)
            if await _becomes_ready(cluster, self._process):
                _log.info("postgres.ready", pid=self._process.pid)
                failures, has_run = 0, True
                self._ready.set()
                await self._process.exited()
                self._ready.clear()
            failures += 1
            words = await asyncio.to_thread(self._last_words)
            _log.warning("postgres.exited", pid=self._process.pid, failures=failures, said=words)
            if failures >= _TRIES_AT_START and not has_run:
                raise ServerStartError(f"PostgreSQL does not start: {words}")
            await asyncio.sleep(min(_FIRST_DELAY_SECONDS * 2 ** (failures - 1), _LONGEST_DELAY_SECONDS))

    def _adopt_or_start(self, cluster: Cluster) -> ServerProcess:
        living = cluster.living_server()
        if living is not None and living.socket_folder is not None:
            _log.info("postgres.adopted", pid=living.pid)
            self._socket_folder = living.socket_folder
            return ServerProcess.adopt(living.pid)
        if self._socket_folder is None or not self._socket_folder.exists():
            self._socket_folder = cluster.make_socket_folder()
        with (self._data_folder / "postgres-start.log").open("wb") as said:
            child = subprocess.Popen(
                cluster.command(self._socket_folder),
                cwd="/",
                env=cluster.environment(),
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                start_new_session=True,  # Ctrl-C is for the service, which stops the server when its work is put away
                user=cluster.account.user,
                group=cluster.account.group,
                extra_groups=cluster.account.extra_groups,
            )
        return ServerProcess.of_child(child)

    def _last_words(self) -> str:
        """The end of what the server said, here and in its log of today."""
        logs = sorted(
            [*(self._data_folder / "postgres" / "log").glob("*.log"), self._data_folder / "postgres-start.log"],
            key=lambda path: path.stat().st_mtime if path.exists() else 0.0,
        )
        with contextlib.suppress(OSError):
            lines = logs[-1].read_text(errors="replace").splitlines()
            return " / ".join(line.strip() for line in lines[-5:])
        return ""


async def _becomes_ready(cluster: Cluster, process: ServerProcess) -> bool:
    """Wait while the process lives; whether it accepts connections."""
    while process.is_alive():
        said = cluster.pid_file()
        if said is not None and said.pid == process.pid and said.is_ready:
            return True
        await asyncio.sleep(_READY_POLL_SECONDS)
    return False


async def _end(process: ServerProcess) -> None:
    """Stop the server: orderly, then at once (recovery at the next start), then by force."""
    for how, seconds in _STOP_SECONDS.items():
        process.send(how)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await process.exited()
                return
        _log.warning("postgres.does_not_stop", pid=process.pid, signal=how.name)


async def _ensure_database(admin_dsn: str) -> None:
    """Our role, without any special right, and our database, which it owns."""
    async with await psycopg.AsyncConnection.connect(admin_dsn, autocommit=True) as connection:
        name = sql.Identifier(APPLICATION)
        cursor = await connection.execute("select from pg_roles where rolname = %s", (APPLICATION,))
        if cursor.rowcount == 0:
            await connection.execute(sql.SQL("create role {} login").format(name))
        cursor = await connection.execute("select from pg_database where datname = %s", (APPLICATION,))
        if cursor.rowcount == 0:
            await connection.execute(sql.SQL("create database {} owner {}").format(name, name))
