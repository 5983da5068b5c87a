"""The commands that run the service, or a part of it. The server's modules are loaded only when one of them is."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.console import Console
from rich.table import Table

from docurift import settings as configuration
from docurift.commands.exits import CommandError, Exit, one_line

# These have no default of their own: an option that is left out leaves the word to its variable.
DataDir = Annotated[Path | None, typer.Option("--data-dir", help="Data folder.", metavar="DIR", show_default=False)]
Host = Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)]
Port = Annotated[int | None, typer.Option(min=0, max=65_535, help="Port; 0 takes a free one.", show_default=False)]
Workers = Annotated[int | None, typer.Option(min=1, help="Worker processes.", show_default=False)]


def serve(data_dir: DataDir = None, host: Host = None, port: Port = None, workers: Workers = None) -> None:
    """Run the whole service on this machine: database, API, workers and deliverers."""
    settings = read_settings(data_dir=data_dir, host=host, port=port, workers=workers)
    from docurift.serve import run_serve

    _end(run_serve(settings))


def api(data_dir: DataDir = None, host: Host = None, port: Port = None) -> None:
    """Run the API alone, against DOCURIFT_DATABASE_URL."""
    settings = read_settings(data_dir=data_dir, host=host, port=port)
    from docurift.serve import run_api

    _end(run_api(settings))


def work(data_dir: DataDir = None) -> None:
    """Run one worker process, against DOCURIFT_DATABASE_URL."""
    settings = read_settings(data_dir=data_dir)
    from docurift.serve import run_worker

    _end(run_worker(settings))


def deliver(data_dir: DataDir = None) -> None:
    """Run one deliverer process, which sends events to webhooks, against DOCURIFT_DATABASE_URL."""
    settings = read_settings(data_dir=data_dir)
    from docurift.serve import run_deliverer

    _end(run_deliverer(settings))


def migrate(
    data_dir: DataDir = None,
    phase: Annotated[
        Literal["pre", "post", "all"], typer.Option(help="pre (before new code starts), post (after), or all.")
    ] = "all",
) -> None:
    """Bring the database to this version's schema; print what was applied."""
    settings = read_settings(data_dir=data_dir)
    from docurift import telemetry
    from docurift.serve import STARTING_ERRORS, run_migrate

    telemetry.configure(level=settings.log_level, process="migrate")
    try:
        applied = run_migrate(settings, phase=phase)
    except STARTING_ERRORS as error:
        raise CommandError(one_line(error)) from error
    print(*(applied or ["nothing to do"]), sep="\n")


def doctor(data_dir: DataDir = None) -> None:
    """Show what is installed, what is missing and how to mend it; ends with 1 if something is broken."""
    settings = read_settings(data_dir=data_dir)
    from docurift import telemetry
    from docurift.doctor import State, examine

    telemetry.configure(level="error", process="doctor")
    table = Table("", "what", "state", "detail", "how to mend it", box=None, header_style="bold")
    findings = examine(settings)
    colors = {State.GOOD: "green", State.MISSING: "yellow", State.BROKEN: "red"}
    for one in findings:
        table.add_row(one.area, one.name, f"[{colors[one.state]}]{one.state}[/]", one.detail, one.remedy)
    console = Console()
    # A log has no width: without a terminal nothing is cut to 80 columns.
    Console(width=None if console.is_terminal else 200).print(table)
    if any(one.state is State.BROKEN for one in findings):
        raise typer.Exit(Exit.FAILED)


def openapi() -> None:
    """Print the OpenAPI document."""
    print(json.dumps(openapi_document(), indent=2, ensure_ascii=False))


def openapi_document() -> Mapping[str, Any]:
    """The OpenAPI document, as the API publishes it."""
    from docurift.api import app

    return app.openapi_document()


def read_settings(**options: object) -> configuration.Settings:
    """The settings, with the command's options above the environment.

    Raises:
        CommandError: one of them is unknown or wrong.
    """
    try:
        return configuration.read(None, **options)
    except configuration.SettingsError as error:
        raise CommandError(str(error), Exit.USAGE) from error


def _end(code: int) -> None:
    if code:
        raise typer.Exit(code)
