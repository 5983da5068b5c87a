"""Says in a few lines what a job is and what was read."""

from typing import Final, cast

from docurift.client.http import Record

FIRST_LINES: Final = 4
FIRST_PAIRS: Final = 5
WIDTH: Final = 96


def line_of(job: Record, *, name: str | None = None) -> str:
    """`job_…  completed  invoice.pdf  3 pages`, in tab-separated columns."""
    error = cast("Record", job.get("error") or {})
    outcome = str(error.get("code")) if error else _pages(job)
    return "\t".join((str(job["id"]), str(job["status"]), name or str(job.get("fileName")), outcome))


def describe(job: Record, *, text_sources: list[str] | None = None) -> list[str]:
    """What the job is and, when it is completed, the beginning of its result."""
    lines = [f"{job.get('fileName')}: {job['status']}, {_pages(job)}", f"  job         {job['id']}"]
    if job["status"] == "failed":
        error = cast("Record", job["error"])
        return [*lines, f"  error       {error['code']}: {error['message']}"]
    if job["status"] != "completed":
        return [*lines, f"  progress    {job.get('progress')} %, stage {job.get('stage')}"]
    return [*lines, *_completed(job, text_sources)]


def _completed(job: Record, text_sources: list[str] | None) -> list[str]:
    result = cast("Record", job.get("result") or {})
    tables = cast("list[Record]", result.get("tables") or [])
    pairs = cast("list[Record]", result.get("keyValuePairs") or [])
    lines = [f"  type        {job['documentType']} (looks like {job.get('detectedDocumentType')})"]
    if text_sources:
        lines.append(f"  text from   {', '.join(sorted(set(text_sources)))}")
    lines.append(f"  confidence  {job.get('confidence')}")
    text = [line for line in str(result.get("rawText") or "").splitlines() if line.strip()]
    lines += _labeled("text", [line[:WIDTH] for line in text[:FIRST_LINES]])
    lines += _labeled("pairs", [f"{pair['key']} = {pair['value']}"[:WIDTH] for pair in pairs[:FIRST_PAIRS]])
    lines += _labeled("tables", [_table(table) for table in tables])
    warnings = cast("list[Record]", job.get("warnings") or [])
    return lines + _labeled("warnings", [f"{one['code']}: {one['message']}" for one in warnings])


def _labeled(label: str, lines: list[str]) -> list[str]:
    return [f"  {label if number == 0 else '':11} {line}" for number, line in enumerate(lines)]


def _table(table: Record) -> str:
    rows = cast("list[list[str]]", table.get("rows") or [])
    headers = " | ".join(str(header) for header in cast("list[str]", table.get("headers") or []))
    return f"{len(rows)} rows: {headers}"[:WIDTH]


def _pages(job: Record) -> str:
    count = job.get("pageCount")
    if count is None:
        return "pages not counted yet"
    return f"{count} page{'' if count == 1 else 's'}"
