"""A kept process is started again until it is told to stop."""

import asyncio
import sys

from docurift.processes import KeptProcess


async def test_a_process_that_ends_by_itself_is_started_again_until_told_to_stop() -> None:
    ended: list[int] = []
    twice = asyncio.Event()

    def note(pid: int) -> None:
        ended.append(pid)
        if len(ended) == 2:
            twice.set()

    process = KeptProcess("short", [sys.executable, "-c", "pass"], environment={}, on_end=note)
    keeping = asyncio.create_task(process.keep())

    async with asyncio.timeout(20):
        await twice.wait()
        process.stop()
        await keeping

    assert len(set(ended)) == len(ended) >= 2


async def test_a_stopped_process_is_not_started_again() -> None:
    ended: list[int] = []
    command = [sys.executable, "-c", "import signal; print('up', flush=True); signal.pause()"]
    process = KeptProcess("long", command, environment={}, on_end=ended.append)
    keeping = asyncio.create_task(process.keep())

    async with asyncio.timeout(20):
        while process._process is None:
            await asyncio.wait([keeping], timeout=0.01)
        process.stop()
        await keeping

    assert len(ended) == 1


async def test_a_process_that_cannot_be_told_in_time_is_killed_with_its_keeper() -> None:
    ended: list[int] = []
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    process = KeptProcess("stubborn", command, environment={}, on_end=ended.append)
    keeping = asyncio.create_task(process.keep())

    async with asyncio.timeout(20):
        while process._process is None:
            await asyncio.wait([keeping], timeout=0.01)
        keeping.cancel()
        await asyncio.wait([keeping])

    assert len(ended) == 1
