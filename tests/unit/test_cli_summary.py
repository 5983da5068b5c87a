"""What the command line says of a job."""

import io
from typing import Any

from rich.console import Console

from docurift.commands.progress import Lines, board, state_of
from docurift.commands.summary import WIDTH, describe, line_of


def a_job(**changes: object) -> dict[str, Any]:
    """A completed job of one page, as the service answers it."""
    job: dict[str, Any] = {
        "id": "job_1",
        "status": "completed",
        "progress": 100,
        "fileName": "a.pdf",
        "documentType": "generic",
        "detectedDocumentType": "invoice",
        "pageCount": 1,
        "pagesProcessed": 1,
        "confidence": 0.9,
        "warnings": [],
        "result": {"rawText": "One\n\nTwo", "tables": [], "keyValuePairs": []},
    }
    return job | changes


def test_a_line_has_id_status_name_and_pages() -> None:
    assert line_of(a_job()) == "job_1\tcompleted\ta.pdf\t1 page"


def test_a_line_of_a_failed_job_has_its_code() -> None:
    failed = a_job(status="failed", error={"code": "FILE_CORRUPT", "message": "…"})

    assert line_of(failed).endswith("\tFILE_CORRUPT")


def test_a_description_shows_lines_pairs_and_tables() -> None:
    result = {
        "rawText": "One\n\nTwo",
        "keyValuePairs": [{"key": "Total", "value": "9.00", "confidence": 1}],
        "tables": [{"tableIndex": 0, "headers": ["a", "b"], "rows": [["1", "2"], ["3", "4"]]}],
    }

    said = "\n".join(describe(a_job(result=result), text_sources=["ocr", "native", "ocr"]))

    for piece in ("One", "Two", "Total = 9.00", "2 rows: a | b", "native, ocr", "looks like invoice"):
        assert piece in said


def test_a_long_line_of_a_document_is_cut() -> None:
    said = describe(a_job(result={"rawText": "x" * 1000, "tables": [], "keyValuePairs": []}))

    assert max(map(len, said)) <= WIDTH + 14


def test_a_result_that_is_kept_elsewhere_is_no_error() -> None:
    assert describe(a_job(result=None))[0] == "a.pdf: completed, 1 page"


def test_a_job_without_pages_yet_says_only_its_status() -> None:
    assert state_of(a_job(status="pending", pageCount=None)) == "pending"


def test_lines_repeat_nothing() -> None:
    out = io.StringIO()
    shown = board(Console(file=out, force_terminal=False))
    assert isinstance(shown, Lines)

    with shown:
        line = shown.add("a.pdf", 10)
        for _ in range(3):
            shown.job(line, a_job(status="processing", pagesProcessed=0))
        shown.job(line, a_job())

    assert out.getvalue() == "a.pdf: processing 0/1 pages\na.pdf: completed 1/1 pages\n"


def test_a_name_is_not_taken_for_markup() -> None:
    out = io.StringIO()
    with board(Console(file=out, force_terminal=False)) as shown:
        shown.refused(shown.add("[red]a.pdf", 10), "EMPTY_FILE")

    assert out.getvalue() == "[red]a.pdf: refused: EMPTY_FILE\n"


def test_bars_show_a_name_that_looks_like_markup() -> None:
    out = io.StringIO()
    with board(Console(file=out, force_terminal=True, width=120)) as shown:
        shown.refused(shown.add("[/red]a.pdf", 10), "EMPTY_FILE")

    assert "[/red]a.pdf" in out.getvalue()
