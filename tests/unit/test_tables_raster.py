import cv2
import numpy as np
import pytest
from tests.support.pages import some_words

from docurift.engines.tables import RasterTables
from docurift.engines.tables_ruling import grids_of
from docurift.model.result import Table
from docurift.pipeline.ports import Pixels

ROWS = (("Country", "Pieces", "Value"), ("Spain", "12", "99.50"), ("Italy", "7", "41.00"), ("Malta", "3", "8.25"))
XS, YS = (100, 250, 350, 480), (150, 180, 210, 240, 270)


def grid_of(table: Table) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(cell.text for cell in table.cells if cell.row == r) for r in range(table.rows))


def words_in(xs: tuple[int, ...], ys: tuple[int, ...], rows: tuple[tuple[str, ...], ...] = ROWS):  # noqa: ANN201
    return some_words(
        *((xs[c] + 8, ys[r] + 8, text) for r, row in enumerate(rows) for c, text in enumerate(row) if text)
    )


def ruled_page(scale: int = 2, *, color: bool = False) -> Pixels:
    pixels = np.full((800 * scale, 600 * scale), 255, np.uint8)
    for x in XS:
        pixels[YS[0] * scale : YS[-1] * scale, x * scale : x * scale + 2] = 0
    for y in YS:
        pixels[y * scale : y * scale + 2, XS[0] * scale : XS[-1] * scale] = 0
    return np.repeat(pixels[:, :, None], 3, axis=2) if color else pixels


def test_columns_of_words_without_rulings_are_a_table() -> None:
    (table,) = RasterTables().find(words_in(XS, YS), None)

    assert grid_of(table) == ROWS
    assert table.header_rows == 1


def test_an_empty_cell_has_no_box() -> None:
    rows = (*ROWS, ("Japan", "", "5.00"))

    (table,) = RasterTables().find(words_in(XS, (*YS, 300), rows), None)

    assert grid_of(table) == rows
    assert [cell.text for cell in table.cells if cell.box is None] == [""]


@pytest.mark.parametrize("color", [False, True])
def test_drawn_lines_part_cells_that_stand_close(color: bool) -> None:  # noqa: FBT001
    xs, ys = XS, YS
    rows = (("a b", "c", "d"), ("e f", "g", "h i"), ("k l", "m", "n"), ("o", "p", "q r"))

    (table,) = RasterTables().find(words_in(xs, ys, rows), ruled_page(color=color))

    assert grid_of(table) == rows
    assert table.confidence > 0.8


def test_the_lines_of_a_grid_are_found_on_a_slightly_turned_and_dark_page() -> None:
    page = ruled_page()
    turn = cv2.getRotationMatrix2D((600, 800), 0.2, 1.0)
    photographed = cv2.warpAffine(page, turn, (1200, 1600), borderValue=255) // 2 + 60

    (grid,) = grids_of(photographed.astype(np.uint8))

    assert np.allclose(grid.xs, [x / 600 for x in XS], atol=0.006)
    assert np.allclose(grid.ys, [y / 800 for y in YS], atol=0.006)


def test_a_frame_around_text_is_no_table() -> None:
    pixels = np.full((1600, 1200), 255, np.uint8)
    cv2.rectangle(pixels, (100, 100), (1100, 400), 0, 3)

    assert RasterTables().find(some_words((100, 100, "just a note in a box")), pixels) == ()


def test_prose_is_no_table() -> None:
    sentence = "words that run over the page from one side to the other and on"
    words = some_words(*((50, 100 + 16 * r, sentence) for r in range(12)))

    assert RasterTables().find(words, None) == ()


def test_two_columns_of_prose_are_no_table() -> None:
    words = some_words(
        *((x, 100 + 16 * r, "half a page of words to read, 1 or 2") for r in range(12) for x in (40, 330))
    )

    assert RasterTables().find(words, None) == ()


def test_two_tables_on_one_page_are_two() -> None:
    below = tuple(y + 300 for y in YS)

    tables = RasterTables().find((*words_in(XS, YS), *words_in(XS, below)), None)

    assert [grid_of(table) for table in tables] == [ROWS, ROWS]


def test_a_page_without_words_has_no_tables() -> None:
    assert RasterTables().find((), ruled_page()) == ()
