"""What every process of the service holds, sampled while it works: memory, descriptors, threads, temporary files."""

import statistics
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.chaos import descendants

KIB = 1024
_ROLES = ("api", "work", "deliver")
_WARM_SAMPLES = 6  # caches and pools fill first
_ENOUGH_SAMPLES = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """One process at one moment; `at` in seconds of the monotonic clock."""

    at: float
    role: str
    pid: int
    memory_kib: int
    descriptors: int
    threads: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """One process over its life: medians of an early and of the last third of its samples."""

    role: str
    seconds: float
    samples: int
    memory_kib: tuple[float, float]
    descriptors: tuple[float, float]
    threads: tuple[float, float]

    @property
    def memory_growth(self) -> float:
        """As a share: 0.05 is 5 %."""
        return self.memory_kib[1] / self.memory_kib[0] - 1


@dataclass(slots=True)
class Sampler:
    """Looks at the processes below `service`, and at what waits in its folder."""

    service: int
    folder: Path
    samples: list[Sample] = field(default_factory=list[Sample])
    temporary_files: list[int] = field(default_factory=list[int])

    def look(self) -> None:
        """Once."""
        for pid in (self.service, *descendants(self.service)):
            try:
                role = _role_of(pid, self.service)
                if role is not None:
                    self.samples.append(_sample(pid, role))
            except (FileNotFoundError, ProcessLookupError):
                continue
        self.temporary_files.append(sum(1 for _ in _temporary(self.folder)))

    def trends(self) -> list[Trend]:
        """Of the longest-lived process of each role."""
        lives = defaultdict[tuple[str, int], list[Sample]](list)
        for sample in self.samples:
            lives[sample.role, sample.pid].append(sample)
        longest: dict[str, list[Sample]] = {}
        for (role, _), life in lives.items():
            if len(life) > max(_ENOUGH_SAMPLES, len(longest.get(role, []))):
                longest[role] = life
        return [_trend(role, life[_WARM_SAMPLES:]) for role, life in sorted(longest.items())]


def _trend(role: str, life: Sequence[Sample]) -> Trend:
    third = max(1, len(life) // 3)
    early, late = life[:third], life[-third:]

    def both(name: str) -> tuple[float, float]:
        return tuple(statistics.median(getattr(one, name) for one in part) for part in (early, late))  # type: ignore[return-value]

    return Trend(
        role=role,
        seconds=life[-1].at - life[0].at,
        samples=len(life),
        memory_kib=both("memory_kib"),
        descriptors=both("descriptors"),
        threads=both("threads"),
    )


def _role_of(pid: int, service: int) -> str | None:
    if pid == service:
        return "serve"
    words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    if "docurift.serve" in words:
        return next((role for role in _ROLES if role in words), None)
    return "zygote" if "docurift.worker.zygote" in words and _is_parent(pid) else None


def _is_parent(pid: int) -> bool:
    """Not a document's fork, whose command line is its zygote's."""
    parent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1]
    return "docurift.worker.zygote" not in Path(f"/proc/{parent}/cmdline").read_text()


def _sample(pid: int, role: str) -> Sample:
    status = dict(
        line.split(":\t", 1) for line in Path(f"/proc/{pid}/status").read_text().splitlines() if ":\t" in line
    )
    return Sample(
        at=time.monotonic(),
        role=role,
        pid=pid,
        memory_kib=int(status["VmRSS"].split()[0]) if "VmRSS" in status else 0,
        descriptors=sum(1 for _ in Path(f"/proc/{pid}/fd").iterdir()),
        threads=int(status["Threads"]),
    )


def _temporary(folder: Path) -> Iterable[Path]:
    for incoming in (folder / "incoming", folder / "blobs" / "incoming"):
        if incoming.exists():
            yield from incoming.iterdir()
