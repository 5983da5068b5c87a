"""The weights of the rankers, read with this module: a jailed child may open no file any more."""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Final, cast

from docurift.pipeline.extract.receipt.ranking import Ranker

FIELDS: Final = ("name", "address", "date", "total")
FILE: Final = files("docurift.pipeline.models") / "receipt.json"


def _rankers(text: str) -> Mapping[str, Ranker]:
    told = cast("dict[str, dict[str, object]]", json.loads(text))
    return {field: _ranker(told[field]) for field in FIELDS}


def _ranker(told: dict[str, object]) -> Ranker:
    one, odds, read = cast("list[float]", told["sureness"])
    return Ranker(weights=cast("dict[str, float]", told["weights"]), sureness=(one, odds, read))


RANKERS: Final = _rankers(FILE.read_text("utf-8"))
"""The ranker of each field, trained by `python -m tools.train_receipt`."""
