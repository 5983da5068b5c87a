"""Isotonic regression: the non-falling curve nearest to what was right, by the pool-adjacent-violators algorithm
(Barlow et al., Statistical Inference under Order Restrictions, 1972).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from docurift.pipeline.calibration import Curve

Array = NDArray[np.float64]

# Each step of the curve is drawn towards the mean of all as if it had this many observations more: a step of three
# values that all were right does not promise 1.
_PRIOR = 4.0


@dataclass(slots=True)
class _Block:
    given: float
    right: float
    weight: float


def fitted(given: Array, right: Array) -> Curve:
    """The curve of confidences and what was right (0 or 1). Of an empty input it is the identity."""
    if not len(given):
        return Curve(given=(0.0, 1.0), right=(0.0, 1.0))
    blocks: list[_Block] = []
    for place in np.argsort(given, kind="stable"):
        blocks.append(_Block(float(given[place]), float(right[place]), 1.0))
        while len(blocks) > 1 and (blocks[-2].right >= blocks[-1].right or blocks[-2].given == blocks[-1].given):
            last = blocks.pop()
            blocks[-1] = _pooled(blocks[-1], last)
    mean = float(right.mean())
    shares = [(one.right * one.weight + mean * _PRIOR) / (one.weight + _PRIOR) for one in blocks]
    rising = np.maximum.accumulate(shares)
    return Curve(given=[round(one.given, 4) for one in blocks], right=[round(float(share), 4) for share in rising])


def _pooled(left: _Block, right: _Block) -> _Block:
    weight = left.weight + right.weight
    return _Block(
        (left.given * left.weight + right.given * right.weight) / weight,
        (left.right * left.weight + right.right * right.weight) / weight,
        weight,
    )


def calibration_error(given: Array, right: Array, bins: int = 10) -> float:
    """How far what was promised is from what happened: the mean over bins of confidence, weighed by their size."""
    if not len(given):
        return 0.0
    place = np.minimum((given * bins).astype(int), bins - 1)
    gaps = [abs(given[place == i].mean() - right[place == i].mean()) * (place == i).mean() for i in np.unique(place)]
    return float(sum(gaps))
