"""Networks in the notation that operators write."""

from ipaddress import IPv4Network, IPv6Network, ip_network

Network = IPv4Network | IPv6Network


def networks_of(text: str) -> tuple[Network, ...]:
    """The networks of a list like `10.1.0.0/16, fd00:1::/32`; a bare address is a network of one.

    Raises:
        ValueError: one of them is no network, or has bits set behind its prefix.
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())
