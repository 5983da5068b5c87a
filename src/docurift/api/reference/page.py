"""The reference as one plain page: without scripts and foreign parts, so it works offline and under a strict policy."""

import html
import json
import re
from typing import Any, Final

Json = dict[str, Any]

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_STYLE: Final = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 62rem; padding: 1rem; }
h2 { border-bottom: 1px solid #8886; margin-top: 2.5rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { background: #8881; overflow: auto; padding: .7rem; }
table { border-collapse: collapse; width: 100%; }
td, th { border-bottom: 1px solid #8884; padding: .25rem .5rem; text-align: left; vertical-align: top; }
summary { cursor: pointer; }
.method { font-weight: 700; }
"""


def page(document: Json) -> str:
    """The OpenAPI `document` as HTML."""
    info = document["info"]
    calls = [
        (path, method, operation) for path, item in document["paths"].items() for method, operation in item.items()
    ]
    contents = "".join(
        f'<li><a href="#{_text(operation["operationId"])}"><code>{method.upper()} {_text(path)}</code></a> '
        f"{_text(operation['summary'])}</li>"
        for path, method, operation in calls
    )
    body = "".join(_call(path, method, operation) for path, method, operation in calls)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{_text(info["title"])} API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{_STYLE}</style></head><body>'
        f"<h1>{_text(info['title'])} API {_text(info['version'])}</h1>{_prose(info['description'])}"
        f'<p>For machines: <a href="/openapi.json">openapi.json</a></p><ul>{contents}</ul>{body}</body></html>'
    )


def _call(path: str, method: str, operation: Json) -> str:
    heading = f'<span class="method">{method.upper()}</span> <code>{_text(path)}</code>'
    parts = [
        f'<h2 id="{_text(operation["operationId"])}">{heading}</h2><p>{_text(operation["summary"])}</p>',
        _prose(operation.get("description", "")),
        _parameters(operation["parameters"]),
    ]
    for kind, content in operation.get("requestBody", {}).get("content", {}).items():
        parts.append(_details(f"Body: {kind}", content["example"], content["schema"]))
    parts.extend(_answer(status, answer) for status, answer in operation["responses"].items())
    return "".join(parts)


def _parameters(parameters: list[Json]) -> str:
    if not parameters:
        return ""
    rows = "".join(
        f"<tr><td><code>{_text(one['name'])}</code></td><td>{_text(one['in'])}</td>"
        f"<td>{_prose(one.get('description', ''))}</td><td><code>{_text(json.dumps(one['schema']))}</code></td></tr>"
        for one in parameters
    )
    return f"<table><tr><th>Name</th><th>In</th><th>Meaning</th><th>Schema</th></tr>{rows}</table>"


def _answer(status: str, answer: Json) -> str:
    parts = [f"<h3>{_text(status)}</h3>", _prose(answer["description"])]
    for kind, content in answer.get("content", {}).items():
        examples = content.get("examples") or {kind: {"value": content.get("example")}}
        parts.extend(_details(name, example["value"], None) for name, example in examples.items() if example["value"])
    return "".join(parts)


def _details(title: str, example: object, schema: object) -> str:
    shown = example if isinstance(example, str) else json.dumps(example, indent=2, ensure_ascii=False)
    described = f"<pre>{_text(json.dumps(schema, indent=2, ensure_ascii=False))}</pre>" if schema else ""
    return f"<details><summary>{_text(title)}</summary><pre>{_text(shown)}</pre>{described}</details>"


def _prose(text: str) -> str:
    return "".join(f"<p>{_with_code(paragraph)}</p>" for paragraph in text.strip().split("\n\n") if paragraph)


def _with_code(text: str) -> str:
    """What stands between backticks is code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", _text(text))


def _text(value: object) -> str:
    return html.escape(str(value))
