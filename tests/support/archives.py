"""ZIP archives of a batch: good ones, and ones that lie; made when a test asks, never checked in."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from docurift.model.archive import ItemFault

MIB = 1024 * 1024


@dataclass
class Unpacking:
    """Keeps what comes out of an archive (engines.batch_archive.ArchiveSink): names with bytes or faults, in order."""

    items: int = 0
    came: list[tuple[str, bytes | ItemFault]] = field(default_factory=list)
    _pieces: list[bytes] = field(default_factory=list)
    _name: str = ""

    def listed(self, items: int) -> None:
        self.items = items

    def begun(self, name: str) -> None:
        self._name, self._pieces = name, []

    def piece(self, data: bytes) -> None:
        self._pieces.append(data)

    def ended(self) -> None:
        self.came.append((self._name, b"".join(self._pieces)))

    def refused(self, name: str, fault: ItemFault) -> None:
        self.came.append((name, fault))


def a_zip(files: Mapping[str, bytes] | Iterable[tuple[str, bytes]], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An honest archive of these files, names as they are given."""
    pairs = files.items() if isinstance(files, Mapping) else files
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, data in pairs:
            archive.writestr(zipfile.ZipInfo(name), data, compress_type=method)
    return packed.getvalue()


def with_link(data: bytes, name: str, target: bytes) -> bytes:
    """`data`, an archive, and in it a symbolic link."""
    link = zipfile.ZipInfo(name)
    link.create_system = 3
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    return _appended(data, link, target)


def with_blanks(data: bytes, name: str, size: int) -> bytes:
    """`data`, an archive, and in it so many zero bytes, packed a thousandfold."""
    return _appended(data, zipfile.ZipInfo(name), bytes(size))


def encrypted(data: bytes, name: str) -> bytes:
    """`data` with the file `name` marked as encrypted, in the list and in its own header."""
    changed = bytearray(data)
    for entry in _entries(data):
        if entry.filename == name:
            changed[entry.header_offset + 6] |= 1
            changed[_listed_at(data, name) + 8] |= 1
    return bytes(changed)


def claiming(data: bytes, name: str, size: int) -> bytes:
    """`data` with another unpacked size claimed for the file `name`, in the list and in its own header."""
    changed = bytearray(data)
    (entry,) = (one for one in _entries(data) if one.filename == name)
    struct.pack_into("<L", changed, entry.header_offset + 22, size)
    struct.pack_into("<L", changed, _listed_at(data, name) + 24, size)
    return bytes(changed)


def damaged(data: bytes, name: str) -> bytes:
    """`data` with the packed bytes of the file `name` turned over."""
    changed = bytearray(data)
    (entry,) = (one for one in _entries(data) if one.filename == name)
    start = entry.header_offset + 30 + len(entry.filename.encode()) + 1
    for at in range(start, start + max(1, entry.compress_size // 2)):
        changed[at] ^= 0xFF
    return bytes(changed)


def overlapping(copies: int, size: int) -> bytes:
    """`copies` entries of the list that all mean one and the same packed bytes."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(size)) + packer.flush()
    common = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0x21, zlib.crc32(bytes(size)), len(packed), size, 5, 0)
    local = b"PK\x03\x04" + common + b"0.bin" + packed
    listed = b""
    for number in range(copies):
        listed += b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
        listed += f"{number % 10}.bin".encode()
    return local + listed + _end(copies, len(listed), len(local))


def many_entries(count: int) -> bytes:
    """An archive whose list names so many empty files, with one header for all."""
    common = struct.pack("<HHHHHLLLHH", 20, 0, 0, 0, 0x21, 0, 0, 0, 8, 0)
    local = b"PK\x03\x04" + common + b"00000000"
    head = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, 0)
    listed = b"".join(head + b"%08d" % number for number in range(count))
    return local + listed + _end(count, len(listed), len(local))


def _end(count: int, list_bytes: int, list_at: int) -> bytes:
    """The end of an archive; beyond 65,535 entries a second record tells the numbers."""
    if count <= 0xFFFF:
        return b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, count, count, list_bytes, list_at, 0)
    wide = b"PK\x06\x06" + struct.pack("<QHHLLQQQQ", 44, 45, 45, 0, 0, count, count, list_bytes, list_at)
    locator = b"PK\x06\x07" + struct.pack("<LQL", 0, list_at + list_bytes, 1)
    return wide + locator + b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 0xFFFF, 0xFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 0)


def _appended(data: bytes, entry: zipfile.ZipInfo, content: bytes) -> bytes:
    packed = io.BytesIO(data)
    with zipfile.ZipFile(packed, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, content, compress_type=zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _entries(data: bytes) -> list[zipfile.ZipInfo]:
    return zipfile.ZipFile(io.BytesIO(data)).infolist()


def _listed_at(data: bytes, name: str) -> int:
    """Where the list of entries tells of `name`."""
    return data.rindex(name.encode()) - 46
