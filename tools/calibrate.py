"""Calibrates the confidences of a type's extractor: `python -m tools.calibrate TYPE FOLDER… [--write]`.

Each folder has documents and a `truth.jsonl`, as `python -m tools.synth` writes them. Every document is read and its
values are compared with the truth; the curves are judged on layouts (`group`) that they were not fitted to, five times.
With `--write` the curves fitted to all of them go into the package.
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from tools.isotonic import calibration_error, fitted

from docurift.engines.openers import ContentOpeners
from docurift.model.job import DocumentType
from docurift.model.result import Json
from docurift.model.sniff import sniff
from docurift.model.work import Limits, OcrReading, WorkOrder
from docurift.pipeline.assemble import whole_text
from docurift.pipeline.calibration import WHOLE_TYPE, Curve, property_of
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.extract.found import Findings
from docurift.pipeline.language import language_of
from docurift.pipeline.ports import Pixels
from docurift.pipeline.read import read_pages

MODELS = Path(__file__).parent.parent / "src/docurift/pipeline/models"
FOLDS: Final = 5
# A property with fewer values shares the curve of its type.
_FEWEST: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A value that was found: how sure the extractor was, and whether it is right."""

    property: str
    group: str
    confidence: float
    right: bool


def main() -> None:
    """Judge, fit, tell, and write if asked to."""
    parser = argparse.ArgumentParser(prog="python -m tools.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("type", type=DocumentType)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    judged = [one for folder in wanted.folders for one in judged_in(folder, wanted.type)]
    given, right = _columns(judged)
    after = cross_validated(judged)
    print(f"{len(judged)} values in {len({one.group for one in judged})} groups, {right.mean():.3f} right")
    before, better = calibration_error(given, right), calibration_error(after, right)
    print(f"expected calibration error {before:.4f}, of curves that have not seen the group {better:.4f}")
    if wanted.write:
        out = MODELS / f"confidence_{wanted.type.value}.json"
        curves = {name: {"given": one.given, "right": one.right} for name, one in curves_of(judged).items()}
        out.write_text(json.dumps(curves, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        print(f"{len(curves)} curves in {out.name}")


def judged_in(folder: Path, document_type: DocumentType) -> Iterator[Judged]:
    """Every value that the type's extractor finds in the folder's documents of the type, judged by their truth."""
    for line in (folder / "truth.jsonl").read_text("utf-8").splitlines():
        truth = json.loads(line)
        if truth["documentType"] == document_type.value:
            yield from judged_by(truth, found_in((folder / truth["file"]).read_bytes(), document_type))


def found_in(data: bytes, document_type: DocumentType) -> Findings:
    """What the type's extractor finds in a document with a text layer."""
    media_type = sniff(BytesIO(data))
    order = _order(document_type, media_type.value if media_type else "")
    source = ContentOpeners().open(data, order)
    try:
        reading = read_pages(source, order, _NoOcr(), _Silent())
    finally:
        source.close()
    return EXTRACTORS[document_type](reading, language_of(whole_text(reading.pages, order), hint="en"))


def judged_by(truth: dict[str, Any], findings: Findings) -> Iterator[Judged]:
    """The values of `findings`, judged. A truth with `boxes` is whole: what it does not have is wrong. Others have
    gaps, and what they do not have is not judged.
    """
    for pointer, found in findings.values.items():
        wanted = _at(truth["expected"], pointer)
        if wanted is None and "boxes" not in truth:
            continue
        yield Judged(
            property=property_of(pointer),
            group=str(truth["group"]),
            confidence=found.confidence,
            right=_same(found.value, wanted),
        )


def curves_of(judged: list[Judged]) -> dict[str, Curve]:
    """A curve for the type, and one for each property with enough values."""
    by_property: dict[str, list[Judged]] = {WHOLE_TYPE: judged}
    for one in judged:
        by_property.setdefault(one.property, []).append(one)
    return {
        name: fitted(*_columns(some))
        for name, some in by_property.items()
        if name == WHOLE_TYPE or len(some) >= _FEWEST
    }


def cross_validated(judged: list[Judged]) -> NDArray[np.float64]:
    """The calibrated confidence of each value, by curves that have not seen its group."""
    told = np.zeros(len(judged))
    for fold in range(FOLDS):
        curves = curves_of([one for one in judged if _fold(one) != fold])
        for place, one in enumerate(judged):
            if _fold(one) == fold:
                told[place] = (curves.get(one.property) or curves[WHOLE_TYPE]).at(one.confidence)
    return told


def _fold(one: Judged) -> int:
    return zlib.crc32(one.group.encode()) % FOLDS


def _columns(judged: list[Judged]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    return np.array([one.confidence for one in judged]), np.array([float(one.right) for one in judged])


def _at(tree: Json, pointer: str) -> Json:
    for token in pointer.split("/")[1:]:
        if isinstance(tree, list):
            tree = tree[int(token)] if int(token) < len(tree) else None
        elif isinstance(tree, dict):
            tree = tree.get(token)
    return tree


def _same(found: Json, wanted: Json) -> bool:
    """Numbers to half a cent; texts without blanks, signs and case."""
    if isinstance(found, int | float) and isinstance(wanted, int | float):
        return abs(found - wanted) < 0.005
    if isinstance(found, str) and isinstance(wanted, str):
        return _bare(found) == _bare(wanted)
    return found == wanted


def _bare(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def _order(document_type: DocumentType, media_type: str) -> WorkOrder:
    return WorkOrder(
        document_type=document_type.value,
        language="en",
        extract_tables=True,
        ocr_fallback=True,
        pages=None,
        password=None,
        page_error_limit=0.0,
        media_type=media_type,
        file_name="",
        limits=Limits(),
        engine_version="",
    )


class _NoOcr:
    """Only documents with a text layer are read here."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """Nothing should ask."""
        del pixels, language, dpi
        raise ValueError(f"page {page} has no text layer")


class _Silent:
    """Nobody listens."""

    def opened(self, page_count: int, pages: int) -> None:
        """Nobody listens."""

    def page_read(self, page: object) -> None:
        """Nobody listens."""


if __name__ == "__main__":
    main()
