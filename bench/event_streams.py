"""1,000 clients follow one organization's log on one API process: does each see every event in order, and how soon?

    python -m bench.event_streams [--clients 1000] [--rate 10] [--seconds 20]

The clients are in a process of their own, on the same cores. The lag runs from before the event's transaction is begun
to the arrival of its bytes at one client; it has to stay under 500 ms at the 99th of 100.
"""

import argparse
import asyncio
import json
import multiprocessing
import statistics
import sys
import time
from array import array
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, cast

import uvloop
from bench.api_process import ApiProcess, an_api, load

from docurift.actions.telling import tell
from docurift.model.event import EventType
from docurift.storage import organizations
from docurift.storage.events import NewEvent

LIMIT_MILLISECONDS = 500.0
CONNECTED_SECONDS = 60
QUIET_SECONDS = 20
SETTLED_SECONDS = 10


class Client(asyncio.Protocol):
    """One stream; notes when each number arrived."""

    def __init__(self, request: bytes, numbers: "array[int]", times: "array[float]") -> None:
        self._request, self._numbers, self._times = request, numbers, times
        self._rest = b""
        self.last: int | None = None
        self.is_right = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask for the stream."""
        # uvloop's transports are none of asyncio's classes.
        cast("asyncio.WriteTransport", transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        """Note the numbers in it."""
        now = time.monotonic()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b"id: "):
                self._heard(int(line[4:]), now)

    def _heard(self, number: int, now: float) -> None:
        if self.last is None:
            self.last = number
            return
        self.is_right = self.is_right and number == self.last + 1
        self.last = number
        self._numbers.append(number)
        self._times.append(now)

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that it was cut off."""
        del exc
        self.is_right = False


def follow(pipe: "Connection[Any, Any]", host: str, port: int, key: str, count: int) -> None:
    """Be the clients: say `ready`, take the last number, answer what was heard."""
    uvloop.run(_follow(pipe, host, port, key, count))


async def _follow(pipe: "Connection[Any, Any]", host: str, port: int, key: str, count: int) -> None:
    loop = asyncio.get_running_loop()
    request = f"GET /v1/events/stream HTTP/1.1\r\nHost: {host}\r\nX-API-Key: {key}\r\n\r\n".encode()
    numbers, times = array("q"), array("d")
    clients: list[Client] = []
    for _ in range(count):
        client = Client(request, numbers, times)
        await loop.create_connection(lambda client=client: client, host, port)
        clients.append(client)
    await _until(lambda: all(client.last is not None for client in clients), CONNECTED_SECONDS)
    open_ones = sum(client.last is not None for client in clients)
    assert open_ones == count, f"{open_ones} of {count} streams were opened"
    pipe.send("ready")
    last = await asyncio.to_thread(pipe.recv)
    await _until(lambda: all(client.last == last for client in clients), SETTLED_SECONDS)
    right = sum(client.is_right and client.last == last for client in clients)
    pipe.send((right, numbers.tobytes(), times.tobytes()))


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while not is_so() and time.monotonic() < deadline:  # noqa: ASYNC110 -- what it waits for is counted by others
        await asyncio.sleep(0.05)


async def write(api: ApiProcess, *, rate: float, seconds: float) -> dict[int, float]:
    """When each event's transaction was begun, by number."""
    begun: dict[int, float] = {}
    start = time.monotonic()
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, start + number / rate - time.monotonic()))
        now = time.monotonic()
        async with api.db.transaction() as tx:
            news = NewEvent(
                type=EventType.BATCH_COMPLETED,
                organization_id=organizations.DEFAULT,
                data={"batchId": f"batch_{number}", "text": "x" * 500},
            )
            [event] = await tell(tx, news)
        begun[event.sequence] = now
    return begun


async def measure(api: ApiProcess, arguments: argparse.Namespace) -> bool:
    """Print the table; whether it is as it should be."""
    alone = api.megabytes()
    ours, theirs = multiprocessing.Pipe()
    process = multiprocessing.get_context("spawn").Process(
        target=follow, args=(theirs, api.host, api.port, api.key, arguments.clients)
    )
    process.start()
    await asyncio.to_thread(ours.recv)
    opened = api.megabytes()
    before = await api.transactions()
    await asyncio.sleep(QUIET_SECONDS)
    quiet = await api.transactions() - before
    before = await api.transactions()
    begun = await write(api, rate=arguments.rate, seconds=arguments.seconds)
    ours.send(max(begun))
    right, numbers, times = await asyncio.to_thread(ours.recv)
    process.join()
    busy = await api.transactions() - before - len(begun)
    heard = zip(memoryview(numbers).cast("q"), memoryview(times).cast("d"), strict=True)
    lags = sorted((at - begun[number]) * 1000 for number, at in heard)
    p99 = lags[int(len(lags) * 0.99)]
    rows: dict[str, object] = {
        "clients that saw every event once, in order": f"{right} of {arguments.clients}",
        "events, each to every client": f"{len(begun)} at {arguments.rate:g}/s",
        "lag p50 / p99 / largest, ms": f"{statistics.median(lags):.1f} / {p99:.1f} / {lags[-1]:.1f}",
        "memory of the process before / with all streams / after, MiB": f"{alone:.0f} / {opened:.0f} / "
        f"{api.megabytes():.0f}",
        f"transactions of the process in {QUIET_SECONDS} quiet seconds": quiet,
        f"transactions of the process for {len(begun)} events": busy,
    }
    print(json.dumps({"load": load()}))
    print("| what | measured |\n|---|---|")
    for name, value in rows.items():
        print(f"| {name} | {value} |")
    return right == arguments.clients and p99 < LIMIT_MILLISECONDS


async def main() -> int:
    """1 if a limit does not hold."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=1000)
    parser.add_argument("--rate", type=float, default=10.0)
    parser.add_argument("--seconds", type=float, default=20.0)
    async with an_api() as api:
        return int(not await measure(api, parser.parse_args()))


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
