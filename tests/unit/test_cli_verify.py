"""`docurift webhooks verify` on requests that were written down."""

import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from docurift.commands.captured import of_request
from docurift.commands.exits import CommandError, Exit
from docurift.model import signature

SECRET = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
AT = 1_700_000_000
BODY = '{"id":"evt_1","data":{"fileName":"Müller.pdf"}}'.encode()
HEADERS = signature.headers(event_id="evt_1", body=BODY, timestamp=AT, secret=SECRET)
NOW = ("--now", str(AT + 10))


def verify(
    *arguments: str, given: bytes = b"", environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "docurift", "webhooks", "verify", *arguments]
    return subprocess.run(command, env=environment or {}, input=given, capture_output=True, timeout=60, check=False)


def options(headers: Mapping[str, str]) -> list[str]:
    return [word for name, value in headers.items() for word in ("--header", f"{name}: {value}")]


def raw(headers: Mapping[str, str], body: bytes, *, line: str = "POST /hook HTTP/1.1\r\n", end: str = "\r\n") -> bytes:
    head = line + "".join(f"{name}: {value}{end}" for name, value in headers.items())
    return head.encode() + end.encode() + body


def test_a_genuine_request_is_told_by_both_schemes_and_the_exit_code(tmp_path: Path) -> None:
    (tmp_path / "body").write_bytes(BODY)
    done = verify("--secret", SECRET, "--body", str(tmp_path / "body"), *options(HEADERS), *NOW)

    assert done.returncode == Exit.DONE
    assert done.stdout.decode().splitlines() == [
        "DocuRift: verified. The signature is right and its time is near.",
        "Standard Webhooks: verified. The signature is right and its time is near.",
    ]


@pytest.mark.parametrize("line", ["POST /hook HTTP/1.1\r\n", ""])
@pytest.mark.parametrize("end", ["\r\n", "\n"])
def test_a_whole_request_is_read_from_a_file(line: str, end: str) -> None:
    captured = of_request(raw(HEADERS | {"Content-Length": str(len(BODY))}, BODY + b"\n", line=line, end=end))

    assert captured.body == BODY
    assert captured.headers["webhook-id"] == "evt_1"


def test_the_secret_may_come_from_a_file_or_the_environment_and_the_request_from_standard_input(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text(f"{SECRET}\n")
    request = raw(HEADERS, BODY)
    of_file = verify("--secret-file", str(tmp_path / "secret"), "--request", "-", *NOW, given=request)
    environment = {"DOCURIFT_WEBHOOK_SECRET": SECRET}
    of_variable = verify("--request", "-", *NOW, given=request, environment=environment)

    assert (of_file.returncode, of_variable.returncode) == (Exit.DONE, Exit.DONE)


@pytest.mark.parametrize(
    ("body", "headers", "now", "why"),
    [
        (BODY + b" ", HEADERS, AT, "not that of this body"),
        (BODY, HEADERS, AT + 301, "301 seconds old"),
        (BODY, HEADERS, AT - 301, "301 seconds ahead"),
        (BODY, {}, AT, "neither X-DocuRift-Signature nor webhook-signature"),
        (BODY, HEADERS | {"X-DocuRift-Event-Id": "evt_2"}, AT, "not the id in the body"),
        (BODY + b"\n", HEADERS, AT, "Without the line end"),
    ],
)
def test_a_request_that_is_not_genuine_is_told_why(body: bytes, headers: dict[str, str], now: int, why: str) -> None:
    done = verify("--secret", SECRET, *options(headers), "--now", str(now), given=body)

    assert done.returncode == Exit.FAILED
    assert why in done.stdout.decode()
    assert SECRET.encode() not in done.stdout + done.stderr


def test_an_old_request_passes_with_more_tolerance() -> None:
    done = verify("--secret", SECRET, *options(HEADERS), "--now", str(AT + 900), "--tolerance", "900", given=BODY)

    assert done.returncode == Exit.DONE


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--body", "-"], "DOCURIFT_WEBHOOK_SECRET"),
        (["--secret", "whsec_short"], "base64"),
        (["--secret", "x", "--header", "nonsense"], "Name: value"),
        (["--secret", "x", "--body", "no-such-file"], "cannot be read"),
        (["--secret", "x", "--request", "-", "--body", "-"], "either --request"),
    ],
)
def test_a_wrong_use_is_told_in_one_sentence(arguments: list[str], why: str) -> None:
    done = verify(*arguments)

    assert done.returncode == Exit.USAGE
    assert why in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    "extra", [{"Transfer-Encoding": "chunked"}, {"Content-Length": "999"}, {"Content-Length": "x"}]
)
def test_a_body_that_is_not_as_the_head_says_is_refused(extra: dict[str, str]) -> None:
    with pytest.raises(CommandError):
        of_request(raw(HEADERS | extra, BODY))
