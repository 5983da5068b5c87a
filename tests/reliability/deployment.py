"""API, workers and deliverers as processes of their own on one database, each with a way to it that a test may cut."""

import os
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.reliability.checker import Violation, check
from tests.reliability.evidence import are_final, gather
from tests.reliability.history import History, Recorded
from tests.reliability.organizations import an_organization
from tests.support.client import Client
from tests.support.service import clean_environment
from tests.support.waiting import PATIENCE_SECONDS, until

PLANTED_ENGINE = Path(__file__).parents[1] / "support" / "planted_engine.py"
QUICK = {
    "DOCURIFT_TESTING": "1",
    "DOCURIFT_TEST_ENGINE": str(PLANTED_ENGINE),
    "DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8",
    "DOCURIFT_LEASE_SECONDS": "2",
    "DOCURIFT_RENEW_SECONDS": "0.5",
    "DOCURIFT_RESCUE_SECONDS": "0.3",
    "DOCURIFT_DATABASE_TIMEOUT_SECONDS": "2",
    "DOCURIFT_SLOTS": "1",
}


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the service."""

    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def ended(self) -> int:
        """Its exit status, once it has ended."""
        return self.process.wait(PATIENCE_SECONDS)

    def kill(self) -> None:
        """It is gone, and its children with it; also if it had ended."""
        self.process.kill()
        self.process.wait()


@dataclass(slots=True)
class Deployment:
    """`code` is a folder of another `docurift` to run, `python` a program that has one; ours otherwise."""

    dsn: str
    folder: Path
    listening: socket.socket
    settings: Mapping[str, str]
    code: Path | None = None
    python: Path = Path(sys.executable)
    history: History = field(default_factory=History)
    parts: list[Part] = field(default_factory=list[Part])

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.listening.getsockname()[1]}"

    @property
    def blobs(self) -> Path:
        return self.folder / "blobs"

    def api(self, *, dsn: str | None = None, wrapper: Sequence[str] = (), **settings: str) -> Part:
        """An API process that answers; it shares the port with those before it."""
        number = self.listening.fileno()
        part = self._start("api", str(number), descriptors=(number,), dsn=dsn, wrapper=wrapper, settings=settings)
        until(lambda: self.is_ready() or part.process.poll() is not None)
        return part

    def service(self, *, wrapper: Sequence[str] = (), **settings: str) -> tuple[Part, Part]:
        """An API and a worker, started at the same time."""
        number = self.listening.fileno()
        api = self._start("api", str(number), descriptors=(number,), dsn=None, wrapper=wrapper, settings=settings)
        worker = self.worker(wrapper=wrapper, **settings)
        until(self.is_ready)
        return api, worker

    def worker(self, *, dsn: str | None = None, wrapper: Sequence[str] = (), **settings: str) -> Part:
        """A worker that has said it is ready."""
        part = self._start("work", dsn=dsn, wrapper=wrapper, settings=settings)
        until(lambda: b'"worker.ready"' in part.log.read_bytes() or part.process.poll() is not None)
        return part

    def deliverer(self, *, dsn: str | None = None, wrapper: Sequence[str] = (), **settings: str) -> Part:
        return self._start("deliver", dsn=dsn, wrapper=wrapper, settings=settings)

    def tenant(self) -> Recorded:
        """A client of a fresh organization."""
        organization, key = an_organization(self.dsn)
        return Recorded(Client(self.base_url, key), organization, self.history)

    def answers(self, path: str) -> int | None:
        """The status of a call without a key; None without an answer."""
        try:
            with urllib.request.urlopen(self.base_url + path, timeout=20) as response:  # noqa: S310 -- our own
                return response.status
        except urllib.error.HTTPError as error:
            error.close()
            return error.code
        except OSError:
            return None

    def is_ready(self) -> bool:
        return self.answers("/readyz") == 200

    def violations(
        self,
        *,
        blobs: Path | Callable[[], dict[tuple[str, str], str]] | None = None,
        received: dict[str, frozenset[int]] | None = None,
    ) -> list[Violation]:
        """What is amiss once every accepted job has ended, which is waited for."""
        accepted = [call.job_id for call in self.history.calls if call.accepted and call.job_id is not None]
        with suppress(AssertionError):  # then the checker says which is stuck
            until(lambda: are_final(self.dsn, accepted))
        found = blobs() if callable(blobs) else blobs or self.blobs
        return check(self.history, gather(self.dsn, found, received))

    def _start(
        self,
        role: str,
        *arguments: str,
        dsn: str | None,
        settings: Mapping[str, str],
        descriptors: Sequence[int] = (),
        wrapper: Sequence[str] = (),
    ) -> Part:
        chosen = {f"DOCURIFT_{name.upper()}": value for name, value in settings.items()}
        environment = clean_environment() | self.settings | chosen
        environment |= {"DOCURIFT_DATABASE_URL": dsn or self.dsn, "DOCURIFT_DATA_DIR": str(self.folder)}
        if self.code is not None:
            environment["PYTHONPATH"] = str(self.code)
        port = self.listening.getsockname()[1]  # another deployment may have the same folder
        log = self.folder / f"{role}-{port}-{len(self.parts)}.log"
        with log.open("wb") as file:
            process = subprocess.Popen(
                [*wrapper, str(self.python), "-m", "docurift.serve", str(os.getpid()), role, *arguments],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                pass_fds=descriptors,
                start_new_session=True,
            )
        self.parts.append(part := Part(process, log))
        return part


@contextmanager
def deployed(
    dsn: str,
    folder: Path,
    *,
    code: Path | None = None,
    python: Path = Path(sys.executable),
    settings: Mapping[str, str] = QUICK,
) -> Iterator[Deployment]:
    """Nothing runs yet; at the end nothing does."""
    folder.mkdir(parents=True, exist_ok=True)
    with socket.create_server(("127.0.0.1", 0), backlog=256) as listening:
        deployment = Deployment(dsn, folder, listening, settings, code, python)
        try:
            yield deployment
        finally:
            for part in deployment.parts:
                part.kill()
