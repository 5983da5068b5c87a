"""The OCR process: long-lived and recycled from outside, it is given pixels and answers words, one page at a time.

Started by `ocr_process` as `python -I -m docurift.worker.models CHANNEL PARENT [TESSDATA_PREFIX]` with nothing in its
environment. It shuts itself in, loads its models, and serves until its channel is closed. No library that starts
threads may be imported by this module itself: a thread that runs before would stay outside.
"""

import os
import socket
import sys
from pathlib import Path
from typing import Final

from docurift.model.work import MIB
from docurift.worker import frames, jail, probes
from docurift.worker.ocr_channel import REQUEST_CAPS, REQUESTS, ModelsReady

# The parent watches what is resident; this stops a runaway allocation before it can be.
_ADDRESS_SPACE_BYTES: Final = 4096 * MIB
_CPU_SECONDS: Final = 24 * 3600  # a life, not a page: pages have their deadline outside
_READABLE: Final = (
    *("/usr/lib", "/lib", "/lib64", "/usr/share", "/usr/local/share"),  # libraries, and Tesseract's data
    *("/proc/cpuinfo", "/sys/devices/system/cpu", "/sys/bus/pci/devices"),  # by which onnxruntime chooses its code
)


def main(arguments: list[str]) -> int:
    """Serve the channel named in `arguments` until it is closed; the exit status."""
    channel, parent, *prefix = arguments
    with socket.socket(fileno=int(channel)) as sock:
        sock.set_inheritable(False)
        _shut_in(prefix, int(parent))
        from docurift.engines.ocr import EngineMissingError  # noqa: PLC0415 - only now: its libraries start threads
        from docurift.worker import ocr_work  # noqa: PLC0415 - as above

        try:
            work = ocr_work.load(prefix[0] if prefix else None)
        except EngineMissingError as missing:
            frames.send(sock, ModelsReady(engine_missing=str(missing)))
            return 0
        os.dup2(0, 2)  # what it had to say of its start is said; neither leads anywhere now
        cell = probes.Cell(hidden="/", descriptors=frozenset({sock.fileno()}))
        frames.send(sock, ModelsReady(walls=probes.observe(cell)))
        while frame := frames.receive(sock, REQUESTS, REQUEST_CAPS):
            frames.send(sock, work.answer(frame.message, frame.payload))
    return 0


def _shut_in(prefix: list[str], parent: int) -> None:
    rules = jail.prepare(Path(path) for path in (*sys.path, *_READABLE, *prefix) if os.path.isabs(path))  # noqa: PTH117
    walls = jail.Walls(address_space_bytes=_ADDRESS_SPACE_BYTES, cpu_seconds=_CPU_SECONDS, rules=rules)
    jail.enter(walls, parent=parent)
    if rules is not None:
        os.close(rules)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
