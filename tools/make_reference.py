"""Writes docs/reference from the code: `make reference`. With `--check`, fails when a page says something else."""

import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

import typer.main

from docurift.api import problems
from docurift.cli import app
from docurift.commands.exits import Exit
from docurift.commands.service import openapi_document
from docurift.model import failure
from docurift.model.event import EventType
from docurift.model.result import WarningCode
from docurift.settings import CLIENT_VARIABLES, Settings, variable_of

FOLDER: Final = Path(__file__).parent.parent / "docs" / "reference"
NOTE: Final = "<!-- Written by tools/make_reference.py: change the code, then run `make reference`. -->"
METHODS: Final = ("get", "post", "put", "patch", "delete")


def main() -> int:
    """Write every page, or compare it; 1 if one differs under `--check`."""
    stale = [name for name, page in pages().items() if (FOLDER / name).read_text() != page] if _checks() else []
    if _checks():
        print("\n".join(f"docs/reference/{name} is not up to date: run `make reference`" for name in stale))
        return int(bool(stale))
    for name, page in pages().items():
        (FOLDER / name).write_text(page)
        print(f"docs/reference/{name}")
    return 0


def pages() -> dict[str, str]:
    """Every generated page by its file name."""
    makers: dict[str, Callable[[], Iterator[str]]] = {
        "settings.md": settings,
        "cli.md": commands,
        "errors.md": errors,
        "api.md": api,
    }
    return {name: f"{NOTE}\n" + "\n".join(make()).rstrip() + "\n" for name, make in makers.items()}


def settings() -> Iterator[str]:
    """Every environment variable of the service."""
    yield "# Settings\n"
    yield "Read from the environment when the service starts. Any other variable `DOCURIFT_*` stops the start.\n"
    yield "| variable | default | what it sets |\n|---|---|---|"
    for one in fields(Settings):
        yield f"| `{variable_of(one)}` | {_default(one.default)} | {_cell(one.metadata['doc'])} |"
    yield "\nThe commands that ask a service (`submit`, `jobs`, `keys`) also read "
    yield " and ".join(f"`{name}`" for name in sorted(CLIENT_VARIABLES)) + "."


def commands() -> Iterator[str]:
    """Every command with its arguments and options."""
    yield "# Command line\n"
    yield "Every command prints what was asked for on standard output, and everything else on standard error.\n"
    yield "| exit code | meaning |\n|---|---|"
    meanings = {
        Exit.DONE: "done",
        Exit.FAILED: "the service refused, a job failed, or a file could not be read",
        Exit.USAGE: "an option, a setting or a key is missing or wrong",
        Exit.UNREACHABLE: "no service answers",
        Exit.TIMEOUT: "the time given to `--timeout` went by",
    }
    for code in Exit:
        yield f"| {code.value} | {meanings[code]} |"
    yield from _group("docurift", typer.main.get_command(app))


def _group(name: str, command: object) -> Iterator[str]:
    inner_commands: Mapping[str, Any] = getattr(command, "commands", {})
    for word, inner in inner_commands.items():
        if hasattr(inner, "commands"):
            yield from _group(f"{name} {word}", inner)
            continue
        arguments = [one for one in inner.params if one.param_type_name == "argument"]
        options = [one for one in inner.params if one.param_type_name == "option"]
        usage = " ".join([name, word, *(str(one.metavar or one.name) for one in arguments)])
        yield f"\n## `{usage}`\n\n{inner.help.strip()}\n"
        if options:
            yield "| option | default | what it does |\n|---|---|---|"
        for one in options:
            variable = f" (`{one.envvar}`)" if one.envvar else ""
            names = ", ".join([*one.opts, *one.secondary_opts])
            yield f"| `{names}` | {_default(one.default)} | {_cell(one.help or '')}{variable} |"


def errors() -> Iterator[str]:
    """Every code that a request, a job or a result can carry."""
    yield "# Error codes\n\n## Answers to a request\n"
    yield "| code | HTTP | send again? | what it says |\n|---|---|---|---|"
    for code in sorted(problems.ErrorCode, key=lambda code: (problems.status_of(code), code)):
        again = "yes" if problems.is_retryable(code) else "no"
        yield f"| `{code}` | {problems.status_of(code)} | {again} | {_cell(problems.sentence_of(code))} |"
    yield "\n## Failures of a job\n\nIn `error.code` of a failed job, and in the 422 of a waited call.\n"
    yield "| code | retry? | what it says |\n|---|---|---|"
    for reason in failure.FailureCode:
        again = "yes" if failure.is_retryable(reason) else "no"
        yield f"| `{reason}` | {again} | {_cell(failure.sentence_of(reason))} |"
    yield "\n## Warnings of a completed job\n\n" + "\n".join(f"- `{code}`" for code in WarningCode)
    yield "\n## Types of events\n\n" + "\n".join(f"- `{kind}`" for kind in EventType)


def api() -> Iterator[str]:
    """Every call of the OpenAPI document."""
    document: Mapping[str, Any] = openapi_document()
    yield "# HTTP API\n"
    yield "The exact description is the OpenAPI document: `/openapi.json`, `/docs`, or `docurift openapi`.\n"
    yield "| call | what it does |\n|---|---|"
    calls = [(path, method, call) for path, item in document["paths"].items() for method, call in item.items()]
    for path, method, call in calls:
        if method in METHODS:
            yield f"| [`{method.upper()} {path}`](#{_anchor(call)}) | {_cell(call.get('summary', ''))} |"
    for path, method, call in calls:
        if method in METHODS:
            yield from _call(path, method, call)


def _call(path: str, method: str, call: Mapping[str, Any]) -> Iterator[str]:
    yield f'\n<a id="{_anchor(call)}"></a>\n\n## `{method.upper()} {path}`\n'
    yield str(call.get("description") or call.get("summary", "")).strip() + "\n"
    parameters = call.get("parameters", [])
    if parameters:
        yield "| parameter | in | what it is |\n|---|---|---|"
    for one in parameters:
        star = " (required)" if one.get("required") else ""
        yield f"| `{one['name']}`{star} | {one['in']} | {_parameter(one)} |"
    bodies = ", ".join(f"`{kind}`" for kind in call.get("requestBody", {}).get("content", {}))
    yield f"\nBody: {bodies}.\n" if bodies else ""
    answers = sorted(call.get("responses", {}).items())
    yield (
        "Answers: " + "; ".join(f"{status} {_answer(str(one.get('description', '')))}" for status, one in answers) + "."
    )


def _answer(description: str) -> str:
    """The codes of a refusal, whose sentences are in errors.md; else what the description says."""
    codes = re.findall(r"`([A-Z_]+)`:", description)
    return ", ".join(f"`{code}`" for code in codes) if codes else _cell(description).rstrip(".")


def _parameter(one: Mapping[str, Any]) -> str:
    """What a parameter is, and the values it may have."""
    schema = one.get("schema", {})
    choices = (schema, *schema.get("anyOf", []))
    values = [f"`{value}`" for choice in choices for value in choice.get("enum", [])]
    return _cell(" ".join([str(one.get("description", "")), ", ".join(values)]))


def _anchor(call: Mapping[str, Any]) -> str:
    return str(call["operationId"]).lower()


def _default(value: object) -> str:
    """A default as a table's cell; none for what must be given or is unset."""
    if value is None or value is False or value is ... or callable(value) or type(value).__name__ == "Sentinel":
        return ""
    return f"`{value}`"


def _cell(text: str) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _checks() -> bool:
    return "--check" in sys.argv[1:]


if __name__ == "__main__":
    sys.exit(main())
