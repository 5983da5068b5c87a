"""A receiver that stalls, floods or lies costs its own attempt only: bounded time, bounded memory (threat T19)."""

import asyncio
import gzip
import socket
import time
import tracemalloc
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.egress import a_guard
from tests.support.peer import Behavior, Peer, a_peer, certify, hangs, pours, resets, says

from docurift.egress import connections
from docurift.egress import sender as sender_module
from docurift.egress.connections import Dialing
from docurift.egress.sender import Answer, Sender, SendError

SECONDS = 0.5
PATIENCE_SECONDS = 5.0  # the receivers would go on for ever
HEAD = b"HTTP/1.1 200 OK\r\n"
BOMB = gzip.compress(bytes(100_000_000))
NO_HTTP = "The answer is no HTTP, is too long, or ended too early."
MIB = 1024 * 1024


@pytest_asyncio.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender(a_guard(), max_connections=4)
    yield sender
    await sender.close()


async def attempt(sender: Sender, url: str, seconds: float = SECONDS) -> Answer | str:
    """The answer or the sentence of the failure, which came in time and whose connection is gone."""
    begun = time.monotonic()
    try:
        return await sender.post(url, headers={}, body=b"{}", seconds=seconds)
    except SendError as error:
        took = time.monotonic() - begun
        return str(error) if error.latency_seconds <= took < seconds + PATIENCE_SECONDS else f"not in time: {took}"


FAILURES: list[tuple[Callable[[Peer], Behavior], str]] = [
    (hangs, "No answer within 0.5 seconds."),
    (pours(b"HTTP/1.1 200 OK\r\nX: ", b"x", every_seconds=0.01), "No answer within 0.5 seconds."),
    (pours(b"", b"H", every_seconds=0.02), "No answer within 0.5 seconds."),
    (pours(HEAD, b"X-Filler: " + b"x" * 60_000 + b"\r\n"), NO_HTTP),
    (pours(HEAD + b"X: ", b"x" * 65_536), NO_HTTP),
    (pours(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100), NO_HTTP),
    (pours(b"", b"\r\n" * 1000), NO_HTTP),
    (pours(b"", b"SSH-2.0-OpenSSH_9.9\r\n" * 100), NO_HTTP),
    (says(b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n"), NO_HTTP),
    (says(b"HTTP/1.1 2000 OK\r\n\r\n"), NO_HTTP),
    (resets(), "The connection was cut."),
    (resets(b"HTTP/1.1 2"), "The connection was cut."),
]


@pytest.mark.parametrize(("behavior", "sentence"), FAILURES)
async def test_a_receiver_without_a_proper_head_fails_in_time_and_little_memory(
    sender: Sender, behavior: Callable[[Peer], Behavior], sentence: str
) -> None:
    async with a_peer(behavior) as peer:
        tracemalloc.start()
        said = await attempt(sender, peer.url(), seconds=5 if sentence == NO_HTTP else SECONDS)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await asyncio.wait_for(peer.ended.acquire(), 2)

    assert said == sentence
    assert peak < 3 * MIB
    assert peer.opened == 1


BODIES = {
    "endless": pours(HEAD + b"\r\n", b"x" * 65_536),
    "endless chunks": pours(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
    "tiny chunks": pours(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"1;" + b"y" * 500 + b"\r\nx\r\n"),
    "slow": pours(HEAD + b"Content-Length: 100000\r\n\r\n", b"x", every_seconds=0.01),
    "cut": resets(HEAD + b"Content-Length: 100000\r\n\r\nx"),
    "bomb": says(HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(BOMB) + BOMB),
}


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.alone
async def test_the_status_counts_and_of_the_body_little_is_read(
    sender: Sender, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sender_module, "EXCERPT_SECONDS", 0.2)
    async with a_peer(BODIES[name]) as peer:
        begun = time.monotonic()
        answer = await attempt(sender, peer.url())
        took = time.monotonic() - begun
        await asyncio.wait_for(peer.ended.acquire(), 2)

    assert isinstance(answer, Answer)
    assert answer.status_code == 200
    assert len(answer.excerpt) <= 1024
    assert took < SECONDS
    assert name != "bomb" or answer.excerpt == BOMB[:1024]


@pytest.mark.alone
async def test_the_whole_attempt_ends_with_its_time_though_the_body_goes_on(sender: Sender) -> None:
    slow = pours(b"HTTP/1.1 500 No\r\nContent-Length: 100000\r\n\r\n", b"x", every_seconds=0.01)
    async with a_peer(slow) as peer:
        begun = time.monotonic()
        answer = await attempt(sender, peer.url())
        took = time.monotonic() - begun

    assert isinstance(answer, Answer)
    assert answer.status_code == 500
    assert took < SECONDS + 0.2


async def test_nobody_at_the_port_is_told_as_that(sender: Sender) -> None:
    with socket.socket() as reserved:
        reserved.bind(("127.0.0.1", 0))
        port = reserved.getsockname()[1]
        said = await attempt(sender, f"http://127.0.0.1:{port}/")

    assert said == "No connection could be made: nothing answers at this host and port."


async def test_a_name_that_is_nowhere_is_told_as_that(sender: Sender) -> None:
    said = await attempt(sender, "https://nowhere.customer.com/")

    assert said == "The host's name does not resolve, or not in time."


async def test_an_address_that_does_not_answer_is_waited_for_shortly(
    sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "CONNECT_SECONDS", 0.3)
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [socket.socket() for _ in range(4)]  # once the queue of a socket is full, it hears no one
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        said = await attempt(sender, f"http://127.0.0.1:{full.getsockname()[1]}/", seconds=3)
        for one in fillers:
            one.close()

    assert said == "No connection was made within 5 seconds."


async def test_a_certificate_that_nobody_trusts_fails(sender: Sender, tmp_path: Path) -> None:
    async with a_peer(hangs, tls=certify(tmp_path, "127.0.0.1").server) as peer:
        said = await attempt(sender, peer.url(scheme="https"), seconds=3)

    assert said == "The TLS handshake failed: the certificate is not trusted, or not for this host."
    assert peer.requests == []


async def test_a_plain_server_at_an_https_address_fails(sender: Sender) -> None:
    async with a_peer(pours(b"", b"HTTP/1.1 200 OK\r\n\r\n", unasked=True)) as peer:
        said = await attempt(sender, peer.url(scheme="https"), seconds=3)

    assert said == "The TLS handshake failed: the certificate is not trusted, or not for this host."


async def test_a_stalled_handshake_leaves_no_socket_open(sender: Sender) -> None:
    async with a_peer(hangs) as peer:
        said = await attempt(sender, peer.url(scheme="https"))
        await asyncio.wait_for(peer.ended.acquire(), 2)

    assert said == "No answer within 0.5 seconds."


@pytest.mark.alone
async def test_one_that_hangs_does_not_delay_another(tmp_path: Path) -> None:
    certified = certify(tmp_path, "127.0.0.1")
    sender = Sender(a_guard(), max_connections=8, dialing=Dialing(tls=certified.client))
    async with a_peer(hangs) as bad, a_peer(says(HEAD + b"Content-Length: 0\r\n\r\n"), certified.server) as good:
        hanging = [asyncio.create_task(attempt(sender, bad.url())) for _ in range(5)]
        answers = [await attempt(sender, good.url(scheme="https")) for _ in range(20)]
        still_hanging = sum(not one.done() for one in hanging)
        await asyncio.gather(*hanging)
    await sender.close()

    assert all(isinstance(answer, Answer) and answer.status_code == 200 for answer in answers)
    assert still_hanging == 5
    assert good.opened == 1
