"""The zygote: a small, warm, single-threaded process that forks one jailed child per document.

Started as `python -I -m docurift.worker.zygote CONTROL_FD [TEST_ENGINE]` with an empty environment and no descriptor
but its control socket. It opens no document itself. It ends when its parent does, and takes its children along.
"""

import gc
import os
import resource
import select
import signal
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from docurift.worker import document_child, frames, jail, warm
from docurift.worker.control import PACKET_BYTES, TO_ZYGOTE, Ended, Fork, Kill, Ready, Started
from docurift.worker.document_child import Work

_DESCRIPTORS_PER_FORK: Final = 2


def main(arguments: list[str]) -> None:
    """Warm up, say so, and serve forks until the parent closes the control socket."""
    control = socket.socket(fileno=int(arguments[0]))
    jail.die_with_parent()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # the parent decides, by closing the control socket
    work = warm.everything(Path(arguments[1]) if len(arguments) > 1 else None)
    _refuse_threads()
    gc.collect()
    gc.freeze()  # a later collection in a child would touch, and so copy, every page: 6 ms a document
    control.send(frames.encode(Ready(pid=os.getpid())))
    Zygote(control, work).serve()


@dataclass(slots=True)
class _Running:
    id: int
    pid: int
    ceiling: float
    over_ceiling: bool = False


class Zygote:
    """Forks, watches and reaps children on behalf of the process at the other end of `control`."""

    def __init__(self, control: socket.socket, work: Work) -> None:
        self._control = control
        self._work = work
        self._children: dict[int, _Running] = {}  # by pidfd
        self._poll = select.poll()
        self._poll.register(control, select.POLLIN)

    def serve(self) -> None:
        """Obey until the control socket ends; then end every child."""
        try:
            while self._turn():
                pass
        finally:
            for pidfd, child in self._children.items():
                _kill(pidfd, child.pid)

    def _turn(self) -> bool:
        for descriptor, _ in self._poll.poll(self._patience_milliseconds()):
            if descriptor != self._control.fileno():
                self._reap(descriptor)
            elif not self._obey():
                return False
        self._enforce_ceilings()
        return True

    def _patience_milliseconds(self) -> float | None:
        ceilings = [child.ceiling for child in self._children.values() if not child.over_ceiling]
        return max(0.0, min(ceilings) - time.monotonic()) * 1000 + 1 if ceilings else None

    def _obey(self) -> bool:
        packet, descriptors, _, _ = socket.recv_fds(self._control, PACKET_BYTES, _DESCRIPTORS_PER_FORK)
        if not packet:
            return False
        match TO_ZYGOTE.decode(packet):
            case Fork() as fork:
                self._fork(fork, descriptors)
            case Kill(id=wanted):
                for pidfd, child in self._children.items():
                    if child.id == wanted:
                        _kill(pidfd, child.pid)
        return True

    def _fork(self, fork: Fork, descriptors: list[int]) -> None:
        zygote = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._become_child(fork, descriptors, zygote)
        for descriptor in descriptors:
            os.close(descriptor)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = _Running(fork.id, pid, time.monotonic() + fork.ceiling_seconds)
        self._poll.register(pidfd, select.POLLIN)
        self._control.send(frames.encode(Started(id=fork.id, pid=pid)))

    def _become_child(self, fork: Fork, descriptors: list[int], zygote: int) -> NoReturn:
        status = document_child.EXIT_BROKEN
        try:
            document, channel = descriptors
            status = document_child.run(document, channel, self._work, fork=fork, zygote=zygote)
        finally:
            os._exit(status)

    def _reap(self, pidfd: int) -> None:
        child = self._children.pop(pidfd)
        self._poll.unregister(pidfd)
        _kill(pidfd, child.pid)  # what it left in its group; its number is not given away before it is waited for
        _, status, usage = os.wait4(child.pid, 0)
        os.close(pidfd)
        ended = Ended(
            id=child.id,
            status=os.waitstatus_to_exitcode(status),
            peak_rss_bytes=usage.ru_maxrss * 1024,
            cpu_seconds=usage.ru_utime + usage.ru_stime,
            over_ceiling=child.over_ceiling,
        )
        self._control.send(frames.encode(ended))

    def _enforce_ceilings(self) -> None:
        now = time.monotonic()
        for pidfd, child in self._children.items():
            if child.ceiling <= now and not child.over_ceiling:
                child.over_ceiling = True
                _kill(pidfd, child.pid)


def _kill(pidfd: int, pid: int) -> None:
    for kill in (lambda: signal.pidfd_send_signal(pidfd, signal.SIGKILL), lambda: os.killpg(pid, signal.SIGKILL)):
        try:
            kill()
        except ProcessLookupError:
            continue  # gone already, or not yet the leader of its group


def _refuse_threads() -> None:
    # A fork copies one thread only: locks that another one held stay locked in the child for ever.
    threads = jail.threads()
    if threads != 1:
        raise RuntimeError(f"the zygote must be single-threaded, and has {threads} threads after warming up")


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main(sys.argv[1:])
