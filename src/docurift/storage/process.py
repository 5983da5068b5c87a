"""A server process that may be our child or one that we adopted: watch it, signal it."""

import asyncio
import contextlib
import os
import select
import signal
import subprocess
from typing import Final

_POLL_SECONDS: Final = 0.1


class ServerProcess:
    """A running process, by its number."""

    def __init__(self, pid: int, child: "subprocess.Popen[bytes] | None") -> None:
        self._pid = pid
        self._child = child

    @classmethod
    def of_child(cls, child: "subprocess.Popen[bytes]") -> "ServerProcess":
        """A process that we started."""
        return cls(child.pid, child)

    @classmethod
    def adopt(cls, pid: int) -> "ServerProcess":
        """A process that somebody else started."""
        return cls(pid, None)

    @property
    def pid(self) -> int:
        """Its number."""
        return self._pid

    def is_alive(self) -> bool:
        """Whether it runs."""
        if self._child is not None:
            return self._child.poll() is None
        return _is_running(self._pid)

    def send(self, number: signal.Signals) -> None:
        """Signal it, if it still runs."""
        with contextlib.suppress(ProcessLookupError):
            if self._child is not None:
                self._child.send_signal(number)
            else:
                os.kill(self._pid, number)

    async def exited(self) -> None:
        """Return when it has ended."""
        try:
            descriptor = os.pidfd_open(self._pid)
        except ProcessLookupError:
            descriptor = None
        except (AttributeError, OSError):  # not Linux, or an old kernel
            await self._poll()
            return
        if descriptor is not None:
            await _readable(descriptor)
        if self._child is not None:
            self._child.wait()

    async def _poll(self) -> None:
        while self.is_alive():  # noqa: ASYNC110 -- another process tells us nothing
            await asyncio.sleep(_POLL_SECONDS)


def _is_running(pid: int) -> bool:
    """Whether `pid` runs; one that has ended and that its parent has not asked about does not."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return False
    except (AttributeError, OSError):  # not Linux, or an old kernel
        return _takes_signals(pid)
    try:
        poller = select.poll()
        poller.register(descriptor, select.POLLIN)
        return not poller.poll(0)
    finally:
        os.close(descriptor)


def _takes_signals(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def _readable(descriptor: int) -> None:
    """Wait until `descriptor` is readable, then close it; a pidfd is when its process has ended."""
    loop = asyncio.get_running_loop()
    ended = loop.create_future()
    try:
        loop.add_reader(descriptor, lambda: ended.done() or ended.set_result(None))
        await ended
    finally:
        loop.remove_reader(descriptor)
        os.close(descriptor)
