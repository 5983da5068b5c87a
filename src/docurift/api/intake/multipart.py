"""multipart/form-data (RFC 7578), files and a few fields, parsed as it streams in."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from docurift.api.intake.body import pieces
from docurift.api.intake.incoming import IncomingFile
from docurift.api.problems import Problem, invalid
from docurift.api.services import EdgeLimits

_FILE: Final = "file"
_NONE_LONG: Final[Mapping[str, int]] = {}


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


class FileParts(Protocol):
    """Takes the parts `file` of a form, one after the other."""

    def begin(self, file_name: str | None) -> None:
        """A file begins; the name that it was sent under."""
        ...

    def add(self, data: memoryview) -> None:
        """More bytes of the file that began last; they are gone when the call returns."""
        ...

    def end(self) -> None:
        """The file that began last is whole."""
        ...

    async def flush(self) -> None:
        """Called between the pieces of the body, where time may be taken."""
        ...


async def read_form(request: Request, limits: EdgeLimits, file: IncomingFile) -> Form:
    """The form in the request's body; the bytes of its part `file` go to `file`.

    Raises:
        Problem: `VALIDATION_ERROR` for a form that is broken, has a field twice or too much of anything; those of
            `pieces` and of `IncomingFile`.
        ClientGoneError: the client hung up.
    """
    parts = _OneFile(file)
    fields = await read_parts(request, limits, parts, max_bytes=limits.max_file_bytes + limits.max_form_bytes)
    await file.flush(is_last=True)
    return Form(fields, parts.name, parts.has_begun)


async def read_parts(
    request: Request,
    limits: EdgeLimits,
    parts: FileParts,
    *,
    max_bytes: int,
    long_fields: Mapping[str, int] = _NONE_LONG,
) -> dict[str, str]:
    """The text fields of the form in the request's body; its parts `file` go to `parts`. `long_fields` may have more
    bytes than others, each by its name.

    Raises:
        Problem, ClientGoneError: as `read_form`; and what `parts` raises.
    """
    reader = _Reader(_boundary(request), limits, parts, long_fields)
    async for piece in pieces(request, limits, max_bytes=max_bytes):
        reader.feed(piece)
        await parts.flush()
    return reader.fields()


def _boundary(request: Request) -> bytes:
    boundary = parse_options_header(request.headers.get("content-type"))[1].get(b"boundary", b"")
    if not boundary:
        raise invalid("Content-Type", "should name the boundary of the form")
    return boundary


class _OneFile:
    """Takes a single file."""

    def __init__(self, file: IncomingFile) -> None:
        self._file = file
        self.name: str | None = None
        self.has_begun = False

    def begin(self, file_name: str | None) -> None:
        if self.has_begun:
            raise invalid(_FILE, "should be given once; send several documents to /v1/batches")
        self.has_begun, self.name = True, file_name

    def add(self, data: memoryview) -> None:
        self._file.add(data)

    def end(self) -> None:
        """The rest is written by `read_form`."""

    async def flush(self) -> None:
        await self._file.flush()


class _Reader:
    """Turns the parser's callbacks into fields and file bytes."""

    def __init__(self, boundary: bytes, limits: EdgeLimits, parts: FileParts, long_fields: Mapping[str, int]) -> None:
        self._limits, self._parts, self._long_fields = limits, parts, long_fields
        self._fields: dict[str, str] = {}
        self._is_done = False
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

    def fields(self) -> dict[str, str]:
        """The text fields, if the form was read to its end."""
        if not self._is_done:
            raise _broken()
        return self._fields

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
            file_name = options.get(b"filename")
            self._parts.begin(None if file_name is None else file_name.decode("utf-8", "replace"))
        elif b"filename" in options:
            raise invalid(name, "should be no file; send the document as `file`")
        elif name in self._fields:
            raise invalid(name, "should be given once")
        elif len(self._fields) >= self._limits.max_fields:
            raise invalid(name, f"is more than the {self._limits.max_fields} fields that are taken")
        self._part.name = name

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        if self._part.name == _FILE:
            self._parts.add(memoryview(data)[start:end])
            return
        self._part.value += data[start:end]
        most = self._long_fields.get(str(self._part.name), self._limits.max_field_bytes)
        if len(self._part.value) > most:
            raise invalid(str(self._part.name), f"should be at most {most} bytes")

    def _end_part(self) -> None:
        name = self._part.name
        if name == _FILE:
            self._parts.end()
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
