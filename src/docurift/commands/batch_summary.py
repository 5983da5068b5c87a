"""Says in a few lines what became of batches."""

from collections.abc import Iterator, Sequence
from typing import Final, cast

from rich.console import Console
from rich.table import Table

from docurift.client import Client
from docurift.client.http import Record

_COUNTED: Final = ("total", "completed", "failed", "processing", "pending")
_JOBS_A_PAGE: Final = 100
_MOST_PAGES: Final = 10  # a batch has 1,000 items at most


def count(batch: Record, status: str) -> int:
    """How many items of the batch are `status`, or `total` for all of them; 0 while that is not known."""
    counts = cast("Record", batch.get("counts") or {})
    return int(str(counts.get(status) or 0))


def print_batches(batches: Sequence[Record]) -> None:
    """A table on a terminal, tab-separated lines elsewhere."""
    console = Console()
    if not console.is_terminal:
        for batch in batches:
            print(*_cells(batch), sep="\t")
        return
    table = Table("batch", "status", *_COUNTED, "created", box=None, header_style="bold")
    for batch in batches:
        table.add_row(*_cells(batch))
    console.print(table)


def print_failures(client: Client, batch: Record) -> None:
    """Why the batch failed, or which of its items did: name, code and sentence."""
    error = cast("Record", batch.get("error") or {})
    if error:
        print(batch["id"], error["code"], error["message"], sep="\t")
    if count(batch, "failed"):
        for job in failed_jobs(client, str(batch["id"])):
            reason = cast("Record", job.get("error") or {})
            print(job["id"], job.get("fileName"), reason.get("code"), reason.get("message"), sep="\t")


def failed_jobs(client: Client, batch_id: str) -> Iterator[Record]:
    """The failed items of the batch."""
    for page in range(1, 1 + _MOST_PAGES):
        filters = {"batchId": batch_id, "status": "failed", "sortOrder": "asc"}
        listing = client.jobs(filters | {"limit": str(_JOBS_A_PAGE), "page": str(page)})
        jobs = cast("list[Record]", listing["jobs"])
        yield from jobs
        if len(jobs) < _JOBS_A_PAGE:
            return


def _cells(batch: Record) -> list[str]:
    return [
        str(batch["id"]),
        str(batch["status"]),
        *(str(count(batch, status)) for status in _COUNTED),
        str(batch["createdAt"]),
    ]
