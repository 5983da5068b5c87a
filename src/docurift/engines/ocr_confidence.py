"""From an engine's own confidence to the share of words that are right at it (extraction.md section 4)."""

from bisect import bisect_right

# (the engine's figure, the share of words that were right), between which lines are drawn.
_RAPIDOCR = ((0.0, 0.0), (0.5, 0.5), (0.7, 0.8), (0.9, 0.87), (0.98, 0.95), (1.0, 0.985))
_TESSERACT = ((0.0, 0.0), (0.5, 0.58), (0.8, 0.86), (0.9, 0.95), (1.0, 0.985))
_CURVES = {"rapidocr": _RAPIDOCR, "tesseract": _TESSERACT}


def calibrated(engine: str, confidence: float) -> float:
    """How likely a word is right that `engine` gave `confidence`, 0-1."""
    curve = _CURVES[engine]
    at = min(max(bisect_right([x for x, _ in curve], confidence), 1), len(curve) - 1)
    (x0, y0), (x1, y1) = curve[at - 1], curve[at]
    return round(y0 + (y1 - y0) * min(max((confidence - x0) / (x1 - x0), 0.0), 1.0), 4)
