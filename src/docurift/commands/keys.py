"""`docurift keys`: make API keys."""

import asyncio
import logging
from pathlib import Path
from typing import Annotated

import typer

from docurift.commands.connection import DEFAULT_DATA_DIR, DEFAULT_URL, ApiKey, BaseUrl, DataDir, connect
from docurift.commands.exits import CommandError, one_line
from docurift.commands.service import read_settings
from docurift.model.key import Scope
from docurift.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Make API keys.")

_SCOPE_HELP = "What the key may do; may be given again. jobs:read and jobs:write if left out."
_DIRECT_HELP = "Write to the database itself: a first key where the parts run apart, or a new one for a lost one."


@app.callback()
def _keys() -> None:
    """Make API keys."""


@app.command()
def create(
    name: Annotated[str, typer.Option(help="What the key is for.", show_default=False)],
    scope: Annotated[list[Scope] | None, typer.Option(help=_SCOPE_HELP, show_default=False)] = None,
    direct: Annotated[bool, typer.Option("--direct", help=_DIRECT_HELP)] = False,
    base_url: BaseUrl = DEFAULT_URL,
    api_key: ApiKey = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
) -> None:
    """Make a key and print it alone: it is shown this once. The service makes it, unless --direct is given."""
    scopes = scope or [Scope.JOBS_READ, Scope.JOBS_WRITE]
    if direct:
        print(_created(name, frozenset(scopes), data_dir))
        return
    with connect(base_url, api_key, data_dir) as client:
        print(client.create_key(name, [one.value for one in scopes]))


def _created(name: str, scopes: frozenset[Scope], data_dir: Path) -> str:
    from docurift import telemetry
    from docurift.serve import STARTING_ERRORS

    telemetry.configure(level="warning", process="keys")
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)  # what it says is in our own sentence
    try:
        return asyncio.run(_create(read_settings(data_dir=data_dir), name, scopes))
    except STARTING_ERRORS as error:
        raise CommandError(one_line(error)) from error


async def _create(settings: Settings, name: str, scopes: frozenset[Scope]) -> str:
    from docurift.actions.keys import create_operator_key
    from docurift.one_machine import database
    from docurift.storage.database import Database

    async with database(settings) as dsn:
        db = await Database.open(dsn, min_size=1, max_size=1, timeout_seconds=settings.database_timeout_seconds)
        try:
            return (await create_operator_key(db, name=name, scopes=scopes)).secret
        finally:
            await db.close()
