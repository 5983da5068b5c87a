"""`docurift keys`: make API keys."""

from typing import Annotated

import typer

from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect
from docurift.model.key import Scope

app = typer.Typer(no_args_is_help=True, help="Make API keys.")


@app.callback()
def _keys() -> None:
    """Make API keys."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for.", show_default=False)],
    scope: Annotated[
        list[Scope] | None,
        typer.Option(
            help="What the key may do; may be given again. jobs:read and jobs:write if left out.", show_default=False
        ),
    ] = None,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a key through the service and print it alone: it is shown this once."""
    scopes = scope or [Scope.JOBS_READ, Scope.JOBS_WRITE]
    with connect(base_url, api_key, data_dir) as client:
        print(client.create_key(name, [one.value for one in scopes]))
