"""From which address a call comes: the socket's, or what proxies say that the operator trusts (security.md, T24)."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from starlette.datastructures import Headers
from starlette.types import Scope

_NOWHERE: Final = "unknown"
# What a provider gives to one customer: within it, addresses cost nothing.
_ONE_CUSTOMER: Final = 64
_MAX_ENTRY_LENGTH: Final = 64


def address_of(scope: Scope, *, trusted_proxies: int) -> str:
    """The client's address, or its network of IPv6.

    Each trusted proxy appends to `X-Forwarded-For` the address that called it, so the client's is as many entries from
    the end as there are proxies; what stands before it was written by anybody. A call that came past fewer proxies is
    taken for one of its socket's address.
    """
    socket = (scope.get("client") or (_NOWHERE,))[0]
    said = _forwarded(Headers(scope=scope), trusted_proxies) if trusted_proxies else None
    address = _parsed(said) if said is not None else None
    return _shown(address or _parsed(socket)) or str(socket)


def _forwarded(headers: Headers, proxies: int) -> str | None:
    entries = ",".join(headers.getlist("x-forwarded-for")).rsplit(",", proxies)
    if len(entries) < proxies:
        return None
    return entries[-proxies].strip()


def _parsed(text: str) -> IPv4Address | IPv6Address | None:
    """The address in `text`, which some proxies write with a port."""
    if len(text) > _MAX_ENTRY_LENGTH:
        return None
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped if isinstance(address, IPv6Address) else None) or address


def _shown(address: IPv4Address | IPv6Address | None) -> str | None:
    if isinstance(address, IPv6Address):
        return str(ip_network((int(address), _ONE_CUSTOMER), strict=False))
    return None if address is None else str(address)
