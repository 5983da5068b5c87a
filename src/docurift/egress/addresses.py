"""Which addresses are public: tables of our own (security.md section 7, rule 3).

`ipaddress.is_global` will not do: it takes multicast, 6to4, NAT64 and a cloud's metadata address for public, and its
answers change from one release of Python to the next.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address

_V4_DENIED: Final = tuple(
    IPv4Network(network)
    for network in (
        "0.0.0.0/8",  # this host
        "10.0.0.0/8",  # private
        "100.64.0.0/10",  # carrier-grade NAT; a cloud's metadata at 100.100.100.200
        "127.0.0.0/8",  # loopback
        "168.63.129.16/32",  # Azure's WireServer, a public address by its number
        "169.254.0.0/16",  # link-local; metadata of most clouds
        "172.16.0.0/12",  # private
        "192.0.0.0/24",  # protocol assignments; metadata at 192.0.0.192
        "192.0.2.0/24",  # documentation
        "192.31.196.0/24",  # AS112
        "192.52.193.0/24",  # AMT
        "192.88.99.0/24",  # 6to4 relays
        "192.168.0.0/16",  # private
        "192.175.48.0/24",  # AS112
        "198.18.0.0/15",  # benchmarking
        "198.51.100.0/24",  # documentation
        "203.0.113.0/24",  # documentation
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, broadcast
    )
)
# Whatever is outside is refused by default: mapped and translated IPv4, NAT64, unique-local, link-local, multicast.
_V6_ALLOWED: Final = IPv6Network("2000::/3")
_V6_DENIED: Final = tuple(
    IPv6Network(network)
    for network in (
        "2001::/23",  # protocol assignments, Teredo
        "2001:db8::/32",  # documentation
        "2002::/16",  # 6to4
        "2620:4f:8000::/48",  # AS112
        "3fff::/20",  # documentation
    )
)
# No leading zeros: `010` is eight to some parsers and ten to others. No digits but ASCII's, no zone.
_OCTET: Final = r"(?:0|[1-9][0-9]{0,2})"
_QUAD: Final = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}\Z")
_HEXADECIMAL: Final = re.compile(r"[0-9A-Fa-f:.]{2,45}\Z")


def is_public(address: Address) -> bool:
    """Whether `address` belongs to the public Internet."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _V4_DENIED)
    return address in _V6_ALLOWED and not any(address in network for network in _V6_DENIED)


def ipv4_of(text: str) -> IPv4Address | None:
    """The address that `text` is in dotted decimal notation, and no other."""
    try:
        return IPv4Address(text) if _QUAD.match(text) else None
    except AddressValueError:
        return None


def ipv6_of(text: str) -> IPv6Address | None:
    """The address that `text` is in RFC 4291's notation, without a zone."""
    try:
        return IPv6Address(text) if _HEXADECIMAL.match(text) else None
    except AddressValueError:
        return None


def address_of(text: str) -> Address | None:
    """The address that `text` is, if it is one without a zone."""
    return ipv4_of(text) or ipv6_of(text)
