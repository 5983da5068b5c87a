"""The guard of zipped office files: nothing is unpacked to disk, and nothing beyond the limits of security.md 3.1.

Every part is read through here, so every byte is counted; parts that nobody asks for are never unpacked.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterable
from io import BytesIO
from typing import IO, Final

from docurift.engines.markup import Element, parse_xml
from docurift.engines.refusal import refusing
from docurift.model.failure import FailureCode
from docurift.model.work import Limits
from docurift.pipeline.ports import DocumentError

CONTENT_TYPES = "[Content_Types].xml"
_RELATION = "{http://schemas.openxmlformats.org/package/2006/relationships}Relationship"
_ENTRY_SIGNATURE = b"PK\x01\x02"
_ENCRYPTED_FLAG = 1
# Charts carry their data as a workbook of its own: office files inside are left alone, and never opened.
_NESTED_SUFFIXES = (".zip", ".gz", ".bz2", ".xz", ".zst", ".7z", ".rar", ".tar", ".tgz", ".jar", ".cab")
_DRIVE = re.compile(r"[A-Za-z]:")
_CHUNK_BYTES: Final = 64 * 1024


class Package:
    """An office file in the Open Packaging format, its parts by name."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Open the archive and hold its list of entries to the limits, before anything is unpacked.

        Raises:
            DocumentError: `DECOMPRESSION_LIMIT`, `FILE_ENCRYPTED`, or `FILE_CORRUPT` if it is no office file.
        """
        if data.count(_ENTRY_SIGNATURE) > limits.max_archive_entries:
            raise DocumentError(FailureCode.DECOMPRESSION_LIMIT)
        with refusing():
            self._archive = zipfile.ZipFile(BytesIO(data))
        self._left = limits.max_archive_bytes
        entries = self._archive.infolist()
        _check_names(entries)
        _check_sizes(entries, len(data), limits)
        self._entries = {entry.filename: entry for entry in entries}
        if CONTENT_TYPES not in self._entries:
            raise DocumentError(FailureCode.FILE_CORRUPT, detail="It is a ZIP archive, but no office file.")

    def __contains__(self, part: str) -> bool:
        return part in self._entries

    def read(self, part: str) -> bytes:
        """The bytes of `part`.

        Raises:
            DocumentError: `FILE_CORRUPT` if it is missing or damaged, `DECOMPRESSION_LIMIT` if it is too much.
        """
        with self.open(part) as stream:
            chunks: list[bytes] = []
            while chunk := self._next_chunk(stream):
                chunks.append(chunk)
            return b"".join(chunks)

    def open(self, part: str) -> IO[bytes]:
        """`part` as a stream of at most its declared size; the caller reads it within `refusing`."""
        with refusing():
            return self._archive.open(self._entries[part])

    def _next_chunk(self, stream: IO[bytes]) -> bytes:
        with refusing():
            chunk = stream.read(_CHUNK_BYTES)
        self._left -= len(chunk)
        if self._left < 0:
            raise DocumentError(FailureCode.DECOMPRESSION_LIMIT)
        return chunk

    def tree(self, part: str) -> Element:
        """The root element of an XML part; no DTD, no entities, no network (`FILE_CORRUPT`)."""
        return parse_xml(self.read(part))

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """What `part` ("" for the whole package) points at inside the package: id -> (last word of the type, name)."""
        folder, name = posixpath.split(part)
        relations = posixpath.join(folder, "_rels", f"{name}.rels")
        if relations not in self:
            return {}
        found: dict[str, tuple[str, str]] = {}
        for relation in self.tree(relations).iter(_RELATION):
            if relation.get("TargetMode") != "External":
                kind = relation.get("Type", "").rpartition("/")[2]
                found[relation.get("Id", "")] = (kind, _resolve(folder, relation.get("Target", "")))
        return found

    def main_part(self) -> str:
        """The name of the part that holds the document.

        Raises:
            DocumentError: `FILE_CORRUPT` if the package names none, or one that is not there.
        """
        for kind, target in self.relations("").values():
            if kind == "officeDocument" and target in self:
                return target
        raise DocumentError(FailureCode.FILE_CORRUPT, detail="The office file has no main part.")


def _resolve(folder: str, target: str) -> str:
    return posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")


def _check_names(entries: Iterable[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.orig_filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or _DRIVE.match(name) or "\0" in name or name in seen:
            raise DocumentError(FailureCode.FILE_CORRUPT, detail="The archive holds an entry with a forbidden name.")
        if name.lower().endswith(_NESTED_SUFFIXES):
            raise DocumentError(FailureCode.DECOMPRESSION_LIMIT, detail="The archive holds another archive.")
        if entry.flag_bits & _ENCRYPTED_FLAG:
            raise DocumentError(FailureCode.FILE_ENCRYPTED)
        seen.add(name)


def _check_sizes(entries: list[zipfile.ZipInfo], size: int, limits: Limits) -> None:
    declared = sum(entry.file_size for entry in entries)
    compressed = sum(entry.compress_size for entry in entries)
    # Entries that overlap share their bytes, and so unpack to more than any single ratio shows.
    if compressed > size:
        raise DocumentError(FailureCode.DECOMPRESSION_LIMIT)
    if declared > limits.max_archive_bytes or len(entries) > limits.max_archive_entries:
        raise DocumentError(FailureCode.DECOMPRESSION_LIMIT)
    if declared > limits.archive_ratio_floor_bytes and declared > limits.max_archive_ratio * size:
        raise DocumentError(FailureCode.DECOMPRESSION_LIMIT)
