"""HTML, mail, plain text and e-invoices keep what their readers see, and fetch nothing."""

from email.message import EmailMessage
from itertools import pairwise

import pytest
from tests.support import bombs
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.engines.text import encoding_of
from docurift.model.failure import FailureCode
from docurift.model.result import BlockKind, Page, WarningCode
from docurift.model.work import Limits
from docurift.pipeline.ports import DocumentError


def pages_of(data: bytes) -> list[Page]:
    order = a_work_order()
    source = ContentOpeners().open(data, order)
    return [source.read(number, order, ScriptedOcr()) for number in range(1, source.page_count + 1)]


def blocks_of(data: bytes) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for page in pages_of(data) for block in page.blocks]


def refusal(data: bytes, limits: Limits | None = None) -> FailureCode:
    with pytest.raises(DocumentError) as caught:
        ContentOpeners().open(data, a_work_order(limits=limits or Limits()))
    return caught.value.code


def test_html_keeps_headings_lists_tables_and_line_breaks() -> None:
    html = b"""<!doctype html><title>no</title><style>no</style><script>no()</script><h2>Offer <b>12</b></h2>
        <p>two<br>lines<p style="display: none">no<ul><li>one<ol><li>deep</ol><li>two</ul>
        <table><tr><th>Item<th>Price<tr><td>Tea<td>4.50<tr><td colspan=2>sum</table><pre>a  b
c</pre>"""

    assert blocks_of(html) == [
        (BlockKind.HEADING, "Offer 12"),
        (BlockKind.PARAGRAPH, "two\nlines"),
        (BlockKind.LIST_ITEM, "one"),
        (BlockKind.LIST_ITEM, "deep"),
        (BlockKind.LIST_ITEM, "two"),
        (BlockKind.TABLE, "Item\tPrice\nTea\t4.50\nsum"),
        (BlockKind.CODE, "a  b\nc"),
    ]


def test_a_table_that_only_places_things_is_no_table() -> None:
    html = b"<html><table><tr><td><p>left</p><table><tr><th>a<th>b<tr><td>1<td>2</table></td></tr></table>"

    assert [kind for kind, _ in blocks_of(html)] == [BlockKind.PARAGRAPH, BlockKind.TABLE]


def test_cells_that_span_keep_the_others_in_their_columns() -> None:
    html = b"<html><table><tr><th>a<th>b<th>c<tr><td rowspan=2>1<td colspan=2>2<tr><td>3<td>4</table>"

    assert blocks_of(html) == [(BlockKind.TABLE, "a\tb\tc\n1\t2\n\t3\t4")]


@pytest.mark.parametrize("charset", ["utf-8", "iso-8859-1", "cp1250"])
def test_html_is_read_in_the_encoding_it_declares(charset: str) -> None:
    html = f'<html><meta charset="{charset}"><p>Größe</p>'.encode(charset)

    assert blocks_of(html) == [(BlockKind.PARAGRAPH, "Größe")]


def test_html_links_are_not_followed() -> None:
    html = b'<html><img src="file:///etc/passwd"><iframe src="file:///etc/passwd"></iframe><p>Invoice</p>'

    assert blocks_of(html) == [(BlockKind.PARAGRAPH, "Invoice")]


@pytest.mark.timeout(10)
def test_spans_that_claim_a_huge_table_are_refused() -> None:
    row = b"<tr>" + b"<td colspan=512 rowspan=512>x</td>" * 40 + b"</tr>"

    assert refusal(b"<html><table>" + row * 600 + b"</table>") is FailureCode.FILE_CORRUPT


@pytest.mark.timeout(10)
def test_html_nested_beyond_measure_is_read_as_far_as_it_is_sane() -> None:
    (page,) = pages_of(b"<html><p>before" + b"<div>" * 100_000 + b"x")

    assert page.words[0].text == "before"


def a_message(**body: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "Ä <a@example.com>", "b@example.com", "Invoice 12 für B"
    message.set_content(body.get("plain", "plain text"))
    if "html" in body:
        message.add_alternative(body["html"], subtype="html")
    return message


def test_mail_shows_its_fields_its_best_body_and_the_names_of_attachments() -> None:
    message = a_message(html="<table><tr><th>a<th>b<tr><td>1<td>2</table>")
    message.add_attachment(b"%PDF-", maintype="application", subtype="pdf", filename="invoice.pdf")

    assert blocks_of(message.as_bytes()) == [
        (BlockKind.HEADING, "Invoice 12 für B"),
        (BlockKind.PARAGRAPH, "From: Ä <a@example.com>\nTo: b@example.com"),
        (BlockKind.TABLE, "a\tb\n1\t2"),
        (BlockKind.PARAGRAPH, "Attachment: invoice.pdf"),
    ]


def test_plain_mail_is_read_as_text() -> None:
    assert blocks_of(a_message(plain="one\n\ntwo").as_bytes())[2:] == [
        (BlockKind.PARAGRAPH, "one"),
        (BlockKind.PARAGRAPH, "two"),
    ]


def test_columns_of_plain_text_stand_under_each_other() -> None:
    (page,) = pages_of(b"Item      Price\nTea        4.50\n\nend\n")
    item, price, tea, amount, _ = page.words

    assert item.box[0] == tea.box[0]
    assert price.box[2] == amount.box[2]
    assert [block.text for block in page.blocks] == ["Item      Price\nTea        4.50", "end"]


def test_long_lines_are_broken_at_blanks_and_no_word_is_lost() -> None:
    words = [f"word{number}" for number in range(500)]

    pages = pages_of((" ".join(words) + " " + "x" * 200).encode())

    read = [word for page in pages for word in page.words]
    assert [word.text for word in read[:500]] == words
    assert "".join(word.text for word in read[500:]) == "x" * 200
    assert max(word.box[2] for word in read) <= 1 - 5 / 99


@pytest.mark.timeout(10)
def test_a_single_line_of_megabytes_is_broken_in_one_go() -> None:
    source = ContentOpeners().open(b"ab " * 1_000_000, a_work_order())

    assert source.page_count == 557


def test_form_feeds_and_length_end_pages_of_text() -> None:
    pages = pages_of(b"one\x0ctwo\n" + b"line\n" * 100)

    assert [len(page.words) for page in pages] == [1, 62, 39]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_text_is_read_in_its_own_encoding(encoding: str) -> None:
    assert blocks_of("Größe 5 € und mehr davon".encode(encoding)) == [(BlockKind.PARAGRAPH, "Größe 5 € und mehr davon")]


def test_characters_that_were_lost_are_a_warning() -> None:
    order = a_work_order()

    source = ContentOpeners().open(b"a price of 5 \x81 and so on", order)

    assert [warning.code for warning in source.warnings] == [WarningCode.TEXT_REPAIRED]


@pytest.mark.parametrize("codec", ["hex", "zlib", "punycode", "unicode_escape", "idna", "no-such", "a\0b"])
def test_a_declared_encoding_that_is_none_is_ignored(codec: str) -> None:
    assert encoding_of(b"\xe9" * 10, codec) == "cp1252"


def test_more_text_than_a_result_may_carry_is_refused() -> None:
    limits = Limits(max_text_characters=1_000)

    assert refusal(b"word " * 1_000, limits) is FailureCode.OUTPUT_TOO_LARGE


UBL = b'<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:c="urn:c">'


def test_an_e_invoice_shows_its_values_by_name_as_they_are_nested() -> None:
    xml = (
        UBL + b"<c:ID>INV-1</c:ID><c:IssueDate>2024-05-17</c:IssueDate><Party><c:Name>Tea &amp; Co</c:Name></Party>"
        b'<LegalMonetaryTotal><c:PayableAmount currencyID="EUR">118.00</c:PayableAmount></LegalMonetaryTotal>'
        b'<EmbeddedDocumentBinaryObject filename="a.pdf">QUJD</EmbeddedDocumentBinaryObject></Invoice>'
    )

    assert [text for _, text in blocks_of(xml)] == [
        "Invoice",
        "ID: INV-1\nIssue Date: 2024-05-17",
        "Party\n  Name: Tea & Co",
        "Legal Monetary Total\n  Payable Amount: 118.00 EUR",
        "Embedded Document Binary Object: a.pdf",
    ]


@pytest.mark.parametrize("subset", [bombs.LAUGHS, bombs.XXE, ""])
def test_an_e_invoice_with_a_document_type_is_refused(subset: str) -> None:
    xml = f"<?xml version='1.0'?><!DOCTYPE Invoice [{subset}]>".encode() + UBL + b"<ID>1</ID></Invoice>"

    assert refusal(xml) is FailureCode.FILE_CORRUPT


def test_boxes_of_lines_do_not_overlap() -> None:
    (page,) = pages_of(b"\n".join(b"line %d" % number for number in range(20)))
    tops = [word.box[1] for word in page.words[::2]]
    bottoms = [word.box[3] for word in page.words[::2]]

    assert all(bottom <= top + 1e-4 for bottom, (_, top) in zip(bottoms, pairwise(tops), strict=False))
