"""`docurift jobs`: look at jobs, wait for them, and cancel them."""

from typing import Annotated, cast

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from docurift.client import Client, ServiceError
from docurift.client.http import Record
from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect
from docurift.commands.exits import Exit
from docurift.commands.job_history import AsJson, attempts, explain
from docurift.commands.progress import board
from docurift.commands.submit import Handed, follow
from docurift.commands.summary import describe, line_of

app = typer.Typer(no_args_is_help=True, help="Look at jobs, wait for them, and cancel them.")
app.command()(attempts)
app.command()(explain)


@app.command("list")
def list_jobs(
    status: Annotated[str | None, typer.Option(help="pending, processing, completed or failed.")] = None,
    document_type: Annotated[str | None, typer.Option("--type", help="Only this document type.")] = None,
    search: Annotated[str | None, typer.Option(help="Part of the file name.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="Jobs a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List jobs, newest first: a table on a terminal, tab-separated lines elsewhere."""
    wanted = {"status": status, "documentType": document_type, "search": search}
    filters = {name: value for name, value in wanted.items() if value} | {"limit": str(limit), "page": str(page)}
    with connect(base_url, api_key, data_dir) as client:
        listing = client.jobs(filters)
    if as_json:
        _print_json(listing)
        return
    jobs = cast("list[Record]", listing["jobs"])
    console = Console()
    if not console.is_terminal:
        print(*(line_of(job) for job in jobs), sep="\n", end="\n" if jobs else "")
        return
    console.print(_table(jobs))
    pagination = cast("Record", listing["pagination"])
    console.print(f"page {pagination['page']} of {pagination['totalPages']}, {pagination['total']} jobs")


@app.command()
def show(
    job_id: Annotated[str, typer.Argument(metavar="JOB")],
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show a job and the beginning of its result."""
    with connect(base_url, api_key, data_dir) as client:
        _print(client.job(job_id), as_json=as_json)


@app.command()
def wait(
    job_ids: Annotated[list[str], typer.Argument(metavar="JOB...")],
    timeout: Annotated[float | None, typer.Option(help="Wait so long at most.", metavar="SECONDS")] = None,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Wait until the jobs are final; ends with 1 if one failed, with 4 if the time was too short."""
    with connect(base_url, api_key, data_dir) as client:
        jobs = _waited(client, job_ids, timeout)
    for job in jobs:
        _print(job, as_json=as_json)
    if any(job["status"] == "failed" for job in jobs):
        raise typer.Exit(Exit.FAILED)


@app.command()
def cancel(
    job_ids: Annotated[list[str], typer.Argument(metavar="JOB...")],
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Cancel jobs: one that waits at once, one that runs within seconds. Ends with 1 if one was final already."""
    refused: list[ServiceError] = []
    with connect(base_url, api_key, data_dir) as client:
        for job_id in job_ids:
            try:
                _print(client.cancel_job(job_id), as_json=as_json)
            except ServiceError as error:
                refused.append(error)
                typer.echo(f"{job_id}: {error.code}: {error.message}", err=True)
    if refused:
        raise typer.Exit(Exit.FAILED)


def _waited(client: Client, job_ids: list[str], timeout: float | None) -> list[Record]:
    with board(Console(stderr=True)) as shown:
        handed: list[Handed] = []
        for job_id in job_ids:
            job = client.job(job_id)
            name = str(job.get("fileName"))
            handed.append(Handed(shown.add(name, 0), name, job))
        follow(client, handed, shown, timeout_seconds=timeout)
    return [one.job for one in handed]


def _print(job: Record, *, as_json: bool) -> None:
    if as_json:
        _print_json(job)
    else:
        print(*describe(job), sep="\n")


def _print_json(value: Record) -> None:
    print(msgspec.json.encode(value).decode())


def _table(jobs: list[Record]) -> Table:
    table = Table("job", "status", "file", "type", "pages", "created", box=None, header_style="bold")
    for job in jobs:
        pages = "" if job.get("pageCount") is None else str(job["pageCount"])
        table.add_row(
            str(job["id"]), str(job["status"]), str(job.get("fileName")), str(job["documentType"]), pages,
            str(job["createdAt"]),
        )  # fmt: skip
    return table
