"""Resolves the locks in `locks/` again: `python tools/lock.py [--upgrade]`.

A lock names versions and hashes and no index, so that it serves any mirror; why not `uv.lock`: docs/decisions/0011.
The development lock comes first and bounds the runtime lock, so that what is tested is what is run.
"""

import os
import subprocess
import sys
from pathlib import Path

LOCKS = Path("locks")
COMMON = (
    "--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet",
    "--override", str(LOCKS / "overrides.txt"),
)  # fmt: skip


def main() -> None:
    """Write every lock; versions stay unless `--upgrade` is given."""
    further = sys.argv[1:]
    compile_lock("dev.txt", "pyproject.toml", "--group", "dev", *further)
    compile_lock("runtime.txt", "pyproject.toml", "--constraint", str(LOCKS / "dev.txt"), *further)
    compile_lock("uv.txt", str(LOCKS / "uv.in"), *further)
    compile_lock("lint.txt", str(LOCKS / "lint.in"), *further)


def compile_lock(name: str, *arguments: str) -> None:
    """Resolve one lock and refuse it if an index address slipped in."""
    target = LOCKS / name
    # Only the file's own text is wanted: an index from the environment must not leave its address here.
    command = [sys.executable, "-m", "uv", "pip", "compile", *COMMON, *arguments, "--output-file", str(target)]
    subprocess.run(command, check=True, env=os.environ)
    text = target.read_text()
    if "://" in text:
        raise SystemExit(f"{target} holds an address; take it out of the index settings and run this again")
    print(f"{target}: {text.count('==')} packages")


if __name__ == "__main__":
    main()
