"""`docurift jobs attempts` and `explain`: how often a job was begun, why it is where it is, and what follows."""

from typing import Annotated, Final, cast

import msgspec
import typer

from docurift.client.http import Record
from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect

_MIB: Final = 1024 * 1024
AsJson = Annotated[bool, typer.Option("--json", help="Print the service's own JSON.")]


def attempts(
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List the attempts at a job, first to last: number, start, outcome, last page, memory, CPU time, worker."""
    with connect(base_url, api_key, data_dir) as client:
        told = client.attempts(job_id)
    if as_json:
        print(msgspec.json.encode(told).decode())
        return
    for attempt in cast("list[Record]", told["attempts"]):
        print(*_columns(attempt), sep="\t")


def explain(
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Say why a job waits, runs or ended as it did, what happens next, and what can be done."""
    with connect(base_url, api_key, data_dir) as client:
        told = client.explanation(job_id)
    if as_json:
        print(msgspec.json.encode(told).decode())
        return
    print(*_sentences(told), sep="\n")


def _sentences(told: Record) -> list[str]:
    following = cast("Record", told["next"])
    when = "" if following["at"] is None else f" ({following['at']})"
    lines = [f"{told['jobId']}: {told['status']}"]
    lines += [f"  {reason['code']}: {reason['message']}" for reason in cast("list[Record]", told["reasons"])]
    lines.append(f"  next{when}: {following['message']}")
    if following["failsAt"] is not None:
        lines.append(f"  fails at {following['failsAt']}, if it is not done by then")
    return [*lines, f"  you can: {', '.join(cast('list[str]', told['actions']))}"]


def _columns(attempt: Record) -> list[str]:
    page, memory, seconds = attempt["lastPage"], attempt["peakMemoryBytes"], attempt["cpuSeconds"]
    return [
        str(attempt["number"]),
        str(attempt["startedAt"]),
        str(attempt["outcome"] or "running"),
        "-" if page is None else f"page {page}",
        "-" if memory is None else f"{cast('int', memory) // _MIB} MiB",
        "-" if seconds is None else f"{cast('float', seconds):.2f} s",
        str(attempt["worker"]),
    ]
