"""Files by URL: whole, bounded, named, and from nowhere that the guard does not allow."""

import hashlib
import re
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.egress import a_guard
from tests.support.peer import a_peer, certify, hangs, pours, resets, says
from tests.support.wire import an_answer

from docurift.egress import fetch as fetch_module
from docurift.egress.connections import Dialing
from docurift.egress.fetch import Fetched, FetchError, _name, fetch
from docurift.egress.target import target_of
from docurift.model.filename import clean

CONTENT = bytes(range(256)) * 4_000
OK = an_answer(200, body=CONTENT)
GUARD = a_guard()


async def get(url: str, into: Path, *, max_bytes: int = 2_000_000, seconds: float = 5) -> Fetched:
    return await fetch(GUARD, url, into, max_bytes=max_bytes, seconds=seconds)


@pytest.mark.parametrize("size", [0, 1, 8_192, 300_000, 1_024_000])
async def test_a_file_comes_whole_with_its_hash_and_its_head(tmp_path: Path, size: int) -> None:
    content = CONTENT[:size]
    async with a_peer(says(an_answer(200, body=content))) as peer:
        file = await get(peer.url("/a/scan.pdf?token=x"), tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == content
    assert file == Fetched(
        sha256=hashlib.sha256(content).hexdigest(), size_bytes=size, file_name="scan.pdf", head=content[:8192]
    )


async def test_a_file_comes_in_chunks_too(tmp_path: Path) -> None:
    chunked = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in (CONTENT[:7], CONTENT[7:])) + b"0\r\n\r\n"
    async with a_peer(says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked)) as peer:
        await get(peer.url(), tmp_path / "file")

    assert (tmp_path / "file").read_bytes() == CONTENT


async def test_the_request_says_no_more_than_it_must(tmp_path: Path) -> None:
    async with a_peer(says(OK)) as peer:
        await get(peer.url("/a?b"), tmp_path / "file")

    lines = peer.requests[0].split(b"\r\n")
    assert lines[0] == b"GET /a?b HTTP/1.1"
    assert sorted(line.split(b":")[0] for line in lines[1:] if line) == [
        *(b"accept", b"accept-encoding", b"host", b"user-agent")
    ]


async def refused(url: str, folder: Path, *, max_bytes: int = 2_000_000, seconds: float = 5) -> FetchError:
    """The error, after which nothing of the file is left."""
    with pytest.raises(FetchError) as caught:
        await get(url, folder / "file", max_bytes=max_bytes, seconds=seconds)
    assert list(folder.iterdir()) == []
    return caught.value


@pytest.mark.parametrize("status", [204 + 196, 401, 403, 404, 410, 500, 503, 304, 300])
async def test_an_answer_that_is_no_file_is_told_by_its_status(tmp_path: Path, status: int) -> None:
    async with a_peer(says(an_answer(status, body=CONTENT if status != 304 else b""))) as peer:
        error = await refused(peer.url(), tmp_path)

    assert (str(error), error.status_code) == (f"The server answered with status {status}.", status)


async def test_a_file_that_announces_too_much_is_not_read(tmp_path: Path) -> None:
    async with a_peer(says(OK)) as peer:
        error = await refused(peer.url(), tmp_path, max_bytes=len(CONTENT) - 1)

    assert error.too_large


async def test_a_file_that_becomes_too_much_is_left_off(tmp_path: Path) -> None:
    async with a_peer(pours(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536)) as peer:
        error = await refused(peer.url(), tmp_path, max_bytes=1_000_000)

    assert error.too_large


async def test_chunks_cannot_stretch_the_bound(tmp_path: Path) -> None:
    """Their frames count too: a file in chunks of a byte may not cost the memory or the time of a large one."""
    padded = b"1;" + b"y" * 5_000 + b"\r\nx\r\n"
    async with a_peer(pours(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", padded * 10)) as peer:
        error = await refused(peer.url(), tmp_path, max_bytes=10_000)

    assert str(error) == "The connection was cut before the file was whole."


@pytest.mark.alone
async def test_a_slow_file_ends_with_its_time(tmp_path: Path) -> None:
    begun = time.monotonic()
    async with a_peer(pours(b"HTTP/1.1 200 OK\r\n\r\n", b"x", every_seconds=0.01)) as peer:
        error = await refused(peer.url(), tmp_path, seconds=0.5)
        took = time.monotonic() - begun

    assert str(error) == "The file did not come within 0.5 seconds."
    assert took < 1.5
    assert not error.too_large


async def test_a_server_that_falls_silent_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetch_module, "IDLE_SECONDS", 0.2)
    async with a_peer(hangs) as peer:
        error = await refused(peer.url(), tmp_path)

    assert str(error) == "The other side fell silent."


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + b"x" * 999])
async def test_a_file_that_is_cut_is_no_file(tmp_path: Path, start: bytes) -> None:
    async with a_peer(resets(start)) as peer:
        error = await refused(peer.url(), tmp_path)

    assert str(error).startswith("The connection was cut")


async def test_a_compressed_file_is_refused(tmp_path: Path) -> None:
    async with a_peer(says(an_answer(200, "Content-Encoding: gzip", body=b"x"))) as peer:
        error = await refused(peer.url(), tmp_path)

    assert str(error) == "The server sent the file compressed though it was asked not to."


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_followed(tmp_path: Path, status: int) -> None:
    async with a_peer(says(an_answer(status, "Location: b/c.pdf?d", "Set-Cookie: a=b"), OK)) as peer:
        file = await get(peer.url("/a/x"), tmp_path / "file")

    assert peer.requests[1].startswith(b"GET /a/b/c.pdf?d ")
    assert b"cookie" not in peer.requests[1].lower()
    assert file.file_name == "c.pdf"


async def test_three_redirects_are_followed_and_no_fourth(tmp_path: Path) -> None:
    hop = an_answer(302, "Location: /next")
    async with a_peer(says(hop, hop, hop, OK)) as peer:
        await get(peer.url(), tmp_path / "file")
        (tmp_path / "file").unlink()
    async with a_peer(says(hop)) as peer:
        error = await refused(peer.url(), tmp_path)

    assert str(error) == "The server redirects more than 3 times."
    assert len(peer.requests) == 4


@pytest.mark.parametrize(
    "location",
    [
        *("http://10.0.0.1/", "http://[::1]/", "//169.254.169.254/", "file:///etc/passwd", "http://2130706433/"),
        *("https://user@hooks.customer.com/", "/x#y", "http://hooks.customer.com/", "http://[", "/a\tb", "/a b"),
    ],
)
async def test_a_redirect_is_checked_like_the_address_itself(tmp_path: Path, location: str) -> None:
    async with a_peer(says(an_answer(302, f"Location: {location}"), OK)) as peer:
        error = await refused(peer.url(), tmp_path)

    assert str(error).startswith("A redirect is not followed. ")
    assert (peer.opened, len(peer.requests)) == (1, 1)


async def test_a_redirect_from_https_to_http_is_refused_outside_of_allowed_networks(tmp_path: Path) -> None:
    certified = certify(tmp_path, "127.0.0.1")
    (tmp_path / "certificate.pem").unlink()
    target = "http://files.customer.com/"
    guard = a_guard(files_customer_com=[["93.184.215.14"]])
    async with a_peer(says(an_answer(302, f"Location: {target}")), tls=certified.server) as peer:
        dialing = Dialing(tls=certified.client)
        with pytest.raises(FetchError, match="should begin with https"):
            await fetch(
                guard, peer.url(scheme="https"), tmp_path / "file", max_bytes=9, seconds=5, dialing=dialing
            )  # fmt: skip

    assert len(peer.requests) == 1


async def test_the_guard_refuses_before_anything_is_opened(tmp_path: Path) -> None:
    error = await refused("https://10.0.0.1/", tmp_path)

    assert str(error) == "The host's address is not public."


NAMES = [
    ('attachment; filename="Rechnung 7.pdf"', "Rechnung 7.pdf"),
    ("attachment; filename=a.pdf", "a.pdf"),
    ("attachment; filename=\"x.pdf\"; filename*=UTF-8''M%C3%BCller.pdf", "Müller.pdf"),
    ("inline; filename*=iso-8859-1'en'%A3.pdf", "£.pdf"),
    ('attachment; filename="../../etc/passwd"', "passwd"),
    ('attachment; filename="C:\\\\x\\\\evil.pdf"', "evil.pdf"),
    ("attachment; filename*=nonsense'x'%ff", None),
    ("attachment", "über.pdf"),
    ("", "über.pdf"),
]


@pytest.mark.parametrize(("disposition", "name"), NAMES)
def test_the_name_is_the_servers_else_the_paths(disposition: str, name: str | None) -> None:
    target = target_of("https://a.customer.com/b/%C3%BCber.pdf?x=/y.pdf")

    found = clean(_name({b"content-disposition": disposition}, target))

    assert name is None or found == name


def test_a_path_without_a_name_gives_the_usual_one() -> None:
    assert clean(_name({}, target_of("https://a.customer.com/"))) == "document"


@given(st.text(max_size=80))
def test_no_disposition_breaks_the_fetch(text: str) -> None:
    printable = re.sub(r"[\r\n\0]", "", text)

    assert clean(_name({b"content-disposition": f"attachment; {printable}"}, target_of("https://a.customer.com/x")))
