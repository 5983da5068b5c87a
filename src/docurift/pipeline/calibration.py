"""Confidences that mean what they say: how often a value of this type, found with this confidence, is right.

`python -m tools.calibrate` learns the curves from labelled documents and writes a file for each type beside the models.
A type or property without a curve keeps the confidence that its extractor gives.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np

from docurift.model.job import DocumentType

WHOLE_TYPE: Final = "*"
_INDEX: Final = re.compile(r"/\d+(?=/|$)")


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Knots of a line that never falls: `given` ascending, and the share that was right at each."""

    given: Sequence[float]
    right: Sequence[float]

    def at(self, confidence: float) -> float:
        """The calibrated confidence; beyond the outer knots it is theirs."""
        return float(np.interp(confidence, self.given, self.right))


def property_of(pointer: str) -> str:
    """The pointer with `*` for each place in a list: all rows of a table share a curve."""
    return _INDEX.sub("/*", pointer)


def calibrated(document_type: DocumentType, pointer: str, confidence: float) -> float:
    """The confidence of a value, by the curve of its property, else of its type, else as it is."""
    curves = _CURVES.get(document_type, {})
    curve = curves.get(property_of(pointer)) or curves.get(WHOLE_TYPE)
    return confidence if curve is None else curve.at(confidence)


def curves_in(text: str) -> Mapping[str, Curve]:
    """The curves of a type's file, by property."""
    return {name: Curve(given=knots["given"], right=knots["right"]) for name, knots in json.loads(text).items()}


def _read() -> Mapping[DocumentType, Mapping[str, Curve]]:
    folder = files("docurift.pipeline.models")
    tables = {one: folder / f"confidence_{one.value}.json" for one in DocumentType}
    return {one: curves_in(table.read_text("utf-8")) for one, table in tables.items() if table.is_file()}


# Read when this is imported: the sandboxed child that asks may open no file.
_CURVES: Final = _read()
