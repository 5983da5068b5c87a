"""What a schema cannot say: content of files, cursors, numbers of events, pages within reach. For schemathesis."""

import base64
import binascii
import io
import re
from collections import defaultdict
from typing import Any

import schemathesis
from schemathesis import Case, HookContext, Response
from schemathesis.generation.meta import TestPhase

from docurift.model.sniff import sniff

CONTENT = b"Invoice number: INV-1"
DEEPEST_ROW = 10_000
PREFIXES = {"jobs": "job", "documents": "doc", "batches": "batch", "webhooks": "wh", "api-keys": "key"}
IDS = re.compile(r'"((?:job|doc|batch|wh|dlv|key)_[0-9a-z]{26})"')
# The newest last. Without them nearly all calls about one thing would end at its 404.
KNOWN: dict[str, list[str]] = defaultdict(list)
ENDPOINT_OF: dict[str, str] = {}
GOOD = range(200, 300)
GONE = (404, 410)


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:
    """Remember what there is; of keys those that were made here, since a run must not close its own."""
    del context
    named = str((case.path_parameters or {}).get("id", ""))
    if case.method == "DELETE" or response.status_code in GONE:
        _forget(named)
    elif response.status_code in GOOD:
        for found in IDS.findall(response.text):
            prefix = found.partition("_")[0]
            if prefix == "dlv":
                ENDPOINT_OF[found] = named
            if prefix != "key" or case.method == "POST":
                _forget(found)
                KNOWN[prefix] = [*KNOWN[prefix][-20:], found]


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:
    """Mend cases that are meant to be valid; those that are meant to be refused stay as they are."""
    del context, kwargs
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.headers:
        case.headers.pop("Last-Event-ID", None)
    if case.path_parameters and case.meta.phase.name is not TestPhase.STATEFUL:
        _name_what_there_is(case.path.split("/")[2], case.path_parameters)
    if case.query:
        case.query.pop("cursor", None)
        case.query.pop("after", None)
        _bring_within_reach(case.query)
    if isinstance(case.body, dict):
        _mend_items(case.body)
        _give_content(case.body)
        _give_addresses(case.body)
        _give_allowed(case.body)


def _forget(item: str) -> None:
    for known in KNOWN.values():
        known[:] = [one for one in known if item not in (one, ENDPOINT_OF.get(one))]


def _name_what_there_is(kind: str, parameters: dict[str, Any]) -> None:
    known = KNOWN[PREFIXES.get(kind, "")]
    if "id" in parameters and known:
        parameters["id"] = known[len(parameters["id"]) % len(known)]
    if "deliveryId" in parameters and KNOWN["dlv"]:
        parameters["deliveryId"] = KNOWN["dlv"][-1]
        parameters["id"] = ENDPOINT_OF[KNOWN["dlv"][-1]]
    if "n" in parameters:
        parameters["n"] = 1


def _bring_within_reach(query: dict[str, Any]) -> None:
    if "page" in query and int(query["page"]) * int(query.get("limit", 20)) > DEEPEST_ROW:
        query["page"] = DEEPEST_ROW // int(query.get("limit", 20))


def _mend_items(body: dict[str, Any]) -> None:
    """Items of a batch: no more of them than files, and addresses that may be called."""
    if isinstance(body.get("file"), list) and isinstance(body.get("items"), list):
        body["items"] = body["items"][: len(body["file"])]
    for item in body.get("items", ()):
        _give_addresses(item)
    if isinstance(body.get("fileUrls"), list):
        body["fileUrls"] = [f"https://files.docurift.net/{place}" for place, _ in enumerate(body["fileUrls"])]


def _give_content(body: dict[str, Any]) -> None:
    if isinstance(body.get("fileBase64"), str) and not _is_taken(_decoded(body["fileBase64"])):
        body["fileBase64"] = base64.b64encode(CONTENT).decode()
    if "file" in body and not isinstance(body["file"], list) and not _is_taken(_bytes(body["file"])):
        body["file"] = CONTENT.decode()


def _give_allowed(body: dict[str, Any]) -> None:
    """An address that the guard lets through, and headers that belong to nobody else."""
    if "url" in body:
        body["url"] = "http://127.0.0.1:9000/hooks"
    if isinstance(body.get("headers"), dict):
        body["headers"] = {f"X-{place}": value for place, value in enumerate(body["headers"].values())}
    if isinstance(body.get("secret"), str) and body["secret"].startswith("whsec_"):
        body["secret"] = "chosen-by-a-caller"


def _give_addresses(body: dict[str, Any]) -> None:
    """Which hosts may be called, no schema can say; nor that a secret belongs to an address."""
    for name in ("fileUrl", "webhookUrl"):
        if name in body:
            body[name] = f"https://{name.lower()}.docurift.net/{len(str(body[name]))}"
    if "webhookSecret" in body:
        body.setdefault("webhookUrl", "https://hooks.docurift.net/")
        body["webhookSecret"] = "x" * min(512, len(str(body["webhookSecret"])))


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return b""


def _bytes(value: object) -> bytes:
    return value.encode() if isinstance(value, str) else bytes(getattr(value, "data", b""))


def _is_taken(content: bytes) -> bool:
    return sniff(io.BytesIO(content)) is not None
