"""The one endpoint of a language model that the operator names: a POST of JSON, an answer within bounds, no redirect.

The operator's word opens what a user's word never could: the endpoint may stand in a private network, on any port, and
there be spoken to without TLS. It opens that for this one URL; everything else about it is guarded like any other call.
"""

import asyncio
from contextlib import aclosing
from enum import StrEnum
from typing import Final

import httpcore2

from docurift import __version__
from docurift.egress.connections import MAX_HEAD_BYTES, Connections, Dialing, PoolLimits
from docurift.egress.faults import FAULTS, sentence_of
from docurift.egress.guard import EgressPolicy, Guard, Resolver
from docurift.egress.refusals import UrlNotAllowedError
from docurift.egress.target import target_of
from docurift.model.network import networks_of

MAX_ANSWER_BYTES: Final = 2 * 1024 * 1024
"""A thousand claims, each quoting a line, in JSON within JSON."""

_OK: Final = 200
# Link-local networks are not among them: a cloud's metadata answers there.
_PRIVATE: Final = "10.0.0.0/8,172.16.0.0/12,192.168.0.0/16,127.0.0.0/8,fd00::/8,::1/128"


class Trouble(StrEnum):
    """What kept the answer away."""

    NOT_ALLOWED = "not_allowed"
    TOO_LATE = "too_late"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"
    TOO_LONG = "too_long"


class ModelEndpointError(Exception):
    """No answer; the message is a sentence for the operator's log."""

    def __init__(self, trouble: Trouble, reason: str) -> None:
        super().__init__(reason)
        self.trouble, self.reason = trouble, reason


def guard_of(url: str, *, allow: str = "", resolver: Resolver | None = None) -> Guard:
    """A guard for `url` alone: https to public addresses on its port; anything to private ones, to the networks of
    `allow`, and to its very address if it names one.

    Raises:
        UrlNotAllowedError: no guard would let it pass.
    """
    target = target_of(url)
    own = f"{target.address}/{target.address.max_prefixlen}" if target.address is not None else ""
    allowed = ",".join(filter(None, (_PRIVATE, allow, own)))
    policy = EgressPolicy(ports=frozenset({target.port}), allow=networks_of(allowed))
    guard = Guard(policy, resolver)
    guard.check(url)
    return guard


class ModelEndpoint:
    """Asks `url`, at most `max_connections` times at once. `key` goes along as a bearer token."""

    def __init__(
        self, guard: Guard, url: str, *, key: str | None, max_connections: int, dialing: Dialing | None = None
    ) -> None:
        limits = PoolLimits(
            connections=max_connections, keep_seconds=0, answer_bytes=MAX_HEAD_BYTES + 2 * MAX_ANSWER_BYTES
        )
        self._connections = Connections(guard, limits, dialing or Dialing())
        self._url = url
        self._headers = {
            "accept": "application/json",
            "accept-encoding": "identity",
            "content-type": "application/json",
            "user-agent": f"DocuRift/{__version__}",
        } | ({"authorization": f"Bearer {key}"} if key else {})

    async def ask(self, body: bytes, *, seconds: float) -> bytes:
        """The body of the answer, whole, within `seconds`.

        Raises:
            ModelEndpointError: it did not come, is too long, or its status is not 200; redirects are not followed.
        """
        try:
            async with asyncio.timeout(seconds):
                return await self._asked(body)
        except UrlNotAllowedError as error:
            raise ModelEndpointError(Trouble.NOT_ALLOWED, str(error)) from error
        except TimeoutError as error:
            raise ModelEndpointError(Trouble.TOO_LATE, f"No whole answer within {seconds:g} seconds.") from error
        except FAULTS as error:
            raise ModelEndpointError(Trouble.UNREACHABLE, sentence_of(error)) from error

    async def close(self) -> None:
        """Close all connections."""
        await self._connections.close()

    async def _asked(self, body: bytes) -> bytes:
        _, response = await self._connections.ask("POST", self._url, headers=self._headers, body=body)
        try:
            if response.status != _OK:
                raise ModelEndpointError(Trouble.REFUSED, f"It answered with status {response.status}.")
            return await _whole(response)
        finally:
            await response.aclose()


async def _whole(response: httpcore2.Response) -> bytes:
    read = bytearray()
    async with aclosing(response.aiter_stream()) as pieces:
        async for piece in pieces:
            read += piece
            if len(read) > MAX_ANSWER_BYTES:
                raise ModelEndpointError(Trouble.TOO_LONG, f"Its answer has more than {MAX_ANSWER_BYTES} bytes.")
    return bytes(read)
