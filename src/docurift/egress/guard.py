"""The guard: says before any socket is opened whether an address may be called (security.md section 7).

A URL is checked when it is given, and again with each connection, because a name may have another address by then.
"""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, Self

from docurift.egress.addresses import Address, address_of, is_public
from docurift.egress.refusals import Reason, UrlNotAllowedError
from docurift.egress.target import Target, target_of
from docurift.model.network import Network, networks_of

LOOKUP_SECONDS: Final = 3.0
# A lookup that hangs holds its thread beyond the time above, so these are not the threads that files are written in.
_LOOKUP_THREADS: Final = 32

Resolver = Callable[[str], Awaitable[Sequence[str]]]
"""All addresses of a name, as text; OSError or an empty answer where it has none."""


class SystemResolver:
    """Asks the operating system."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_LOOKUP_THREADS, thread_name_prefix="lookup")

    async def __call__(self, host: str) -> Sequence[str]:
        """The addresses of `host`, in the order of the system's preference."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, _lookup, host)


@dataclass(frozen=True, slots=True, kw_only=True)
class EgressPolicy:
    """What may be called: `schemes` and `ports` of public addresses, and anything in the networks that the operator
    allows (`DOCURIFT_EGRESS_ALLOW`), there by plain http and on any port too.
    """

    schemes: frozenset[str] = frozenset({"https"})
    ports: frozenset[int] = frozenset({443, 8443})
    allow: tuple[Network, ...] = ()

    @classmethod
    def of(cls, allow_text: str) -> Self:
        """The usual policy with the networks of `allow_text`.

        Raises:
            ValueError: it is no list of networks.
        """
        return cls(allow=networks_of(allow_text))

    def allows(self, address: Address) -> bool:
        """Whether the operator allowed a network that `address` is in."""
        return any(address in network for network in self.allow)


class Guard:
    """Applies a policy to URLs."""

    def __init__(self, policy: EgressPolicy, resolver: Resolver | None = None) -> None:
        self._policy = policy
        self._resolve = resolver or SystemResolver()

    def check(self, url: str) -> Target:
        """Where `url` leads, checked by its text alone: names are not resolved.

        Raises:
            UrlNotAllowedError: it may not be called.
        """
        target = target_of(url)
        if target.port == 0:
            raise UrlNotAllowedError(Reason.PORT)
        flaw = self._flaw(target)
        if target.address is not None:
            self._admit(target.address, flaw)
        elif flaw is not None and not self._policy.allow:
            raise UrlNotAllowedError(flaw)
        return target

    async def vet(self, url: str) -> None:
        """Check `url` for a caller who gives it now; a name that does not resolve passes, each connection asks again.

        Raises:
            UrlNotAllowedError: it may not be called.
        """
        try:
            await self.addresses(self.check(url))
        except UrlNotAllowedError as error:
            if error.reason != Reason.NXDOMAIN:
                raise

    async def addresses(self, target: Target) -> tuple[Address, ...]:
        """The addresses that `target` may be connected at, by one lookup; all that the name has are allowed.

        Raises:
            UrlNotAllowedError: one of them is not, or there is none within 3 seconds.
        """
        if target.address is not None:
            self._admit(target.address, self._flaw(target))
            return (target.address,)
        found = [address_of(text) for text in await self._answers(target.host)]
        flaw = self._flaw(target)
        for address in found:
            self._admit(address, flaw)
        return tuple(dict.fromkeys(address for address in found if address is not None))

    def _flaw(self, target: Target) -> Reason | None:
        """The first rule that `target` breaks and that an allowed network makes up for."""
        if target.scheme not in self._policy.schemes:
            return Reason.SCHEME
        return Reason.PORT if target.port not in self._policy.ports else target.name_flaw

    def _admit(self, address: Address | None, flaw: Reason | None) -> None:
        if address is not None and self._policy.allows(address):
            return
        if flaw is not None:
            raise UrlNotAllowedError(flaw)
        if address is None or not is_public(address):
            raise UrlNotAllowedError(Reason.ADDRESS)

    async def _answers(self, host: str) -> Sequence[str]:
        try:
            async with asyncio.timeout(LOOKUP_SECONDS):
                answers = await self._resolve(host)
        except (OSError, TimeoutError, UnicodeError) as error:
            raise UrlNotAllowedError(Reason.NXDOMAIN) from error
        if not answers:
            raise UrlNotAllowedError(Reason.NXDOMAIN)
        return answers


def _lookup(host: str) -> list[str]:
    answers = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(sockaddr[0]) for *_, sockaddr in answers))
