"""Office files are held to the limits of security.md section 3.1 before and while they are unpacked."""

import zlib
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.support import bombs
from tests.support.office import a_docx, an_archive, docx_parts, paragraph
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.archive import Package
from docurift.engines.docx import open_docx
from docurift.model.failure import FailureCode
from docurift.model.work import MIB, Limits
from docurift.pipeline.ports import DocumentError


def refusal(data: bytes) -> FailureCode:
    with pytest.raises(DocumentError) as caught:
        open_docx(data, a_work_order())
    return caught.value.code


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: bombs.docx_unfolding(64 * MIB),
        lambda: bombs.docx_many_entries(10_001),
        lambda: bombs.docx_with("inner.zip", an_archive({"a": "b"})),
    ],
    ids=["unfolds to 64 MiB of blanks", "10,001 entries", "nested archive"],
)
def test_archives_beyond_the_limits_end_in_decompression_limit(bomb: Callable[[], bytes]) -> None:
    assert refusal(bomb()) is FailureCode.DECOMPRESSION_LIMIT


def test_declared_sizes_are_summed_before_anything_is_unpacked() -> None:
    packed = zlib.compress(b"x")[2:-4]
    data = bombs.with_entry(a_docx(), "word/a.bin", packed, crc=0, size=600 * MIB)

    assert refusal(data) is FailureCode.DECOMPRESSION_LIMIT


def test_a_part_that_is_longer_than_it_declares_is_corrupt_and_not_read_on() -> None:
    content = b"x" * MIB
    packed = zlib.compress(content)[2:-4]
    data = bombs.with_entry(a_docx(), "word/a.bin", packed, crc=zlib.crc32(content), size=1_000)
    package = Package(data, Limits())

    with pytest.raises(DocumentError) as caught:
        package.read("word/a.bin")

    assert caught.value.code is FailureCode.FILE_CORRUPT


def test_unpacked_bytes_are_counted_over_all_parts() -> None:
    limits = replace(Limits(), max_archive_bytes=2_500)
    package = Package(an_archive({**docx_parts(""), "word/a.xml": "x" * 1_000}), limits)
    package.read("word/a.xml")

    with pytest.raises(DocumentError) as caught:
        package.read("word/a.xml"), package.read("word/a.xml")

    assert caught.value.code is FailureCode.DECOMPRESSION_LIMIT


@pytest.mark.parametrize("name", ["../../x", "/etc/x", "..\\x", "C:\\x", "word/../../x", "word/document.xml"])
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_an_entry_with_a_forbidden_or_repeated_name_is_corrupt(name: str) -> None:
    packed = zlib.compress(b"x")[2:-4]

    assert refusal(bombs.with_entry(a_docx(), name, packed, crc=zlib.crc32(b"x"), size=1)) is FailureCode.FILE_CORRUPT


@pytest.mark.parametrize("subset", [bombs.LAUGHS, bombs.XXE, '<!ENTITY a "b">', ""])
@pytest.mark.parametrize("body", ["&a;", "x"])
def test_a_document_type_is_refused_whatever_it_declares(subset: str, body: str) -> None:
    if not subset and body == "&a;":
        pytest.skip("not well-formed in the first place")

    assert refusal(bombs.docx_with_doctype(subset, body)) is FailureCode.FILE_CORRUPT


@pytest.mark.parametrize("missing", ["[Content_Types].xml", "_rels/.rels", "word/document.xml"])
def test_an_archive_without_its_main_part_is_no_document(missing: str) -> None:
    parts = docx_parts(paragraph("x"))
    del parts[missing]

    assert refusal(an_archive(parts)) is FailureCode.FILE_CORRUPT


def test_an_embedded_workbook_is_left_alone() -> None:
    data = bombs.docx_with("word/embeddings/Workbook1.xlsx", an_archive({"a": "b"}))

    page = open_docx(data, a_work_order()).read(1, a_work_order(), ScriptedOcr())

    assert [word.text for word in page.words] == ["Invoice", "INV-2041"]


def test_an_encrypted_entry_is_encrypted() -> None:
    data = bytearray(a_docx(paragraph("x")))
    at = data.find(b"PK\x01\x02")
    data[at + 8] |= 1

    assert refusal(bytes(data)) is FailureCode.FILE_ENCRYPTED
