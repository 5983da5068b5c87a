"""Word, Excel and PowerPoint files keep their text, its order, their headings, lists and tables."""

from collections.abc import Sequence
from datetime import date, datetime
from io import BytesIO

import openpyxl
import pptx
import pptx.util
import pytest
from tests.support.office import HEADING_STYLES, a_docx, paragraph, word_table
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.model.failure import FailureCode
from docurift.model.result import BlockKind, Page, Table, TextSource, WarningCode
from docurift.pipeline.ports import DocumentError


def pages_of(data: bytes) -> list[Page]:
    order = a_work_order()
    source = ContentOpeners().open(data, order)
    return [source.read(number, order, ScriptedOcr()) for number in range(1, source.page_count + 1)]


def grid_of(table: Table) -> list[list[str]]:
    rows = [[""] * table.columns for _ in range(table.rows)]
    for cell in table.cells:
        rows[cell.row][cell.column] = cell.text
    return rows


def kinds(page: Page) -> list[tuple[BlockKind, str]]:
    return [(block.kind, block.text) for block in page.blocks]


def a_workbook(*rows: Sequence[object], formats: dict[str, str] | None = None) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for place, code in (formats or {}).items():
        sheet[place].number_format = code
    target = BytesIO()
    book.save(target)
    return target.getvalue()


def test_headings_lists_and_tables_of_word_keep_their_order() -> None:
    body = (
        paragraph("Contract", "H1")
        + paragraph("between A and B")
        + paragraph("first", "Bullet")
        + word_table(("Item", "Price"), ("Tea", "4.50"))
        + paragraph("after")
    )

    (page,) = pages_of(a_docx(body, styles=HEADING_STYLES))

    assert kinds(page) == [
        (BlockKind.HEADING, "Contract"),
        (BlockKind.PARAGRAPH, "between A and B"),
        (BlockKind.LIST_ITEM, "first"),
        (BlockKind.TABLE, "Item\tPrice\nTea\t4.50"),
        (BlockKind.PARAGRAPH, "after"),
    ]
    assert grid_of(page.tables[0]) == [["Item", "Price"], ["Tea", "4.50"]]
    assert page.tables[0].header_rows == 1
    assert page.text_source is TextSource.NATIVE


def test_words_of_flowing_text_have_boxes_that_follow_its_lines() -> None:
    (page,) = pages_of(a_docx(paragraph("Total due") + word_table(("a", "b"), ("c", "d"))))
    total, due, a, b, c, d = (word.box for word in page.words)

    assert all(0 <= box[0] < box[2] <= 1 and 0 <= box[1] < box[3] <= 1 for box in (total, due, a, b, c, d))
    assert total[1] == due[1]
    assert total[2] < due[0]
    assert due[3] <= a[1]
    assert a[1] == b[1] < c[1] == d[1]
    assert a[0] == c[0] < b[0] == d[0]
    cells = {cell.text: cell.box for cell in page.tables[0].cells}
    assert cells == {"a": a, "b": b, "c": c, "d": d}


def test_headers_come_first_and_footers_last_each_once() -> None:
    data = a_docx(paragraph("body"), header1=paragraph("ACME"), header2=paragraph("ACME"), footer1=paragraph("VAT DE1"))

    (page,) = pages_of(data)

    assert [block.text for block in page.blocks] == ["ACME", "body", "VAT DE1"]


def test_deleted_text_is_gone_and_inserted_text_stays() -> None:
    body = (
        "<w:p><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
        "<w:ins><w:r><w:t>new</w:t></w:r></w:ins><w:r><w:tab/><w:t>end</w:t></w:r></w:p>"
    )

    (page,) = pages_of(a_docx(body))

    assert [word.text for word in page.words] == ["new", "end"]


def test_page_breaks_of_word_end_pages() -> None:
    brk = '<w:p><w:r><w:t>one</w:t><w:br w:type="page"/><w:lastRenderedPageBreak/><w:t>two</w:t></w:r></w:p>'

    assert [[word.text for word in page.words] for page in pages_of(a_docx(brk))] == [["one"], ["two"]]


def test_merged_cells_of_word_stay_in_their_columns() -> None:
    row = '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr>{}</w:tc><w:tc>{}</w:tc></w:tr>'
    table = f"<w:tbl>{row.format(paragraph('wide'), paragraph('x'))}</w:tbl>"

    (page,) = pages_of(a_docx(table + paragraph("y")))

    assert grid_of(page.tables[0]) == [["wide", "", "x"]]


def test_long_text_runs_over_to_further_pages() -> None:
    pages = pages_of(a_docx("".join(paragraph(f"word{number}") for number in range(100))))

    assert len(pages) == 4
    assert [word.text for page in pages for word in page.words] == [f"word{number}" for number in range(100)]


def test_cells_show_dates_shares_and_decimals_by_their_format() -> None:
    data = a_workbook(
        ["Date", "When", "Rate", "Net", "Plain", "Yes"],
        [date(2024, 5, 17), datetime(2024, 5, 17, 8, 30), 0.19, 1190, 0.1 + 0.2, True],  # noqa: DTZ001 - a cell's
        formats={"C2": "0%", "D2": "#,##0.00"},
    )

    (page,) = pages_of(data)

    assert grid_of(page.tables[0])[1] == ["2024-05-17", "2024-05-17 08:30:00", "19%", "1190.00", "0.3", "TRUE"]
    assert page.tables[0].header_rows == 1


def test_a_title_above_and_a_note_below_are_no_rows_of_the_table() -> None:
    data = a_workbook(["Price list"], ["Item", "Price"], ["Tea", 4.5], ["Cup", 3], ["per piece"], [], ["end"])

    (page,) = pages_of(data)

    assert [kind for kind, _ in kinds(page)] == [BlockKind.PARAGRAPH, BlockKind.TABLE] + [BlockKind.PARAGRAPH] * 2
    assert grid_of(page.tables[0]) == [["Item", "Price"], ["Tea", "4.5"], ["Cup", "3"]]


def test_visible_sheets_are_pages_under_their_names() -> None:
    book = openpyxl.Workbook()
    for title, state in (("Items", "visible"), ("Secret", "hidden"), ("Totals", "visible")):
        sheet = book.create_sheet(title)
        sheet.append([f"{title} text"])
        sheet.sheet_state = state
    del book["Sheet"]
    target = BytesIO()
    book.save(target)

    pages = pages_of(target.getvalue())

    assert [[block.text for block in page.blocks] for page in pages] == [
        ["Items", "Items text"],
        ["Totals", "Totals text"],
    ]


def test_a_long_sheet_is_cut_into_tables_that_repeat_the_header() -> None:
    pages = pages_of(a_workbook(["Item", "Number"], *([f"item{n}", n] for n in range(1_200))))

    assert [page.tables[0].rows for page in pages] == [501, 501, 201]
    assert all(grid_of(page.tables[0])[0] == ["Item", "Number"] for page in pages)


def test_slides_are_pages_with_titles_lists_and_tables() -> None:
    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text = "Offer"
    slide.placeholders[1].text = "cheap\ngood"
    slide.notes_slide.notes_text_frame.text = "say hello"
    deck.slides.add_slide(deck.slide_layouts[6])
    inch = pptx.util.Inches(1)
    table = deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_table(2, 2, inch, inch, inch, inch).table
    for number, text in enumerate(("Item", "Price", "Tea", "4.50")):
        table.cell(number // 2, number % 2).text = text
    target = BytesIO()
    deck.save(target)

    first, empty, last = pages_of(target.getvalue())

    assert kinds(first)[:3] == [
        (BlockKind.HEADING, "Offer"),
        (BlockKind.LIST_ITEM, "cheap"),
        (BlockKind.LIST_ITEM, "good"),
    ]
    assert first.blocks[-1].text == "say hello"
    assert empty.text_source is TextSource.NONE
    assert grid_of(last.tables[0]) == [["Item", "Price"], ["Tea", "4.50"]]


def test_without_tables_wanted_their_words_stay() -> None:
    order = a_work_order(extract_tables=False)
    source = ContentOpeners().open(a_docx(word_table(("Item", "Price"), ("Tea", "4.50"))), order)

    page = source.read(1, order, ScriptedOcr())

    assert page.tables == ()
    assert [word.text for word in page.words] == ["Item", "Price", "Tea", "4.50"]


@pytest.mark.parametrize(("stream", "code"), [("EncryptedPackage", "FILE_ENCRYPTED"), ("WordDocument", "FILE_CORRUPT")])
def test_protected_and_legacy_office_files_are_told_apart(stream: str, code: str) -> None:
    data = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504) + stream.encode("utf-16-le")

    with pytest.raises(DocumentError) as caught:
        ContentOpeners().open(data, a_work_order())

    assert caught.value.code is FailureCode(code)


def test_a_name_that_promises_another_format_is_a_warning() -> None:
    order = a_work_order(file_name="scan.pdf")

    source = ContentOpeners().open(a_docx(paragraph("x")), order)

    assert [warning.code for warning in source.warnings] == [WarningCode.NAME_DISAGREES_WITH_CONTENT]
    assert source.read(1, order, ScriptedOcr()).words[0].text == "x"


def test_office_files_have_no_page_images() -> None:
    order = a_work_order()

    with pytest.raises(DocumentError) as caught:
        ContentOpeners().open(a_docx(paragraph("x")), order).render(1, dpi=100, limits=order.limits)

    assert caught.value.code is FailureCode.ENGINE_UNAVAILABLE
