"""Small files that unfold, spin or lie (security.md section 3.4): made when a test asks, never checked in."""

import struct
import zlib
from collections.abc import Sequence

from tests.support.office import a_docx, an_archive, docx_parts, paragraph

GIB = 1024**3


def a_pdf(objects: Sequence[bytes], root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, with a right cross-reference table."""
    out = bytearray(b"%PDF-1.7\n")
    offsets: list[int] = []
    for number, content in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer<</Size %d/Root %d 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    return bytes(out)


def a_page(content: bytes, *, box: bytes = b"0 0 595 842", page: bytes = b"", resources: bytes = b"") -> list[bytes]:
    """Objects of a PDF with one page; `content` is the whole stream object 4, further objects follow as 6, 7, …"""
    return [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[%s]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>%s>>%s>>"
        % (box, resources, page),
        content,
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    ]


def a_stream(data: bytes, entries: bytes = b"") -> bytes:
    """A stream object."""
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(data), entries, data)


TEXT = a_stream(b"BT /F 12 Tf 72 720 Td (Invoice INV-2041) Tj ET")


def pdf_good() -> bytes:
    return a_pdf(a_page(TEXT))


def pdf_flate(layers: int = 3, size: int = GIB) -> bytes:
    """A content stream of `size` blanks behind `layers` Flate filters."""
    packer = zlib.compressobj(9)
    block = b" " * (1024 * 1024)
    data = b"".join(packer.compress(block) for _ in range(size // len(block))) + packer.flush()
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    return a_pdf(a_page(a_stream(data, b"/Filter[" + b"/FlateDecode" * layers + b"]")))


def pdf_nested_forms(depth: int = 9, each: int = 10) -> bytes:
    """Forms that draw each other, `each ** depth` times in all."""
    names = b"".join(b"/X%d %d 0 R" % (i, 6 + i) for i in range(depth))
    forms = [
        a_stream(
            b"/N Do " * each if i + 1 < depth else b"0 0 1 1 re f",
            b"/Type/XObject/Subtype/Form/BBox[0 0 595 842]"
            + (b"/Resources<</XObject<</N %d 0 R>>>>" % (7 + i) if i + 1 < depth else b""),
        )
        for i in range(depth)
    ]
    return a_pdf([*a_page(a_stream(b"/X0 Do"), resources=b"/XObject<<" + names + b">>"), *forms])


def pdf_self_form() -> bytes:
    """A form that draws itself."""
    form = a_stream(b"/X Do", b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/Resources<</XObject<</X 6 0 R>>>>")
    return a_pdf([*a_page(a_stream(b"/X Do"), resources=b"/XObject<</X 6 0 R>>"), form])


def pdf_paths(operators: int = 3_000_000) -> bytes:
    """Millions of path operators."""
    data = zlib.compress(b"0 0 m " + b"595 842 l 0 842 l " * (operators // 2) + b"S", 9)
    return a_pdf(a_page(a_stream(data, b"/Filter/FlateDecode")))


def pdf_tiling(step: float = 0.001) -> bytes:
    """A page filled with a pattern of tiny tiles."""
    entries = b"/Type/Pattern/PatternType 1/PaintType 1/TilingType 1/BBox[0 0 1 1]/XStep %f/YStep %f/Resources<<>>"
    pattern = a_stream(b"0 0 1 1 re f", entries % (step, step))
    fill = a_stream(b"/Pattern cs /P scn 0 0 595 842 re f")
    return a_pdf([*a_page(fill, resources=b"/Pattern<</P 6 0 R>>"), pattern])


def pdf_shading(operators: int = 130_000) -> bytes:
    """A shading whose colour is a long type-4 function."""
    shading = b"<</ShadingType 1/ColorSpace/DeviceGray/Domain[0 595 0 842]/Function 7 0 R>>"
    function = b"{ add " + b"sin " * operators + b"}"
    entries = b"/FunctionType 4/Domain[0 595 0 842]/Range[0 1]"
    page = a_page(a_stream(b"/S sh"), resources=b"/Shading<</S 6 0 R>>")
    return a_pdf([*page, shading, a_stream(function, entries)])


def pdf_boxed(box: bytes = b"0 0 14400000 14400000", page: bytes = b"") -> bytes:
    """A page with this box: huge, empty, or no numbers."""
    return a_pdf(a_page(TEXT, box=box, page=page))


def pdf_many_pages(pages: int = 200_000) -> bytes:
    """A page tree that names one page again and again."""
    objects = a_page(TEXT)
    objects[1] = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, b"3 0 R " * pages)
    return a_pdf(objects)


def pdf_count_lie(count: int = 2_000_000_000) -> bytes:
    """A page tree that claims `count` pages and has one."""
    objects = a_page(TEXT)
    objects[1] = b"<</Type/Pages/Kids[3 0 R]/Count %d>>" % count
    return a_pdf(objects)


def pdf_page_cycle() -> bytes:
    """A page tree that holds itself."""
    objects = a_page(TEXT)
    objects[1] = b"<</Type/Pages/Kids[2 0 R 3 0 R]/Count 2>>"
    return a_pdf(objects)


def pdf_deep_arrays(depth: int = 500_000) -> bytes:
    """Arrays inside arrays."""
    return a_pdf([*a_page(TEXT, page=b"/Group 6 0 R"), b"[" * depth + b"]" * depth])


def pdf_image_claim(side: int = 60_000) -> bytes:
    """An image that claims `side` by `side` pixels and has a few bytes."""
    entries = b"/Type/XObject/Subtype/Image/Width %d/Height %d/BitsPerComponent 8/ColorSpace/DeviceRGB" % (side, side)
    page = a_page(a_stream(b"595 0 0 842 0 0 cm /I Do"), resources=b"/XObject<</I 6 0 R>>")
    return a_pdf([*page, a_stream(b"\x80" * 99, entries)])


def _png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *, pixels: bool, depth: int = 1) -> bytes:
    """A black one-bit picture; without `pixels` only its header claims the size."""
    rows = zlib.compressobj(9)
    row = b"\0" * (1 + (width * depth + 7) // 8)
    data = b"".join(rows.compress(row) for _ in range(height if pixels else 0)) + rows.flush()
    header = _png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + _png_chunk(b"IDAT", data) + _png_chunk(b"IEND", b"")


def gif_claim(side: int = 65_535) -> bytes:
    """A canvas of `side` by `side` with one tiny frame."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x4c\x01\x00"
    return b"GIF89a" + struct.pack("<HHBBB", side, side, 0x80, 0, 0) + b"\0" * 6 + frame + b"\x3b"


def jpeg_claim(jpeg: bytes, side: int = 65_500) -> bytes:
    """`jpeg` with another size in its frame header."""
    at = next(jpeg.find(marker) for marker in (b"\xff\xc0", b"\xff\xc2") if marker in jpeg)
    return jpeg[: at + 5] + struct.pack(">HH", side, side) + jpeg[at + 9 :]


def tiff_claim(side: int = 100_000) -> bytes:
    """A directory of an uncompressed picture that is not there."""
    entries = [(256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 8), (278, 4, side)]
    directory = b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + directory + struct.pack("<I", 0)


def docx_unfolding(size: int = 2 * GIB) -> bytes:
    """A main part of `size` blanks; written by hand, since zipfile would need them all."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block, crc = b" " * (1024 * 1024), 0
    packed = bytearray()
    for _ in range(size // len(block)):
        crc = zlib.crc32(block, crc)
        packed += packer.compress(block)
    packed += packer.flush()
    return with_entry(a_docx(paragraph("x")), "word/media/blanks.bin", bytes(packed), crc=crc, size=size)


def with_entry(archive: bytes, name: str, packed: bytes, *, crc: int, size: int) -> bytes:
    """`archive` with one more deflated entry, its sizes as they are claimed."""
    end = archive.rfind(b"PK\x05\x06")
    entries, length, start = struct.unpack_from("<HLL", archive, end + 10)
    common = struct.pack("<HHHHHLLLHH", 20, 0, 8, 0, 0x21, crc, len(packed), size & 0xFFFFFFFF, len(name), 0)
    local = b"PK\x03\x04" + common + name.encode() + packed
    central = b"PK\x01\x02" + struct.pack("<H", 20) + common + struct.pack("<HHHLL", 0, 0, 0, 0, start) + name.encode()
    directory = archive[start : start + length] + central
    tail = struct.pack("<HHHHLLH", 0, 0, entries + 1, entries + 1, len(directory), start + len(local), 0)
    return archive[:start] + local + directory + b"PK\x05\x06" + tail


def docx_many_entries(entries: int = 100_000) -> bytes:
    """An archive of so many empty entries."""
    return an_archive({**docx_parts(paragraph("x")), **{f"word/{i}.xml": "" for i in range(entries)}}, stored=True)


def docx_with(name: str, content: str | bytes = "x") -> bytes:
    """A document with one more entry of this name."""
    return an_archive({**docx_parts(paragraph("Invoice INV-2041")), name: content})


def docx_with_doctype(subset: str, body: str = "&a;") -> bytes:
    """A document whose main part declares entities."""
    parts = docx_parts(f"<w:p><w:r><w:t>{body}</w:t></w:r></w:p>")
    main = parts["word/document.xml"]
    return an_archive({**parts, "word/document.xml": f"<!DOCTYPE d [{subset}]>{main}"})


LAUGHS = '<!ENTITY a "ha">' + "".join(f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 11)).replace(
    "&a0;", "&a;"
)
XXE = '<!ENTITY a SYSTEM "file:///etc/passwd">'
