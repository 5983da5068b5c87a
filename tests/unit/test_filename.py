"""File names are text to show, never paths (security.md section 3.3)."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.model.document import MediaType
from docurift.model.filename import MAX_NAME_BYTES, NAMELESS, clean, disagrees, name_in


@pytest.mark.parametrize(
    ("name", "cleaned"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\x", "x"),
        ("C:\\x", "x"),
        ("\\\\host\\share", "share"),
        ("a\0.pdf", "a.pdf"),
        ("a\r\nX: y", "aX: y"),
        (".", NAMELESS),
        ("..", NAMELESS),
        ("", NAMELESS),
        (None, NAMELESS),
        ("a/", NAMELESS),
        ("\u202e", NAMELESS),
        ("\ud800", NAMELESS),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a.pdf.exe", "a.pdf.exe"),
        ("%2e%2e%2f", "%2e%2e%2f"),
        ("e\u0301.pdf", "é.pdf"),
        ("~", "~"),
        ("-rf", "-rf"),
        ("$(id)", "$(id)"),
        ("CON", "CON"),
        ("<img onerror=…>", "<img onerror=…>"),
        ("{{7*7}}", "{{7*7}}"),
        ("👩‍👧.pdf", "👩‍👧.pdf"),
        (".hidden", ".hidden"),
        ("a.pdf. ", "a.pdf"),
        (" a.pdf", "a.pdf"),
    ],
)
def test_names_keep_what_can_be_shown(name: str | None, cleaned: str) -> None:
    assert clean(name) == cleaned


def test_a_long_name_keeps_its_extension() -> None:
    assert clean("n" * 5_000 + ".pdf") == "n" * 251 + ".pdf"
    assert clean("é" * 300 + ".pdf") == "é" * 125 + ".pdf"
    assert clean("x." + "n" * 5_000) == "x." + "n" * 253


@given(st.text(st.characters(), max_size=600))
def test_every_name_comes_out_short_plain_and_only_once_changed(name: str) -> None:
    cleaned = clean(name)

    assert 0 < len(cleaned.encode()) <= MAX_NAME_BYTES
    assert not set(cleaned) & set("/\\")
    assert not any(unicodedata.category(c) in {"Cc", "Cs"} for c in cleaned)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned not in {".", ".."}
    assert clean(cleaned) == cleaned


@pytest.mark.parametrize(
    ("media_type", "file_name", "declared", "expected"),
    [
        (MediaType.PDF, "a.pdf", "application/pdf", False),
        (MediaType.PDF, "a.PDF", "application/octet-stream", False),
        (MediaType.PDF, "a", None, False),
        (MediaType.PDF, "2024-05-17.final", None, False),
        (MediaType.JPEG, "a.pdf", None, True),
        (MediaType.PDF, "a.pdf.exe", None, True),
        (MediaType.JPEG, "a.jpg", "image/jpg; q=1", False),
        (MediaType.JPEG, "a.jpg", "image/png", True),
        (MediaType.OLE2, "a.docx", None, False),
        (MediaType.XML, "a.xml", "text/xml", False),
        (MediaType.TEXT, "a.csv", "text/csv", False),
    ],
)
def test_a_name_or_declaration_that_promises_another_format_disagrees(
    media_type: MediaType, file_name: str, declared: str | None, *, expected: bool
) -> None:
    assert disagrees(media_type, file_name=file_name, declared=declared) is expected


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("https://files.example.org/a/invoice.pdf", "invoice.pdf"),
        ("https://files.example.org/a/letter%20of%20May.pdf?signature=x/secret.pdf#page", "letter of May.pdf"),
        ("https://files.example.org/a/b%2F..%2Fc.pdf", "c.pdf"),
        ("https://files.example.org/folder/", "folder"),
        ("https://files.example.org/", NAMELESS),
        ("https://files.example.org", NAMELESS),
        ("https://files.example.org?name=/secret.pdf", NAMELESS),
        ("https://files.example.org/%00%ff%2e%2e", "\ufffd"),
        ("no url", NAMELESS),
    ],
)
def test_a_url_names_its_file_by_the_end_of_its_path(url: str, name: str) -> None:
    assert name_in(url) == name
