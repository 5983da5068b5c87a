"""A URL, read strictly: where it leads, and which rule of the text it breaks (security.md section 7, rules 1 and 2).

Two parsers that read one text differently are how guards are passed. So what is connected to is made of the parts
found here, and never of the text.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

import idna

from docurift.egress.addresses import Address, ipv4_of, ipv6_of
from docurift.egress.refusals import Reason, UrlNotAllowedError

MAX_URL_CHARACTERS: Final = 2_048
DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_MAX_HOST_CHARACTERS: Final = 253
_MAX_PORT: Final = 65_535
# Controls, blank, DEL, C1, backslash; a lone surrogate cannot be sent.
_BAD_CHARACTER: Final = re.compile(r"[\x00-\x20\x7f-\x9f\\\ud800-\udfff]")
_SCHEME: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_AUTHORITY: Final = re.compile(r"//([^/?]*)(.*)\Z", re.DOTALL)
_PORT: Final = re.compile(r":([0-9]{1,5})\Z")
_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\Z")
_NUMBER: Final = re.compile(r"(?:[0-9]+|0x[0-9a-f]*)\Z")
_PRINTABLE: Final = "".join(chr(code) for code in range(0x21, 0x7F))
# RFC 6761, 6762, 7686, 8375, and the names that home routers, companies and Kubernetes use inside.
_RESERVED: Final = (
    *("localhost", "local", "internal", "lan", "home", "corp", "private", "svc", "cluster.local"),
    *("onion", "test", "example", "invalid", "arpa"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where a URL leads. `host` is an A-label name in lower case without root dot, or an address as text, then
    `address` is it; `rest` is path and query in ASCII; `name_flaw` is the rule that the name breaks.
    """

    scheme: str
    host: str
    port: int
    rest: str
    address: Address | None = None
    name_flaw: Reason | None = None

    @property
    def authority(self) -> str:
        """Host and port as they stand in a URL and in the header `Host`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        """The URL in its normal form."""
        return f"{self.scheme}://{self.authority}{self.rest}"


def target_of(url: str) -> Target:
    """Read `url`.

    Raises:
        UrlNotAllowedError: it breaks a rule that no policy loosens.
    """
    scheme, authority, rest = _parts(url)
    literal, port = _host_and_port(authority)
    at = DEFAULT_PORTS[scheme] if port is None else port
    if literal.startswith("["):
        address = _bracketed(literal)
        return Target(scheme=scheme, host=str(address), port=at, rest=rest, address=address)
    name = _name(literal)
    if _NUMBER.match(name.rpartition(".")[2]):
        address = ipv4_of(name)
        if address is None:
            raise UrlNotAllowedError(Reason.NUMERIC_HOST)
        return Target(scheme=scheme, host=name, port=at, rest=rest, address=address)
    return Target(scheme=scheme, host=name, port=at, rest=rest, name_flaw=_name_flaw(name))


def _parts(url: str) -> tuple[str, str, str]:
    """Scheme, authority, and path with query."""
    if len(url) > MAX_URL_CHARACTERS:
        raise UrlNotAllowedError(Reason.URL_TOO_LONG)
    if _BAD_CHARACTER.search(url):
        raise UrlNotAllowedError(Reason.BAD_CHARACTER)
    scheme = _SCHEME.match(url)
    if scheme is None or scheme[1].lower() not in DEFAULT_PORTS:
        raise UrlNotAllowedError(Reason.SCHEME)
    if "#" in url:
        raise UrlNotAllowedError(Reason.FRAGMENT)
    parts = _AUTHORITY.match(url[scheme.end() :])
    if parts is None or not parts[1]:
        raise UrlNotAllowedError(Reason.NO_HOST)
    rest = quote(parts[2], safe=_PRINTABLE)
    return scheme[1].lower(), parts[1], rest if rest.startswith("/") else f"/{rest}"


def _host_and_port(authority: str) -> tuple[str, int | None]:
    if "@" in authority:
        raise UrlNotAllowedError(Reason.USERINFO)
    found = _PORT.search(authority)
    host = authority[: found.start()] if found else authority
    if not host:
        raise UrlNotAllowedError(Reason.NO_HOST)
    if found and int(found[1]) > _MAX_PORT:
        raise UrlNotAllowedError(Reason.MALFORMED)
    return host, int(found[1]) if found else None


def _bracketed(host: str) -> Address:
    if "%" in host:
        raise UrlNotAllowedError(Reason.ZONE_ID)
    address = ipv6_of(host[1:-1]) if host.endswith("]") else None
    if address is None:
        raise UrlNotAllowedError(Reason.MALFORMED)
    return address


def _name(host: str) -> str:
    """The host as the resolver is asked for it: what looks like a number to any parser looks like one afterwards."""
    name = unicodedata.normalize("NFKC", host)
    if "%" in name:
        raise UrlNotAllowedError(Reason.BAD_CHARACTER)
    try:
        name = idna.uts46_remap(name, std3_rules=True).removesuffix(".")
        if not name.isascii():
            name = idna.encode(name, strict=True).decode()
    except idna.IDNAError as error:
        raise UrlNotAllowedError(Reason.MALFORMED) from error
    if len(name) > _MAX_HOST_CHARACTERS or not all(_LABEL.match(label) for label in name.split(".")):
        raise UrlNotAllowedError(Reason.MALFORMED)
    return name


def _name_flaw(name: str) -> Reason | None:
    if "." not in name:
        return Reason.SINGLE_LABEL
    reserved = any(name == one or name.endswith(f".{one}") for one in _RESERVED)
    return Reason.RESERVED_NAME if reserved else None
