"""The beginning of an XML text, up to its root element, without a parser."""

import re
from dataclasses import dataclass
from typing import Self

_DECLARATION = re.compile(rb"\s*<\?xml\s")
_MISC = re.compile(rb"\s+|<\?.*?\?>|<!--.*?-->", re.DOTALL)
_DOCTYPE = re.compile(rb"<!DOCTYPE\b[^\[>]*", re.IGNORECASE)
# Quoted values and comments may hold `]` and `>`: stepped over whole. Possessive, so that nothing is tried twice.
_SUBSET = re.compile(rb"\[(?:\"[^\"]*\"|'[^']*'|(?><!--.*?-->)|[^\]\"'])*+\]\s*", re.DOTALL)
_ROOT = re.compile(rb"<([A-Za-z_][\w.\-]*(?::[A-Za-z_][\w.\-]*)?)(\s[^<>]*)?(/?>)?")


@dataclass(frozen=True, slots=True, kw_only=True)
class Prolog:
    """What stands before the content of an XML text. `root` is the name of its root element, prefix included, or None
    where none was found; `is_element` tells that its start tag is whole.
    """

    root: str | None
    is_declared: bool
    has_doctype: bool
    is_element: bool

    @classmethod
    def of(cls, text: bytes) -> Self:
        """The prolog of `text`, which is in an ASCII-compatible encoding and may be cut anywhere."""
        text = text.removeprefix(b"\xef\xbb\xbf")
        declared = _DECLARATION.match(text) is not None
        at, has_doctype = 0, False
        while True:
            if misc := _MISC.match(text, at):
                at = misc.end()
            elif doctype := _DOCTYPE.match(text, at):
                has_doctype = True
                at = _after_doctype(text, doctype.end())
            else:
                break
        root = _ROOT.match(text, at)
        return cls(
            root=root[1].decode("ascii", "replace") if root else None,
            is_declared=declared,
            has_doctype=has_doctype,
            is_element=root is not None and root[3] is not None,
        )


def _after_doctype(text: bytes, at: int) -> int:
    subset = _SUBSET.match(text, at)
    at = subset.end() if subset else at
    end = text.find(b">", at)
    return len(text) if end < 0 else end + 1
