"""The OCR process: long-lived and recycled from outside, it is given pixels and answers words, one page at a time.

Started by `reader.OcrPool` as `python -I -m docurift.worker.models CHANNEL PARENT [TESSDATA_PREFIX]` with nothing in
its environment. It loads its models, shuts itself in, and serves until its channel is closed.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from docurift.engines.ocr import EngineMissingError, OcrRouter
from docurift.engines.ocr_tesseract import data_folder
from docurift.model.failure import FailureCode
from docurift.model.work import MIB, OcrAnswer, OcrRefused, OcrRequest
from docurift.worker import frames, jail
from docurift.worker.ocr_channel import REQUEST_CAPS, REQUESTS, ModelsReady

# The parent watches what is resident; this stops a runaway allocation before it can be.
_ADDRESS_SPACE_BYTES: Final = 4096 * MIB
_CPU_SECONDS: Final = 24 * 3600  # a life, not a page: pages have their deadline outside


def main(arguments: list[str]) -> int:
    """Serve the channel named in `arguments` until it is closed; the exit status."""
    channel, parent, *prefix = arguments
    data = data_folder(prefix[0] if prefix else None)
    with socket.socket(fileno=int(channel)) as sock:
        sock.set_inheritable(False)
        try:
            router = OcrRouter(data)
        except EngineMissingError as missing:
            frames.send(sock, ModelsReady(engine_missing=str(missing)))
            return 0
        _warm_up(router)
        _shut_in(data, int(parent))
        frames.send(sock, ModelsReady())
        _serve(sock, router)
    return 0


def _warm_up(router: OcrRouter) -> None:
    """Read a page of one word, so that whatever a library imports late is loaded before files are out of reach."""
    page = np.full((256, 512), 255, np.uint8)
    cv2.putText(page, "Total 12", (40, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.0, (0,), 3)
    router.read(OcrRequest(page=1, width=512, height=256, channels=1, language="en", dpi=None), page)


def _shut_in(data: Path | None, parent: int) -> None:
    rules = jail.prepare([data] if data else [])
    space = jail.address_space_bytes() + _ADDRESS_SPACE_BYTES
    jail.enter(jail.Walls(address_space_bytes=space, cpu_seconds=_CPU_SECONDS, rules=rules), parent=parent)
    if rules is not None:
        os.close(rules)


def _serve(sock: socket.socket, router: OcrRouter) -> None:
    while frame := frames.receive(sock, REQUESTS, REQUEST_CAPS):
        frames.send(sock, _answer(router, frame.message, frame.payload))


def _answer(router: OcrRouter, request: OcrRequest, payload: bytes) -> OcrAnswer:
    try:
        shape = (request.height, request.width) if request.channels == 1 else (request.height, request.width, 3)
        return router.read(request, np.frombuffer(payload, np.uint8).reshape(shape))
    except MemoryError:
        return OcrRefused(code=FailureCode.OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - the child's entry: one of the three places (style rule 11)
        return OcrRefused(code=FailureCode.PARSER_CRASHED, detail=f"OCR ended with {type(error).__name__}.")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
