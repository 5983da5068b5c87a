"""`docurift`: the commands are in `commands/`; here they get their names, and their errors one sentence."""

import sys

import typer

from docurift import __version__
from docurift.client import ServiceError, UnreachableError
from docurift.commands import batches, jobs, keys, service, submit, webhook_endpoints, webhooks
from docurift.commands.exits import CommandError, Exit

app = typer.Typer(
    name="docurift",
    help="Self-hosted document processing: documents in, structured results out.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
for command in (
    service.serve,
    service.api,
    service.work,
    service.deliver,
    service.migrate,
    submit.submit,
    service.doctor,
):
    app.command()(command)
app.command()(service.openapi)
app.add_typer(jobs.app, name="jobs")
app.add_typer(batches.app, name="batches")
app.add_typer(keys.app, name="keys")
for command in (webhooks.verify, webhooks.listen):
    webhook_endpoints.app.command()(command)
app.add_typer(webhook_endpoints.app, name="webhooks")


@app.command()
def version() -> None:
    """Print the version."""
    print(__version__)


def main() -> None:
    """Run one command and leave with its exit code; what went wrong is said in one sentence."""
    try:
        app()
    except CommandError as error:
        _leave(error.sentence, error.code)
    except ServiceError as error:
        _leave(f"{error.code}: {error.message} (request {error.request_id})", Exit.FAILED)
    except UnreachableError as error:
        _leave(f"No service answers at {error.base_url}. Is it running? ({error.reason})", Exit.UNREACHABLE)
    except KeyboardInterrupt:
        _leave("Interrupted.", Exit.FAILED)


def _leave(sentence: str, code: Exit) -> None:
    print(f"docurift: {sentence}", file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
