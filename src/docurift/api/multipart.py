"""multipart/form-data (RFC 7578), one file and a few fields, parsed as it streams in."""

from dataclasses import dataclass, field
from typing import Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from docurift.api.body import pieces
from docurift.api.incoming import IncomingFile
from docurift.api.problems import Problem, invalid
from docurift.api.services import EdgeLimits

_FILE: Final = "file"


@dataclass(slots=True)
class _Part:
    """A part whose headers are being read, then its content."""

    headers: dict[bytes, bytes] = field(default_factory=dict[bytes, bytes])
    name: str | None = None
    value: bytearray = field(default_factory=bytearray)


@dataclass(frozen=True, slots=True)
class Form:
    """The text fields of a form, and the name that its file was sent under, if there was a file."""

    fields: dict[str, str]
    file_name: str | None
    has_file: bool


async def read_form(request: Request, limits: EdgeLimits, file: IncomingFile) -> Form:
    """The form in the request's body; the bytes of its part `file` go to `file`.

    Raises:
        Problem: `VALIDATION_ERROR` for a form that is broken, has a field twice or too much of anything; those of
            `pieces` and of `IncomingFile`.
        ClientGoneError: the client hung up.
    """
    reader = _Reader(_boundary(request), limits, file)
    async for piece in pieces(request, limits, max_bytes=limits.max_file_bytes + limits.max_form_bytes):
        reader.feed(piece)
        await file.flush()
    await file.flush(is_last=True)
    return reader.form()


def _boundary(request: Request) -> bytes:
    boundary = parse_options_header(request.headers.get("content-type"))[1].get(b"boundary", b"")
    if not boundary:
        raise invalid("Content-Type", "should name the boundary of the form")
    return boundary


class _Reader:
    """Turns the parser's callbacks into fields and file bytes."""

    def __init__(self, boundary: bytes, limits: EdgeLimits, file: IncomingFile) -> None:
        self._limits, self._file = limits, file
        self._fields: dict[str, str] = {}
        self._file_name: str | None = None
        self._has_file = self._is_done = False
        self._part, self._header, self._header_value = _Part(), bytearray(), bytearray()
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._begin_part,
                    "on_header_field": self._take_header_name,
                    "on_header_value": self._take_header_value,
                    "on_header_end": self._end_header,
                    "on_headers_finished": self._end_headers,
                    "on_part_data": self._take_data,
                    "on_part_end": self._end_part,
                    "on_end": self._end,
                },
                max_header_count=limits.max_part_headers,
                max_header_size=limits.max_part_header_bytes,
            )
        except FormParserError as error:
            raise _broken() from error

    def feed(self, data: bytes) -> None:
        """Take the next piece of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise _broken() from error

    def form(self) -> Form:
        """What was read, if it was read to its end."""
        if not self._is_done:
            raise _broken()
        return Form(self._fields, self._file_name, self._has_file)

    def _begin_part(self) -> None:
        self._part = _Part()

    def _take_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _take_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header_value += data[start:end]

    def _end_header(self) -> None:
        self._part.headers[bytes(self._header).lower()] = bytes(self._header_value)
        self._header.clear()
        self._header_value.clear()

    def _end_headers(self) -> None:
        disposition = self._part.headers.get(b"content-disposition", b"").decode("utf-8", "replace")
        # The library wants latin-1, as header values come; names in UTF-8 are what clients really send (RFC 7578, 5.1).
        kind, options = parse_options_header(disposition.encode().decode("latin-1"))
        if kind != b"form-data" or b"name" not in options:
            raise _broken()
        name = options[b"name"].decode("utf-8", "replace")
        if name == _FILE:
            self._begin_file(options.get(b"filename"))
        elif b"filename" in options:
            raise invalid(name, "should be no file; send the document as `file`")
        elif name in self._fields:
            raise invalid(name, "should be given once")
        elif len(self._fields) >= self._limits.max_fields:
            raise invalid(name, f"is more than the {self._limits.max_fields} fields that are taken")
        self._part.name = name

    def _begin_file(self, file_name: bytes | None) -> None:
        if self._has_file:
            raise invalid(_FILE, "should be given once; send several documents in several calls")
        self._has_file = True
        self._file_name = None if file_name is None else file_name.decode("utf-8", "replace")

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.name == _FILE:
            self._file.add(memoryview(data)[start:end])
            return
        self._part.value += data[start:end]
        if len(self._part.value) > self._limits.max_field_bytes:
            raise invalid(str(self._part.name), f"should be at most {self._limits.max_field_bytes} bytes")

    def _end_part(self) -> None:
        name = self._part.name
        if name is None or name == _FILE:
            return
        try:
            self._fields[name] = self._part.value.decode()
        except UnicodeDecodeError as error:
            raise invalid(name, "should be text in UTF-8") from error

    def _end(self) -> None:
        self._is_done = True


def _broken() -> Problem:
    return invalid("body", "is no complete multipart/form-data message; check its boundary and that all was sent")
