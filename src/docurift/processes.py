"""A child process that is kept running until it is told to stop, and does not outlive its parent."""

import asyncio
import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from docurift.telemetry import log
from docurift.worker.jail import die_with_parent

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3
_LARGE_BYTES: Final = 128 * 1024  # what glibc starts with
_FIRST_DELAY_SECONDS: Final = 0.1
_LONGEST_DELAY_SECONDS: Final = 10.0
_STEADY_SECONDS: Final = 30.0  # who ran this long starts its pauses anew


class KeptProcess:
    """`command`, started again with growing pauses whenever it ends by itself."""

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        *,
        environment: Mapping[str, str],
        descriptors: Sequence[int] = (),
        on_end: Callable[[int], None],
    ) -> None:
        """`descriptors` stay open in it; `on_end` hears the number of each process that ended."""
        self._name, self._command = name, command
        self._environment, self._descriptors = environment, descriptors
        self._on_end = on_end
        self._process: asyncio.subprocess.Process | None = None
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        """Ask it to end; asked again, it hurries."""
        self._stopping.set()
        if self._process is not None and self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)

    async def keep(self) -> None:
        """Keep it running until it was asked to stop and has ended."""
        delay = _FIRST_DELAY_SECONDS
        while not self._stopping.is_set():
            begun = time.monotonic()
            status = await self._run_once()
            if self._stopping.is_set():
                return
            delay = _FIRST_DELAY_SECONDS if time.monotonic() - begun > _STEADY_SECONDS else delay
            log.error("process.ended", name=self._name, status=status, again_in_seconds=delay)
            await self._pause(delay)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)

    async def _run_once(self) -> int:
        # Started by the main thread, whose end is what ends it in turn (jail.die_with_parent).
        self._process = process = await asyncio.create_subprocess_exec(
            *self._command,
            env=dict(self._environment),
            pass_fds=self._descriptors,
            stdin=asyncio.subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C is the parent's to handle
        )
        log.info("process.started", name=self._name, child=process.pid)
        try:
            return await process.wait()
        finally:
            if process.returncode is None:  # cancelled
                process.kill()
                await process.wait()
            self._on_end(process.pid)

    async def _pause(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), seconds)
        except TimeoutError:
            return


def give_memory_back() -> None:
    """Have large blocks go back to the system when they are freed, where libc is glibc.

    It would raise its own threshold to the largest block seen, of up to 32 MiB, and keep what lies below small ones
    that live on: a worker that passes pages' pixels on to OCR grew by 15 % over 1,000 documents (bench/bombs.py).
    """
    libc = ctypes.CDLL(None)
    if hasattr(libc, "mallopt"):
        libc.mallopt(_M_MMAP_THRESHOLD, _LARGE_BYTES)
        libc.mallopt(_M_TRIM_THRESHOLD, _LARGE_BYTES)


def end_with(parent: int) -> None:
    """Have this process asked to stop (SIGTERM) when `parent`, which started it, is gone."""
    if sys.platform == "linux":
        die_with_parent(signal.SIGTERM)
    if os.getppid() != parent:
        raise SystemExit(0)
