"""Whether endpoints that answer are delayed by those that do not.

    python -m bench.webhook_endpoints [--events 10000] [--rate 20] [--addressed]

Fifty endpoints: 10 hang, 10 answer 500, 5 reset the connection, 5 answer byte by byte, 20 are healthy. Events are told
at a steady rate, each to all fifty, or with --addressed each to one of them in turn; the whole service delivers them.
From `createdAt` of an event to its arrival at a healthy endpoint. Nothing may be lost: every healthy endpoint must have
every number that it was told, and every other one must keep each delivery on record. Sockets and memory are those of
the deliverer, looked at twice a second. The limit is 2 s at p99.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import statistics
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from bench.latency import Caller
from bench.throughput import resident_mib
from tests.support.receiver import Received, Reply, a_receiver, answers, drips, holding, resets, takes_it
from tests.support.service import Running, a_data_folder, running

from docurift.actions.telling import tell
from docurift.model.event import EventType
from docurift.model.ids import WebhookId
from docurift.storage.database import Database
from docurift.storage.events import NewEvent
from docurift.storage.organizations import DEFAULT

KINDS = {"hang": 10, "500": 10, "reset": 5, "slow": 5, "healthy": 20}
LIMIT_SECONDS = 2.0
PATIENCE_SECONDS = 120
SETTINGS = {"DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8", "DOCURIFT_LOG_LEVEL": "warning"}


@dataclass
class Taken:
    """What one healthy endpoint took: times by number, and seconds from the first."""

    times: Counter[int] = field(default_factory=Counter[int])
    seconds: list[float] = field(default_factory=list[float])

    async def reply(self, received: Received) -> Reply:
        """Take it."""
        now, event = time.time(), received.event
        self.times[event["sequence"]] += 1
        if self.times[event["sequence"]] == 1:
            self.seconds.append(now - datetime.fromisoformat(event["createdAt"]).timestamp())
        return await takes_it(received)


def receive(channel: Connection) -> None:
    """Be all fifty: say their URLs, and at each word that is heard what the healthy ones have."""
    asyncio.run(_receive(channel))


async def _receive(channel: Connection) -> None:
    well, never = [Taken() for _ in range(KINDS["healthy"])], asyncio.Event()
    bad = {"hang": holding(never), "500": answers(500), "reset": resets, "slow": drips}
    replies: list[Callable[[Received], Awaitable[Reply]]] = [
        one for kind, one in bad.items() for _ in range(KINDS[kind])
    ]
    async with AsyncExitStack() as stack:
        receivers = [await stack.enter_async_context(a_receiver(one)) for one in (*replies, *(t.reply for t in well))]
        channel.send([one.url for one in receivers])
        while await asyncio.to_thread(channel.recv):
            for one in receivers:
                one.requests.clear()  # whole bodies are not kept
            channel.send([(dict(taken.times), taken.seconds) for taken in well])


@dataclass
class Sampled:
    """The deliverer's sockets and resident MiB, at most, and its memory at the first look."""

    sockets: int = 0
    first_mib: float = 0.0
    most_mib: float = 0.0

    async def watch(self, pid: int) -> None:
        """Look until cancelled."""
        while True:
            size = resident_mib(pid)
            self.first_mib = self.first_mib or size
            self.most_mib = max(self.most_mib, size)
            self.sockets = max(self.sockets, sockets_of(pid))
            await asyncio.sleep(0.5)


def sockets_of(pid: int) -> int:
    """Open sockets of the process, those to its database included."""
    count = 0
    for link in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):
            count += str(link.readlink()).startswith("socket:")
    return count


def process_of(service: Running, role: str) -> int:
    """The process of `role`."""
    parent = service.process.pid
    for pid in Path(f"/proc/{parent}/task/{parent}/children").read_text().split():
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
        if "docurift.serve" in words and role in words:
            return int(pid)
    raise LookupError(role)


def dsn_of(service: Running) -> str:
    """The database that the service's processes were given."""
    lines = Path(f"/proc/{process_of(service, 'deliver')}/environ").read_text().split("\0")
    return next(line for line in lines if line.startswith("DOCURIFT_DATABASE_URL=")).partition("=")[2]


async def tell_steadily(db: Database, endpoints: list[WebhookId], asked: argparse.Namespace) -> list[set[int]]:
    """The numbers that each endpoint was told."""
    begun, told = time.monotonic(), [set[int]() for _ in endpoints]
    for nth in range(asked.events):
        await asyncio.sleep(max(0.0, begun + nth / asked.rate - time.monotonic()))
        only = nth % len(endpoints) if asked.addressed else None
        new = NewEvent(
            type=EventType.WEBHOOK_TEST,
            organization_id=DEFAULT,
            data={"number": nth},
            only_to=None if only is None else endpoints[only],
        )
        async with db.transaction() as tx:
            (event,) = await tell(tx, new)
        for numbers in told if only is None else [told[only]]:
            numbers.add(event.sequence)
    return told


async def through(service: Running, urls: list[str], channel: Connection, asked: argparse.Namespace) -> dict[str, Any]:
    """Tell everything, wait until the healthy have it, and draw up the account."""
    caller = Caller(service.base_url, service.admin_key)
    wanted = [json.dumps({"url": url, "events": [EventType.WEBHOOK_TEST], "active": True}).encode() for url in urls]
    endpoints = [WebhookId(caller("POST", "/v1/webhooks", one, "application/json")["id"]) for one in wanted]
    sampled = Sampled()
    watching = asyncio.create_task(sampled.watch(process_of(service, "deliver")))
    db = await Database.open(dsn_of(service), min_size=1, max_size=2, timeout_seconds=30)
    begun = time.monotonic()
    told = await tell_steadily(db, endpoints, asked)
    rate = asked.events / (time.monotonic() - begun)
    well = told[-KINDS["healthy"] :]
    taken = await heard(channel, well)
    watching.cancel()
    async with db.reading() as conn:
        cursor = await conn.execute("select count(*) as n from deliveries")
        row = await cursor.fetchone()
    await db.close()
    assert row is not None
    return {
        "rate": rate,
        "seconds": [one for _, seconds in taken for one in seconds],
        "missing": sum(len(numbers - times.keys()) for numbers, (times, _) in zip(well, taken, strict=True)),
        "again": sum(count - 1 for times, _ in taken for count in times.values()),
        "lost rows": sum(map(len, told)) - row["n"],
        "sampled": sampled,
    }


async def heard(channel: Connection, well: list[set[int]]) -> list[tuple[dict[int, int], list[float]]]:
    """What the healthy endpoints have, once that is everything, or after a while."""
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        channel.send(True)
        taken = channel.recv()
        if time.monotonic() > end or all(numbers <= one.keys() for numbers, (one, _) in zip(well, taken, strict=True)):
            return taken
        await asyncio.sleep(0.5)


def main() -> int:
    """Print the table; 1 if something was lost or the limit is passed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--rate", type=float, default=20, help="events a second")
    parser.add_argument("--addressed", action="store_true", help="each event goes to one endpoint, not to all")
    asked = parser.parse_args()
    ours, its = multiprocessing.Pipe()
    receivers = multiprocessing.get_context("spawn").Process(target=receive, args=(its,), daemon=True)
    receivers.start()
    with a_data_folder() as folder, running(folder, SETTINGS) as service:
        account = asyncio.run(through(service, ours.recv(), ours, asked))
        ours.send(False)
    receivers.join()
    return report(asked, account)


def report(asked: argparse.Namespace, account: dict[str, Any]) -> int:
    """Print it."""
    cuts, sampled = statistics.quantiles(account["seconds"], n=100), account["sampled"]
    print("| events | each to | events/s | healthy got | missing | twice | p50 s | p99 s | most s | sockets | MiB |")
    print("|---|---|---|---|---|---|---|---|---|---|---|")
    row = [
        asked.events, "one" if asked.addressed else "all 50", f"{account['rate']:.1f}", len(account["seconds"]),
        account["missing"], account["again"], f"{cuts[49]:.3f}", f"{cuts[98]:.3f}", f"{max(account['seconds']):.3f}",
        sampled.sockets, f"{sampled.first_mib:.0f}-{sampled.most_mib:.0f}",
    ]  # fmt: skip
    print("|", *(f"{cell} |" for cell in row))
    print(f"deliveries without a row: {account['lost rows']}; load average {os.getloadavg()[0]:.1f}")
    return bool(account["missing"] or account["lost rows"] or cuts[98] > LIMIT_SECONDS)


if __name__ == "__main__":
    sys.exit(main())
