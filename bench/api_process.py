"""An API process of our own on a fresh server, for the benchmarks of events; no benchmark by itself."""

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.postgres import new_data_folder
from tests.support.service import clean_environment

from docurift.actions.keys import create_operator_key
from docurift.model.key import Scope
from docurift.storage.database import Database
from docurift.storage.embedded import EmbeddedServer
from docurift.storage.migrate import migrate

START_SECONDS = 30


@dataclass(frozen=True)
class ApiProcess:
    """`docurift api`, and a pool on its database."""

    db: Database
    host: str
    port: int
    key: str
    pid: int
    folder: Path

    def megabytes(self) -> float:
        """Memory that the process holds now."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmRSS")) / 1024

    async def transactions(self) -> int:
        """How many transactions the database has counted; each statement of ours outside of one is one."""
        await asyncio.sleep(1.5)  # sessions tell what they did when they have been idle for a second
        async with self.db.reading() as conn:
            await conn.execute("select pg_stat_clear_snapshot()")
            cursor = await conn.execute(
                "select xact_commit + xact_rollback as n from pg_stat_database where datname = current_database()"
            )
            row = await cursor.fetchone()
        return 0 if row is None else int(row["n"])


@asynccontextmanager
async def an_api(*, in_memory: bool = False) -> AsyncGenerator[ApiProcess]:
    """A running API process; server, process and folder are gone at the end."""
    folder = new_data_folder() if in_memory else Path(tempfile.mkdtemp(prefix="docurift-bench-", dir="/var/tmp"))
    folder.chmod(0o711)
    (folder / "data").mkdir(mode=0o711)
    server = EmbeddedServer(folder / "data")
    try:
        dsn = await server.start()
        await migrate(dsn)
        db = await Database.open(dsn, min_size=4, max_size=16, timeout_seconds=30)
        created = await create_operator_key(db, name="bench", scopes=frozenset({Scope.ADMIN}))
        port = _free_port()
        process = await asyncio.to_thread(_start, dsn, folder / "service", port)
        try:
            await _until_ready(port)
            yield ApiProcess(db=db, host="127.0.0.1", port=port, key=created.secret, pid=process.pid, folder=folder)
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait)
            await db.close()
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _start(dsn: str, data_dir: Path, port: int) -> subprocess.Popen[bytes]:
    environment = clean_environment() | {
        "DOCURIFT_DATABASE_URL": dsn,
        "DOCURIFT_DATA_DIR": str(data_dir),
        "DOCURIFT_PORT": str(port),
        "DOCURIFT_LOG_LEVEL": "warning",
    }
    return subprocess.Popen([sys.executable, "-m", "docurift", "api"], env=environment, stdout=subprocess.DEVNULL)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_ready(port: int) -> None:
    async with asyncio.timeout(START_SECONDS):
        while True:
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.1)
                continue
            writer.close()
            return


def load() -> str:
    """How busy the machine is, for the heading of a table."""
    return f"load average {os.getloadavg()[0]:.1f}"
