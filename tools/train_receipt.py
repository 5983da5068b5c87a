"""Trains the rankers of receipts and writes `pipeline/models/receipt.json`.

    python -m tools.train_receipt --data FOLDER [--pages FOLDER] [--only-measure]

`--data` holds `truth.jsonl`, an object a line with `file`, `group` (the vendor) and `expected`; `--pages` keeps the
pages as OCR read them, so that a second run is a matter of a minute. What is printed are figures of cross-validation:
the rankers that a receipt is measured by have seen no receipt of its vendor. No random number is used: the same pages
give the same file.
"""

import argparse
import json
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

import msgspec
import numpy as np

from docurift.engines.openers import ContentOpeners
from docurift.model.result import Page
from docurift.model.work import Limits, OcrReading, OcrRequest, WorkOrder
from docurift.pipeline.extract.receipt.extractor import LEAST
from docurift.pipeline.extract.receipt.model import FIELDS
from docurift.pipeline.extract.receipt.paper import Paper, paper_of
from docurift.pipeline.extract.receipt.ranking import Features, Ranker
from docurift.worker.ocr_work import OcrWork, load

_OUTPUT = Path(__file__).parents[1] / "src/docurift/pipeline/models/receipt.json"
_FOLDS = 8
_LIKE = 0.75  # from here on a misread line is the one that the label means
_PENALTY = {"name": 8.0, "address": 3.0, "date": 1.0, "total": 3.0}
_STEPS = 400
_LEAST_WEIGHT = 0.005


@dataclass(frozen=True)
class Example:
    """A receipt with its labels and its candidates."""

    group: str
    paper: Paper
    expected: dict[str, str | float]


@dataclass(frozen=True)
class Choice:
    """What a ranker chose: its share of the probability, OCR's confidence, and whether the value is as labelled."""

    share: float
    ocr: float
    right: bool


class _Ocr:
    """OCR in this process."""

    def __init__(self, work: OcrWork) -> None:
        self._work = work

    def read(self, pixels: np.ndarray, *, page: int, language: str, dpi: float | None) -> OcrReading:
        height, width = pixels.shape[:2]
        channels = 1 if pixels.ndim == 2 else 3
        request = OcrRequest(page=page, width=width, height=height, channels=channels, language=language, dpi=dpi)
        answer = self._work.answer(request, np.ascontiguousarray(pixels).tobytes())
        if not isinstance(answer, OcrReading):
            raise SystemExit(f"OCR refused a page: {answer}")
        return answer


def main() -> None:
    """Measure, and write the weights unless only measuring was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pages", type=Path, default=None)
    parser.add_argument("--only-measure", action="store_true")
    args = parser.parse_args()
    examples = _examples(args.data, args.pages)
    choices = _cross_validated(examples)
    sureness = {field: _calibration(chosen) for field, chosen in choices.items()}
    _print(examples, choices)
    if not args.only_measure:
        weights = _trained(examples)
        told = {
            field: {
                "weights": {name: round(w, 3) for name, w in sorted(weights[field].items()) if abs(w) >= _LEAST_WEIGHT},
                "sureness": [round(x, 4) for x in sureness[field]],
            }
            for field in FIELDS
        }
        _OUTPUT.write_text(json.dumps(told, indent=1, ensure_ascii=True) + "\n", encoding="utf-8")


def _examples(data: Path, pages: Path | None) -> list[Example]:
    ocr = None
    found: list[Example] = []
    for line in (data / "truth.jsonl").read_text("utf-8").splitlines():
        truth = json.loads(line)
        kept = pages / f"{truth['id']}.json" if pages else None
        if kept and kept.exists():
            page = msgspec.json.decode(kept.read_bytes(), type=Page)
        else:
            ocr = ocr or _Ocr(load(None))
            page = _page(data / truth["file"], ocr)
            if kept:
                kept.parent.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(msgspec.json.encode(page))
        expected = truth["expected"]
        labels = {"name": expected["merchant"]["name"], "address": expected["merchant"]["address"]}
        labels |= {"date": expected["date"], "total": expected["total"]}
        found.append(Example(truth["group"], paper_of([page], "en"), labels))
    return found


def _page(path: Path, ocr: _Ocr) -> Page:
    order = WorkOrder(
        document_type="receipt",
        language="en",
        extract_tables=False,
        ocr_fallback=True,
        pages=None,
        password=None,
        page_error_limit=0.0,
        media_type="image/jpeg",
        file_name=path.name,
        limits=Limits(),
        engine_version="training",
    )
    source = ContentOpeners().open(path.read_bytes(), order)
    try:
        return source.read(1, order, ocr)
    finally:
        source.close()


# -- candidates and labels


def _values(paper: Paper, field: str) -> list[tuple[str | float, float]]:
    """What each candidate of `field` would give, and OCR's confidence in it."""
    match field:
        case "name":
            return [paper.name(run) for run in paper.names]
        case "address":
            return [paper.address(run) for run in paper.addresses]
        case "date":
            return [(day.value.isoformat(), day.row.confidence(day.start, day.end)) for day in paper.days]
        case _:
            return [(float(one.value), one.surest()) for one in paper.sums]


def _features(paper: Paper, field: str, address: int | None) -> list[Features]:
    match field:
        case "name":
            return paper.name_features(None if address is None else paper.addresses[address])
        case "address":
            return paper.address_features()
        case "date":
            return paper.day_features()
        case _:
            return paper.total_features()


def _is_right(field: str, value: str | float, wanted: str | float) -> bool:
    if field == "total":
        return abs(float(value) - float(wanted)) < 0.005
    return _squashed(value) == _squashed(wanted)


def _squashed(value: str | float) -> str:
    return "".join(c for c in unicodedata.normalize("NFKC", str(value)).casefold() if c.isalnum())


def _labelled(example: Example, field: str) -> int | None:
    """The candidate that the label means, even if OCR misread it."""
    values, wanted = _values(example.paper, field), example.expected[field]
    right = next((i for i, (value, _) in enumerate(values) if _is_right(field, value, wanted)), None)
    if right is not None or field in ("date", "total") or not values:
        return right
    like = [SequenceMatcher(None, _squashed(value), _squashed(wanted), autojunk=False).ratio() for value, _ in values]
    best = int(np.argmax(like))
    return best if like[best] >= _LIKE else None


# -- training


def _trained(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = {}
    for field in FIELDS:
        lists: list[tuple[list[Features], int]] = []
        for example in examples:
            place = _labelled(example, field)
            if place is not None:
                lists.append((_features(example.paper, field, _labelled(example, "address")), place))
        found[field] = _fitted(lists, _PENALTY[field])
    return found


def _fitted(lists: Sequence[tuple[list[Features], int]], penalty: float) -> dict[str, float]:
    """The weights of a conditional logit with a quadratic penalty, by Adam over all examples at once."""
    names = sorted({name for candidates, _ in lists for features in candidates for name in features})
    place = {name: i for i, name in enumerate(names)}
    sizes = [len(candidates) for candidates, _ in lists]
    starts = np.concatenate(([0], np.cumsum(sizes)[:-1]))
    owner = np.repeat(np.arange(len(lists)), sizes)
    table = np.zeros((sum(sizes), len(names)))
    for row, features in enumerate(features for candidates, _ in lists for features in candidates):
        for name, value in features.items():
            table[row, place[name]] = value
    wanted = table[starts + np.array([right for _, right in lists])].sum(axis=0)
    weights, mean, square = np.zeros(len(names)), np.zeros(len(names)), np.zeros(len(names))
    for step in range(1, _STEPS + 1):
        scores = table @ weights
        shares = np.exp(scores - np.maximum.reduceat(scores, starts)[owner])
        shares /= np.add.reduceat(shares, starts)[owner]
        slope = (table.T @ shares - wanted + penalty * weights) / len(lists)
        mean, square = 0.9 * mean + 0.1 * slope, 0.99 * square + 0.01 * slope * slope
        pace = 0.05 if step < 0.6 * _STEPS else 0.01
        weights -= pace * (mean / (1 - 0.9**step)) / (np.sqrt(square / (1 - 0.99**step)) + 1e-8)
    return dict(zip(names, map(float, weights), strict=True))


def _cross_validated(examples: Sequence[Example]) -> dict[str, list[Choice | None]]:
    choices: dict[str, list[Choice | None]] = {field: [None] * len(examples) for field in FIELDS}
    for held in _folds(examples):
        weights = _trained([example for i, example in enumerate(examples) if i not in held])
        rankers = {field: Ranker(weights=weights[field], sureness=(0.0, 1.0, 0.0)) for field in FIELDS}
        for i in held:
            address = rankers["address"].best(examples[i].paper.address_features())
            for field in FIELDS:
                choices[field][i] = _chosen(examples[i], field, rankers[field], address and address[0])
    return choices


def _chosen(example: Example, field: str, ranker: Ranker, address: int | None) -> Choice | None:
    best = ranker.best(_features(example.paper, field, address))
    if best is None:
        return None
    value, ocr = _values(example.paper, field)[best[0]]
    return Choice(best[1], ocr, _is_right(field, value, example.expected[field]))


def _folds(examples: Sequence[Example]) -> list[set[int]]:
    """Folds of about one size; a vendor is in one of them alone."""
    groups: dict[str, list[int]] = defaultdict(list)
    for i, example in enumerate(examples):
        groups[example.group].append(i)
    folds: list[set[int]] = [set() for _ in range(_FOLDS)]
    for group in sorted(groups, key=lambda group: (-len(groups[group]), group)):
        min(folds, key=len).update(groups[group])
    return folds


def _calibration(choices: Sequence[Choice | None]) -> tuple[float, float, float]:
    """A logistic regression of being right on the log odds of the share and the logarithm of OCR's confidence."""
    made = [choice for choice in choices if choice is not None]
    held = np.clip([choice.share for choice in made], 1e-4, 1 - 1e-4)
    read = np.log(np.clip([choice.ocr for choice in made], 1e-3, 1.0))
    table = np.stack((np.ones(len(made)), np.log(held / (1 - held)), read), axis=1)
    right = np.array([choice.right for choice in made], float)
    weights = np.array([0.0, 0.5, 0.5])
    for _ in range(50):  # Newton's steps, with a little penalty so that fields without an error have an end
        said = 1 / (1 + np.exp(-table @ weights))
        slope = table.T @ (said - right) + 0.5 * (weights - (0.0, 0.5, 0.5))
        bend = (table * (said * (1 - said))[:, None]).T @ table + 0.5 * np.eye(3)
        weights = weights - np.linalg.solve(bend, slope)
    one, odds, ocr = map(float, weights)
    return one, odds, ocr


# -- figures


def _print(examples: Sequence[Example], choices: dict[str, list[Choice | None]]) -> None:
    print(f"{len(examples)} receipts, {len({example.group for example in examples})} vendors, {_FOLDS} folds by vendor")
    pairs: list[tuple[float, bool]] = []
    scores: list[float] = []
    for field in FIELDS:
        said = _out_of_fold(examples, choices[field])
        given = [(sure, right) for sure, right in said if sure >= LEAST]
        right = sum(right for _, right in given)
        score = 2 * right / (len(given) + len(examples))
        scores.append(score)
        pairs += given
        print(f"{field:8} F1 {score:.3f}, right {right}, given {len(given)}, calibration error {_error(given):.3f}")
    print(f"mean F1 {sum(scores) / len(scores):.3f}, calibration error of all {_error(pairs):.3f}")


def _out_of_fold(examples: Sequence[Example], choices: Sequence[Choice | None]) -> list[tuple[float, bool]]:
    """The confidence of each choice by a calibration that has not seen its vendor."""
    said: list[tuple[float, bool]] = []
    for held in _folds(examples):
        ranker = Ranker(weights={}, sureness=_calibration([c for i, c in enumerate(choices) if i not in held]))
        made = [choice for i in sorted(held) if (choice := choices[i]) is not None]
        said += [(ranker.confidence(choice.share, choice.ocr), choice.right) for choice in made]
    return said


def _error(pairs: Sequence[tuple[float, bool]]) -> float:
    """The expected calibration error over ten equal bins."""
    bins: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for sure, right in pairs:
        bins[min(9, int(sure * 10))].append((sure, right))
    off = (abs(sum(sure for sure, _ in some) - sum(right for _, right in some)) for some in bins.values())
    return sum(off) / max(len(pairs), 1)


if __name__ == "__main__":
    main()
