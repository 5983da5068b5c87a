import csv
import io

import msgspec
import pytest

from docurift.api.documents.exports import tables_as_csv


def exported(*rows: list[object]) -> str:
    return tables_as_csv(msgspec.Raw(msgspec.json.encode({"tables": [{"headers": [], "rows": list(rows)}]})))


@pytest.mark.parametrize(
    "cell",
    [
        "=cmd|'/c calc'!A1",
        "+1+cmd",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        " =1+1",
        "\uff1d1+1",
        "-1e5+x",
        "+49 30 1234#",
    ],
)
def test_a_cell_that_a_spreadsheet_would_run_is_made_text(cell: str) -> None:
    [[shown]] = list(csv.reader(io.StringIO(exported([cell]), newline="")))

    assert shown == "'" + cell


@pytest.mark.parametrize("cell", ["-12.50", "+3", "-1,234.00", "12", "a=b", "", "-5 %", "- "])
def test_plain_numbers_and_harmless_text_stay_as_they_are(cell: str) -> None:
    expected = "'- " if cell == "- " else cell

    [[shown]] = list(csv.reader(io.StringIO(exported([cell]), newline=""))) or [[""]]

    assert shown == expected


def test_tables_stand_one_below_the_other() -> None:
    tables = [{"headers": ["A", "B"], "rows": [["1", None]]}, {"headers": [], "rows": [["x,y", '"q"']]}]

    text = tables_as_csv(msgspec.Raw(msgspec.json.encode({"tables": tables})))

    assert text == 'A,B\r\n1,\r\n\r\n"x,y","""q"""\r\n'


def test_a_result_without_tables_is_an_empty_file() -> None:
    assert tables_as_csv(msgspec.Raw(b'{"rawText": "x"}')) == ""
