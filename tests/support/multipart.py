"""Reads a form as the service's parser does."""

from python_multipart.multipart import MultipartParser, parse_options_header


def parts_of(content_type: str, body: bytes) -> list[tuple[str, str | None, bytes]]:
    """Name, file name and content of each part."""
    _, options = parse_options_header(content_type)
    parts: list[tuple[str, str | None, bytes]] = []
    header = bytearray()
    data = bytearray()

    def ended() -> None:
        _, found = parse_options_header(bytes(header))
        file_name = found.get(b"filename")
        parts.append((found[b"name"].decode(), file_name and file_name.decode(), bytes(data)))
        header.clear()
        data.clear()

    parser = MultipartParser(
        options[b"boundary"],
        {
            "on_header_value": lambda piece, start, end: None if header else header.extend(piece[start:end]),
            "on_part_data": lambda piece, start, end: data.extend(piece[start:end]),
            "on_part_end": ended,
        },
    )
    parser.write(body)
    parser.finalize()
    return parts
