"""A form with any number of files, streamed from disk: one file is open at a time, and is read as it leaves."""

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final

_PIECE_BYTES: Final = 256 * 1024
# As browsers write names into a form (HTML standard, multipart/form-data).
_ESCAPED: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}


class FileChangedError(OSError):
    """A file became longer or shorter while it was read."""


class StreamedForm:
    """`multipart/form-data` of `fields` and then of the files, each as a part named `file`; may be iterated once.

    `sent` is told of every piece of a file that left, in bytes. Iterating raises `OSError` where a file cannot be read.
    """

    def __init__(
        self, fields: Mapping[str, str], files: Sequence[Path], *, sent: Callable[[int], None] | None = None
    ) -> None:
        self._boundary = os.urandom(16).hex()
        self._fields = b"".join(self._field(name, value) for name, value in fields.items())
        self._files = [(path, self._head(path), path.stat().st_size) for path in files]
        self._sent = sent

    @property
    def headers(self) -> dict[str, str]:
        """Type and length of the body."""
        length = len(self._fields) + sum(len(head) + size + 2 for _, head, size in self._files) + len(self._end)
        return {"Content-Type": f"multipart/form-data; boundary={self._boundary}", "Content-Length": str(length)}

    def __iter__(self) -> Iterator[bytes]:
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
                if self._sent is not None:
                    self._sent(len(piece))
        if left:
            raise FileChangedError(None, "it changed while it was read", os.fspath(path))

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


def _quoted(name: str) -> str:
    return re.sub('["\r\n]', lambda found: _ESCAPED[found[0]], name)
