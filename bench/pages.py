"""How many pages of born-digital PDFs one core reads: our whole reading beside its two engines alone.

    python bench/pages.py FOLDER_OR_FILE... [--rounds 3]

Ours is what a job does in the child: words, tables, blocks, pairs, Markdown, and the answer as compressed JSON. The
engines take turns over the same files, so that other work on the machine slows all of them alike; the
best round counts.
"""

import argparse
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import msgspec
import pypdfium2 as pdfium
import zstandard
from liteparse.parser import LiteParse

from docurift.engines.openers import ContentOpeners
from docurift.model.failure import FailureCode
from docurift.model.result import Page
from docurift.model.work import Completed, Limits, OcrReading, WorkOrder
from docurift.pipeline.ports import DocumentError, Pixels
from docurift.pipeline.run import run

ORDER = WorkOrder(
    document_type="generic",
    language="en",
    extract_tables=True,
    ocr_fallback=False,
    pages=None,
    password=None,
    page_error_limit=1.0,
    media_type="application/pdf",
    file_name="bench.pdf",
    limits=Limits(),
    engine_version="bench",
)


class NoOcr:
    """Only text layers are measured."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """Refuse."""
        del pixels, language, dpi
        raise DocumentError(FailureCode.ENGINE_UNAVAILABLE, page=page)


class Compressed:
    """Where pages go: to compressed JSON, each by itself."""

    def __init__(self) -> None:
        self.size, self._zstd = 0, zstandard.ZstdCompressor(level=3)

    def opened(self, page_count: int, pages: int) -> None:
        """Nothing to do."""

    def page_read(self, page: Page) -> None:
        """Count the bytes of a frame."""
        self.add(page)

    def add(self, value: object) -> None:
        """Count the bytes of a value."""
        self.size += len(self._zstd.compress(msgspec.json.encode(value)))


def ours(data: bytes) -> int:
    """Everything a job does."""
    sink = Compressed()
    outcome = run(data, ORDER, ContentOpeners(), NoOcr(), sink)
    if not isinstance(outcome, Completed):
        return 0
    sink.add(asdict(outcome.extraction))
    return outcome.extraction.pages_processed


def pdfium_text(data: bytes) -> int:
    """The bare text of each page, without places."""
    document = pdfium.PdfDocument(data)
    for page in document:
        textpage = page.get_textpage()
        textpage.get_text_range()
        textpage.close()
        page.close()
    count = len(document)
    document.close()
    return count


def liteparse(data: bytes) -> int:
    """Lines, blocks and tables as liteparse gives them."""
    parser = LiteParse(ocr_enabled=False, extract_blocks=True, image_mode="off", num_workers=1, quiet=True)
    return len(parser.parse(data).pages)


def measured(engine: Callable[[bytes], int], files: list[bytes]) -> tuple[int, float, float]:
    """Pages, CPU seconds and wall seconds of one pass."""
    cpu, wall = time.process_time(), time.perf_counter()
    pages = sum(engine(data) for data in files)
    return pages, time.process_time() - cpu, time.perf_counter() - wall


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("paths", nargs="+", type=Path)
    arguments.add_argument("--rounds", type=int, default=3)
    given = arguments.parse_args()
    paths = [p for path in given.paths for p in (sorted(path.glob("*.pdf")) if path.is_dir() else [path])]
    files = [path.read_bytes() for path in paths]
    if not files:
        sys.exit("no PDF files there")
    engines = {"docurift": ours, "pdfium text": pdfium_text, "liteparse": liteparse}
    # The first pass of each pays for imports and caches.
    rounds = {name: [measured(engine, files)] for name, engine in engines.items()}
    for _ in range(given.rounds):
        for name, engine in engines.items():
            rounds[name].append(measured(engine, files))
    print(f"{len(files)} files\n{'engine':<14}{'pages':>7}{'pages/CPU-s':>13}{'ms/page':>9}{'pages/s wall':>14}")
    for name, runs in rounds.items():
        pages, cpu, wall = min(runs[1:], key=lambda r: r[1])
        print(f"{name:<14}{pages:>7}{pages / cpu:>13.0f}{1000 * cpu / pages:>9.2f}{pages / wall:>14.0f}")


if __name__ == "__main__":
    main()
