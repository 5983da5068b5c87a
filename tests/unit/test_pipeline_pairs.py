import pytest
from tests.support.pages import a_page

from docurift.pipeline.pairs import pairs_of


def found(*placed: tuple[float, float, str]) -> list[tuple[str, str]]:
    return [(pair.key, pair.value) for pair in pairs_of(a_page(*placed))]


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("Invoice number: INV-7", ("Invoice number", "INV-7")),
        ("USt.-Id.-Nr.: DE123456789", ("USt.-Id.-Nr.", "DE123456789")),
        ("Номер : 42", ("Номер", "42")),
        ("発票番号\uff1a 42", ("発票番号", "42")),
    ],
)
def test_a_label_with_its_value_behind_the_colon_is_a_pair(text: str, pair: tuple[str, str]) -> None:
    assert found((50, 50, text)) == [pair]


def test_the_value_may_stand_to_the_right() -> None:
    assert found((50, 50, "Due date:"), (250, 50, "2024-05-01")) == [("Due date", "2024-05-01")]


def test_colons_in_a_column_of_their_own_belong_to_the_label_on_their_left() -> None:
    assert found((50, 50, "Due date"), (250, 50, ": 2024-05-01")) == [("Due date", "2024-05-01")]


def test_the_value_may_stand_below() -> None:
    assert found((50, 50, "Ship to:"), (50, 64, "Acme Ltd")) == [("Ship to", "Acme Ltd")]


def test_heads_of_columns_below_a_title_are_no_value() -> None:
    assert found((50, 50, "Taxes:"), (50, 64, "Kind"), (200, 64, "Rate"), (300, 64, "Amount")) == []


@pytest.mark.parametrize(
    "text",
    [
        "see http: //example.org",
        "12: 30",
        "One: two three: four",
        "It has to be said in all clearness: nobody knew",
        "Note: " + "the longest of sentences that go on " * 4,
        "Total:",
        "Total: ---",
    ],
)
def test_what_only_looks_like_a_pair_is_none(text: str) -> None:
    assert found((50, 50, text)) == []


def test_another_label_to_the_right_is_no_value() -> None:
    assert found((50, 50, "From:"), (300, 50, "To:")) == []


def test_a_pair_is_as_sure_as_its_most_doubtful_word() -> None:
    (pair,) = pairs_of(a_page((50, 50, "Total: 42"), confidence=0.5))

    assert pair.confidence == pytest.approx(0.45)
