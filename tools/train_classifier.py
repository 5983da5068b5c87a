"""Trains the classifier of document types: `python -m tools.train_classifier [--count 2600] [--seed 11]`.

It draws documents of the layouts for training, reads them as the service does, once as they are and once as a poor OCR
would have them, fits a softmax by gradient descent, calibrates its temperature on layouts it was not fitted to, and
writes the model with whole-number weights. The same seed and versions write the same model.
"""

import argparse
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray
from tools.isotonic import calibration_error
from tools.synth.corpus import corpus
from tools.synth.document import Document
from tools.synth.types import TYPES

from docurift.engines.pdf import open_pdf
from docurift.model.result import Page, Word
from docurift.model.work import Limits, OcrReading, WorkOrder
from docurift.pipeline.ports import Pixels
from docurift.pipeline.type_features import BUCKETS, Features, features_of

MODEL = Path(__file__).parent.parent / "src/docurift/pipeline/models/document_type.npz"
_STEPS = 260
_RATE = 0.15
_DECAY = 2e-6
_SMOOTHING = 0.04
_CALIBRATED_ON = 5  # every fifth layout for training sets the temperature only

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """A document as features, with its type by number and its layout."""

    features: Features
    label: int
    group: str


def main() -> None:
    """Draw, train, calibrate, write, and tell how well it does on held-back layouts."""
    parser = argparse.ArgumentParser(prog="python -m tools.train_classifier", description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=2600)
    parser.add_argument("--seed", type=int, default=11)
    parser.add_argument("--out", type=Path, default=MODEL)
    parser.add_argument("--score", action="store_true", help="only tell how well the model that is there does")
    wanted = parser.parse_args()
    if not wanted.score:
        _train(wanted.count, wanted.seed, wanted.out)
    with np.load(wanted.out) as kept:
        _report(dict(kept), list(_samples(wanted.count // 5, wanted.seed + 1, held_back=True)))


def _train(count: int, seed: int, out: Path) -> None:
    samples = list(_samples(count, seed, held_back=False))
    aside = [one for one in samples if int(one.group[1:], 16) // 3 % _CALIBRATED_ON == 0]
    used = [one for one in samples if int(one.group[1:], 16) // 3 % _CALIBRATED_ON != 0]
    model = _quantized(_fitted(used))
    model["temperature"] = np.float32(_temperature(_scores(model, aside), _labels(aside)))
    np.savez_compressed(out, types=np.array([one.value for one in TYPES]), **model)
    print(f"{len(used)} samples, temperature {model['temperature']:.2f}, {out.stat().st_size / 1000:.0f} kB")


def _samples(count: int, seed: int, *, held_back: bool) -> Iterator[Sample]:
    chance = Random(f"noise/{seed}")  # noqa: S311 - the same noise each time, not a secret
    for document in corpus(count, seed, held_back=held_back):
        pages = read(document, tables=chance.random() < 0.5)
        label = TYPES.index(document.document_type)
        yield Sample(features=features_of(pages), label=label, group=document.grammar.id)
        yield Sample(features=features_of(misread(pages, chance)), label=label, group=document.grammar.id)


def read(document: Document, *, tables: bool) -> list[Page]:
    """The document's first pages, as the service reads them."""
    order = _order(tables=tables)
    source = open_pdf(document.pdf, order)
    try:
        return [source.read(number, order, _NoOcr()) for number in range(1, min(2, source.page_count) + 1)]
    finally:
        source.close()


def misread(pages: list[Page], chance: Random) -> list[Page]:
    """The pages as a poor scan is read: letters wrong, words lost or run together, sometimes without large print."""
    wrong, lost = chance.uniform(0, 0.06), chance.uniform(0, 0.15)
    flat = chance.random() < 0.4
    return [
        replace(page, words=tuple(_misread(page.words, chance, wrong, lost, flat=flat)), tables=()) for page in pages
    ]


def _misread(words: tuple[Word, ...], chance: Random, wrong: float, lost: float, *, flat: bool) -> Iterator[Word]:
    usual = float(np.median([word.box[3] - word.box[1] for word in words])) if words else 0.0
    for word in words:
        if chance.random() < lost:
            continue
        text = "".join(chance.choice("abcdeinorstu10") if chance.random() < wrong else c for c in word.text)
        x0, y0, x1, y1 = word.box
        yield Word(text, (x0, y0, x1, min(y1, y0 + usual) if flat else y1))


def _fitted(samples: list[Sample]) -> dict[str, Array]:
    """Adam over all samples at once: so few types and so sparse rows need no batches, and no chance."""
    rows = _Rows.of(samples)
    wanted = np.full((len(samples), len(TYPES)), _SMOOTHING / len(TYPES), dtype=np.float32)
    wanted[np.arange(len(samples)), _labels(samples)] += 1 - _SMOOTHING
    numbers = np.stack([one.features.numbers for one in samples])
    model = {
        "weights": np.zeros((BUCKETS, len(TYPES)), np.float32),
        "layout": np.zeros((numbers.shape[1], len(TYPES)), np.float32),
        "bias": np.zeros(len(TYPES), np.float32),
    }
    step = _adam(model)
    for number in range(_STEPS):
        error = _softmax(rows.times(model["weights"]) + numbers @ model["layout"] + model["bias"]) - wanted
        error /= len(samples)
        step(
            {
                "weights": rows.turned_times(error) + _DECAY * model["weights"],
                "layout": numbers.T @ error + _DECAY * model["layout"],
                "bias": error.sum(axis=0),
            },
            number,
        )
    return model


def _adam(model: dict[str, Array]) -> Callable[[dict[str, Array], int], None]:
    first = {name: np.zeros_like(one) for name, one in model.items()}
    second = {name: np.zeros_like(one) for name, one in model.items()}

    def step(gradient: dict[str, Array], number: int) -> None:
        rate = _RATE * min(1.0, 2 * (1 - number / _STEPS))
        for name, slope in gradient.items():
            first[name] = 0.9 * first[name] + 0.1 * slope
            second[name] = 0.99 * second[name] + 0.01 * slope**2
            mean, spread = first[name] / (1 - 0.9 ** (number + 1)), second[name] / (1 - 0.99 ** (number + 1))
            model[name] -= (rate * mean / (np.sqrt(spread) + 1e-8)).astype(np.float32)

    return step


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rows:
    """The hashed features of all samples: a sparse matrix, by rows and by columns."""

    buckets: NDArray[np.int64]
    weights: Array
    starts: NDArray[np.int64]
    order: NDArray[np.int64]
    row_of: NDArray[np.int64]
    columns: NDArray[np.int64]
    column_starts: NDArray[np.int64]

    @classmethod
    def of(cls, samples: list[Sample]) -> "_Rows":
        lengths = np.array([len(one.features.buckets) for one in samples])
        buckets = np.concatenate([one.features.buckets for one in samples])
        order = np.argsort(buckets, kind="stable")
        columns, column_starts = np.unique(buckets[order], return_index=True)
        return cls(
            buckets=buckets,
            weights=np.concatenate([one.features.weights for one in samples]),
            starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
            order=order,
            row_of=np.repeat(np.arange(len(samples)), lengths)[order],
            columns=columns,
            column_starts=column_starts,
        )

    def times(self, matrix: Array) -> Array:
        """Rows by `matrix`."""
        return np.add.reduceat(matrix[self.buckets] * self.weights[:, None], self.starts, axis=0)

    def turned_times(self, matrix: Array) -> Array:
        """Columns by `matrix`."""
        told = np.zeros((BUCKETS, matrix.shape[1]), np.float32)
        products = matrix[self.row_of] * self.weights[self.order][:, None]
        told[self.columns] = np.add.reduceat(products, self.column_starts, axis=0)
        return told


def _quantized(model: dict[str, Array]) -> dict[str, Any]:
    scale = np.abs(model["weights"]).max(axis=0) / 127
    whole = np.round(model["weights"] / scale).astype(np.int8)
    return {"weights": whole, "scale": scale.astype(np.float32), "layout": model["layout"], "bias": model["bias"]}


def _scores(model: dict[str, Any], samples: list[Sample]) -> Array:
    hashed = _Rows.of(samples).times(model["weights"].astype(np.float32) * model["scale"])
    return hashed + np.stack([one.features.numbers for one in samples]) @ model["layout"] + model["bias"]


def _labels(samples: list[Sample]) -> NDArray[np.int64]:
    return np.array([one.label for one in samples])


def _softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def _temperature(scores: Array, labels: NDArray[np.int64]) -> float:
    """The divisor of the scores under which what happened was likeliest."""

    def surprise(temperature: float) -> float:
        right = _softmax(scores / temperature)[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(right, 1e-9)).mean())

    return float(min(np.geomspace(0.2, 5, 200), key=surprise))


def _report(model: dict[str, Any], samples: list[Sample]) -> None:
    probabilities = _softmax(_scores(model, samples) / model["temperature"])
    labels = _labels(samples)
    right = probabilities.argmax(axis=1) == labels
    seen, noisy = right[::2].mean(), right[1::2].mean()
    print(f"{len(labels)} samples of held-back layouts: right {seen:.4f} as drawn, {noisy:.4f} misread")
    wrong = (probabilities.max(axis=1) >= 0.9) & ~right
    print(f"wrong at a probability of 0.9 or more: {wrong[::2].sum()} as drawn, {wrong[1::2].sum()} misread")
    error = calibration_error(probabilities.max(axis=1).astype(np.float64), right.astype(np.float64))
    print(f"expected calibration error {error:.4f}")
    for number, one in enumerate(TYPES):
        print(f"  {one.value:24} {right[labels == number].mean():.3f}")


def _order(*, tables: bool) -> WorkOrder:
    return WorkOrder(
        document_type="generic",
        language="en",
        extract_tables=tables,
        ocr_fallback=False,
        pages=None,
        password=None,
        page_error_limit=0.0,
        media_type="application/pdf",
        file_name="",
        limits=Limits(),
        engine_version="",
    )


class _NoOcr:
    """Drawn pages have a text layer."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """Nothing asks."""
        del pixels, page, language, dpi
        raise NotImplementedError


if __name__ == "__main__":
    main()
