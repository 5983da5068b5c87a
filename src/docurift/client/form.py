"""Files on their way out. A form with any number of them has one open at a time, and reads it as it leaves."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Final

_PIECE_BYTES: Final = 256 * 1024
# As browsers write names into a form (HTML standard, multipart/form-data).
_ESCAPED: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}


class FileChangedError(OSError):
    """A file became longer or shorter while it was read."""


class StreamedForm:
    """`multipart/form-data` of `fields` and then of the files, each as a part named `file`; the same each time that
    it is iterated.

    `sent` is told of every piece of a file that left, in bytes, and of all that left when it begins anew, as a negative
    number. Iterating raises `OSError` where a file cannot be read.
    """

    def __init__(
        self, fields: Mapping[str, str], files: Sequence[Path], *, sent: Callable[[int], None] | None = None
    ) -> None:
        self._boundary = os.urandom(16).hex()
        self._fields = b"".join(self._field(name, value) for name, value in fields.items())
        self._files = [(path, self._head(path), path.stat().st_size) for path in files]
        self._sent, self._sent_bytes = sent, 0

    @property
    def headers(self) -> dict[str, str]:
        """Type and length of the body."""
        length = len(self._fields) + sum(len(head) + size + 2 for _, head, size in self._files) + len(self._end)
        return {"Content-Type": f"multipart/form-data; boundary={self._boundary}", "Content-Length": str(length)}

    def __iter__(self) -> Iterator[bytes]:
        self._tell(-self._sent_bytes)
        yield self._fields
        for path, head, size in self._files:
            yield head
            yield from self._contents(path, size)
            yield b"\r\n"
        yield self._end

    def _contents(self, path: Path, size: int) -> Iterator[bytes]:
        left = size
        with path.open("rb") as file:
            while piece := file.read(_PIECE_BYTES):
                left -= len(piece)
                if left < 0:
                    break
                yield piece
                self._tell(len(piece))
        if left:
            raise FileChangedError(None, "it changed while it was read", os.fspath(path))

    def _tell(self, size: int) -> None:
        self._sent_bytes += size
        if self._sent is not None and size:
            self._sent(size)

    def _field(self, name: str, value: str) -> bytes:
        head = f'--{self._boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"\r\n\r\n'
        return head.encode() + value.encode() + b"\r\n"

    def _head(self, path: Path) -> bytes:
        disposition = f'Content-Disposition: form-data; name="file"; filename="{_quoted(path.name)}"'
        head = f"--{self._boundary}\r\n{disposition}\r\nContent-Type: application/octet-stream\r\n\r\n"
        return head.encode("utf-8", "replace")

    @property
    def _end(self) -> bytes:
        return f"--{self._boundary}--\r\n".encode()


class CountedFile:
    """A file that tells how much more of it was read, and takes that back when it is sent again."""

    def __init__(self, file: IO[bytes], told: Callable[[int], None]) -> None:
        self._file, self._told = file, told
        self._read_bytes = 0

    def read(self, size: int = -1) -> bytes:
        """The next bytes, told."""
        piece = self._file.read(size)
        self._read_bytes += len(piece)
        self._told(len(piece))
        return piece

    def fileno(self) -> int:
        """By which its size can be asked."""
        return self._file.fileno()

    def seek(self, offset: int, whence: int = 0) -> int:
        """Go to a place; back to the beginning, nothing was read."""
        place = self._file.seek(offset, whence)
        if place == 0 and self._read_bytes:
            self._told(-self._read_bytes)
            self._read_bytes = 0
        return place

    def tell(self) -> int:
        """The place."""
        return self._file.tell()


def _quoted(name: str) -> str:
    return re.sub('["\r\n]', lambda found: _ESCAPED[found[0]], name)
