"""What a file is, told by its content: own table of signatures (security.md section 3.2).

Stands at the edge, before a document is stored, and again in the child, which proves what is only claimed here. Nothing
is parsed or unpacked: at most the first 8 KiB are looked at, and of a ZIP archive also the list of names at its end.
"""

import re
import struct
from typing import BinaryIO

from docurift.model.document import MediaType
from docurift.model.markup import Prolog

HEAD_BYTES = 8 * 1024
_PDF_WITHIN_BYTES = 1024
_ZIP_END_BYTES = 64 * 1024 + 22  # the longest comment and the record before it
_ZIP_NAMES_BYTES = 1024 * 1024

_SIGNATURES: tuple[tuple[re.Pattern[bytes], MediaType], ...] = tuple(
    (re.compile(pattern, re.DOTALL), media_type)
    for pattern, media_type in (
        (rb"%PDF-", MediaType.PDF),
        (rb"\x89PNG\r\n\x1a\n", MediaType.PNG),
        (rb"\xff\xd8\xff", MediaType.JPEG),
        (rb"II(\x2a\x00|\x2b\x00)|MM(\x00\x2a|\x00\x2b)", MediaType.TIFF),
        (rb"GIF8[79]a", MediaType.GIF),
        (rb"RIFF....WEBP", MediaType.WEBP),
        (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", MediaType.BMP),
        (rb"....ftyp(hei[cxms]|hev[cmsx])", MediaType.HEIC),
        (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", MediaType.OLE2),
    )
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ZIP_END = struct.Struct("<4s4H2LH")
_OFFICE_FOLDERS = ((b"word/", MediaType.DOCX), (b"xl/", MediaType.XLSX), (b"ppt/", MediaType.PPTX))
# Binary workbooks carry XLSX's folder, but no XML that could be read.
_BINARY_WORKBOOK = b"xl/workbook.bin"
_EINVOICE_ROOTS = frozenset({"Invoice", "CreditNote", "CrossIndustryInvoice", "CrossIndustryDocument"})
# Formats that are plain text to the eye, but to be rendered or run: shown as text they would be noise.
_NOT_PROSE = (b"{\\rtf", b"%!PS", b"%FDF-", b"%PDF")
_HTML_START = re.compile(
    rb"\s*+(?:(?><!--.*?-->)\s*+)*+<(!doctype\s+html|/?(html|head|body|title|meta|script|style|table|div|span|p|h[1-6]|ul|ol|br"
    rb"|a|b|font|center|img|iframe|link|article|section|pre)[\s/>])",
    re.IGNORECASE | re.DOTALL,
)
_HEADER_LINE = re.compile(rb"([!-9;-~]{1,76}):[ \t]")
_MAIL_HEADERS = frozenset(
    b"from to cc subject date message-id mime-version received return-path delivered-to reply-to sender content-type "
    b"x-mailer authentication-results dkim-signature arc-seal thread-topic list-unsubscribe".split()
)
_CONTROLS = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_UTF16_BOMS = (b"\xff\xfe", b"\xfe\xff")
# Of text in an 8-bit code page; European prose has under a tenth. Cyrillic or Japanese in an old code page has far
# more, and would be read as nonsense: better refused.
_MAX_SHARE_OF_HIGH_BYTES = 0.4


def sniff(file: BinaryIO) -> MediaType | None:
    """The format of the seekable `file` by its content, or None where it is none of those that are taken.

    Polyglots are what the first matching signature says. The file is left at an unspecified position.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    for signature, media_type in _SIGNATURES:
        if signature.match(head):
            return media_type
    if head.startswith(_ZIP):
        return _office(head + _zip_names(file))
    if b"%PDF-" in head[: _PDF_WITHIN_BYTES + 5]:
        return MediaType.PDF
    if head[4:8] == b"ftyp":
        return _by_brands(head)
    return _textual(head)


def _by_brands(head: bytes) -> MediaType | None:
    """HEIC under one of the neutral image brands; other families of the container (AVIF, MP4) are not taken."""
    size = int.from_bytes(head[:4], "big")
    brands = [head[at : at + 4] for at in (8, *range(16, min(size, 256), 4))]
    return MediaType.HEIC if brands[0] in (b"mif1", b"msf1") and b"heic" in brands else None


def _zip_names(file: BinaryIO) -> bytes:
    """The raw central directory of a ZIP archive as far as it is cheap to read; empty where it cannot be found."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _ZIP_END_BYTES))
    tail = file.read(_ZIP_END_BYTES)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _ZIP_END.size:
        return b""
    start = _ZIP_END.unpack_from(tail, at)[6]
    if start >= size:
        return b""
    file.seek(start)
    return file.read(_ZIP_NAMES_BYTES)


def _office(names: bytes) -> MediaType | None:
    if b"[Content_Types].xml" not in names or _BINARY_WORKBOOK in names:
        return None
    found = [(names.find(folder), media_type) for folder, media_type in _OFFICE_FOLDERS if folder in names]
    return min(found)[1] if found else None


def _textual(head: bytes) -> MediaType | None:
    text = _as_ascii(head)
    if not text.strip() or text.lstrip().startswith(_NOT_PROSE):
        return None
    if _HTML_START.match(text):
        return MediaType.HTML
    if text.lstrip().startswith(b"<"):
        markup = _by_root(text)
        if markup is not MediaType.TEXT:
            return markup
    if _looks_like_mail(text):
        return MediaType.EML
    return MediaType.TEXT if _is_text(head) else None


def _as_ascii(head: bytes) -> bytes:
    """`head` so that ASCII patterns find their way: without byte order mark, UTF-16 narrowed."""
    if head.startswith(_UTF16_BOMS):
        return head.decode("utf-16", "replace").encode("ascii", "replace")
    if head.startswith((b"<\x00", b"\x00<")):
        return head.replace(b"\x00", b"")
    return head.removeprefix(b"\xef\xbb\xbf")


def _by_root(text: bytes) -> MediaType | None:
    """By the name of the root element; `TEXT` where this is no markup at all, None for XML that is not taken."""
    prolog = Prolog.of(text)
    if prolog.root is None:
        return MediaType.XML if prolog.is_declared else MediaType.TEXT
    name = prolog.root.rpartition(":")[2]
    if name in _EINVOICE_ROOTS:
        return MediaType.XML
    if name.lower() == "html":
        return MediaType.HTML
    return None if prolog.is_declared or prolog.has_doctype or prolog.is_element else MediaType.TEXT


def _looks_like_mail(text: bytes) -> bool:
    """Two known header fields before the first blank line, and nothing there that is no header."""
    known: set[bytes] = set()
    for line in text.lstrip(b"\r\n").splitlines():
        if not line.strip():
            break
        if line[:1] in (b" ", b"\t") and known:
            continue
        match = _HEADER_LINE.match(line + b" ")
        if match is None:
            if line.startswith((b"From ", b">From ")) and not known:
                continue
            return False
        if match[1].lower() in _MAIL_HEADERS:
            known.add(match[1].lower())
    return len(known) > 1 and bool(known & {b"from", b"received", b"return-path", b"delivered-to", b"message-id"})


def _is_text(head: bytes) -> bool:
    if head.startswith(_UTF16_BOMS):
        decoded = head[: len(head) // 2 * 2].decode("utf-16", "replace")
        return decoded.count("\ufffd") <= 1 and not _CONTROLS.search(decoded.encode("ascii", "ignore"))
    if _CONTROLS.search(head):
        return False
    try:
        head.decode()
    except UnicodeDecodeError as error:
        cut_by_us = len(head) == HEAD_BYTES and error.start > HEAD_BYTES - 4
        high = sum(byte >= 0x80 for byte in head)  # noqa: PLR2004 - the end of ASCII
        return cut_by_us or high <= len(head) * _MAX_SHARE_OF_HIGH_BYTES
    return True
