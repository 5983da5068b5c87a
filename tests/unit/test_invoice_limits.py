"""A page that was made to keep an extractor busy gives an answer: what is looked at is bounded."""

import pytest
from tests.support.pages import a_page

from docurift.model.result import Word
from docurift.pipeline.extract.invoice.extractor import extract
from docurift.pipeline.extract.sheets import sheets_of
from docurift.pipeline.read import Reading

SAID = ("Invoice", "Total", "12.50", "80333", "München", "VAT", "19%", "DE136695976", "05.03.2018")


def a_crowd(count: int, *, across: int) -> tuple[Word, ...]:
    """`count` words, `across` of them on a row."""
    down = count / across
    return tuple(
        Word(
            SAID[i % len(SAID)],
            (i % across / across, i // across / down, (i % across + 0.9) / across, i // across / down + 0.9 / down),
        )
        for i in range(count)
    )


@pytest.mark.parametrize("across", [1, 20, 2_000])
def test_a_crowded_page_is_answered(across: int) -> None:
    page = a_page((50, 50, "x"), words=a_crowd(2_000, across=across))

    assert extract(Reading(page_count=1, pages=(page,), pages_processed=1, warnings=()), "de").warnings is not None


@pytest.mark.parametrize("text", ["1" * 100_000, "1.1" * 50_000, "a-" * 50_000, "a." * 50_000 + "@", "1, " * 30_000])
def test_a_word_without_end_is_passed_over(text: str) -> None:
    page = a_page((50, 50, "Invoice"), words=(Word(text, (0.1, 0.5, 0.2, 0.51)),))

    assert sheets_of([page])[0].segments == ()


def test_a_line_without_end_is_looked_at_in_pieces() -> None:
    page = a_page((50, 50, "x"), words=a_crowd(1_000, across=1_000))

    assert max(len(one.words) for one in sheets_of([page])[0].segments) <= 60
