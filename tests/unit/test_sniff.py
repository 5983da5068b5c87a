"""Files are what their content says."""

from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image
from tests.support.bombs import pdf_good
from tests.support.office import a_docx, an_archive

from docurift.model.document import MediaType
from docurift.model.sniff import sniff

UBL = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2">'
CII = b'<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100">'
OLE2 = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504)


def told(content: bytes) -> MediaType | None:
    return sniff(BytesIO(content))


def an_image(kind: str) -> bytes:
    target = BytesIO()
    Image.new("RGB", (8, 8)).save(target, kind)
    return target.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF", "GIF", "WEBP", "BMP"])
def test_images_are_told_by_their_signature(kind: str) -> None:
    assert told(an_image(kind)) is MediaType[kind]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pdf_good(), MediaType.PDF),
        (b"x" * 900 + pdf_good(), MediaType.PDF),
        (b"\0" * 1019 + b"%PDF-1.4", MediaType.PDF),
        (b"\0" * 1100 + b"%PDF-1.4", None),
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", MediaType.HEIC),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", MediaType.HEIC),
        (b"\0\0\0\x18ftypavif\0\0\0\0mif1avif", None),
        (b"\0\0\0\x18ftypisom\0\0\0\0isommp42", None),
        (OLE2, MediaType.OLE2),
        (a_docx("x"), MediaType.DOCX),
        (an_archive({"[Content_Types].xml": "", "xl/workbook.xml": ""}), MediaType.XLSX),
        (an_archive({"[Content_Types].xml": "", "ppt/presentation.xml": ""}), MediaType.PPTX),
        (an_archive({"[Content_Types].xml": "", "xl/workbook.bin": ""}), None),
        (an_archive({"readme.txt": "word/"}), None),
        (b"PK\x03\x04", None),
        (UBL, MediaType.XML),
        (b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- a > b --><?p i?>' + CII, MediaType.XML),
        ('<?xml version="1.0" encoding="UTF-16"?>'.encode("utf-16") + UBL.decode().encode("utf-16-le"), MediaType.XML),
        (b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "]>">]><Invoice>', MediaType.XML),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg"/>', None),
        (b"<svg width='1'>", None),
        (b"<?xml version='1.0'?><note>hello</note>", None),
        (b"<!-- hello --><!DOCTYPE html><p>x", MediaType.HTML),
        (b"\n <HTML><body>x", MediaType.HTML),
        (b'<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml">', MediaType.HTML),
        (b"From: a@b.c\r\nTo: d@e.f\r\nSubject: x\r\n\r\nhello", MediaType.EML),
        (b"Received: from x\r\n\tby y\r\nFrom: a@b.c\r\n\r\n", MediaType.EML),
        (b"From: Berlin\nin the morning", MediaType.TEXT),
        (b"Invoice 12\nTotal: 5 EUR\n", MediaType.TEXT),
        ("Größe 5 €".encode("cp1252"), MediaType.TEXT),
        ("Größe".encode("utf-16"), MediaType.TEXT),
        ("請求書".encode(), MediaType.TEXT),
        (b"< 5 EUR", MediaType.TEXT),
        (b"{\\rtf1 hello}", None),
        (b"%!PS-Adobe-3.0", None),
        (b"\x7fELF\x02\x01\x01\0", None),
        (bytes(range(256)), None),
        (b"", None),
        (b" \n", None),
    ],
)
def test_the_content_decides(content: bytes, expected: MediaType | None) -> None:
    assert told(content) is expected


def test_a_polyglot_is_what_its_first_signature_says() -> None:
    assert told(pdf_good() + a_docx("x")) is MediaType.PDF
    assert told(an_image("PNG") + pdf_good()) is MediaType.PNG


def test_an_office_file_is_told_by_the_list_at_its_end_when_pictures_come_first() -> None:
    parts = {"[Content_Types].xml": "", "docProps/thumbnail.jpeg": bytes(64 * 1024), "ppt/presentation.xml": ""}

    assert told(an_archive(parts, stored=True)) is MediaType.PPTX


def test_text_cut_inside_a_character_stays_text() -> None:
    assert told(("é" * 10_000).encode()) is MediaType.TEXT
    assert told(b"x" + ("é" * 10_000).encode()) is MediaType.TEXT


@given(st.binary(max_size=300))
def test_any_bytes_get_an_answer(content: bytes) -> None:
    assert told(content) is None or told(content) in MediaType


@pytest.mark.parametrize(
    "content",
    [
        b"<?xml ?><!DOCTYPE a [" + b"<!---->" * 1_100,
        b"<!-- --> " * 900,
        b"<" * 8_192,
        b"From: x\n" * 1_000,
        b"<?x?>" * 1_600,
        b'<!DOCTYPE a ["' * 500,
    ],
)
@pytest.mark.timeout(2)
@pytest.mark.alone
def test_looking_takes_no_time_on_texts_made_to_loop(content: bytes) -> None:
    told(content)
