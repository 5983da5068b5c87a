"""Shows how far uploads, jobs and batches are, on standard error: bars on a terminal, plain lines elsewhere."""

from types import TracebackType
from typing import Protocol, Self, cast

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from docurift.client.http import FINAL, Record


class Board(Protocol):
    """One line for each file."""

    def __enter__(self) -> Self: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def add(self, name: str, size_bytes: int) -> int:
        """A new line; the number names it in the calls below."""
        ...

    def sent(self, line: int, size_bytes: int) -> None:
        """A further piece of the file left."""
        ...

    def job(self, line: int, job: Record) -> None:
        """The job is this far."""
        ...

    def batch(self, line: int, batch: Record) -> None:
        """The batch is this far."""
        ...

    def refused(self, line: int, reason: str) -> None:
        """The file will not be read."""
        ...


def board(console: Console) -> Board:
    """Bars if `console` is a terminal, else lines that say only what changed."""
    return Bars(console) if console.is_terminal else Lines(console)


def state_of(job: Record) -> str:
    """Status, and the pages that are done: `processing 2/3 pages`."""
    status, pages = str(job["status"]), job.get("pageCount")
    error = cast("Record", job.get("error") or {})
    if error:
        return f"{status} {error.get('code')}"
    return f"{status} {job.get('pagesProcessed') or 0}/{pages} pages" if pages else status


def state_of_batch(batch: Record) -> str:
    """Status, and the items that are done: `processing 12/40 items, 1 failed`."""
    counts = cast("Record", batch.get("counts") or {})
    error = cast("Record", batch.get("error") or {})
    if error:
        return f"{batch['status']} {error.get('code')}"
    if counts.get("total") is None:
        return f"{batch['status']}, not unpacked yet"
    failed = int(str(counts["failed"]))
    done = int(str(counts["completed"])) + failed
    return f"{batch['status']} {done}/{counts['total']} items" + (f", {failed} failed" if failed else "")


class Bars:
    """A live bar for each file: first the upload, then the job."""

    def __init__(self, console: Console) -> None:
        self._progress = Progress(
            SpinnerColumn(finished_text="•"),
            TextColumn("{task.fields[name]}", markup=False),  # a file name may look like markup
            BarColumn(bar_width=28),
            TaskProgressColumn(),
            TextColumn("{task.description}", markup=False),
            TimeElapsedColumn(),
            console=console,
        )

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def add(self, name: str, size_bytes: int) -> int:
        """A bar that fills while the file leaves."""
        return self._progress.add_task("sending", total=size_bytes or None, name=name)

    def sent(self, line: int, size_bytes: int) -> None:
        """Fill the bar by this piece."""
        self._progress.advance(TaskID(line), size_bytes)

    def job(self, line: int, job: Record) -> None:
        """Show the job's own progress instead of the upload's."""
        self._progress.update(
            TaskID(line), total=100, completed=int(str(job.get("progress") or 0)), description=state_of(job)
        )
        if job["status"] == "failed":
            self._progress.stop_task(TaskID(line))

    def batch(self, line: int, batch: Record) -> None:
        """Show the batch's own progress instead of the upload's."""
        self._progress.update(
            TaskID(line), total=100, completed=int(str(batch.get("progress") or 0)), description=state_of_batch(batch)
        )

    def refused(self, line: int, reason: str) -> None:
        """Stop the bar and show why."""
        self._progress.update(TaskID(line), description=f"refused: {reason}")
        self._progress.stop_task(TaskID(line))


class Lines:
    """A plain line whenever something changed."""

    def __init__(self, console: Console) -> None:
        self._console, self._names, self._said = console, list[str](), dict[int, str]()
        self._tenths: dict[int, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        pass

    def add(self, name: str, size_bytes: int) -> int:  # noqa: ARG002 - bars show the size
        """Remember the name; nothing happened yet."""
        self._names.append(name)
        return len(self._names) - 1

    def sent(self, line: int, size_bytes: int) -> None:
        """Say nothing: a log wants no bytes."""

    def job(self, line: int, job: Record) -> None:
        """Say the state if it changed."""
        self._say(line, state_of(job))

    def batch(self, line: int, batch: Record) -> None:
        """Say the state whenever a further tenth is done, and at the end."""
        tenth = int(str(batch.get("progress") or 0)) // 10
        if batch["status"] in FINAL or self._tenths.get(line) != tenth:
            self._tenths[line] = tenth
            self._say(line, state_of_batch(batch))

    def refused(self, line: int, reason: str) -> None:
        """Say why."""
        self._say(line, f"refused: {reason}")

    def _say(self, line: int, text: str) -> None:
        if self._said.get(line) != text:
            self._said[line] = text
            self._console.print(f"{self._names[line]}: {text}", markup=False, highlight=False, soft_wrap=True)
