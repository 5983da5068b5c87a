from hypothesis import given
from hypothesis import strategies as st

from docurift.engines.ocr_confidence import calibrated

shares = st.floats(0, 1)
engines = st.sampled_from(["rapidocr", "tesseract"])


@given(engines, shares, shares)
def test_who_was_surer_stays_surer(engine: str, one: float, other: float) -> None:
    low, high = sorted((one, other))

    assert 0 <= calibrated(engine, low) <= calibrated(engine, high) < 1


def test_a_saturated_figure_is_brought_down() -> None:
    assert calibrated("rapidocr", 0.9) < 0.7
