"""Cursors and search terms, without a database."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.model.ids import OrganizationId
from docurift.model.job import JobStatus
from docurift.storage.listing import (
    InvalidCursorError,
    JobFilter,
    JobOrder,
    PageTooDeepError,
    Position,
    Window,
    cursor_of,
    fingerprint,
    position_of,
)
from docurift.storage.terms import asked_terms, folded, terms_of

OURS = OrganizationId("org_1")
BINDING = fingerprint(OURS, JobFilter(), JobOrder())
POSITIONS = st.builds(
    Position,
    st.none() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    st.text(),
    st.integers(1, 10**6),
)


@given(POSITIONS)
def test_a_cursor_leads_back_to_its_position(position: Position) -> None:
    assert position_of(cursor_of(position, BINDING), BINDING) == position


@given(POSITIONS, st.integers(0, 10**6))
def test_a_cursor_with_one_bit_changed_is_refused(position: Position, at: int) -> None:
    cursor = cursor_of(position, BINDING)
    index = at % (len(cursor) - 1)  # the last character has bits that carry nothing
    changed = cursor[:index] + ("A" if cursor[index] != "A" else "B") + cursor[index + 1 :]

    with pytest.raises(InvalidCursorError):
        position_of(changed, BINDING)


@given(st.text())
def test_no_text_but_a_cursor_is_one(text: str) -> None:
    with pytest.raises(InvalidCursorError):
        position_of(text, BINDING)


def test_a_cursor_is_bound_to_organization_filter_and_order() -> None:
    bindings = {
        BINDING,
        fingerprint(OrganizationId("org_2"), JobFilter(), JobOrder()),
        fingerprint(OURS, JobFilter(status=JobStatus.FAILED), JobOrder()),
        fingerprint(OURS, JobFilter(metadata=(("a", "b"),)), JobOrder()),
        fingerprint(OURS, JobFilter(), JobOrder(descending=False)),
    }

    assert len(bindings) == 5


def test_the_deepest_page_ends_at_ten_thousand_rows() -> None:
    assert Window(limit=20, page=500).offset == 9980
    with pytest.raises(PageTooDeepError):
        _ = Window(limit=20, page=501).offset


@given(st.text(min_size=1, max_size=60), st.data())
def test_every_piece_of_a_name_is_among_its_terms(name: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(name) - 1))
    end = data.draw(st.integers(start + 1, len(name)))
    piece = folded(name)[start:end]

    asked = asked_terms(OURS, search=piece, metadata=())

    assert set(asked) <= set(terms_of(OURS, name, None)) or not piece


@given(st.dictionaries(st.text(max_size=20), st.text(max_size=50) | st.booleans() | st.integers(), max_size=5))
def test_every_pair_of_the_metadata_is_among_its_terms(metadata: dict[str, str | bool | int]) -> None:
    texts = {key: str(value).lower() if isinstance(value, bool) else str(value) for key, value in metadata.items()}

    assert set(asked_terms(OURS, search=None, metadata=texts.items())) <= set(terms_of(OURS, "x", dict(metadata)))
