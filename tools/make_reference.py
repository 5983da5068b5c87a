"""Writes docs/reference from the code: `make reference`. With `--check`, fails when a page says something else."""

import inspect
import json
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import msgspec
import typer.main

from docurift.actions.event_form import MAX_INLINE_BYTES
from docurift.api import problems
from docurift.api.events import data, examples
from docurift.api.events.wire import EventOut
from docurift.cli import app
from docurift.commands.exits import Exit
from docurift.commands.service import openapi_document
from docurift.model import failure, health, schedule, signature
from docurift.model.event import EventType
from docurift.model.result import WarningCode
from docurift.schemas import catalogue
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
        "events.md": events,
        "document-types.md": document_types,
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


def events() -> Iterator[str]:
    """What is told, in which form, and how it is delivered."""
    yield "# Events\n"
    yield "What is promised of them: [events and deliveries](../explanation/events-and-deliveries.md).\n"
    yield "| type | when it is told |\n|---|---|"
    for kind in EventType:
        yield f"| [`{kind}`](#{_anchor_of(data.SAID[kind])}) | {_cell(kind.sentence)} |"
    yield "\n## The envelope\n\nThe same in the log, in streams and in deliveries.\n"
    yield from _members(EventOut)
    yield "\n" + _json(examples.event(EventType.DOCUMENT_DELETED))
    yield "\n## What events say"
    for said in dict.fromkeys(data.SAID.values()):
        yield from _said(said)
    yield f"\n### After a deletion\n\n{_doc(data.EmptiedSaid)}\n"
    yield from _members(data.EmptiedSaid)
    yield from _deliveries()


def document_types() -> Iterator[str]:
    """Every property of every document type's result."""
    yield "# Document types\n"
    yield "What `result` holds, by `documentType`. Each type is a JSON Schema (draft 2020-12), answered by"
    yield "`GET /v1/document-types/{type}/schema`. Every value may be null, and no property is left out; `*` stands for"
    yield "the places of a list. Another type is [one folder](../how-to/add-a-document-type.md).\n"
    yield "| `documentType` | what it is | also taken as |\n|---|---|---|"
    for one in catalogue.document_types():
        schema, aliases = catalogue.schema_of(one), ", ".join(f"`{name}`" for name in catalogue.aliases_of(one))
        yield f"| [`{one}`](#{one}) | {_cell(schema['description'])} | {aliases} |"
    for one in catalogue.document_types():
        yield f'\n<a id="{one}"></a>\n\n## `{one}`\n\n{catalogue.schema_of(one)["description"]}\n'
        yield "| property | type | what it is | example |\n|---|---|---|---|"
        yield from _properties(catalogue.schema_of(one), "")


def _properties(schema: Mapping[str, Any], pointer: str) -> Iterator[str]:
    for name, inner in schema.get("properties", {}).items():
        path, kind = f"{pointer}/{name}", catalogue.type_of(inner)
        named = {"object": "object", "array": "list"}.get(kind) or _WORDS.get(kind, kind)
        shown = ", ".join(f"`{json.dumps(one, ensure_ascii=False)}`" for one in inner.get("examples", [])[:1])
        yield f"| `{path}` | {inner.get('format', named)} | {_cell(inner['description'])} | {shown} |"
        yield from _properties(inner, path)
        if kind == "array":
            yield from _properties(inner["items"], f"{path}/*")


_SECRET: Final = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"  # noqa: S105 -- nobody's, of the examples
_PREVIOUS: Final = "whsec_9876543210zyxwvutsrqponmlkjihgfedcbA"
_HEADERS: Final = {
    signature.TIMESTAMP: "Unix seconds of this attempt.",
    signature.EVENT_ID: "The event's `id`. This scheme does not sign it: believe the one in the body.",
    signature.SIGNATURE: "HMAC-SHA256 of `{timestamp}.{body}` in lower-case hexadecimal; the key is the whole secret.",
    signature.PREVIOUS_SIGNATURE: "The same under the secret before it, while a rotation lasts; else it is not there.",
    signature.STANDARD_ID: "The event's `id`.",
    signature.STANDARD_TIMESTAMP: "Unix seconds of this attempt.",
    signature.STANDARD_SIGNATURE: "`v1,` and HMAC-SHA256 of `{id}.{timestamp}.{body}` in base64; the key is what "
    "follows `whsec_`, decoded, or a secret without `whsec_` as it is. During a rotation two, with a blank between.",
}


def _said(said: type[data.Said]) -> Iterator[str]:
    kinds = [kind for kind, one in data.SAID.items() if one is said]
    yield f'\n<a id="{_anchor_of(said)}"></a>\n\n### ' + ", ".join(f"`{kind}`" for kind in kinds) + "\n"
    yield _doc(said) + "\n"
    yield from _members(said)
    yield f"\n`data` of `{kinds[-1]}`:\n\n" + _json(examples.SAID[kinds[-1]])


def _deliveries() -> Iterator[str]:
    yield "\n## Deliveries\n\nA `POST` of the event as JSON in UTF-8, the same bytes at each attempt. `result` over"
    yield f"{MAX_INLINE_BYTES // 1024} KiB is left out, and so is `fields` where both together are over that.\n"
    yield "### Headers\n"
    yield "Beside `Content-Type: application/json`, `User-Agent: DocuRift/…` and those that the endpoint was given:\n"
    yield "| header | what it is |\n|---|---|"
    shown = signature.headers(event_id="evt_1", body=b"{}", timestamp=1_700_000_000, secret=_SECRET, previous=_PREVIOUS)
    for name in shown:
        yield f"| `{name}` | {_cell(_HEADERS[name])} |"
    yield f"\nOf the body `{{}}` of an event `evt_1`, while `{_PREVIOUS}` gives way to `{_SECRET}`:\n"
    yield from (f"    {name}: {value}" for name, value in shown.items())
    yield f"\nRefuse a timestamp that is more than {signature.TOLERANCE_SECONDS} seconds from your own clock."
    yield from _attempts()


def _attempts() -> Iterator[str]:
    seconds, longest = Settings().webhook_seconds, _span(schedule.LONGEST_RETRY_AFTER_SECONDS)
    yield "\n### Attempts\n"
    yield f"2xx within {_span(seconds)} (`DOCURIFT_WEBHOOK_SECONDS`) is success; all else is a failure.\n"
    yield "| attempt | after the one before |\n|---|---|\n| 1 | at once |"
    for number, delay in enumerate(schedule.RETRY_DELAYS_SECONDS, start=2):
        yield f"| {number} | {_span(delay)} |"
    yield f"\nEach ± {round(schedule.JITTER * 100)} %. `Retry-After` of a 429 or 503 is waited for at least, up to"
    yield f"{longest}. When attempt {schedule.MOST_ATTEMPTS} has failed, the delivery is `exhausted`.\n"
    yield f"- After {health.PAUSED_AFTER} failures in a row the endpoint is paused for {_span(health.FIRST_PAUSE)}, and"
    yield f"  for twice as long after each further one, up to {_span(health.LONGEST_PAUSE)}. A success forgets them."
    yield f"- {health.GONE} disables it at once; so does a failure that comes {_span(health.DISABLED_AFTER)} or more"
    yield "  after the first one, with no success between. What waits for it is `cancelled`."


def _members(said: type[msgspec.Struct]) -> Iterator[str]:
    _, components = msgspec.json.schema_components([said], ref_template="{name}")
    component = components[said.__name__]
    yield "| member | type | what it is |\n|---|---|---|"
    for name, schema in component["properties"].items():
        star = "" if name in component["required"] else " (not always there)"
        yield f"| `{name}`{star} | {_kind(schema, components)} | {_cell(schema.get('description', ''))} |"


def _kind(schema: Mapping[str, Any], components: Mapping[str, Any]) -> str:
    """A type in words; long lists of values are named elsewhere."""
    if "anyOf" in schema and not isinstance(schema.get("type"), list):
        return ", ".join(_kind(one, components) for one in schema["anyOf"])
    schema = components[schema["$ref"]] if "$ref" in schema else schema
    if "enum" in schema:
        return "text" if len(schema["enum"]) > _FEW else ", ".join(f"`{value}`" for value in schema["enum"])
    named: str | list[str] = schema["type"]
    if named == "array":
        return f"list of {_kind(schema['items'], components)}"
    if schema.get("format") == "date-time":
        return "time"
    return ", ".join(_WORDS.get(one, one) for one in ([named] if isinstance(named, str) else named))


_FEW: Final = 6
_WORDS: Final = {"string": "text", "boolean": "`true`, `false`"}


def _doc(said: type[msgspec.Struct]) -> str:
    return _cell(inspect.getdoc(said) or "")


def _anchor_of(said: type[data.Said]) -> str:
    return said.__name__.lower()


def _json(value: msgspec.Struct) -> str:
    text = msgspec.json.format(msgspec.json.encode(value), indent=2).decode()
    return f"```json\n{text}\n```"


def _span(span: float | timedelta) -> str:
    """As people say it: `30 min`."""
    seconds = span.total_seconds() if isinstance(span, timedelta) else span
    for size, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= size and seconds % size == 0 and (unit != "days" or seconds > size):
            return f"{seconds / size:g} {unit}"
    return f"{seconds:g} s"


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
