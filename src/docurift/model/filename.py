"""File names: what is kept of the name that a file was sent under (security.md section 3.3).

A name is text to show and to search by; no path is ever made of it.
"""

import re
import unicodedata
from pathlib import PurePosixPath
from urllib.parse import unquote

from docurift.model.document import MediaType

MAX_NAME_BYTES = 255
NAMELESS = "document"
_MAX_SUFFIX_BYTES = 20
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")
# Controls, lone surrogates, line and paragraph separators.
_DROPPED_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})

_SUFFIXES: dict[str, frozenset[MediaType]] = {
    "pdf": frozenset({MediaType.PDF}),
    "png": frozenset({MediaType.PNG}),
    "jpg": frozenset({MediaType.JPEG}),
    "jpeg": frozenset({MediaType.JPEG}),
    "webp": frozenset({MediaType.WEBP}),
    "tif": frozenset({MediaType.TIFF}),
    "tiff": frozenset({MediaType.TIFF}),
    "bmp": frozenset({MediaType.BMP}),
    "gif": frozenset({MediaType.GIF}),
    "heic": frozenset({MediaType.HEIC}),
    "heif": frozenset({MediaType.HEIC}),
    # A protected Office file is wrapped in OLE2 under its own extension.
    "docx": frozenset({MediaType.DOCX, MediaType.OLE2}),
    "xlsx": frozenset({MediaType.XLSX, MediaType.OLE2}),
    "pptx": frozenset({MediaType.PPTX, MediaType.OLE2}),
    "doc": frozenset({MediaType.OLE2}),
    "xls": frozenset({MediaType.OLE2}),
    "ppt": frozenset({MediaType.OLE2}),
    "html": frozenset({MediaType.HTML}),
    "htm": frozenset({MediaType.HTML}),
    "xhtml": frozenset({MediaType.HTML}),
    "eml": frozenset({MediaType.EML}),
    "xml": frozenset({MediaType.XML, MediaType.HTML}),
    "exe": frozenset(),
    "zip": frozenset(),
}
_SYNONYMS = {"image/jpg": "image/jpeg", "image/pjpeg": "image/jpeg", "text/xml": "application/xml"}
_SAYS_NOTHING = frozenset({"", "application/octet-stream", "binary/octet-stream", "application/x-www-form-urlencoded"})
_EXTENSION = re.compile(r"[A-Za-z0-9]{1,10}\Z")


def clean(name: str | None) -> str:
    """The last part of `name` after slash and backslash, in NFC, without control and bidi characters, of at most
    255 bytes of UTF-8 with its extension kept; `document` where nothing is left. Cleaning twice changes nothing.
    """
    last = re.split(r"[/\\]", name or "")[-1]
    kept = "".join(c for c in last if c not in _BIDI and unicodedata.category(c) not in _DROPPED_CATEGORIES)
    shown = _trim(unicodedata.normalize("NFC", kept))
    return _shorten(shown) or NAMELESS


def name_in(url: str) -> str:
    """The name that the path of a URL ends with, without query and fragment, which may be secrets; cleaned."""
    path = re.split(r"[?#]", url.partition("://")[2], maxsplit=1)[0].partition("/")[2]
    return clean(unquote(path.rstrip("/").rpartition("/")[2]))


def _trim(name: str) -> str:
    """Without outer blanks, and without trailing dots, which some systems drop silently."""
    return name.lstrip().rstrip(". \t\u00a0\u3000") if name.strip(". ") else ""


def _shorten(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    suffix = PurePosixPath(name).suffix
    if len(suffix.encode()) > _MAX_SUFFIX_BYTES:
        suffix = ""
    stem = name.removesuffix(suffix).encode()[: MAX_NAME_BYTES - len(suffix.encode())]
    return _trim(stem.decode(errors="ignore") + suffix)


def disagrees(media_type: MediaType, *, file_name: str, declared: str | None = None) -> bool:
    """Whether the extension of `file_name`, or the declared media type, promises something else than the content is.

    Extensions and types that are unknown, missing or say nothing promise nothing.
    """
    return _name_disagrees(media_type, file_name) or _declaration_disagrees(media_type, declared or "")


def _name_disagrees(media_type: MediaType, file_name: str) -> bool:
    extension = file_name.rpartition(".")[2].lower() if "." in file_name else ""
    if not _EXTENSION.match(extension):
        return False
    promised = _SUFFIXES.get(extension)
    return promised is not None and media_type not in promised


def _declaration_disagrees(media_type: MediaType, declared: str) -> bool:
    essence = declared.partition(";")[0].strip().lower()
    essence = _SYNONYMS.get(essence, essence)
    known = {known.value for known in MediaType}
    return essence not in _SAYS_NOTHING and essence in known and essence != media_type.value
