"""What the operator's networks open, what a caller hears, and what fuzzing does not find."""

import asyncio
import socket
import string
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.support.egress import Names, a_guard
from tests.support.ssrf import NAME, PUBLIC, V4_DENIED, V6_DENIED
from tests.support.wire import Wire

from docurift.egress import guard as guard_module
from docurift.egress.addresses import address_of, is_public
from docurift.egress.connections import Dialing
from docurift.egress.guard import EgressPolicy, Guard
from docurift.egress.refusals import Reason, UrlNotAllowedError
from docurift.egress.sender import Sender, SendError
from docurift.egress.target import target_of
from docurift.settings import SettingsError, read

GUARD = a_guard("")


def refusal(guard: Guard, url: str) -> str | None:
    try:
        guard.check(url)
    except UrlNotAllowedError as error:
        return error.reason
    return None


async def refusal_of_all(guard: Guard, url: str) -> str | None:
    try:
        await guard.addresses(guard.check(url))
    except UrlNotAllowedError as error:
        return error.reason
    return None


@pytest.mark.parametrize(
    "url",
    [
        *("http://10.1.2.3/", "http://10.1.2.3:9000/", "https://10.1.2.3:22/", "http://[fd00:1::5]:8080/x"),
        *("http://receiver:9000/", "http://hooks.customer.com/", "https://db.internal:5432/"),
    ],
)
async def test_an_allowed_network_takes_plain_http_any_port_and_inner_names(url: str) -> None:
    inside = [["10.1.2.3", "fd00:1::5"]]
    names = Names({"receiver": inside, NAME: inside, "db.internal": inside})

    assert await refusal_of_all(Guard(EgressPolicy.of("10.1.0.0/16, fd00:1::/32"), names), url) is None


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        *(("http://10.2.0.1/", "scheme"), ("https://10.2.0.1/", "address"), ("https://10.2.0.1:9/", "port")),
        *(("http://hooks.customer.com/", "scheme"), ("https://hooks.customer.com:9000/", "port")),
        *(("https://receiver/", "single_label"), ("https://x.internal/", "reserved_name")),
        *(("http://mixed.customer.com/", "scheme"), ("https://mixed.customer.com/", None)),
        *(("https://10.1.2.3:0/", "port"), ("ftp://10.1.2.3/", "scheme"), ("http://0x0a010203/", "numeric_host")),
        *(("http://u@10.1.2.3/", "userinfo"), ("http://[::ffff:10.1.2.3]/", "scheme")),
        ("https://127.0.0.1/", "address"),
    ],
)
async def test_an_allowed_network_opens_nothing_else(url: str, reason: str | None) -> None:
    names = Names({NAME: [[PUBLIC]], "mixed.customer.com": [[PUBLIC, "10.1.2.3"]], "receiver": [[PUBLIC]]} | {
        "x.internal": [[PUBLIC]]
    })  # fmt: skip

    assert await refusal_of_all(Guard(EgressPolicy.of("10.1.0.0/16"), names), url) == reason


async def test_a_name_that_does_not_resolve_may_be_registered() -> None:
    await GUARD.vet("https://new.customer.com/")


async def test_a_name_that_leads_inside_may_not() -> None:
    with pytest.raises(UrlNotAllowedError, match="not public"):
        await a_guard("", hooks_customer_com=[["10.0.0.1"]]).vet("https://hooks.customer.com/")


async def test_no_sentence_tells_what_a_name_resolves_to() -> None:
    with pytest.raises(UrlNotAllowedError) as caught:
        await a_guard("", hooks_customer_com=[["10.77.66.55"]]).vet("https://hooks.customer.com/")

    assert "10.77" not in str(caught.value)


def test_every_reason_has_a_sentence() -> None:
    assert all(str(UrlNotAllowedError(reason)).endswith(".") for reason in Reason)


async def test_a_lookup_ends_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard_module, "LOOKUP_SECONDS", 0.05)

    async def silent(host: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return [host]

    assert await refusal_of_all(Guard(EgressPolicy(), silent), "https://hooks.customer.com/") == "nxdomain"


async def test_the_system_resolves_names_too() -> None:
    guard = Guard(EgressPolicy.of("127.0.0.0/8,::1"))

    assert set(await guard.addresses(guard.check("http://localhost/"))) <= {
        IPv4Address("127.0.0.1"),
        IPv6Address("::1"),
    }


async def test_a_socket_that_leads_elsewhere_than_it_was_told_is_not_used() -> None:
    sender = Sender(GUARD, max_connections=1, dialing=Dialing(connector=Wire(peer="10.0.0.1")))

    with pytest.raises(SendError, match="not public"):
        await sender.post(f"https://{PUBLIC}/", headers={}, body=b"{}", seconds=5)
    await sender.close()


@pytest.mark.parametrize("text", ["10.0.0.5/8", "10.0.0.0/33", "inside", "10.0.0.0/8;fd00::/8", "10.0.0.0-10.0.0.9"])
def test_what_is_no_network_stops_the_start(text: str) -> None:
    with pytest.raises(SettingsError, match="DOCURIFT_EGRESS_ALLOW"):
        read({"DOCURIFT_EGRESS_ALLOW": text})


def test_networks_are_read_once_from_the_setting() -> None:
    settings = read({"DOCURIFT_EGRESS_ALLOW": " 10.1.0.0/16 ,fd00:1::/32,192.168.7.7, "})

    assert [str(one) for one in EgressPolicy.of(settings.egress_allow).allow] == [
        *("10.1.0.0/16", "fd00:1::/32", "192.168.7.7/32")
    ]


INNER = st.one_of(
    *(st.ip_addresses(network=network) for network in V4_DENIED),
    *(st.ip_addresses(network=network) for network in V6_DENIED),
)


@given(INNER, st.sampled_from(["http", "https", "HTTPS"]), st.sampled_from(["", ":443", ":8443"]))
def test_every_private_range_is_refused(address: IPv4Address | IPv6Address, scheme: str, port: str) -> None:
    host = str(address) if address.version == 4 else f"[{address}]"

    assert refusal(a_guard(""), f"{scheme}://{host}{port}/") in {"address", "scheme"}
    assert not is_public(address)


def number(value: int, base: str, zeros: int) -> str:
    body = {"d": f"{value}", "o": f"0{value:o}", "x": f"0x{value:x}", "X": f"0X{value:X}"}[base]
    return "0" * zeros + body if base in "do" else body


@st.composite
def numeric_hosts(draw: st.DrawFn) -> str:
    """Hosts that some parser reads as an IPv4 address: of one to four parts, in three bases, with zeros in front."""
    count = draw(st.integers(1, 4))
    bound = [2**33, 2**25, 2**17, 2**9][count - 1]
    values = [draw(st.integers(0, 300)) for _ in range(count - 1)] + [draw(st.integers(0, bound))]
    parts = [number(value, draw(st.sampled_from("doxX")), draw(st.integers(0, 2))) for value in values]
    digits = draw(st.sampled_from([0, 0xFF10, 0x1D7CE, 0x1D7F6]))
    text = ".".join(parts) + draw(st.sampled_from(["", "."]))
    return text.translate({48 + n: digits + n for n in range(10)}) if digits else text


@given(numeric_hosts())
def test_no_numeric_host_is_taken_for_a_name(host: str) -> None:
    guard = a_guard("0.0.0.0/0")  # so that nothing but the form of the host can be refused
    try:
        target = guard.check(f"https://{host}/")
    except UrlNotAllowedError as error:
        assert error.reason in {"numeric_host", "address"}  # noqa: PT017 - the other outcome is below
        return
    assert target.address is not None
    assert ip_address(socket.inet_ntoa(socket.inet_aton(str(target.address)))) == target.address


HOSTS = st.text(
    alphabet=string.ascii_letters + string.digits + ".-xX0127:[]%@/\\#?\u3002\uff0e①⑦\u217c\u2100ß\u200d\u00ad",
    max_size=40,
)


@given(HOSTS)
def test_whatever_passes_for_a_name_is_one_to_the_system_too(host: str) -> None:
    """No libc reads a number in it, and it has only letters, digits, hyphens and dots."""
    try:
        target = target_of(f"https://{host}/")
    except UrlNotAllowedError:
        return
    assume(target.address is None)
    with pytest.raises(OSError, match="illegal IP"):
        socket.inet_aton(target.host)
    assert set(target.host) <= set(string.ascii_lowercase + string.digits + "-.")
    assert target_of(target.url).host == target.host


@given(st.text(max_size=60))
def test_a_url_is_refused_or_read_the_same_twice(text: str) -> None:
    for url in (text, f"https://{text}", f"https://hooks.customer.com/{text}"):
        try:
            target = target_of(url)
        except UrlNotAllowedError:
            continue
        assert target_of(target.url) == target
        assert target.url.isascii()


@given(st.text(alphabet="0123456789abcdefABCDEF:.%x", max_size=45))
def test_an_address_is_read_as_the_standard_library_reads_it_or_not_at_all(text: str) -> None:
    address = address_of(text)

    assert address is None or address == ip_address(text)
