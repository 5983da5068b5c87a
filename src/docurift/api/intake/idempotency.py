"""What makes a POST the same as an earlier one (security.md section 5)."""

import hashlib

import msgspec

from docurift.actions.submit import IdempotencyKey
from docurift.api.routes import Call

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
