"""Makes one attempt: composes or takes the frozen bytes, signs them afresh, sends them, and says what became of it."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Final, Protocol

from docurift.egress.sender import Answer, SendError
from docurift.model import signature
from docurift.model.signature import BadSecretError
from docurift.storage import webhooks
from docurift.storage.outcomes import Outcome
from docurift.storage.secrets import Secrets, SecretUnreadableError
from docurift.storage.turns import Claimed
from docurift.storage.webhooks import Keys, Sending
from docurift.telemetry import DELIVERIES_IN_FLIGHT
from docurift.webhooks.freezer import Freezer

_UNREADABLE: Final = "The endpoint's secret cannot be read with this service's secret key; rotate it."
_CONTENT_TYPE: Final = "application/json"
# A first attempt is sent milliseconds after its bytes were frozen: another look would cost it a round trip.
_FRESH_SECONDS: Final = 0.05


class Sends(Protocol):
    """The way out (egress/sender.py)."""

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """What the endpoint answered.

        Raises:
            SendError: it did not.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A delivery whose bytes stood at `seen_at`, of this machine's monotonic clock; None: when it was claimed."""

    claimed: Claimed
    body: bytes = field(repr=False)
    seen_at: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Courier:
    """`user_agent` names this service; an attempt ends after `seconds`."""

    freezer: Freezer
    secrets: Secrets
    sender: Sends
    user_agent: str
    seconds: float

    async def letter(self, claimed: Claimed) -> Letter | None:
        """The delivery with the bytes that every attempt sends; None: it was cancelled meanwhile.

        Raises:
            Unavailable: the database cannot answer.
            BlobStoreUnavailableError: the result cannot be read now.
        """
        if claimed.body:
            return Letter(claimed=claimed, body=bytes(claimed.body), seen_at=None)
        body = await self.freezer.body_of(claimed)
        return None if body is None else Letter(claimed=claimed, body=bytes(body), seen_at=time.monotonic())

    async def may_leave(self, letter: Letter) -> bool:
        """Whether its document is not deleted; ask right before it is sent (reliability.md, promise I8).

        Raises:
            Unavailable: the database cannot answer.
        """
        if letter.seen_at is not None and time.monotonic() - letter.seen_at < _FRESH_SECONDS:
            return True
        return await self.freezer.still_stands(letter.claimed)

    async def send(self, letter: Letter, sending: Sending) -> Outcome:
        """What became of the attempt; an endpoint that does not answer is an outcome like another."""
        claimed = letter.claimed
        outcome = Outcome(
            delivery_id=claimed.id, number=claimed.number, started_at=claimed.started_at, latency_seconds=0.0
        )
        try:
            keys = webhooks.unsealed(self.secrets, sending)
            headers = self._headers(letter, keys)
        except (SecretUnreadableError, BadSecretError):
            return replace(outcome, error=_UNREADABLE)
        with DELIVERIES_IN_FLIGHT.track_inprogress():
            return await self._posted(outcome, sending.url, headers, letter.body)

    async def _posted(self, outcome: Outcome, url: str, headers: dict[str, str], body: bytes) -> Outcome:
        begun = time.monotonic()
        try:
            answer = await self.sender.post(url, headers=headers, body=body, seconds=self.seconds)
        except SendError as error:
            return replace(outcome, error=str(error), latency_seconds=time.monotonic() - begun)
        return replace(
            outcome,
            status_code=answer.status_code,
            answer=escaped(answer.excerpt),
            latency_seconds=answer.latency_seconds,
            retry_after_seconds=answer.retry_after_seconds,
        )

    def _headers(self, letter: Letter, keys: Keys) -> dict[str, str]:
        signed = signature.headers(
            event_id=letter.claimed.event.id,
            body=letter.body,
            timestamp=int(time.time()),
            secret=keys.secret,
            previous=keys.previous,
        )
        return keys.headers | {"content-type": _CONTENT_TYPE, "user-agent": self.user_agent} | signed


def escaped(excerpt: bytes) -> str:
    """The bytes as text that may be stored and shown: control characters are written out."""
    text = excerpt.decode("utf-8", "replace")
    return "".join(one if one.isprintable() or one in "\n\t" else f"\\x{ord(one):02x}" for one in text)
