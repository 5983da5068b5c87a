"""What a run says of itself, and its place in docs/explanation/reliability.md."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from tests.reliability.checker import Violation
from tests.reliability.history import History
from tests.reliability.resources import KIB, Sampler, Trend

PAGE = Path(__file__).parents[2] / "docs/explanation/reliability.md"
SOAK = re.compile(r"(<!-- soak: [^>]* -->\n).*?(<!-- end of soak -->)", re.DOTALL)
_COUNTED = ("lost", "stuck", "doubled", "crossed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One soak."""

    command: str
    day: str
    minutes: float
    faults: Counter[str]
    calls: int
    unanswered: int
    refused: int
    accepted: int
    events: int
    repeated: int
    violations: Sequence[Violation]
    trends: Sequence[Trend]
    temporary_files: tuple[int, int]

    @classmethod
    def of(
        cls,
        *,
        command: str,
        minutes: float,
        faults: Counter[str],
        history: History,
        events: int,
        repeated: int,
        violations: Sequence[Violation],
        sampler: Sampler,
    ) -> Self:
        """Count."""
        return cls(
            command=command,
            day=datetime.now(UTC).date().isoformat(),
            minutes=minutes,
            faults=faults,
            calls=len(history.calls),
            unanswered=sum(call.status is None for call in history.calls),
            refused=sum(call.status is not None and call.status >= 500 for call in history.calls),
            accepted=len({call.job_id for call in history.calls if call.accepted}),
            events=events,
            repeated=repeated,
            violations=violations,
            trends=sampler.trends(),
            temporary_files=(max(sampler.temporary_files, default=0), (sampler.temporary_files or [0])[-1]),
        )

    def text(self) -> str:
        """As Markdown."""
        kinds = Counter(violation.kind for violation in self.violations)
        others = sum(times for kind, times in kinds.items() if kind not in _COUNTED)
        rows = [
            ("faults injected", sum(self.faults.values())),
            ("jobs accepted", self.accepted),
            ("calls of clients", self.calls),
            ("… answered 5xx", self.refused),
            ("… not answered at all", self.unanswered),
            ("events received by webhooks", self.events),
            ("… received again", self.repeated),
            *((f"**{kind}**", kinds[kind]) for kind in _COUNTED),
            ("**other promises broken**", others),
            ("temporary files, most at a time", self.temporary_files[0]),
            ("temporary files at the end", self.temporary_files[1]),
        ]
        lines = [f"`{self.command}`, {self.day}, {self.minutes:g} minutes.", "", "| | |", "| --- | ---: |"]
        lines += [f"| {name} | {value:,} |" for name, value in rows]
        lines += ["", "| fault | times |", "| --- | ---: |"]
        lines += [f"| {name} | {times} |" for name, times in sorted(self.faults.items())]
        lines += ["", "| longest-lived process | seconds | memory, MiB | descriptors | threads |"]
        lines += ["| --- | ---: | ---: | ---: | ---: |", *map(_row, self.trends)]
        return "\n".join(lines)


def write(account: Account) -> None:
    """Put it into the page."""
    page = PAGE.read_text()
    assert SOAK.search(page), "the page has no place for it"
    PAGE.write_text(SOAK.sub(lambda found: f"{found[1]}\n{account.text()}\n\n{found[2]}", page))


def _row(trend: Trend) -> str:
    memory = " → ".join(f"{value / KIB:.1f}" for value in trend.memory_kib)
    descriptors, threads = (" → ".join(f"{value:g}" for value in both) for both in (trend.descriptors, trend.threads))
    return f"| {trend.role} | {trend.seconds:.0f} | {memory} | {descriptors} | {threads} |"
