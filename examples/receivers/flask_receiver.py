"""A receiver of DocuRift's webhooks in Flask.

    WEBHOOK_SECRET=whsec_… flask --app flask_receiver run --port 3000

Each event becomes one file in the folder `inbox`, whose name is the event's id: an event that comes twice is kept
once, whatever process takes it. The work is done by whoever reads the inbox, after the answer has gone.
"""

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

from flask import Flask, request

SECRET = os.environ["WEBHOOK_SECRET"].encode()
INBOX = Path(os.environ.get("INBOX", "inbox"))
TOLERANCE_SECONDS = 300

app = Flask(__name__)
app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024


@app.post("/webhooks/docurift")
def receive() -> tuple[str, int]:
    body = request.get_data(cache=False)  # the bytes as they came: parsing and writing again would change them
    if not is_genuine(request.headers, body):
        return "", 401
    event = json.loads(body)["id"]  # this id is signed, that of the header is not
    if not re.fullmatch(r"evt_[0-9a-z]{26}", event):  # it becomes a file's name
        return "", 400
    keep(event, body)
    return "", 204


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
