"""What makes a POST the same as an earlier one (security.md section 5)."""

import hashlib
from collections.abc import Awaitable, Callable

import msgspec
from starlette.responses import Response

from docurift.actions.once import KeptAnswer, once
from docurift.actions.submit import IdempotencyKey, IdempotencyKeyReusedError
from docurift.api.problems import ErrorCode, Problem
from docurift.api.routes import Call
from docurift.storage.database import Transactions

REPLAYED = {"Idempotent-Replayed": "true"}


def idempotency_key(call: Call, *parts: object) -> IdempotencyKey | None:
    """The client's key bound to method, route and `parts`, which are all that the request asks; None if none was sent.

    Raises:
        Problem: `VALIDATION_ERROR`: the key is malformed.
    """
    key = call.idempotency_key()
    if key is None:
        return None
    asked = msgspec.json.encode([call.request.method, call.request.scope["path"], *parts], order="deterministic")
    return IdempotencyKey(key=key, fingerprint=hashlib.sha256(asked).digest())


async def answered_once(call: Call, act: Callable[[Transactions], Awaitable[Response]], *parts: object) -> Response:
    """What `act` answers, and under an `Idempotency-Key` the very same answer each time the request is sent again.

    `act` must reach for no other connection and no network: it runs within the transaction that keeps its answer.

    Raises:
        Problem: `VALIDATION_ERROR`, `IDEMPOTENCY_KEY_REUSED`, and whatever `act` raises.
    """
    key = idempotency_key(call, *parts)
    if key is None:
        return await act(call.services.db)

    async def kept(transactions: Transactions) -> KeptAnswer:
        response = await act(transactions)
        body = bytes(response.body).decode()
        return KeptAnswer(status=response.status_code, location=response.headers.get("location"), body=body)

    services = call.services
    try:
        answer, is_replayed = await once(
            services.db, services.secrets, key, organization_id=call.organization_id, act=kept
        )
    except IdempotencyKeyReusedError as error:
        raise Problem(ErrorCode.IDEMPOTENCY_KEY_REUSED) from error
    headers = {"Location": answer.location} if answer.location else {}
    return Response(answer.body, answer.status, headers | (REPLAYED if is_replayed else {}), "application/json")
