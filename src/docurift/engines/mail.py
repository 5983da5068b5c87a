"""EML: the header fields that people read, then the body; attachments by name only."""

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage, MIMEPart

from docurift.engines.flow import Flow, FlowSource, Text
from docurift.engines.html import html_flow
from docurift.engines.refusal import refusing
from docurift.engines.text import decoded, flow_of
from docurift.model.failure import FailureCode
from docurift.model.result import BlockKind
from docurift.model.work import WorkOrder
from docurift.pipeline.ports import DocumentError

_SHOWN = ("From", "To", "Cc", "Date")
_MAX_HEADER_CHARACTERS = 2_000
_MAX_PARTS = 1_000
# Folded header fields are parsed in quadratic time: a longer block of them is no letter.
_MAX_HEADER_BYTES = 512 * 1024


def open_mail(data: bytes, order: WorkOrder) -> FlowSource:
    """The mail message `data`.

    Raises:
        DocumentError: as `Opener`.
    """
    with refusing():
        message = email.message_from_bytes(_without_mbox_line(data), policy=email.policy.default)
        if sum(len(name) + len(value) for name, value in message.raw_items()) > _MAX_HEADER_BYTES:
            raise DocumentError(FailureCode.FILE_CORRUPT, detail="Its header is longer than is read.")
        return FlowSource(_flow(message), order.limits)


def _without_mbox_line(data: bytes) -> bytes:
    data = data.lstrip(b"\r\n")
    return data.partition(b"\n")[2] if data.startswith((b"From ", b">From ")) else data


def _flow(message: EmailMessage) -> Iterator[Flow]:
    subject = _header(message, "Subject")
    if subject:
        yield Text(subject, BlockKind.HEADING, 1)
    fields = [f"{name}: {value}" for name in _SHOWN if (value := _header(message, name))]
    if fields:
        yield Text("\n".join(fields))
    body = message.get_body(preferencelist=("html", "plain"))
    if body is not None:
        yield from _body(body)
    for part, _ in zip(message.iter_attachments(), range(_MAX_PARTS), strict=False):
        name = part.get_filename() or part.get_content_type()
        yield Text(f"Attachment: {name[:_MAX_HEADER_CHARACTERS]}")


def _header(message: EmailMessage, name: str) -> str:
    return " ".join(str(message.get(name, "")).split())[:_MAX_HEADER_CHARACTERS]


def _body(body: MIMEPart) -> Iterator[Flow]:
    payload = body.get_payload(decode=True)
    data = payload if isinstance(payload, bytes) else b""
    charset = body.get_content_charset()
    if body.get_content_subtype() == "html":
        yield from html_flow(data, charset)
    else:
        yield from flow_of(decoded(data, charset)[0])
