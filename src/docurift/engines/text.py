"""Plain text: its lines as they stand, columns made of blanks included."""

import codecs
from collections.abc import Iterator

from docurift.engines.flow import Flow, FlowSource, PageBreak, Text
from docurift.model.result import ResultWarning, WarningCode
from docurift.model.work import WorkOrder

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# Python counts these among its text encodings; as a charset they are an attack (quadratic time) or a mistake.
_NO_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined", "utf-7"})
_REPAIRED = "Some bytes are no characters of the text's encoding; they read U+FFFD."


def open_text(data: bytes, order: WorkOrder) -> FlowSource:
    """The text `data`, pages at form feeds.

    Raises:
        DocumentError: as `Opener`.
    """
    text, warnings = decoded(data)
    return FlowSource(flow_of(text), order.limits, warnings)


def decoded(data: bytes, declared: str | None = None) -> tuple[str, tuple[ResultWarning, ...]]:
    """`data` as text, by its byte order mark, as UTF-8, by the encoding it declares, else as Windows-1252; with a
    warning where characters were lost. Lines end in line feeds.
    """
    encoding = encoding_of(data, declared)
    text = data.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")
    lost = "\ufffd" in text
    warning = ResultWarning(code=WarningCode.TEXT_REPAIRED, message=_REPAIRED)
    return text, (warning,) if lost else ()


def encoding_of(data: bytes, declared: str | None = None) -> str:
    """The encoding that `data` is in, by the rules of `decoded`."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    for encoding in ("utf-8", declared):
        if encoding and _decodes(data, encoding):
            return encoding
    return "cp1252"


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        if codecs.lookup(encoding).name.replace("_", "-") in _NO_CHARSETS:
            return False
        data.decode(encoding)
    except (LookupError, UnicodeError, ValueError):
        return False
    return True


def flow_of(text: str) -> Iterator[Flow]:
    """Paragraphs between blank lines, page breaks at form feeds."""
    for number, page in enumerate(text.split("\f")):
        if number:
            yield PageBreak()
        paragraph: list[str] = []
        for line in (*page.split("\n"), ""):
            if line.strip():
                paragraph.append(line.rstrip().expandtabs(8))
            elif paragraph:
                yield Text("\n".join(paragraph))
                paragraph = []
