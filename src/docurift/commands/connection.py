"""Where the service is and which key is shown to it: an option, else a variable, else the data folder's first key."""

import os
from pathlib import Path
from typing import Annotated, Final

import typer

from docurift.client import Client
from docurift.commands.exits import CommandError, Exit

DEFAULT_URL: Final = "http://127.0.0.1:8080"
DEFAULT_DATA_DIR: Final = Path("docurift-data")
ADMIN_KEY: Final = "admin-key"

BaseUrl = Annotated[
    str, typer.Option("--base-url", envvar="DOCURIFT_URL", help="Address of the service.", metavar="URL")
]
ApiKey = Annotated[
    str | None,
    typer.Option(
        "--api-key",
        envvar="DOCURIFT_API_KEY",
        help="API key; without it, the one in DATA_DIR/admin-key.",
        metavar="KEY",
        show_default=False,
    ),
]
DataDir = Annotated[
    Path, typer.Option("--data-dir", envvar="DOCURIFT_DATA_DIR", help="Data folder of the service.", metavar="DIR")
]


def connect(base_url: str, api_key: str | None, data_dir: Path) -> Client:
    """A client with a key.

    Raises:
        CommandError: no key was given and the data folder has none that may be read.
    """
    return Client(base_url, api_key or admin_key(data_dir))


def admin_key(data_dir: Path) -> str:
    """The key that the service wrote into its data folder when it started for the first time.

    Raises:
        CommandError: there is none, or it may not be read.
    """
    path = data_dir / ADMIN_KEY
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CommandError(
            f"No API key: give --api-key or set DOCURIFT_API_KEY. ({os.fspath(path)} cannot be read: {_reason(error)})",
            Exit.USAGE,
        ) from error


def _reason(error: OSError | UnicodeDecodeError) -> str:
    return error.strerror or str(error) if isinstance(error, OSError) else "it is no key"
