import pytest
from PIL import Image, ImageDraw
from tests.support.pdfs import a_pdf, a_scanned_pdf, a_table_pdf, a_turned_pdf, an_empty_page_pdf
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.pdf import open_pdf
from docurift.model.failure import FailureCode
from docurift.model.result import TextSource, WarningCode
from docurift.model.work import Limits
from docurift.pipeline.ports import DocumentError


def a_scan(width: int = 1654, height: int = 2339) -> Image.Image:
    image = Image.new("L", (width, height), 255)
    ImageDraw.Draw(image).text((width // 4, height // 4), "printed", fill=0)
    return image


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7\n", b"not a pdf at all"])
def test_what_pdfium_cannot_open_is_corrupt(data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        open_pdf(data, a_work_order())

    assert caught.value.code is FailureCode.FILE_CORRUPT


def test_an_encrypted_file_opens_with_its_password_only() -> None:
    data = a_pdf([(60, 700, "secret")], password="sesame")

    source = open_pdf(data, a_work_order(password="sesame"))
    page = source.read(1, a_work_order(password="sesame"), ScriptedOcr())
    source.close()

    assert [word.text for word in page.words] == ["secret"]
    for wrong in (None, "", "wrong"):
        with pytest.raises(DocumentError) as caught:
            open_pdf(data, a_work_order(password=wrong))
        assert caught.value.code is FailureCode.FILE_ENCRYPTED


def test_tables_are_found_in_an_encrypted_file_too() -> None:
    rows = [["Country", "Pieces", "Value"], ["Spain", "12", "99.50"], ["Italy", "7", "41.00"], ["Malta", "3", "8.25"]]
    placed = [(60 + 110 * c, 700 - 18 * r, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    order = a_work_order(password="sesame")

    source = open_pdf(a_pdf(placed, password="sesame"), order)
    page = source.read(1, order, ScriptedOcr())
    source.close()

    assert len(page.tables) == 1


def test_a_page_larger_than_200_inches_is_refused() -> None:
    source = open_pdf(a_pdf([(10, 10, "x")], size=(15_000, 100)), a_work_order())

    with pytest.raises(DocumentError) as caught:
        source.read(1, a_work_order(), ScriptedOcr())
    source.close()

    assert caught.value.code is FailureCode.PAGE_TOO_LARGE
    assert caught.value.page == 1


def test_a_page_that_is_a_picture_is_read_by_ocr_at_the_pictures_own_resolution() -> None:
    ocr = ScriptedOcr("from pixels")
    source = open_pdf(a_scanned_pdf(a_scan()), a_work_order())

    page = source.read(1, a_work_order(), ocr)
    source.close()

    assert page.text_source is TextSource.OCR
    assert [word.text for word in page.words] == ["from", "pixels"]
    assert ocr.shown[0].shape == pytest.approx((2339, 1654), abs=2)
    assert ocr.shown[0].ndim == 2
    assert ocr.dpi[0] == pytest.approx(200, abs=1)


def test_a_picture_of_low_resolution_is_drawn_at_200_dpi() -> None:
    ocr = ScriptedOcr()
    source = open_pdf(a_scanned_pdf(a_scan(595, 842)), a_work_order())

    source.read(1, a_work_order(), ocr)
    source.close()

    assert ocr.dpi == [200]


def test_a_scan_stays_without_words_where_ocr_is_not_wanted() -> None:
    ocr = ScriptedOcr()
    order = a_work_order(ocr_fallback=False)
    source = open_pdf(a_scanned_pdf(a_scan()), order)

    page = source.read(1, order, ocr)
    source.close()

    assert page.text_source is TextSource.NONE
    assert ocr.shown == []


@pytest.mark.parametrize("data", [an_empty_page_pdf(), a_scanned_pdf(Image.new("L", (200, 300), 255))])
def test_a_blank_page_is_not_given_to_ocr(data: bytes) -> None:
    ocr = ScriptedOcr()
    source = open_pdf(data, a_work_order())

    page = source.read(1, a_work_order(), ocr)
    source.close()

    assert page.text_source is TextSource.NONE
    assert ocr.shown == []


def test_a_raster_over_the_limit_is_drawn_smaller_with_a_warning() -> None:
    ocr = ScriptedOcr()
    order = a_work_order(limits=Limits(max_raster_pixels=100_000))
    source = open_pdf(a_scanned_pdf(a_scan()), order)

    page = source.read(1, order, ocr)
    source.close()

    assert ocr.shown[0].size <= 101_000
    assert [w.code for w in page.warnings] == [WarningCode.PAGE_DOWNSCALED]


def test_a_born_digital_table_becomes_a_grid_of_our_own_words() -> None:
    rows = [["Country", "Pieces", "Value"], ["Spain", "12", "99.50"], ["Italy", "7", "41.00"], ["Malta", "3", "8.25"]]
    source = open_pdf(a_table_pdf(rows), a_work_order())

    page = source.read(1, a_work_order(), ScriptedOcr())
    source.close()

    (table,) = page.tables
    grid = [[cell.text for cell in table.cells if cell.row == r] for r in range(table.rows)]
    assert grid == rows
    boxes = {word.text: word.box for word in page.words}
    assert all(cell.box == boxes[cell.text] for cell in table.cells)
    assert [block.table for block in page.blocks if block.table is not None] == [0]


def test_no_table_is_made_where_none_is_wanted() -> None:
    order = a_work_order(extract_tables=False)
    source = open_pdf(a_table_pdf([["a", "1"], ["b", "2"], ["c", "3"]]), order)

    page = source.read(1, order, ScriptedOcr())
    source.close()

    assert page.tables == ()
    assert {"a", "1", "b", "2", "c", "3"} <= {word.text for word in page.words}


def test_later_batches_of_tables_are_fetched_when_their_pages_come() -> None:
    rows = [["Country", "Pieces", "Value"], ["Spain", "12", "99.50"], ["Italy", "7", "41.00"], ["Malta", "3", "8.25"]]
    placed = [(60 + 110 * c, 700 - 18 * r, text) for r, row in enumerate(rows) for c, text in enumerate(row)]
    source = open_pdf(a_pdf(*[placed] * 45), a_work_order())

    found = [len(source.read(number, a_work_order(), ScriptedOcr()).tables) for number in (1, 40, 41, 45)]
    source.close()

    assert found == [1, 1, 1, 1]


def test_a_page_that_is_not_there_is_refused() -> None:
    source = open_pdf(a_pdf([(60, 700, "only")]), a_work_order())

    with pytest.raises(DocumentError):
        source.render(2, dpi=50, limits=Limits())
    source.close()


def test_a_page_is_rendered_in_colour_at_the_resolution_asked_for() -> None:
    source = open_pdf(a_pdf([(60, 700, "x")]), a_work_order())

    pixels = source.render(1, dpi=72, limits=Limits())
    source.close()

    assert pixels.shape == (842, 595, 3)


@pytest.mark.parametrize("rotation", [0, 90, 180, 270])
def test_the_table_engine_and_our_words_agree_on_a_turned_page(rotation: int) -> None:
    rows = [["Country", "Pieces", "Value"], ["Spain", "12", "99.50"], ["Italy", "7", "41.00"], ["Malta", "3", "8.25"]]
    # Printed so that it reads upright once the page is turned.
    across, down = {0: ((1, 0), (0, -1)), 90: ((0, 1), (1, 0)), 180: ((-1, 0), (0, 1)), 270: ((0, -1), (-1, 0))}[
        rotation
    ]
    start = {0: (100, 600), 90: (100, 200), 180: (450, 200), 270: (450, 600)}[rotation]
    placed = [
        (start[0] + across[0] * 90 * c + down[0] * 20 * r, start[1] + across[1] * 90 * c + down[1] * 20 * r, text)
        for r, row in enumerate(rows)
        for c, text in enumerate(row)
    ]
    order = a_work_order()
    source = open_pdf(a_turned_pdf(rotation, placed, crop=(40, 30, 500, 700), along=across), order)

    page = source.read(1, order, ScriptedOcr())
    source.close()

    (table,) = page.tables
    assert [[cell.text for cell in table.cells if cell.row == r] for r in range(table.rows)] == rows
    x0, y0, x1, y1 = table.box
    for word in page.words:
        assert x0 <= (word.box[0] + word.box[2]) / 2 <= x1
        assert y0 <= (word.box[1] + word.box[3]) / 2 <= y1
