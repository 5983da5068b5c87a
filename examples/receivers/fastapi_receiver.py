"""A receiver of DocuRift's webhooks in FastAPI.

    WEBHOOK_SECRET=whsec_… uvicorn fastapi_receiver:app --port 3000

Each event becomes one file in the folder `inbox`, whose name is the event's id: an event that comes twice is kept
once, whatever process takes it. The work is done by whoever reads the inbox, after the answer has gone.
"""

import asyncio
import contextlib
import hashlib
import hmac
import json
import os
import re
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from fastapi import FastAPI, HTTPException, Request

SECRET = os.environ["WEBHOOK_SECRET"].encode()
INBOX = Path(os.environ.get("INBOX", "inbox"))
TOLERANCE_SECONDS = 300
MAX_BODY_BYTES = 1024 * 1024

app = FastAPI()


@app.post("/webhooks/docurift", status_code=204)
async def receive(request: Request) -> None:
    body = await body_of(request)
    if not is_genuine(request.headers, body):
        raise HTTPException(401)
    event = json.loads(body)["id"]  # this id is signed, that of the header is not
    if not re.fullmatch(r"evt_[0-9a-z]{26}", event):  # it becomes a file's name
        raise HTTPException(400)
    await asyncio.to_thread(keep, event, body)


async def body_of(request: Request) -> bytes:
    """The bytes as they came: parsing and writing again would change them."""
    body = bytearray()
    async for piece in request.stream():
        body += piece
        if len(body) > MAX_BODY_BYTES:
            raise HTTPException(413)
    return bytes(body)


def is_genuine(headers: Mapping[str, str], body: bytes) -> bool:
    timestamp = headers.get("X-DocuRift-Timestamp", "")
    if not re.fullmatch(r"[0-9]{1,12}", timestamp) or abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return False
    expected = hmac.new(SECRET, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    # While a secret is rotated, the older one signs too; either of them may be ours.
    new, old = (headers.get(f"X-DocuRift-Signature{part}", "").encode() for part in ("", "-Previous"))
    return hmac.compare_digest(new, expected) | hmac.compare_digest(old, expected)


def keep(event: str, body: bytes) -> None:
    """Put the event into the inbox, whole, unless it is there."""
    INBOX.mkdir(exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=INBOX, prefix=".") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
        with contextlib.suppress(FileExistsError):  # it came before
            os.link(file.name, INBOX / f"{event}.json")
