"""Why an address may not be called: codes that stay, and a sentence for whoever gave the address."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Stable codes of the rules of security.md section 7."""

    URL_TOO_LONG = "url_too_long"
    BAD_CHARACTER = "bad_character"
    SCHEME = "scheme"
    NO_HOST = "no_host"
    USERINFO = "userinfo"
    FRAGMENT = "fragment"
    MALFORMED = "malformed"
    ZONE_ID = "zone_id"
    NUMERIC_HOST = "numeric_host"
    SINGLE_LABEL = "single_label"
    RESERVED_NAME = "reserved_name"
    PORT = "port"
    ADDRESS = "address"
    NXDOMAIN = "nxdomain"


# No sentence says which address a name has: that would be a map of the operator's network.
_SENTENCES: Final[Mapping[Reason, str]] = {
    Reason.URL_TOO_LONG: "The URL is longer than 2,048 characters.",
    Reason.BAD_CHARACTER: "The URL has a character that may not stand there, like a blank or a backslash.",
    Reason.SCHEME: "The URL should begin with https://.",
    Reason.NO_HOST: "The URL names no host.",
    Reason.USERINFO: "The URL should not have a user name or password.",
    Reason.FRAGMENT: "The URL should not have a fragment (#).",
    Reason.MALFORMED: "The host or port of the URL is not well formed.",
    Reason.ZONE_ID: "The URL should not have an IPv6 zone.",
    Reason.NUMERIC_HOST: "The host is a number but no IPv4 address of four decimal numbers.",
    Reason.SINGLE_LABEL: "The host should be a full domain name.",
    Reason.RESERVED_NAME: "The host's name belongs to an internal network.",
    Reason.PORT: "The port of the URL is not one that may be called; 443 and 8443 are.",
    Reason.ADDRESS: "The host's address is not public.",
    Reason.NXDOMAIN: "The host's name does not resolve, or not in time.",
}


class UrlNotAllowedError(Exception):
    """The address may not be called; the message is a sentence for users, `reason` its stable code."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(_SENTENCES[reason])
        self.reason: str = reason.value
