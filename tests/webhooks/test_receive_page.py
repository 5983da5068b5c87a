"""The page for those who write a receiver: its code runs, and its delivery is signed as it says."""

import json
import re
import time
from collections.abc import Callable
from pathlib import Path

from docurift.commands.captured import of_request
from docurift.model import signature

PAGE = (Path(__file__).parents[2] / "docs/how-to/receive-webhooks.md").read_text()
SECRET = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
EVENT = {"id": "evt_1", "type": "webhook.test"}
BODY = json.dumps(EVENT).encode()


def snippet() -> Callable[[str, dict[str, str], bytes], object]:
    code = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert len(code) == 1
    names: dict[str, Callable[[str, dict[str, str], bytes], object]] = {}
    exec(compile(code[0], "receive-webhooks.md", "exec"), names)  # noqa: S102 - the page's own code
    return names["event_of"]


def signed(secret: str, *, previous: str | None = None, ago: int = 0) -> dict[str, str]:
    at = int(time.time()) - ago
    return signature.headers(event_id="evt_1", body=BODY, timestamp=at, secret=secret, previous=previous)


def test_the_snippet_takes_what_is_genuine_and_nothing_else() -> None:
    event_of = snippet()

    assert event_of(SECRET, signed(SECRET), BODY) == EVENT
    assert event_of(SECRET, signed(signature.new_secret(), previous=SECRET), BODY) == EVENT
    assert event_of("a secret of my own", signed("a secret of my own"), BODY) == EVENT
    assert event_of(SECRET, signed(signature.new_secret()), BODY) is None
    assert event_of(SECRET, signed(SECRET), BODY + b" ") is None
    assert event_of(SECRET, signed(SECRET, ago=400), BODY) is None


def test_the_delivery_on_the_page_is_genuine() -> None:
    found = re.search(r"    POST .*?\n\n.*?\n(?=\n)", PAGE, re.DOTALL)
    assert found
    captured = of_request(re.sub(r"^ {4}", "", found[0], flags=re.MULTILINE).rstrip("\n").encode())

    findings = signature.verify(headers=captured.headers, body=captured.body, secret=SECRET, now=1_700_000_000)

    assert [one.holds for one in findings] == [True, True]
