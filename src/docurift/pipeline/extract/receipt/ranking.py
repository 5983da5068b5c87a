"""Chooses among candidates by their features: a conditional logit, whose weights can be read and argued with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import exp, log

Features = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Ranker:
    """The weights of one field's features, and how its probabilities are calibrated: `sureness` are the weights of
    1, of the winner's log odds and of the logarithm of its OCR confidence in a logistic regression on receipts that
    the ranker was not trained on.
    """

    weights: Mapping[str, float]
    sureness: tuple[float, float, float]

    def score(self, features: Features) -> float:
        """How much speaks for the candidate, as against the others of its document."""
        weights = self.weights
        return sum(weights.get(name, 0.0) * value for name, value in features.items())

    def best(self, candidates: Sequence[Features]) -> tuple[int, float] | None:
        """The index of the best candidate and its share of the probability; None if there is none."""
        if not candidates:
            return None
        scores = [self.score(features) for features in candidates]
        top = max(range(len(scores)), key=scores.__getitem__)
        return top, 1.0 / sum(exp(score - scores[top]) for score in scores)

    def confidence(self, share: float, ocr: float) -> float:
        """The chance that a winner with this share, of words that OCR is so sure of, is right."""
        held = min(max(share, 1e-4), 1 - 1e-4)
        one, odds, read = self.sureness
        x = one + odds * log(held / (1 - held)) + read * log(min(max(ocr, 1e-3), 1.0))
        return 1.0 / (1.0 + exp(-min(max(x, -30.0), 30.0)))
