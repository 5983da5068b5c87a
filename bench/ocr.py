"""OCR: CPU-seconds a page, peak memory and words found, ours beside bare rapidocr and bare Tesseract on the same pages.

    python -m bench.ocr [--markdown FILE]

Pages: the scans among `samples/`, and A4 pages drawn here with known words, skewed, blurred and noisy, one of them in
black and white. F1 is over runs of letters and digits of the drawn pages. Each engine runs on one thread in a process
of its own; its first reading is not counted.
"""

import argparse
import json
import os
import platform
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import mean
from typing import Any

import cv2
import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageSequence

from docurift.engines.ocr import OcrRouter
from docurift.engines.ocr_tesseract import data_folder, languages
from docurift.model.work import OcrReading, OcrRequest

Pixels = NDArray[np.uint8]
Reader = Callable[[Pixels], str]

ROOT = Path(__file__).parents[1]
ENGINES = ("ours", "rapidocr", "tesseract")
SCANS = ("scanned-report.pdf", "receipt-photo.jpg", "fax.tiff")
DPI = 200
A4 = (1654, 2339)
DRAWN = ((0.0, 22), (1.3, 19), (-0.8, 26), (0.5, 22))  # skew in degrees, size of the letters in pixels
INK = 70
WORDS = (
    "invoice number date of delivery quantity unit price total amount net VAT payment within days bank account "
    "reference customer order article description discount subtotal shipping street city country phone mail website "
    "terms please transfer balance due interest contract signature page item code weight pallet carton container"
)


@dataclass(frozen=True)
class Sheet:
    """A page to be read; `truth` is None where nobody wrote down what stands on it."""

    name: str
    pixels: Pixels
    truth: str | None = None


def main() -> None:
    """Print the table; `--markdown` writes it to a file, too."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--markdown", type=Path, help="write the table to this file as well")
    parser.add_argument("--engine", choices=ENGINES, help=argparse.SUPPRESS)
    parser.add_argument("--pages", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.engine:
        print(json.dumps(measured(given.engine, given.pages)))
        return
    table = compared()
    print(table)
    if given.markdown:
        given.markdown.write_text(table + "\n", encoding="utf-8")


def compared() -> str:
    """The table of all engines on the same pages."""
    sheets = [*drawn_sheets(), *sample_sheets()]
    with tempfile.TemporaryDirectory() as folder:
        for number, sheet in enumerate(sheets):
            np.save(Path(folder) / f"{number:02}.npy", sheet.pixels)
        results = {engine: run(engine, folder) for engine in available()}
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {machine}; {len(DRAWN)} drawn A4 pages, {len(sheets)} pages in all",
        "",
        "| engine | CPU-s an A4 page | CPU-s a page, all | peak MiB | word F1, drawn pages |",
        "|---|---|---|---|---|",
    ]
    for engine, result in results.items():
        drawn = [seconds for seconds, sheet in zip(result["seconds"], sheets, strict=True) if sheet.truth is not None]
        lines.append(
            f"| {engine} | {mean(drawn):.2f} | {mean(result['seconds']):.2f} | {result['peak_mib']} "
            f"| {f1(sheets, result['texts']):.4f} |"
        )
    return "\n".join(lines)


def available() -> list[str]:
    """The engines that can run here: Tesseract needs its language data."""
    has_tesseract = "eng" in languages(data_folder(os.environ.get("TESSDATA_PREFIX")))
    return [engine for engine in ENGINES if engine != "tesseract" or has_tesseract]


def run(engine: str, folder: str) -> dict[str, Any]:
    """What `measured` says in a process of its own."""
    command = [sys.executable, "-m", "bench.ocr", "--engine", engine, "--pages", folder]
    environment = {**os.environ, "OMP_THREAD_LIMIT": "1"}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=ROOT)
    return json.loads(done.stdout.splitlines()[-1])


def measured(engine: str, folder: Path) -> dict[str, Any]:
    """In the process of one engine: CPU-seconds and text of every page, and the peak of the memory."""
    read = {"ours": ours, "rapidocr": bare_rapidocr, "tesseract": bare_tesseract}[engine]()
    seconds: list[float] = []
    texts: list[str] = []
    paths = sorted(folder.glob("*.npy"))
    read(np.load(paths[0]))
    for path in paths:
        pixels: Pixels = np.load(path)
        begun = time.process_time()
        texts.append(read(pixels))
        seconds.append(time.process_time() - begun)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {"seconds": seconds, "texts": texts, "peak_mib": peak}


def ours() -> Reader:
    """Our reader, as the OCR process uses it."""
    router = OcrRouter(None)

    def read(pixels: Pixels) -> str:
        height, width = pixels.shape
        request = OcrRequest(page=1, width=width, height=height, channels=1, language="en", dpi=DPI)
        answer = router.read(request, pixels)
        assert isinstance(answer, OcrReading), answer
        return " ".join(word.text for word in answer.words)

    return read


def bare_rapidocr() -> Reader:
    """Bare rapidocr as it is configured by default, but for its threads."""
    from rapidocr import RapidOCR  # noqa: PLC0415 it configures logging when it is imported

    threads = {f"EngineConfig.onnxruntime.{kind}_op_num_threads": 1 for kind in ("intra", "inter")}
    engine = RapidOCR(params={"Global.log_level": "error", **threads})

    def read(pixels: Pixels) -> str:
        return " ".join(engine(cv2.cvtColor(pixels, cv2.COLOR_GRAY2BGR)).txts or ())

    return read


def bare_tesseract() -> Reader:
    """Tesseract with automatic page segmentation."""
    import tesserocr  # noqa: PLC0415 beside its peers its libraries would count as their memory

    folder = data_folder(os.environ.get("TESSDATA_PREFIX"))
    engine = tesserocr.PyTessBaseAPI(path=str(folder), lang="eng", psm=tesserocr.PSM.AUTO)

    def read(pixels: Pixels) -> str:
        engine.SetImage(Image.fromarray(pixels))
        engine.SetSourceResolution(DPI)
        return str(engine.GetUTF8Text())

    return read


def drawn_sheets() -> Iterator[Sheet]:
    """A4 pages of known words, as a scanner would deliver them; the same ones every time."""
    random = np.random.default_rng(20)
    for number, (degrees, height) in enumerate(DRAWN):
        image = Image.new("L", A4, 250)
        truth = "\n".join(draw_lines(ImageDraw.Draw(image), random, height))
        turned = image.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor=250)
        blurred = cv2.GaussianBlur(np.asarray(turned), (0, 0), 0.9).astype(np.float32)
        noisy = np.clip(blurred + random.normal(0, 14, blurred.shape), 0, 255).astype(np.uint8)
        if number == len(DRAWN) - 1:
            noisy = np.where(noisy > 150, 255, 0).astype(np.uint8)  # as a fax machine or an office scanner would
        yield Sheet(f"drawn {number}", noisy, truth)


def draw_lines(draw: ImageDraw.ImageDraw, random: np.random.Generator, height: int) -> Iterator[str]:
    """Draw lines of words and numbers; what each says."""
    font = ImageFont.load_default(height)
    for y in range(150, A4[1] - 150, height * 2):
        words = [str(word) for word in random.choice(WORDS.split(), int(random.integers(2, 9)))]
        words.insert(int(random.integers(len(words))), f"{random.integers(1, 10_000) / 100:.2f}")
        if random.random() < 0.4:  # a label and its value, far apart
            value = f"{random.integers(1, 99)}-{random.integers(1000, 9999)}"
            draw.text((1250, y), value, fill=INK, font=font)
            words = [*words[:3], value]
            draw.text((150, y), " ".join(words[:-1]), fill=INK, font=font)
        else:
            draw.text((150, y), " ".join(words), fill=INK, font=font)
        yield " ".join(words)


def sample_sheets() -> Iterator[Sheet]:
    """The pages of the sample scans, in gray."""
    for name in SCANS:
        path = ROOT / "samples" / name
        if path.suffix == ".pdf":
            for page in pypdfium2.PdfDocument(path):
                drawn = page.render(scale=DPI / 72, grayscale=True).to_numpy()
                yield Sheet(name, np.ascontiguousarray(drawn.reshape(drawn.shape[:2])))
        else:
            with Image.open(path) as image:
                for frame in ImageSequence.Iterator(image):
                    yield Sheet(name, np.asarray(frame.convert("L")))


def f1(sheets: list[Sheet], texts: list[str]) -> float:
    """Harmonic mean of precision and recall of the runs of letters and digits, over all pages with a truth."""
    right = said = wanted = 0
    for sheet, text in zip(sheets, texts, strict=True):
        if sheet.truth is not None:
            have, want = (Counter(re.findall(r"[^\W_]+", one)) for one in (text, sheet.truth))
            right, said, wanted = right + (have & want).total(), said + have.total(), wanted + want.total()
    return 2 * right / (said + wanted)


if __name__ == "__main__":
    main()
