"""Whose address a call is counted under: nobody can choose it."""

import pytest

from docurift.api.rates.callers import address_of


def address(socket: str | None, *forwarded: str, proxies: int = 0) -> str:
    scope = {
        "type": "http",
        "client": None if socket is None else (socket, 4711),
        "headers": [(b"x-forwarded-for", one.encode()) for one in forwarded],
    }
    return address_of(scope, trusted_proxies=proxies)


@pytest.mark.parametrize("forwarded", ["203.0.113.7", "203.0.113.7, 203.0.113.8", "", "nonsense"])
def test_without_trusted_proxies_the_header_is_not_looked_at(forwarded: str) -> None:
    assert address("198.51.100.1", forwarded) == "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (1, ["203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6, 203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6", "203.0.113.7"], "203.0.113.7"),
        (1, ["6.6.6.6,203.0.113.7:4711"], "203.0.113.7"),
        (2, ["6.6.6.6, 203.0.113.7, 10.0.0.2"], "203.0.113.7"),
        (2, ["203.0.113.7"], "198.51.100.1"),
        (1, [], "198.51.100.1"),
        (1, ["6.6.6.6, nonsense"], "198.51.100.1"),
        (1, ["6.6.6.6, "], "198.51.100.1"),
        (1, ["x" * 100_000], "198.51.100.1"),
    ],
)
def test_trusted_proxies_are_counted_from_the_end(proxies: int, forwarded: list[str], expected: str) -> None:
    assert address("198.51.100.1", *forwarded, proxies=proxies) == expected


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
    ],
)
def test_a_client_is_one_whatever_its_address_of_ipv6_is_at_the_moment(written: str, expected: str) -> None:
    assert address("198.51.100.1", written, proxies=1) == expected
    if not written.startswith("["):
        assert address(written) == expected


def test_a_call_without_address_is_counted_all_the_same() -> None:
    assert address(None) == "unknown"
