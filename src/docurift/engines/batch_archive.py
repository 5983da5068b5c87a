"""The archive of a batch, file by file: listed, held to its limits, and inflated piece by piece. Nothing is unpacked to
disk, and a file that is refused stops no other.
"""

import re
import stat
import struct
import zipfile
from collections.abc import Iterator, Sequence
from typing import BinaryIO, Final, Protocol

from docurift.engines.refusal import refusing
from docurift.model.archive import PIECE_BYTES, ArchiveLimits, ItemFault
from docurift.model.failure import FailureCode
from docurift.model.work import MIB
from docurift.pipeline.ports import DocumentError

_ENCRYPTED_FLAG: Final = 1
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_LITTER_FOLDER: Final = "__MACOSX"
_LITTER: Final = frozenset({".DS_Store", "Thumbs.db", "desktop.ini"})
_METHODS: Final = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_NAME_CHARACTERS: Final = 4_096
_LOCAL_HEADER_BYTES: Final = 30  # and a name and more, which the list of entries need not tell truly
_END: Final = struct.Struct("<4s4H2LH")
_LOCATOR: Final = struct.Struct("<4sLQL")
_END_ZIP64: Final = struct.Struct("<4sQ2H2L4Q")
_END_WITHIN_BYTES: Final = 65_535 + _END.size
_IN_ZIP64: Final = 0xFFFFFFFF


class ArchiveSink(Protocol):
    """Where the files of an archive go, in its order."""

    def listed(self, items: int) -> None:
        """So many files will be begun or refused."""
        ...

    def begun(self, name: str) -> None:
        """A file follows."""
        ...

    def piece(self, data: bytes) -> None:
        """A piece of it."""
        ...

    def ended(self) -> None:
        """It is whole."""
        ...

    def refused(self, name: str, fault: ItemFault) -> None:
        """This file is not handed out, or not to its end."""
        ...


def unpack(file: BinaryIO, limits: ArchiveLimits, sink: ArchiveSink) -> None:
    """Every file of the archive has been handed to `sink` or refused there.

    Raises:
        DocumentError: the archive as a whole: `FILE_CORRUPT` if it cannot be read or holds no file,
            `DECOMPRESSION_LIMIT` for too many files or bytes.
    """
    _check_list(file, limits)
    with refusing():
        archive = zipfile.ZipFile(file)
    entries = [entry for entry in archive.infolist() if not _is_skipped(entry)]
    _check_count(archive, entries, limits)
    judged = list(zip(entries, _faults(entries, archive.start_dir, limits), strict=True))
    if sum(entry.file_size for entry, fault in judged if fault is None) > limits.max_bytes:
        raise DocumentError(
            FailureCode.DECOMPRESSION_LIMIT, detail=f"Its files may have {limits.max_bytes // MIB:,} MiB in all."
        )
    sink.listed(len(entries))
    for entry, fault in judged:
        name = entry.orig_filename[-_NAME_CHARACTERS:]
        if fault is None:
            sink.begun(name)
        if found := fault or _hand_out(archive, entry, sink):
            sink.refused(name, found)


def _check_list(file: BinaryIO, limits: ArchiveLimits) -> None:
    """Before the library reads a list of entries that would fill the memory."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END_WITHIN_BYTES))
    tail = file.read(_END_WITHIN_BYTES)
    at = tail.rfind(b"PK\x05\x06", 0, len(tail) - _END.size + 4)
    if at < 0:
        return  # the library will say so too
    list_bytes = _END.unpack_from(tail, at)[5]
    if list_bytes == _IN_ZIP64:
        list_bytes = _list_bytes_of_zip64(file, tail[max(0, at - _LOCATOR.size) : at])
    if list_bytes > limits.max_list_bytes:
        raise _too_many(limits)


def _list_bytes_of_zip64(file: BinaryIO, locator: bytes) -> int:
    if len(locator) < _LOCATOR.size or not locator.startswith(b"PK\x06\x07"):
        return 0  # then there is no list of entries that could be read
    with refusing():
        file.seek(_LOCATOR.unpack(locator)[2])
        return _END_ZIP64.unpack(file.read(_END_ZIP64.size))[8]


def _check_count(archive: zipfile.ZipFile, entries: Sequence[zipfile.ZipInfo], limits: ArchiveLimits) -> None:
    if len(entries) > limits.max_items or len(archive.infolist()) > limits.max_entries:
        raise _too_many(limits)
    if not entries:
        raise DocumentError(FailureCode.FILE_CORRUPT, detail="The archive holds no file.")


def _too_many(limits: ArchiveLimits) -> DocumentError:
    return DocumentError(
        FailureCode.DECOMPRESSION_LIMIT, detail=f"An archive may hold {limits.max_items:,} files at most."
    )


def _is_skipped(entry: zipfile.ZipInfo) -> bool:
    folder, _, name = _slashed(entry).rpartition("/")
    return not name or name in _LITTER or folder.split("/")[0] == _LITTER_FOLDER


def _slashed(entry: zipfile.ZipInfo) -> str:
    return entry.orig_filename.replace("\\", "/")


def _faults(entries: Sequence[zipfile.ZipInfo], list_starts: int, limits: ArchiveLimits) -> Iterator[ItemFault | None]:
    """What the list of entries alone says against each of them."""
    seen: set[str] = set()
    overlapping = _overlapping(entries, list_starts)
    for entry in entries:
        name = _slashed(entry)
        yield _fault_of_name(name, seen) or _fault_of_kind(entry) or _fault_of_size(entry, overlapping, limits)
        seen.add(name)


def _fault_of_name(name: str, seen: set[str]) -> ItemFault | None:
    if name.startswith("/") or ".." in name.split("/") or _DRIVE.match(name) or "\0" in name:
        return ItemFault.FORBIDDEN_NAME
    return ItemFault.REPEATED_NAME if name in seen else None


def _fault_of_kind(entry: zipfile.ZipInfo) -> ItemFault | None:
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        return ItemFault.NO_FILE
    if entry.flag_bits & _ENCRYPTED_FLAG:
        return ItemFault.ENCRYPTED
    # Unpacking LZMA takes as much memory as the file asks for.
    return None if entry.compress_type in _METHODS else ItemFault.UNKNOWN_METHOD


def _fault_of_size(entry: zipfile.ZipInfo, overlapping: set[int], limits: ArchiveLimits) -> ItemFault | None:
    if id(entry) in overlapping:
        return ItemFault.OVERLAPS
    if entry.file_size > limits.ratio_floor_bytes and entry.file_size > limits.max_ratio * entry.compress_size:
        return ItemFault.UNFOLDS
    return ItemFault.TOO_LARGE if entry.file_size > limits.max_item_bytes else None


def _overlapping(entries: Sequence[zipfile.ZipInfo], list_starts: int) -> set[int]:
    """Entries that share bytes with another one or with the list: they unpack to more than any ratio shows."""
    found: set[int] = set()
    last: zipfile.ZipInfo | None = None
    for entry in sorted(entries, key=lambda one: one.header_offset):
        if last is not None and entry.header_offset < _end_of(last):
            found |= {id(last), id(entry)}
        if _end_of(entry) > list_starts:
            found.add(id(entry))
        if last is None or _end_of(entry) > _end_of(last):
            last = entry
    return found


def _end_of(entry: zipfile.ZipInfo) -> int:
    return entry.header_offset + _LOCAL_HEADER_BYTES + entry.compress_size


def _hand_out(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, sink: ArchiveSink) -> ItemFault | None:
    left = entry.file_size
    try:
        with refusing(), archive.open(entry) as stream:
            while data := stream.read(PIECE_BYTES):
                left -= len(data)
                sink.piece(data)
    except DocumentError:
        return ItemFault.DAMAGED
    if left:
        return ItemFault.DAMAGED
    sink.ended()
    return None
