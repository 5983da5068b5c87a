"""One zygote process, as its parent sees it: ask for a child, have it killed, hear how it ended."""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Final

from docurift.worker import frames
from docurift.worker.control import FROM_ZYGOTE, PACKET_BYTES, Ended, Fork, Kill, Ready, Started
from docurift.worker.frames import FrameError

# Numeric libraries would start a pool of threads each, and a fork copies one thread only. The table engine's runtime
# would start one for each core in every child. Its allocator would reserve 1 GiB of addresses in the zygote, and each
# child would have that beyond its limit, which counts from there; 8 MiB are enough for it to use memory again.
_ENVIRONMENT: Final = {
    "LANG": "C.UTF-8",
    "MIMALLOC_ARENA_RESERVE": "8192",
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "RAYON_NUM_THREADS": "1",
    "TOKIO_WORKER_THREADS": "1",
}
_START_SECONDS: Final = 60.0  # 0.5 s on an idle machine
_STOP_SECONDS: Final = 5.0


class ZygoteLostError(Exception):
    """The zygote could not start, or is gone; what its children were doing is lost with it."""


@dataclass(slots=True, eq=False)
class Child:
    """A child of the zygote; `pid` is known once it runs, `ended` once it is reaped."""

    id: int
    ended: asyncio.Future[Ended]
    pid: int | None = None


@dataclass(slots=True, eq=False)
class ForkServer:
    """A running zygote. Made by `start`; ends with `close`, with the parent, or by accident (`lost`)."""

    process: subprocess.Popen[bytes]
    control: socket.socket
    ready: asyncio.Future[None]
    forks: int = 0
    crashes: int = 0
    lost: bool = False
    _children: dict[int, Child] = field(default_factory=dict[int, Child])
    _ids: "count[int]" = field(default_factory=lambda: count(1))

    @classmethod
    async def start(cls, test_engine: Path | None = None) -> "ForkServer":
        """A zygote that is warm and waits for orders.

        Raises:
            ZygoteLostError: it ended, or was not ready in time; its own words went to standard error.
        """
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setblocking(False)
        with theirs:
            process = _spawn(theirs.fileno(), test_engine)
        loop = asyncio.get_running_loop()
        server = cls(process, ours, loop.create_future())
        loop.add_reader(ours, server._hear)
        try:
            async with asyncio.timeout(_START_SECONDS):
                await server.ready
        except BaseException as error:
            await server.close()
            if isinstance(error, TimeoutError):
                raise ZygoteLostError("the zygote was not ready in time") from error
            raise
        return server

    async def idle(self) -> None:
        """Wait until no child runs."""
        while running := [child.ended for child in self._children.values()]:
            await asyncio.wait(running)

    def fork(
        self, document: int, channel: int, *, memory_bytes: int, cpu_seconds: int, ceiling_seconds: float
    ) -> Child:
        """A child that will read `document` and speak over `channel`; the parent keeps and closes its own copies.

        Raises:
            ZygoteLostError: the zygote is gone.
        """
        number = next(self._ids)
        request = Fork(id=number, memory_bytes=memory_bytes, cpu_seconds=cpu_seconds, ceiling_seconds=ceiling_seconds)
        self._tell(request, (document, channel))
        child = Child(number, asyncio.get_running_loop().create_future())
        self._children[number] = child
        self.forks += 1
        return child

    def kill(self, child: Child) -> None:
        """End `child` and its process group; `child.ended` tells when."""
        if not child.ended.done():
            try:
                self._tell(Kill(id=child.id))
            except ZygoteLostError:
                return  # a child does not outlive its zygote

    async def close(self) -> None:
        """End the zygote and all its children."""
        self._lose()
        try:
            await asyncio.to_thread(self.process.wait, _STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.send_signal(signal.SIGKILL)
            await asyncio.to_thread(self.process.wait)

    def _tell(self, message: Fork | Kill, descriptors: Sequence[int] = ()) -> None:
        if self.lost:
            raise ZygoteLostError("the zygote is gone")
        try:
            socket.send_fds(self.control, [frames.encode(message)], descriptors)
        except OSError as error:  # also when its buffer is full: then it has not listened for a thousand messages
            raise ZygoteLostError("the zygote does not listen") from error

    def _hear(self) -> None:
        try:
            packet = self.control.recv(PACKET_BYTES)
            message = FROM_ZYGOTE.decode(packet) if packet else None
        except BlockingIOError:
            return
        except (OSError, FrameError):
            message = None
        match message:
            case Ready() if not self.ready.done():
                self.ready.set_result(None)
            case Started(id=number, pid=pid) if number in self._children:
                self._children[number].pid = pid
            case Ended(id=number) if number in self._children:
                child = self._children.pop(number)
                if not child.ended.done():
                    child.ended.set_result(message)
            case _:
                self._lose()

    def _lose(self) -> None:
        if self.lost:
            return
        self.lost = True
        asyncio.get_running_loop().remove_reader(self.control)
        self.control.close()
        for future in (self.ready, *(child.ended for child in self._children.values())):
            if not future.done():
                future.set_exception(ZygoteLostError("the zygote is gone"))
                future.exception()  # whoever waits gets it; nobody has to
        self._children.clear()


def _spawn(control: int, test_engine: Path | None) -> subprocess.Popen[bytes]:
    # From the event loop's own thread: the zygote is killed when the thread that started it ends.
    return subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-m",
            "docurift.worker.zygote",
            str(control),
            *([str(test_engine)] if test_engine else []),
        ],
        env=_ENVIRONMENT,
        pass_fds=(control,),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is the parent's to handle
    )
