"""What a receiver gets and what of its answer is kept."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import httpcore2
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st
from tests.support.egress import Names, a_guard
from tests.support.peer import a_peer, certify, hangs, says
from tests.support.wire import an_answer

from docurift.egress.connections import Dialing
from docurift.egress.guard import EgressPolicy, Guard
from docurift.egress.sender import Answer, Sender, SendError, _retry_after

BODY = '{"fileName":"Müller.pdf"}'.encode()
OK = an_answer(200, body=b"thanks")


@pytest_asyncio.fixture
async def sender() -> AsyncIterator[Sender]:
    sender = Sender(a_guard(), max_connections=4)
    yield sender
    await sender.close()


async def post(sender: Sender, url: str, seconds: float = 5, **headers: str) -> Answer:
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return await sender.post(url, headers=given, body=BODY, seconds=seconds)


async def test_the_body_and_the_headers_arrive_as_they_are(sender: Sender) -> None:
    async with a_peer(says(OK)) as peer:
        answer = await post(sender, peer.url("/a/b?c=%20d"), X_Own="välue", Content_Type="application/json")

    head, _, body = peer.requests[0].partition(b"\r\n\r\n")
    lines = head.split(b"\r\n")
    assert lines[0] == b"POST /a/b?c=%20d HTTP/1.1"
    assert {"x-own: välue".encode(), b"content-type: application/json", b"accept-encoding: identity"} <= set(lines)
    assert f"host: 127.0.0.1:{peer.port}".encode() in lines
    assert body == BODY
    assert (answer.status_code, answer.excerpt, answer.retry_after_seconds) == (200, b"thanks", None)
    assert 0 < answer.latency_seconds < 5


async def test_headers_of_the_connection_are_not_the_callers(sender: Sender) -> None:
    mine = {"Host": "inner", "Content-Length": "1", "Transfer-Encoding": "chunked", "Connection": "close"}
    async with a_peer(says(OK)) as peer:
        await sender.post(peer.url(), headers=mine | {"Accept-Encoding": "gzip", "TE": "x"}, body=BODY, seconds=5)

    lines = peer.requests[0].partition(b"\r\n\r\n")[0].lower().split(b"\r\n")
    assert [line for line in lines if line.startswith((b"host", b"content-length"))] == [
        f"host: 127.0.0.1:{peer.port}".encode(),
        f"content-length: {len(BODY)}".encode(),
    ]
    assert [line for line in lines if line.startswith((b"transfer", b"connection", b"te:", b"accept"))] == [
        b"accept-encoding: identity"
    ]


@pytest.mark.parametrize("value", ["a\r\nX-Other: b", "a\nb", "a\0b"])
async def test_a_header_cannot_bring_another_along(sender: Sender, value: str) -> None:
    async with a_peer(says(OK)) as peer:
        with pytest.raises(SendError, match="a header has a character"):
            await post(sender, peer.url(), X_Own=value)

    assert peer.requests == []


@pytest.mark.parametrize("status", [204, 301, 404, 410, 429, 500, 503])
async def test_any_status_is_an_answer(sender: Sender, status: int) -> None:
    async with a_peer(says(an_answer(status, "Retry-After: 120", "Location: http://127.0.0.1:1/"))) as peer:
        answer = await post(sender, peer.url())

    assert (answer.status_code, answer.retry_after_seconds) == (status, 120)
    assert len(peer.requests) == 1


async def test_a_connection_is_kept_after_a_success(sender: Sender) -> None:
    async with a_peer(says(OK)) as peer:
        for _ in range(3):
            await post(sender, peer.url())

    assert (peer.opened, len(peer.requests)) == (1, 3)


@pytest.mark.parametrize("body", [b"", b"sorry", b"x" * 5_000, b"x" * 50_000])
async def test_a_connection_is_given_up_after_a_failure(sender: Sender, body: bytes) -> None:
    async with a_peer(says(an_answer(500, body=body), OK)) as peer:
        first, second = [await post(sender, peer.url()) for _ in range(2)]

    assert (first.status_code, first.excerpt, second.status_code) == (500, body[:1024], 200)
    assert peer.opened == 2


async def test_no_cookie_is_kept(sender: Sender) -> None:
    async with a_peer(says(an_answer(200, "Set-Cookie: a=b; Path=/"))) as peer:
        for _ in range(2):
            await post(sender, peer.url())

    assert b"cookie" not in peer.requests[1].lower()


async def test_the_environments_proxy_is_not_asked(sender: Sender, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_peer(hangs) as proxy, a_peer(says(OK)) as peer:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url())
        await post(sender, peer.url())

    assert (proxy.opened, peer.opened) == (0, 1)


async def test_the_next_address_is_tried_where_the_first_does_not_answer() -> None:
    guard = a_guard(hooks_customer_com=[["127.0.0.99", "127.0.0.1"]])
    sender = Sender(guard, max_connections=1)
    async with a_peer(says(OK)) as peer:
        answer = await post(sender, peer.url(host="hooks.customer.com"))
    await sender.close()

    assert answer.status_code == 200
    assert f"host: hooks.customer.com:{peer.port}".encode() in peer.requests[0]


async def test_a_certificate_is_asked_for_the_name_and_not_for_the_address(tmp_path: Path) -> None:
    certified = certify(tmp_path, "hooks.customer.com")
    guard = a_guard(hooks_customer_com=[["127.0.0.1"]])
    sender = Sender(guard, max_connections=2, dialing=Dialing(tls=certified.client))
    async with a_peer(says(OK), tls=certified.server) as peer:
        answers = [await post(sender, peer.url(scheme="https", host="hooks.customer.com")) for _ in range(2)]
        with pytest.raises(SendError, match="TLS handshake failed"):
            await post(sender, peer.url(scheme="https"))
    await sender.close()

    assert [answer.excerpt for answer in answers] == [b"thanks"] * 2
    assert len(peer.requests) == 2


async def test_no_more_connections_are_open_than_allowed() -> None:
    sender = Sender(a_guard(), max_connections=2)
    async with a_peer(hangs) as peer:
        held = [asyncio.create_task(post(sender, peer.url(), seconds=1)) for _ in range(2)]
        waiting = [asyncio.create_task(post(sender, peer.url(), seconds=0.2)) for _ in range(4)]
        answers = await asyncio.gather(*waiting, return_exceptions=True)
        opened = peer.opened
        await asyncio.gather(*held, return_exceptions=True)
    await sender.close()

    assert [str(answer) for answer in answers] == ["No answer within 0.2 seconds."] * 4
    assert opened == 2


async def test_one_attempt_is_one_lookup() -> None:
    names = Names({"hooks.customer.com": [["127.0.0.1"], ["10.0.0.1"]]})
    sender = Sender(Guard(EgressPolicy.of("127.0.0.0/8"), names), max_connections=1)
    async with a_peer(says(an_answer(500), OK)) as peer:
        await post(sender, peer.url(host="hooks.customer.com"))
        with pytest.raises(SendError):
            await post(sender, peer.url(host="hooks.customer.com"))
    await sender.close()

    assert len(names.asked) == 2
    assert peer.opened == 1


def response(value: bytes) -> httpcore2.Response:
    return httpcore2.Response(503, headers=[(b"Retry-After", value)])


@pytest.mark.parametrize(
    ("value", "seconds"),
    [(b"0", 0), (b" 7 ", 7), (b"999999999", 999_999_999), (b"-1", None), (b"1.5", None), (b"soon", None), (b"", None)],
)
def test_retry_after_is_read_in_seconds(value: bytes, seconds: float | None) -> None:
    assert _retry_after(response(value)) == seconds


@pytest.mark.parametrize(("ahead", "expected"), [(90, 90), (-90, 0)])
def test_retry_after_is_read_as_a_date(ahead: int, expected: float) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=ahead), usegmt=True)

    assert _retry_after(response(date.encode())) == pytest.approx(expected, abs=2)


def test_retry_after_as_a_date_is_of_the_receivers_clock() -> None:
    headers = [(b"Retry-After", b"Fri, 01 Jan 2100 00:01:30 GMT"), (b"Date", b"Fri, 01 Jan 2100 00:00:00 GMT")]

    assert _retry_after(httpcore2.Response(503, headers=headers)) == 90


@given(
    st.binary(max_size=60)
    | st.from_regex(r"[A-Z][a-z]{2}, \d\d? [A-Z][a-z]{2} \d{1,6} \d\d:\d\d:\d\d .{0,9}").map(str.encode)
)
def test_retry_after_never_raises(value: bytes) -> None:
    seconds = _retry_after(response(value))

    assert seconds is None or seconds >= 0
