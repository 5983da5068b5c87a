import pytest
from tests.support.pages import a_page

from docurift.model.result import Block, BlockKind, Cell, Table
from docurift.pipeline.markdown import flowing, markdown_of, table_markdown

BOX = (0.0, 0.0, 1.0, 1.0)


def a_table(*rows: list[str], header_rows: int = 1) -> Table:
    cells = tuple(Cell(row=r, column=c, text=text) for r, row in enumerate(rows) for c, text in enumerate(row))
    return Table(box=BOX, rows=len(rows), columns=len(rows[0]), header_rows=header_rows, cells=cells)


def written(kind: BlockKind, text: str, level: int | None = None) -> str:
    return markdown_of([a_page(blocks=(Block(kind=kind, box=BOX, text=text, level=level),))])


def test_a_table_is_piped_and_its_pipes_are_escaped() -> None:
    assert (
        table_markdown(a_table(["a", "b|c"], ["1", "two\nlines"])) == "| a | b\\|c |\n| --- | --- |\n| 1 | two lines |"
    )


def test_a_table_without_header_gets_an_empty_one() -> None:
    assert table_markdown(a_table(["1", "2"], header_rows=0)) == "|  |  |\n| --- | --- |\n| 1 | 2 |"


def test_a_table_stands_where_its_block_does() -> None:
    blocks = (
        Block(kind=BlockKind.HEADING, box=BOX, text="Sales", level=1),
        Block(kind=BlockKind.TABLE, box=BOX, text="", table=0),
    )

    assert markdown_of([a_page(blocks=blocks, tables=(a_table(["x"], ["1"]),))]) == "# Sales\n\n| x |\n| --- |\n| 1 |"


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (BlockKind.LIST_ITEM, "• apples", "- apples"),
        (BlockKind.LIST_ITEM, "2) pears", "2. pears"),
        (BlockKind.PARAGRAPH, "# not a heading", "\\# not a heading"),
        (BlockKind.PARAGRAPH, "1. not a list", "1\\. not a list"),
        (BlockKind.PARAGRAPH, "5 * 3 and snake_case", "5 \\* 3 and snake_case"),
        (BlockKind.PARAGRAPH, "<script>", "\\<script>"),
        (BlockKind.PARAGRAPH, "[link](http://x)", "\\[link](http://x)"),
        (BlockKind.PARAGRAPH, "Acme Ltd\nMain Street 1", "Acme Ltd  \nMain Street 1"),
        (BlockKind.CODE, "a ``` b", "````\na ``` b\n````"),
    ],
)
def test_text_keeps_its_meaning(kind: BlockKind, text: str, expected: str) -> None:
    assert written(kind, text) == expected


def test_lines_of_prose_flow_and_parted_words_are_whole_again() -> None:
    line = "a line of prose that is long enough to be one"

    assert written(BlockKind.PARAGRAPH, f"{line}\n{line}") == f"{line} {line}"
    assert flowing("a docu-\nment, X-\nRay and A-\nB") == "a document, X- Ray and A- B"
