"""Noticing that a client hung up while its answer is still to come."""

import asyncio
import contextlib
from collections.abc import Generator

from starlette.types import Receive


@contextlib.contextmanager
def watching(receive: Receive, bell: asyncio.Event) -> Generator[asyncio.Task[None]]:
    """A task that ends, and rings, when the client hangs up."""

    async def watch() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        bell.set()

    client = asyncio.create_task(watch())
    try:
        yield client
    finally:
        client.cancel()
