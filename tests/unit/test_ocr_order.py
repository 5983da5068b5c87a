from docurift.engines.ocr_order import in_order
from docurift.engines.ocr_words import LineWord


def a_piece(text: str, x: float, y: float, *, width: float | None = None) -> list[LineWord]:
    return [LineWord(text, 1.0, (x, y, x + (width or 12.0 * len(text)), y + 20))]


def texts(*pieces: list[LineWord]) -> list[str]:
    return [" ".join(word.text for word in line) for line in in_order(list(pieces))]


def test_a_page_without_text_has_no_lines() -> None:
    assert texts() == []


def test_rows_of_a_table_are_read_across() -> None:
    cells = [a_piece(f"{name}{row}", x, 100 + 40 * row) for row in range(3) for name, x in (("b", 300.0), ("a", 50.0))]

    assert texts(*cells) == ["a0 b0", "a1 b1", "a2 b2"]


def test_columns_of_prose_are_read_one_after_the_other() -> None:
    left = [a_piece(f"left{row}", 50, 100 + 30 * row, width=400) for row in range(4)]
    right = [a_piece(f"right{row}", 500, 100 + 30 * row, width=400) for row in range(4)]

    assert texts(*right, *left) == [f"left{row}" for row in range(4)] + [f"right{row}" for row in range(4)]


def test_columns_whose_lines_stand_at_other_heights_are_not_mixed() -> None:
    left = [a_piece(f"left{row}", 50, 100 + 40 * row) for row in range(3)]
    right = [a_piece(f"right{row}", 500, 120 + 40 * row) for row in range(3)]

    assert texts(*left, *right) == ["left0", "left1", "left2", "right0", "right1", "right2"]


def test_a_title_comes_before_the_columns_below_it() -> None:
    title = a_piece("title", 50, 20, width=850)
    left = [a_piece(f"left{row}", 50, 100 + 30 * row, width=400) for row in range(4)]
    right = [a_piece(f"right{row}", 500, 100 + 30 * row, width=400) for row in range(4)]

    assert texts(*right, *left, title)[0] == "title"


def test_pieces_of_one_line_are_joined_from_left_to_right() -> None:
    assert texts(a_piece("world", 140, 101), a_piece("hello", 50, 100)) == ["hello world"]
