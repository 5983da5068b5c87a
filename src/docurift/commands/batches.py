"""`docurift batches`: look at batches, read their results, and cancel or repeat them."""

from typing import Annotated, cast

import msgspec
import typer

from docurift.client.http import Record
from docurift.commands.batch_summary import print_batches, print_failures
from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect

app = typer.Typer(no_args_is_help=True, help="Look at batches, read their results, cancel or repeat them.")

BatchId = Annotated[str, typer.Argument(metavar="BATCH")]
AsJson = Annotated[bool, typer.Option("--json", help="Print the service's own JSON.")]


@app.command("list")
def list_batches(
    limit: Annotated[int, typer.Option(min=1, max=100, help="Batches a page.")] = 20,
    page: Annotated[int, typer.Option(min=1, help="Which page.")] = 1,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """List batches, newest first: a table on a terminal, tab-separated lines elsewhere."""
    with connect(base_url, api_key, data_dir) as client:
        listing = client.batches({"limit": str(limit), "page": str(page)})
    if as_json:
        _print_json(listing)
    else:
        print_batches(cast("list[Record]", listing["batches"]))


@app.command()
def show(
    batch_id: BatchId,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Show a batch, and which of its items failed."""
    with connect(base_url, api_key, data_dir) as client:
        batch = client.batch(batch_id)
        if as_json:
            _print_json(batch)
        else:
            print_batches([batch])
            print_failures(client, batch)


@app.command()
def results(
    batch_id: BatchId,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for those that are still to come.")] = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Print the results in the order of the items, one line of JSON each."""
    with connect(base_url, api_key, data_dir) as client:
        for line in client.batch_results(batch_id, follow=follow):
            print(line.decode(), flush=follow)


@app.command()
def cancel(
    batch_id: BatchId,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Cancel what is not final yet: what waits at once, what runs within seconds."""
    with connect(base_url, api_key, data_dir) as client:
        _print(client.cancel_batch(batch_id), as_json=as_json)


@app.command("retry-failed")
def retry_failed(
    batch_id: BatchId,
    as_json: AsJson = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a new batch of the items that failed; print it."""
    with connect(base_url, api_key, data_dir) as client:
        made = client.retry_failed(batch_id)
        _print(client.batch(str(made["id"])), as_json=as_json)


def _print(batch: Record, *, as_json: bool) -> None:
    if as_json:
        _print_json(batch)
    else:
        print_batches([batch])


def _print_json(value: Record) -> None:
    print(msgspec.json.encode(value).decode())
