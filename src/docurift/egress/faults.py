"""What goes wrong on the way out, and the sentence that users are told of it."""

import ssl
from typing import Final

import httpcore2

from docurift.egress.connections import CONNECT_SECONDS

FAULTS: Final = (
    *(httpcore2.TimeoutException, httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.UnsupportedProtocol),
    OSError,
)
"""Everything that a request raises when it fails on its way."""


_SENTENCES: Final[tuple[tuple[type[Exception], str], ...]] = (
    (httpcore2.ConnectTimeout, f"No connection was made within {CONNECT_SECONDS:g} seconds."),
    (httpcore2.ConnectError, "No connection could be made: nothing answers at this host and port."),
    (httpcore2.LocalProtocolError, "The request cannot be written: a header has a character that may not stand there."),
    (httpcore2.RemoteProtocolError, "The answer is no HTTP, is too long, or ended too early."),
    (httpcore2.TimeoutException, "The other side fell silent."),
)


def sentence_of(fault: Exception) -> str:
    """One of a few sentences that stay the same. None names an address or quotes the other side."""
    if isinstance(fault, ssl.SSLError) or any(isinstance(one, ssl.SSLError) for one in fault.args):
        return "The TLS handshake failed: the certificate is not trusted, or not for this host."
    return next((sentence for kind, sentence in _SENTENCES if isinstance(fault, kind)), "The connection was cut.")
