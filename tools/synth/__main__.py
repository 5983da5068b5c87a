"""Writes a corpus: `python -m tools.synth OUT --count N --seed S [--types invoice,receipt] [--held-back]`.

`truth.jsonl` has a line for each document: `id`, `file`, `documentType`, `group` (the layout grammar), `language`,
`expected`, and `boxes` by JSON Pointer. The same seed, with the same fonts installed, writes the same files.
"""

import argparse
import json
from pathlib import Path
from random import Random
from typing import Any

from tools.synth.corpus import corpus
from tools.synth.document import Document
from tools.synth.scan import scanned, turned_boxes
from tools.synth.types import TYPES

from docurift.model.job import DocumentType


def main() -> None:
    """Write the corpus that the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m tools.synth", description=__doc__.splitlines()[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--types", default=",".join(TYPES), help="document types, separated by commas")
    parser.add_argument("--held-back", action="store_true", help="only layouts that no training sees")
    parser.add_argument("--scans", type=float, default=0.0, help="share of documents written as noisy scans of page 1")
    wanted = parser.parse_args()
    types = tuple(DocumentType(name) for name in wanted.types.split(","))
    wanted.out.mkdir(parents=True, exist_ok=True)
    chance = Random(f"scans/{wanted.seed}")  # noqa: S311 - the same scans each time, not a secret
    with (wanted.out / "truth.jsonl").open("w", encoding="utf-8") as truth:
        for number, one in enumerate(corpus(wanted.count, wanted.seed, types=types, held_back=wanted.held_back)):
            line = _written(one, wanted.out, f"{number:05}", chance if chance.random() < wanted.scans else None)
            truth.write(json.dumps(line, ensure_ascii=False) + "\n")
    print(f"{wanted.count} documents in {wanted.out}")


def _written(one: Document, out: Path, number: str, noise: Random | None) -> dict[str, Any]:
    name = f"{one.document_type.value}-{one.language}-{number}"
    boxes: dict[str, dict[str, Any]] = one.boxes
    if noise is None:
        file, data = f"{name}.pdf", one.pdf
    else:
        scan = scanned(one.pdf, noise)
        file, data, boxes = f"{name}.jpg", scan.jpeg, turned_boxes(one.boxes, scan)
    (out / file).write_bytes(data)
    return {
        "id": name,
        "file": file,
        "documentType": one.document_type.value,
        "group": one.grammar.id,
        "language": one.language,
        "expected": one.expected,
        "boxes": boxes,
    }


if __name__ == "__main__":
    main()
