"""Hostile receivers are tried on asyncio and on uvloop: deliverers run on the latter, which has its own sockets."""

import asyncio
from collections.abc import Callable, Mapping

import pytest
import uvloop

_LOOPS = {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


def pytest_asyncio_loop_factories(item: pytest.Item) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    on_both = item.path.stem in {"test_sender", "test_hostile_receivers"}
    return _LOOPS if on_both else {"asyncio": asyncio.new_event_loop}
