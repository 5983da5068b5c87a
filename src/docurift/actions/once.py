"""A request that is sent again is answered again and not done again (security.md section 5)."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import msgspec

from docurift.model.ids import OrganizationId
from docurift.storage import idempotency
from docurift.storage.database import Connection, Database, Transactions
from docurift.storage.idempotency import IdempotencyKey
from docurift.storage.secrets import Secrets


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered; `location` is the header of that name. The body may show a secret."""

    status: int
    location: str | None
    body: str = field(repr=False)


_ANSWER: Final = msgspec.json.Decoder(KeptAnswer)

Act = Callable[[Transactions], Awaitable[KeptAnswer]]
"""Does what was asked, within the transactions that it is handed, and says what to answer."""


async def once(
    db: Database, secrets: Secrets, key: IdempotencyKey, *, organization_id: OrganizationId, act: Act
) -> tuple[KeptAnswer, bool]:
    """The answer to the request that `key` stands for, and whether it is an earlier one's. What `act` does and its
    answer, which is sealed, are committed together; if it raises, nothing has happened and nothing is kept. A second
    request waits until the first one has ended.

    Raises:
        IdempotencyKeyReusedError: the key stands for another request.
        SecretUnreadableError: the answer was sealed under a key that this service does not have.
    """
    owner = f"{organization_id}/{key.key}"
    async with db.transaction() as tx:
        earlier = await idempotency.claim_for_answer(tx, key, organization_id=organization_id)
        if earlier is not None:
            return _ANSWER.decode(secrets.unseal(earlier, owner=owner)), True
        answer = await act(_Joined(tx))
        sealed = secrets.seal(msgspec.json.encode(answer).decode(), owner=owner)
        await idempotency.keep_answer(tx, key, organization_id=organization_id, sealed=sealed)
    return answer, False


@dataclass(frozen=True, slots=True)
class _Joined:
    """Has an action take part in a transaction that is open already."""

    tx: Connection

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[Connection]:
        yield self.tx
