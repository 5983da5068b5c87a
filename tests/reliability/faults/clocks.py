"""A wall clock that jumps under a process that runs; its monotonic clock goes on (libfaketime)."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

LIBRARIES = tuple(
    Path(folder) / "faketime/libfaketimeMT.so.1"
    for folder in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu")
)
RIGHT = "+0"


@dataclass(frozen=True, slots=True)
class Clock:
    """Of the processes that are started under `wrapper`; `file` says how far it is from the right time."""

    file: Path

    @classmethod
    def at(cls, file: Path) -> "Clock":
        """A clock that is right."""
        clock = cls(file)
        clock.jump(RIGHT)
        return clock

    @property
    def wrapper(self) -> list[str]:
        """The command that puts what follows under this clock."""
        library = next(path for path in LIBRARIES if path.exists())
        return [
            "env",
            f"LD_PRELOAD={library}",
            f"FAKETIME_TIMESTAMP_FILE={self.file}",
            "FAKETIME_NO_CACHE=1",
            "FAKETIME_DONT_FAKE_MONOTONIC=1",
            "NO_FAKE_STAT=1",  # the times of files are the kernel's
        ]

    def jump(self, offset: str) -> None:
        """From now on it is `offset` away from the right time, as `+3600` seconds."""
        draft = self.file.with_suffix(".draft")
        draft.write_text(offset + "\n")
        draft.replace(self.file)


def can_turn_clocks() -> bool:
    """Whether the library is there, and does what is asked of it."""
    if not any(path.exists() for path in LIBRARIES):
        return False
    told = "import time; print(time.time())"
    with TemporaryDirectory(prefix="docurift-clock-") as folder:  # each worker of a test run asks for itself
        clock = Clock(Path(folder) / "clock")
        clock.jump("-864000")
        done = subprocess.run([*clock.wrapper, sys.executable, "-c", told], capture_output=True, text=True, check=False)
        return done.returncode == 0
