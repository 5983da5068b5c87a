"""Our own vectors for the guard, of the form of the project's shared ones: made, not copied, so that this repository is
complete without them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import IPv4Address, ip_network
from typing import Any

PUBLIC = "93.184.215.14"
NAME = "hooks.customer.com"
V4_DENIED = (
    *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16"),
    *("172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
    *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4"),
    "240.0.0.0/4",
)
V6_DENIED = (
    *("::/8", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64", "1000::/4"),
    *("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20", "4000::/2", "8000::/1", "5f00::/16"),
    *("fc00::/7", "fe80::/10", "fec0::/10", "ff00::/8", "fd00:ec2::254/128", "fd20:ce::254/128"),
)
V4_NEIGHBOURS = (
    *("1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0"),
    *("168.63.129.15", "168.63.129.17", "169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0"),
    *("192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0", "198.17.255.255", "198.20.0.0", "223.255.255.255"),
)
V6_NEIGHBOURS = ("2000::", "2001:200::", "2001:db9::", "2003::", "2606:4700:4700::1111", "3fff:1000::", "3ffe::")


@dataclass(frozen=True, slots=True, kw_only=True)
class Vector:
    """`reason` is that of the refusal, at `stage`; none for what is allowed. `dns` are the answers of lookups."""

    id: str
    url: str
    reason: str | None = None
    stage: str | None = None
    dns: Mapping[str, Sequence[Sequence[str]]] = field(default_factory=dict)
    schemes: frozenset[str] = frozenset({"http", "https"})
    ports: frozenset[int] = frozenset({80, 443, 8080, 8443})


def of_file(document: Mapping[str, Any]) -> list[Vector]:
    """The vectors of a file in the shared form."""
    return [_of_entry(entry, entry.get("policy") or document["policy"]) for entry in document["vectors"]]


def _of_entry(entry: Mapping[str, Any], policy: Mapping[str, Any]) -> Vector:
    return Vector(
        id=entry["id"],
        url=entry["url"],
        reason=entry.get("reason"),
        stage=entry.get("stage"),
        dns=entry.get("dns", {}),
        schemes=frozenset(policy["schemes"]),
        ports=frozenset(policy["ports"]),
    )


def ours() -> list[Vector]:
    """All of our own, numbered."""
    made = [*_literals(), *_encodings(), *_texts(), *_answers(), *_allowed()]
    return [Vector(id=f"{number:03}-{url[:40]}", url=url, **rest) for number, (url, rest) in enumerate(made)]


Made = Iterator[tuple[str, dict[str, Any]]]


def _refused(reason: str, stage: str = "parse", **rest: object) -> dict[str, Any]:
    return {"reason": reason, "stage": stage, **rest}


def _literals() -> Made:
    for text in V4_DENIED:
        network = ip_network(text)
        for address in {network[0], network[-1], network[network.num_addresses // 2]}:
            yield f"http://{address}/hook", _refused("address")
            yield f"https://{address}.:8443/", _refused("address")
    for text in V6_DENIED:
        network = ip_network(text)
        for address in {network[0], network[-1], network[network.num_addresses // 2]}:
            yield f"http://[{address}]/", _refused("address")
            yield f"http://[{address.exploded}]/", _refused("address")


def _encodings() -> Made:
    """Each of a few inner addresses in every form that some parser takes for it."""
    for text in ("127.0.0.1", "10.0.0.1", "169.254.169.254", "168.63.129.16"):
        octets, number = text.split("."), int(IPv4Address(text))
        a, b, c, d = (int(octet) for octet in octets)
        shapes = [
            *(str(number), hex(number), f"0{number:o}", f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{number & 0xFFFF}"),
            *(f"0{a:o}.{b}.{c}.{d}", f"0x{a:x}.{b}.{c}.{d}", f"{a}.{b}.{c}.0x{d:X}", f"{a}.{b}.{c}.0{d}"),
            *(f"00{a}.{b}.{c}.{d}", f"{text}.5", f"host.{d}", str(number + 2**32)),
        ]
        for host in shapes:
            yield f"http://{host}/", _refused("numeric_host")
        for dot in "\u3002\uff0e\uff61":
            yield f"http://{dot.join(octets)}/", _refused("address")
        yield f"http://{text.translate({48 + n: 0xFF10 + n for n in range(10)})}/", _refused("address")
        yield f"http://{text.translate({48 + n: 0x1D7CE + n for n in range(10)})}/", _refused("address")
        for form in (f"::ffff:{text}", f"::{text}", f"::ffff:0:{text}", f"64:ff9b::{text}", f"2002:{a:02x}{b:02x}::"):
            yield f"https://[{form}]/", _refused("address")


_TEXTS = {
    "scheme": [
        *("file:///etc/passwd", "ftp://h.customer.com/", "gopher://127.0.0.1:6379/_X", "//127.0.0.1/", "hooks", ""),
        *("javascript:alert(1)", "data:text/plain,x", "unix:///run/docker.sock", "ws://h.customer.com/", "jar:https:x"),
    ],
    "bad_character": [
        *(" https://h.customer.com/", "https://h.customer.com/ ", "https://h.customer.com\\@127.0.0.1/"),
        *("https://h.customer.com/\x00", "https://h.customer.com/\r\nHost: x", "ht\ntps://h.customer.com/"),
        *("https://127.0.0.1\t.customer.com/", "https://h.customer.com/\x7f", "https://h.customer.com/\x85"),
        *("https://h.customer.com/\ud800", "http://127%2e0%2e0%2e1/", "http://loc%61lhost/", "http://a\uff05.com/"),
    ],
    "no_host": [
        "https:",
        "https:/127.0.0.1/",
        "https:127.0.0.1",
        "https://",
        "https:///x",
        "https://?x",
        "https://:443/",
    ],
    "userinfo": [
        *("https://u:p@h.customer.com/", "https://@h.customer.com/", "https://h.customer.com@127.0.0.1/"),
        *("https://127.0.0.1%2f@h.customer.com/", "https://h.customer.com:443@127.0.0.1:443/"),
    ],
    "fragment": ["https://h.customer.com/#x", "https://h.customer.com#@127.0.0.1/", "https://127.0.0.1#"],
    "malformed": [
        *(
            "https://h..customer.com/",
            "https://.customer.com/",
            "https://h.customer.com../",
            "https://-h.customer.com/",
        ),
        *("https://h-.customer.com/", f"https://{'a' * 64}.com/", f"https://{'a.' * 127}com/", "https://a_b.com/"),
        *(
            "https://h.customer.com:99999/",
            "https://h.customer.com:-1/",
            "https://h.customer.com:44x/",
            "https://a!b.com/",
        ),
        *("https://h.customer.com:/", "https://[::1", "https://[::1]x/", "https://[127.0.0.1]/", "https://[v1.a]/"),
        *("https://[]/", "https://[::1]]/", "https://[[::1]]/", "https://::1/", "https://[1:2:3:4:5:6:7:8:9]/"),
        *("https://h.customer.com:\u0661/", "https://h.customer.com:4_3/", "https://\u00ad/", "https://a\u2100b.com/"),
    ],
    "zone_id": ["https://[fe80::1%25eth0]/", "https://[fe80::1%eth0]/", "https://[2606:4700::1%1]/"],
    "single_label": [
        *(
            "https://localhost/",
            "https://LOCALHOST./",
            "https://postgres/",
            "https://metadata:8443/x",
            "https://\u24db\u24de/",
        ),
    ],
    "reserved_name": [
        *("https://a.localhost/", "https://p.local/", "https://metadata.google.internal/", "https://x.default.svc/"),
        *(
            "https://x.svc.cluster.local/",
            "https://db.corp/",
            "https://nas.home.arpa/",
            "https://1.0.0.127.in-addr.arpa/",
        ),
        *("https://a.lan/", "https://a.home/", "https://a.private/", "https://a.onion/", "https://a.test/"),
        *(
            "https://a.example/",
            "https://a.invalid./",
            "https://A.INTERNAL/",
            "https://a.\uff4c\uff4f\uff43\uff41\uff4c/",
        ),
    ],
    "port": [f"https://h.customer.com:{port}/" for port in (0, 1, 22, 25, 444, 5432, 6379, 9200, 65535)],
    "url_too_long": ["https://h.customer.com/" + "a" * 2_026],
}


def _texts() -> Made:
    for reason, urls in _TEXTS.items():
        for url in urls:
            yield url, _refused(reason)
    yield "http://h.customer.com/", _refused("scheme", schemes=frozenset({"https"}))
    yield "https://h.customer.com:8080/", _refused("port", ports=frozenset({443, 8443}))


def _answers() -> Made:
    """What a name may resolve to; one bad answer among good ones is enough."""
    for address in (
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "168.63.129.16", "0.0.0.0", "224.0.0.1", "nonsense"),
        *("::1", "::ffff:8.8.8.8", "64:ff9b::a00:1", "fd00::1", "fe80::1", "fe80::1%eth0", "2002:7f00:1::"),
    ):
        for answers in ([address], [PUBLIC, address], [address, PUBLIC]):
            yield f"https://{NAME}/", _refused("address", "resolve", dns={NAME: [answers]})
    yield f"https://{NAME}/", _refused("nxdomain", "resolve", dns={NAME: [[]]})
    yield (
        "https://BÜCHER.customer.com/",
        _refused("address", "resolve", dns={"xn--bcher-kva.customer.com": [["10.0.0.1"]]}),
    )


def _allowed() -> Made:
    for address in V4_NEIGHBOURS:
        yield f"https://{address}/", {}
    for address in V6_NEIGHBOURS:
        yield f"https://[{address}]:8443/", {}
    known = {NAME: [[PUBLIC]], "2130706433.customer.com": [[PUBLIC]], "xn--bcher-kva.customer.com": [[PUBLIC]]}
    for url in (
        *("https://hooks.customer.com", "https://HOOKS.Customer.COM.:8443/a/b?c=d", "http://hooks.customer.com/"),
        *("HTTPS://hooks.customer.com/@127.0.0.1", "https://hooks.customer.com?next=http://127.0.0.1/"),
        *("https://2130706433.customer.com/", "https://bücher.customer.com/", "https://xn--bcher-kva.customer.com/"),
        "https://hooks.customer.com/" + "a" * 2_021,
    ):
        yield url, {"dns": known}
