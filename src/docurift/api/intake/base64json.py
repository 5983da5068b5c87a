"""A JSON body whose one large string, `fileBase64`, is decoded while it streams in.

The rest of the body, with `fileBase64` emptied, is kept: it is small, and parsed by a JSON parser at the end.
"""

import binascii
import re
from enum import Enum, auto
from typing import Final

from docurift.api.problems import invalid

_KEY: Final = b"fileBase64"
_STRUCTURE: Final = re.compile(rb'["{}\[\],:]')
_STRING_STOP: Final = re.compile(rb'["\\]')
_ESCAPES: Final = {b"/": b"/", b"n": b"", b"r": b""}  # line breaks of MIME encoders are dropped
_QUARTET: Final = 4


class _Mode(Enum):
    STRUCTURE = auto()
    STRING = auto()
    STRING_ESCAPE = auto()
    FILE = auto()
    FILE_ESCAPE = auto()


class Base64Splitter:
    """Parts a JSON body into the bytes of the file and the rest."""

    def __init__(self, *, max_rest_bytes: int) -> None:
        self._max_rest_bytes = max_rest_bytes
        self._mode, self._depth = _Mode.STRUCTURE, 0
        self._wants_key = self._is_file_next = self._saw_file = self._is_padded = False
        self._key, self._is_key = bytearray(), False
        self._rest, self._carry = bytearray(), b""

    def feed(self, chunk: bytes) -> bytes:
        """The bytes of the file in this piece of the body.

        Raises:
            Problem: `VALIDATION_ERROR` for what is no base64, or for too much beside it.
        """
        decoded, at = bytearray(), 0
        while at < len(chunk):
            at = self._step(chunk, at, decoded)
        if len(self._rest) > self._max_rest_bytes:
            raise invalid("body", f"should be at most {self._max_rest_bytes} bytes beside `{_KEY.decode()}`")
        return bytes(decoded)

    def rest(self) -> bytes:
        """The body without the content of the file.

        Raises:
            Problem: `VALIDATION_ERROR` for base64 that is cut off.
        """
        if self._carry:
            raise _no_base64()
        return bytes(self._rest)

    @property
    def saw_file(self) -> bool:
        """Whether there was a string `fileBase64` at the top of the body."""
        return self._saw_file

    def _step(self, chunk: bytes, at: int, decoded: bytearray) -> int:
        match self._mode:
            case _Mode.STRUCTURE:
                return self._pass_structure(chunk, at)
            case _Mode.STRING:
                return self._pass_string(chunk, at)
            case _Mode.STRING_ESCAPE:
                self._keep(chunk[at : at + 1])
                self._mode = _Mode.STRING
            case _Mode.FILE:
                return self._pass_file(chunk, at, decoded)
            case _Mode.FILE_ESCAPE:
                self._decode(_ESCAPES.get(chunk[at : at + 1], b"*"), decoded)
                self._mode = _Mode.FILE
        return at + 1

    def _pass_structure(self, chunk: bytes, at: int) -> int:
        found = _STRUCTURE.search(chunk, at)
        if found is None:
            self._rest += chunk[at:]
            return len(chunk)
        self._rest += chunk[at : found.end()]
        self._turn(found.group())
        return found.end()

    def _turn(self, mark: bytes) -> None:
        if mark == b'"':
            self._begin_string()
            return
        self._is_file_next = mark == b":" and self._depth == 1 and bytes(self._key) == _KEY
        self._depth += (mark in b"{[") - (mark in b"}]")
        if self._depth == 1:
            self._wants_key = mark in b"{,"

    def _begin_string(self) -> None:
        if self._is_file_next:
            if self._saw_file:
                raise invalid(_KEY.decode(), "should be given once")
            self._saw_file, self._is_file_next, self._mode = True, False, _Mode.FILE
            return
        self._is_key = self._depth == 1 and self._wants_key
        if self._is_key:
            self._key.clear()
        self._wants_key, self._mode = False, _Mode.STRING

    def _pass_string(self, chunk: bytes, at: int) -> int:
        found = _STRING_STOP.search(chunk, at)
        end = len(chunk) if found is None else found.start()
        self._keep(chunk[at:end])
        if found is None:
            return end
        if found.group() == b'"':
            self._rest += b'"'
            self._mode = _Mode.STRUCTURE
        else:
            self._keep(b"\\")
            self._mode = _Mode.STRING_ESCAPE
        return found.end()

    def _keep(self, data: bytes) -> None:
        self._rest += data
        if self._is_key and len(self._key) <= len(_KEY):
            self._key += data

    def _pass_file(self, chunk: bytes, at: int, decoded: bytearray) -> int:
        found = _STRING_STOP.search(chunk, at)
        end = len(chunk) if found is None else found.start()
        self._decode(chunk[at:end], decoded)
        if found is None:
            return end
        if found.group() == b'"':
            self._rest += b'"'
            self._mode = _Mode.STRUCTURE
        else:
            self._mode = _Mode.FILE_ESCAPE
        return found.end()

    def _decode(self, text: bytes, decoded: bytearray) -> None:
        if not text:
            return
        text = self._carry + text
        whole = len(text) // _QUARTET * _QUARTET
        self._carry = text[whole:]
        if self._is_padded:
            raise _no_base64()
        try:
            decoded += binascii.a2b_base64(text[:whole], strict_mode=True)
        except binascii.Error as error:
            raise _no_base64() from error
        self._is_padded = text[:whole].endswith(b"=")


def _no_base64() -> Exception:
    return invalid(_KEY.decode(), "should be base64 (RFC 4648 section 4) with its padding")
