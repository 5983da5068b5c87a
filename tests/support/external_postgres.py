"""A PostgreSQL that nobody supervises, on TCP with passwords: the system's, or the programs of the wheel."""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from tests.support.chaos import descendants
from tests.support.postgres import Postgres, new_data_folder

from docurift.storage.account import Account, account_for
from docurift.storage.binaries import Binaries, find_binaries

PASSWORD = "of the tests"
START_SECONDS = 60.0
APPLICATION = "docurift"


@dataclass(frozen=True, slots=True)
class ExternalPostgres:
    """Its cluster, and who runs it."""

    folder: Path
    port: int
    binaries: Binaries
    account: Account

    @property
    def databases(self) -> Postgres:
        told = {"host": "127.0.0.1", "port": self.port, "password": PASSWORD, "dbname": "postgres"}
        return Postgres(
            admin_dsn=make_conninfo(user="postgres", **told), application_dsn=make_conninfo(user=APPLICATION, **told)
        )

    def create(self) -> None:
        """The cluster, with a role for the service that may do nothing but own its database."""
        passwords = self.folder / "password"
        passwords.write_text(PASSWORD)
        for path in (self.folder, passwords):
            self.account.own(path)
        arguments = ["-U", "postgres", "--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--pwfile={passwords}"]
        self._run("initdb", "-D", str(self.cluster), *arguments)
        self.start()
        with psycopg.connect(self.databases.admin_dsn, autocommit=True) as connection:
            connection.execute(f"create role {APPLICATION} login password '{PASSWORD}'".encode())

    @property
    def cluster(self) -> Path:
        return self.folder / "cluster"

    def start(self) -> None:
        """It answers."""
        options = f"-c listen_addresses=127.0.0.1 -c port={self.port} -c unix_socket_directories="
        self._run("pg_ctl", "-D", str(self.cluster), "-o", options, "-l", str(self.folder / "log"), "-w", "start")

    def stop(self, mode: str) -> None:
        """`fast` or `immediate`."""
        self._run("pg_ctl", "-D", str(self.cluster), "-m", mode, "-w", "stop")

    def kill(self) -> None:
        """As when the kernel does it: its parent is gone at once, and nobody tidies up."""
        pid = int((self.cluster / "postmaster.pid").read_text().splitlines()[0])
        processes = [pid, *descendants(pid)]  # those below notice by themselves, and hold the shared memory until then
        os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + START_SECONDS
        while any(Path(f"/proc/{one}").exists() for one in processes):
            assert time.monotonic() < deadline
            time.sleep(0.02)

    def _run(self, program: str, *arguments: str) -> None:
        answer = subprocess.run(
            [str(self.binaries.folder / program), *arguments],
            cwd="/",
            env={"PATH": os.environ["PATH"], "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program == "initdb" else subprocess.DEVNULL,  # the server would keep a pipe open
            stderr=subprocess.STDOUT,
            timeout=START_SECONDS,
            check=False,
            user=self.account.user,
            group=self.account.group,
            extra_groups=self.account.extra_groups,
        )
        assert answer.returncode == 0, answer.stdout


@contextmanager
def an_external_postgres() -> Iterator[ExternalPostgres]:
    """A server that runs; stopped at the end."""
    folder = new_data_folder()
    server = ExternalPostgres(folder, _free_port(), *_programs(folder))
    try:
        server.create()
        yield server
        server.stop("immediate")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs(folder: Path) -> tuple[Binaries, Account]:
    """The system's, if it has some: then it is another version than the embedded one."""
    system = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    account = account_for(data_folder=folder, cluster=folder)
    found = find_binaries(system[-1].parent if system else None)
    return found.reachable(account, copies=folder / "binaries"), account


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
