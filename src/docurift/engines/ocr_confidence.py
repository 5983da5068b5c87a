"""From an engine's own confidence to the share of words that are right at it."""

from bisect import bisect_right

# (the engine's figure, the share of words that were right), between which lines are drawn. rapidocr's on 20 simulated
# scans and 100 photographed receipts, read as we read them; Tesseract's from extraction.md section 4.
_RAPIDOCR = (
    (0.0, 0.0), (0.5, 0.25), (0.8, 0.45), (0.93, 0.65), (0.98, 0.85), (0.991, 0.91), (0.997, 0.95), (1.0, 0.985),
)  # fmt: skip
_TESSERACT = ((0.0, 0.0), (0.5, 0.58), (0.8, 0.86), (0.9, 0.95), (1.0, 0.985))
_CURVES = {"rapidocr": _RAPIDOCR, "tesseract": _TESSERACT}


def calibrated(engine: str, confidence: float) -> float:
    """How likely a word is right that `engine` gave `confidence`, 0-1."""
    curve = _CURVES[engine]
    at = min(max(bisect_right([x for x, _ in curve], confidence), 1), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[at - 1], curve[at]
    return round(y0 + (y1 - y0) * min(max((confidence - x0) / (x1 - x0), 0.0), 1.0), 4)
