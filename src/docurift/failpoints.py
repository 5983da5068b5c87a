"""Where a test may have a process end, at the worst moment. Empty in production: settings refuse it (reliability.md
section 3).
"""

import os
import signal
from collections.abc import Mapping
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from docurift.egress.sender import Answer
from docurift.webhooks.courier import Sends

BEFORE_ACCEPTED: Final = "submit.answer"
"""The job is committed, and its 202 is not sent; the answer to the repeated request is."""

BEFORE_SEND: Final = "deliver.before_send"
"""A delivery is claimed and its bytes are frozen; nothing of it has been sent."""

AFTER_SEND: Final = "deliver.after_send"
"""The endpoint has answered, and that is not on record."""

_ACCEPTED: Final = 202
_REPLAYED: Final = b"idempotent-replayed"


class Failpoint:
    """Ends this process by SIGKILL when `name` is reached, for `name:kill`; without a plan it does nothing."""

    def __init__(self, plan: str | None) -> None:
        """Raises ValueError for a plan that is not `name:kill`."""
        self._name, _, action = (plan or "").partition(":")
        if plan is not None and action != "kill":
            raise ValueError(f"a failpoint is `name:kill`, not {plan!r}")

    def __bool__(self) -> bool:
        return bool(self._name)

    def reach(self, name: str) -> None:
        """Go on, or not."""
        if name == self._name:
            os.kill(os.getpid(), signal.SIGKILL)


class FailingApplication:
    """An application that reaches `BEFORE_ACCEPTED` before it answers 202."""

    def __init__(self, app: ASGIApp, failpoint: Failpoint) -> None:
        self._app, self._failpoint = app, failpoint

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, but for the answer that is not to be."""

        async def passed_on(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_new(message):
                self._failpoint.reach(BEFORE_ACCEPTED)
            await send(message)

        await self._app(scope, receive, passed_on)


class FailingSender:
    """A sender that reaches `BEFORE_SEND` and `AFTER_SEND`."""

    def __init__(self, sender: Sends, failpoint: Failpoint) -> None:
        self._sender, self._failpoint = sender, failpoint

    async def post(self, url: str, *, headers: Mapping[str, str], body: bytes, seconds: float) -> Answer:
        """As the sender."""
        self._failpoint.reach(BEFORE_SEND)
        answer = await self._sender.post(url, headers=headers, body=body, seconds=seconds)
        self._failpoint.reach(AFTER_SEND)
        return answer


def _is_new(answer: Message) -> bool:
    return answer["status"] == _ACCEPTED and _REPLAYED not in {name.lower() for name, _ in answer["headers"]}
