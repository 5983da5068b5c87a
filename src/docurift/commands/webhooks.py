"""`docurift webhooks verify` and `listen`: for those who write a receiver. They speak with no service."""

import os
import sys
import time
from pathlib import Path
from typing import Annotated, Final

import typer

from docurift.commands.captured import Captured, of_lines, of_request
from docurift.commands.exits import CommandError, Exit
from docurift.commands.listening import Listening, serve
from docurift.model import signature
from docurift.model.signature import BadSecretError, Finding

DEFAULT_PORT: Final = 4455
_STANDARD_INPUT: Final = Path("-")

Secret = Annotated[
    str | None,
    typer.Option(
        envvar="DOCURIFT_WEBHOOK_SECRET", help="Secret of the endpoint.", metavar="SECRET", show_default=False
    ),
]
SecretFile = Annotated[
    Path | None, typer.Option(help="File that holds the secret, instead.", metavar="FILE", show_default=False)
]
Tolerance = Annotated[int, typer.Option(min=0, help="How far its time may be from now.", metavar="SECONDS")]


def verify(
    secret: Secret = None,
    secret_file: SecretFile = None,
    body: Annotated[
        Path | None, typer.Option(help="File with the body, byte for byte; - for standard input.", metavar="FILE")
    ] = None,
    header: Annotated[
        list[str] | None, typer.Option(help="A header, as `Name: value`; may be given again.", metavar="HEADER")
    ] = None,
    request: Annotated[
        Path | None, typer.Option(help="File with the whole request instead; - for standard input.", metavar="FILE")
    ] = None,
    tolerance: Tolerance = signature.TOLERANCE_SECONDS,
    now: Annotated[
        int | None, typer.Option(help="Unix time to hold it to, for an old request.", metavar="SECONDS")
    ] = None,
) -> None:
    """Check the signatures of a captured request; ends with 0 if it is genuine, else with 1."""
    key, captured = _secret(secret, secret_file), _captured(body, header, request)
    if key is None:
        raise CommandError("Give --secret or --secret-file, or set DOCURIFT_WEBHOOK_SECRET.", Exit.USAGE)
    at = int(time.time()) if now is None else now
    findings = _findings(captured, key, at, tolerance)
    for one in findings:
        print(f"{one.scheme}: {'verified' if one.holds else 'NOT verified'}. {one.reason}")
    if findings and all(one.holds for one in findings):
        return
    if not findings:
        print("The request has neither X-DocuRift-Signature nor webhook-signature.")
    trimmed = Captured(headers=captured.headers, body=captured.body.rstrip(b"\r\n"))
    if trimmed != captured and all(one.holds for one in _findings(trimmed, key, at, tolerance)):
        print("Without the line end after it, the body is genuine: it was added after the request came.")
    raise typer.Exit(Exit.FAILED)


def listen(
    secret: Secret = None,
    secret_file: SecretFile = None,
    port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of 127.0.0.1; 0 takes a free one.")] = DEFAULT_PORT,
    forward: Annotated[
        str | None, typer.Option(help="Receiver to pass requests on to, and whose answers are given.", metavar="URL")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a line of JSON for each request.")] = False,
    tolerance: Tolerance = signature.TOLERANCE_SECONDS,
) -> None:
    """Receive events on this machine, verify and show them, until Ctrl-C."""
    key = _secret(secret, secret_file)
    _findings(Captured(headers={}, body=b""), key or "-", 0, tolerance)  # refuses a secret that is none, at once
    serve(Listening(port=port, secret=key, tolerance_seconds=tolerance, forward=forward, as_json=as_json))


def _findings(captured: Captured, secret: str, now: int, tolerance: int) -> tuple[Finding, ...]:
    try:
        return signature.verify(
            headers=captured.headers, body=captured.body, secret=secret, now=now, tolerance_seconds=tolerance
        )
    except BadSecretError as error:
        raise CommandError(str(error), Exit.USAGE) from error


def _secret(secret: str | None, file: Path | None) -> str | None:
    return secret if file is None else _read(file).decode("utf-8", "replace").strip()


def _captured(body: Path | None, header: list[str] | None, request: Path | None) -> Captured:
    if request is not None:
        if body is not None or header:
            raise CommandError("Give either --request, or --body with --header.", Exit.USAGE)
        return of_request(_read(request))
    return Captured(headers=of_lines(header or []), body=_read(body or _STANDARD_INPUT))


def _read(file: Path) -> bytes:
    try:
        return sys.stdin.buffer.read() if file == _STANDARD_INPUT else file.read_bytes()
    except OSError as error:
        raise CommandError(f"{os.fspath(file)} cannot be read: {error.strerror}.", Exit.USAGE) from error
