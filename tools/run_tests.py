"""`make test`: the suite in two parts, `python tools/run_tests.py [-n WORKERS] [-m MARKS] [PYTEST'S ARGUMENTS]`.

Most tests wait for processes most of the time, so several workers share them. Those marked `alone` run after that, one
by one. Both parts run whatever becomes of the other, in the order of one seed, and the last line counts both.
"""

import argparse
import os
import random
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

# Two for each core: more would push tests beyond the time that they give to what they wait for.
WORKERS: Final = 2 * len(os.sched_getaffinity(0))
MOST_WORKERS: Final = 12  # each has a database server of its own
KINDS: Final = ("failed", "error", "passed", "skipped", "xfailed", "xpassed", "warning")
INTERRUPTED, NOTHING_COLLECTED = 2, 5
_COLOR = re.compile(r"\x1b\[[0-9;]*m")
_CLOSING = re.compile(r"^=* ?((?:\d+ [a-z]+(?:, )?)+) in [0-9.]+s\b.*$", re.MULTILINE)


def main() -> int:
    """The exit status of the first part that did not end well; 0 if both did."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", dest="workers", type=int, default=min(WORKERS, MOST_WORKERS))
    parser.add_argument("-m", dest="marks", default="")
    parser.add_argument("--randomly-seed", dest="seed", default=str(random.getrandbits(32)))
    options, others = parser.parse_known_args()
    common = [f"--randomly-seed={options.seed}", *(["--color=yes"] if sys.stdout.isatty() else []), *others]
    wanted = f"({options.marks}) and " if options.marks else ""
    shared = ["-n", str(options.workers), "--dist", "worksteal", "-m", f"{wanted}not alone"]

    begun, counts, endings = time.monotonic(), Counter[str](), list[int]()
    for part in (shared, ["-m", f"{wanted}alone"]):
        status, printed = run([sys.executable, "-m", "pytest", *part, *common])
        endings.append(status)
        counts += counted(printed)
        if status == INTERRUPTED:
            break
    print(f"\n{closing(counts, time.monotonic() - begun)}")
    return next((status for status in endings if status not in {0, NOTHING_COLLECTED}), min(endings))


def run(command: Sequence[str]) -> tuple[int, str]:
    """Exit status and output of a command, which is shown while it runs."""
    printed = bytearray()
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        while True:
            try:
                piece = os.read(process.stdout.fileno(), 65_536)  # type: ignore[union-attr] -- it is a pipe
            except KeyboardInterrupt:
                continue  # pytest was told too, and ends in order
            if not piece:
                break
            printed += piece
            sys.stdout.buffer.write(piece)
            sys.stdout.flush()
    return process.returncode, printed.decode(errors="replace")


def counted(printed: str) -> Counter[str]:
    """What pytest's closing line counts; tests that were left out are another part's, or nobody's."""
    found = _CLOSING.findall(_COLOR.sub("", printed))
    pairs = re.findall(r"(\d+) ([a-z]+)", found[-1]) if found else []
    return Counter({kind: int(count) for count, word in pairs for kind in KINDS if word in {kind, f"{kind}s"}})


def closing(counts: Counter[str], seconds: float) -> str:
    """One line as pytest writes it."""
    plural = {kind: f"{kind}s" for kind in ("error", "warning")}
    told = [f"{n} {plural.get(kind, kind) if n > 1 else kind}" for kind in KINDS if (n := counts[kind])]
    took = f"{seconds:.2f}s ({timedelta(seconds=int(seconds))})"
    return f" {', '.join(told) or 'no tests ran'} in {took} ".center(80, "=")


if __name__ == "__main__":
    sys.exit(main())
