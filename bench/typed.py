"""Typed extraction: milliseconds that it adds to reading, on one-page born-digital invoices drawn here.

    python -m bench.typed [--rounds N]

The pages are read once; then the extractor alone runs over them in this process, round after round, and the reading of
the same files is timed beside it. CPU time of one thread; the median document is what counts.
"""

import argparse
import time
from collections.abc import Callable
from statistics import median

from tests.support.invoice_samples import SAMPLES
from tests.support.work_orders import a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.model.job import DocumentType
from docurift.model.result import Page
from docurift.model.work import OcrReading
from docurift.pipeline.extract.extractors import EXTRACTORS
from docurift.pipeline.ports import Pixels
from docurift.pipeline.read import Reading, read_pages

_BUDGET_MS = 40


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args().rounds
    extract = EXTRACTORS[DocumentType.INVOICE]
    files = {sample.name: (sample.pdf(), sample.language) for sample in SAMPLES}
    readings = {name: _read(pdf) for name, (pdf, _) in files.items()}
    single = [name for name, reading in readings.items() if len(reading.pages) == 1]
    reads, extracts = [], []
    for _ in range(rounds):
        for name in single:
            pdf, language = files[name]
            reads.append(_cpu_ms(lambda pdf=pdf: _read(pdf)))
            extracts.append(_cpu_ms(lambda name=name, language=language: extract(readings[name], language)))
    print(f"{len(single)} invoices of one page, {rounds} rounds, CPU ms")
    print(f"reading     median {median(reads):6.1f}   worst {max(reads):6.1f}")
    print(f"extraction  median {median(extracts):6.1f}   worst {max(extracts):6.1f}   budget {_BUDGET_MS}")


def _read(pdf: bytes) -> Reading:
    order = a_work_order(document_type="invoice", media_type="application/pdf", file_name="invoice.pdf")
    source = ContentOpeners().open(pdf, order)
    try:
        return read_pages(source, order, _Nobody(), _Nobody())
    finally:
        source.close()


def _cpu_ms(work: Callable[[], object]) -> float:
    start = time.process_time()
    work()
    return 1000 * (time.process_time() - start)


class _Nobody:
    """Neither reads pixels nor listens."""

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """Born-digital pages need no OCR."""
        raise NotImplementedError

    def opened(self, page_count: int, pages: int) -> None:
        """Nobody listens."""

    def page_read(self, page: Page) -> None:
        """Nobody listens."""


if __name__ == "__main__":
    main()
