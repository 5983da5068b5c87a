"""An engine that misbehaves on request, loaded by the zygote in place of the pipeline.

A document that starts with `PLANT name` gets the fault of that name; any other is read by the real pipeline.
"""

import mmap
import os
import resource
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from docurift.model.failure import FailureCode
from docurift.model.result import Block, BlockKind, Extraction, LengthUnit, Page, ResultWarning, TextSource, Word
from docurift.model.work import (
    Completed,
    LlmImage,
    LlmPage,
    LlmRequest,
    OcrRequest,
    Opened,
    PageRead,
    Refused,
    WorkOrder,
)
from docurift.pipeline import run as pipeline
from docurift.pipeline.ports import NO_LLM, DocumentError, Llm, Ocr, Openers, Pixels, Sink
from docurift.worker import frames

MIB = 1024 * 1024


def run(
    data: bytes, order: WorkOrder, openers: Openers, ocr: Ocr, sink: Sink, *, llm: Llm = NO_LLM
) -> Completed | Refused:
    words = data.split(b"\n", 1)[0].decode("utf-8", "replace").split()
    if words[:1] != ["PLANT"]:
        return pipeline.run(data, order, openers, ocr, sink, llm=llm)
    if words[1] in {"pages", "slow"}:
        faults = {"each": words[3]} if words[1] == "slow" else dict(word.split("=") for word in words[3:])
        planted = PlantedPages(int(words[2]), faults, data.decode(), ocr, sink)
        return pipeline.run(data, order, planted, ocr, sink)
    return FAULTS[words[1]](Plant(words[2:], ocr, sink))


@dataclass
class Plant:
    arguments: list[str]
    ocr: Ocr
    sink: Sink

    @property
    def sock(self) -> socket.socket:
        return self.sink._sock  # type: ignore[attr-defined]


def a_page(number: int = 1, **changes: object) -> Page:
    values: dict[str, Any] = {
        "number": number,
        "width": 10.0,
        "height": 10.0,
        "unit": LengthUnit.POINT,
        "rotation": 0,
        "text_source": TextSource.NATIVE,
    }
    return Page(**(values | changes))


@dataclass
class PlantedPages:
    """A document of so many pages for the real pipeline, its text on the first one. `3=segv` has its third page die so,
    `3=0.5` takes half a second for it; `each` is any page. `slow 9 0.5` says the same as `pages 9 each=0.5`.
    """

    page_count: int
    faults: dict[str, str]
    text: str
    ocr: Ocr
    sink: Sink
    warnings: tuple[ResultWarning, ...] = ()
    einvoice: None = None

    def open(self, _data: bytes, _order: WorkOrder) -> "PlantedPages":
        return self

    def read(self, number: int, order: WorkOrder, _ocr: Ocr) -> Page:
        fault = self.faults.get(str(number), self.faults.get("each", "0"))
        if fault == "segv_at_first" and order.suspect == number:
            return a_page(number, engine="with care")
        if fault == "memory_then_spin":
            fault = "spin" if order.suspect == number else "memory"
        if fault.removesuffix("_at_first") in FAULTS:
            FAULTS[fault.removesuffix("_at_first")](Plant([], self.ocr, self.sink))
        time.sleep(float(fault))
        said = Block(kind=BlockKind.PARAGRAPH, box=(0.0, 0.0, 1.0, 1.0), text=self.text.strip())
        # The engine tells which child has read the page.
        return a_page(number, engine=str(os.getpid()), blocks=(said,) if number == 1 else ())

    def render(self, number: int, **_order: object) -> Pixels:
        raise DocumentError(FailureCode.PAGE_TOO_LARGE, page=number)

    def close(self) -> None:
        """Nothing is open."""


def completed(pages: int = 1, text: str = "planted") -> Completed:
    return Completed(
        extraction=Extraction(
            result={"rawText": text, "tables": [], "keyValuePairs": [], "detectedLanguage": None},
            fields={},
            warnings=(),
            confidence=1.0,
            detected_document_type="generic",
            detected_language=None,
            markdown=text,
            text=text,
            page_count=pages,
            pages_processed=pages,
            engine_version="planted",
        )
    )


def good(plant: Plant) -> Completed:
    pages = int(plant.arguments[0]) if plant.arguments else 1
    plant.sink.opened(pages, pages)
    for number in range(1, pages + 1):
        plant.sink.page_read(a_page(number))
    return completed(pages)


def segv(_plant: Plant) -> Completed:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    signal.raise_signal(signal.SIGSEGV)
    return completed()


def abort(_plant: Plant) -> Completed:
    os.abort()


def silent_exit(_plant: Plant) -> Completed:
    os._exit(0)


def raises(_plant: Plant) -> Completed:
    raise ValueError("the secret words of the document")


def deep(_plant: Plant) -> Completed:
    def down(depth: int) -> int:
        return down(depth + 1) + 1

    sys.setrecursionlimit(10**9)
    down(0)
    return completed()


def spin(_plant: Plant) -> Completed:
    while True:
        pass


def hold_the_gil(_plant: Plant) -> Completed:
    sum(range(10**15))
    return completed()


def ignore_term(_plant: Plant) -> Completed:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    while True:
        signal.pause()


def stop(_plant: Plant) -> Completed:
    signal.raise_signal(signal.SIGSTOP)
    return completed()


def memory(_plant: Plant) -> Completed:
    hoard = []
    while True:
        hoard.append(np.ones(8 * MIB, dtype=np.uint8))


def memory_abort(_plant: Plant) -> Completed:
    """As a C++ parser does: out of memory ends in abort()."""
    hoard = []
    try:
        while True:
            hoard.append(np.ones(8 * MIB, dtype=np.uint8))
    except MemoryError:
        os.abort()


def flood(plant: Plant) -> Completed:
    plant.sink.opened(1000, 1000)
    for number in range(1, 1001):
        plant.sink.page_read(a_page(number, engine="x" * 4 * MIB))
    return completed()


def wide_page(plant: Plant) -> Completed:
    plant.sink.opened(1, 1)
    plant.sink.page_read(a_page(engine="x" * 9 * MIB))
    return completed()


def huge_frame(plant: Plant) -> Completed:
    plant.sock.sendall(struct.pack(">II", 2**32 - 1, 0))
    time.sleep(60)
    return completed()


def thread(plant: Plant) -> Completed:
    threading.Thread(target=time.sleep, args=(3600,), daemon=False).start()
    return good(plant)


def probe(plant: Plant) -> Completed:
    """What a parser that was taken over would try; the text says what worked."""
    attempts: dict[str, Callable[[], object]] = {
        "file": lambda: Path("/etc/passwd").read_text(),
        "write": lambda: Path("/tmp/escaped").write_text("x"),
        "environment": lambda: os.environ["DOCURIFT_TESTING"],
        "socket": socket.socket,
        "fork": os.fork,
        "exec": lambda: os.execv("/bin/true", ["true"]),  # noqa: S606 - refused
        "kill": lambda: os.kill(os.getppid(), 0),
        "code": lambda: mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC),
        "memory": Path(f"/proc/{os.getppid()}/mem").read_bytes,
    }
    worked = []
    for name, attempt in attempts.items():
        try:
            attempt()
        except (OSError, KeyError):
            continue
        worked.append(name)
    plant.sink.opened(1, 1)
    plant.sink.page_read(a_page())
    return completed(text=" ".join([f"descriptors={_descriptors()}", *worked]))


def _descriptors() -> str:
    found = []
    for number in range(64):
        try:
            os.fstat(number)
        except OSError:
            continue
        found.append(str(number))
    return ",".join(found)


def kills_its_zygote(_plant: Plant) -> Completed:
    """And all that is in its group. The jail does not let it."""
    return _kills_the_group_of(os.getppid())


def kills_its_worker(_plant: Plant) -> Completed:
    stat = Path(f"/proc/{os.getppid()}/stat").read_text()
    return _kills_the_group_of(int(stat.rpartition(")")[2].split()[1]))


def _kills_the_group_of(pid: int) -> Completed:
    os.killpg(os.getpgid(pid), signal.SIGKILL)
    time.sleep(60)
    return completed()


def reads_pixels(plant: Plant) -> Completed:
    plant.sink.opened(1, 1)
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    reading = plant.ocr.read(pixels, page=1, language="en", dpi=None)
    plant.sink.page_read(a_page())
    return completed(text=" ".join(word.text for word in reading.words))


def lie(plant: Plant) -> Completed:
    one = a_page()
    extraction = completed().extraction
    lies: dict[str, Callable[[], object]] = {
        "not_json": lambda: plant.sock.sendall(struct.pack(">II", 3, 0) + b"no!"),
        "unknown": lambda: plant.sock.sendall(struct.pack(">II", 9, 0) + b'{"Evil":1}'[:9]),
        "page_before_opened": lambda: frames.send(plant.sock, PageRead(page=one)),
        "opened_twice": lambda: [frames.send(plant.sock, Opened(page_count=1, pages=1)) for _ in range(2)],
        "no_pages": lambda: frames.send(plant.sock, Opened(page_count=0, pages=0)),
        "too_many_pages": lambda: frames.send(plant.sock, Opened(page_count=10**9, pages=10**9)),
        "page_outside": lambda: (plant.sink.opened(1, 1), plant.sink.page_read(a_page(2))),
        "page_twice": lambda: (plant.sink.opened(2, 2), plant.sink.page_read(one), plant.sink.page_read(one)),
        "bad_pixels": lambda: (plant.sink.opened(1, 1), frames.send(plant.sock, _request(10, 10), b"123")),
        "many_pixels": lambda: (plant.sink.opened(1, 1), frames.send(plant.sock, _request(30_000, 30_000), b"123")),
        "other_count": lambda: (plant.sink.opened(2, 2), frames.send(plant.sock, Completed(extraction=extraction))),
        "question": lambda: _ask(plant, _question()),
        "question_twice": lambda: _ask(plant, _question(), _question()),
        "question_of_an_unread_page": lambda: _ask(plant, _question(2)),
        "question_of_many_words": lambda: _ask(plant, _question(words=("word",) * 10_000)),
        "question_of_bad_lines": lambda: _ask(plant, _question(lines=(0, 7))),
        "question_with_pictures": lambda: _ask(plant, _question(images=(_PICTURE,)), payload=b"1234"),
        "question_of_bad_pixels": lambda: _ask(plant, _question(), payload=b"1234"),
        "no_opened": lambda: frames.send(plant.sock, Completed(extraction=extraction)),
    }
    lies[plant.arguments[0]]()
    time.sleep(60)
    return completed()


def _ask(plant: Plant, *asked: LlmRequest, payload: bytes = b"") -> None:
    """Read a page of two words, then put these questions."""
    plant.sink.opened(1, 1)
    words = tuple(Word(text, (0.0, 0.0, 1.0, 1.0)) for text in ("Total", "1"))
    plant.sink.page_read(a_page(words=words))
    for question in asked:
        frames.send(plant.sock, question, payload)


def _question(
    number: int = 1,
    *,
    words: tuple[str, ...] = ("Total", "1"),
    lines: tuple[int, ...] = (0,),
    images: tuple[LlmImage, ...] = (),
) -> LlmRequest:
    pages = (LlmPage(number=number, words=words, lines=lines),)
    return LlmRequest(document_type="Invoice", fields=(), pages=pages, images=images)


_PICTURE = LlmImage(page=1, width=2, height=2, channels=1)


def _request(width: int, height: int) -> OcrRequest:
    return OcrRequest(page=1, width=width, height=height, channels=1, language="en", dpi=None)


FAULTS: dict[str, Callable[[Plant], Completed]] = {
    one.__name__: one
    for one in (
        *(good, segv, abort, silent_exit, raises, deep, spin, hold_the_gil, ignore_term, stop, memory),
        *(memory_abort, flood, wide_page, huge_frame, thread, probe, reads_pixels, lie),
        *(kills_its_zygote, kills_its_worker),
    )
}
