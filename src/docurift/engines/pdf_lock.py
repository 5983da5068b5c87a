"""Locks that pdfium passes by: a PDF may leave its pages open and encrypt its attachments (ISO 32000-2 7.6.6)."""

import re

_REFERENCE = re.compile(rb"/Encrypt\s+(\d+)\s+(\d+)\s+R")
_ATTACHMENT_FILTER = re.compile(rb"/EFF\s*/(?!Identity\b)\w+")
_LOCKED_PAGES = re.compile(rb"/StmF\s*/(?!Identity\b)\w+")
_LONGEST_DICTIONARY = 4096


def locks_attachments(data: bytes) -> bool:
    """Whether the pages are open while the attachments need a password.

    An e-invoice is an attachment: a job that completed without it would leave something out in silence. The dictionary
    that says so is never encrypted nor packed into an object stream, so its bytes can be looked at.
    """
    return any(
        _ATTACHMENT_FILTER.search(dictionary) and not _LOCKED_PAGES.search(dictionary)
        for dictionary in _encryption_dictionaries(data)
    )


def _encryption_dictionaries(data: bytes) -> list[bytes]:
    found: list[bytes] = []
    for number, generation in {match.groups() for match in _REFERENCE.finditer(data)}:
        begin = re.compile(rb"(?<!\d)%s\s+%s\s+obj\b" % (number, generation))
        found += [_up_to_end(data, match.end()) for match in begin.finditer(data)]
    return found


def _up_to_end(data: bytes, start: int) -> bytes:
    piece = data[start : start + _LONGEST_DICTIONARY]
    end = piece.find(b"endobj")
    return piece if end < 0 else piece[:end]
