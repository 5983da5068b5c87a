"""Every call of every client: what was asked, what was answered, and when. The checker reads nothing else of them."""

import http.client
import json
import re
import threading
import time
import urllib.error
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.support.client import Answer, Client

IDENTIFIER = re.compile(r"\b(?:job|doc|evt|batch)_[0-9a-z]{26}\b")
NO_ANSWER = (OSError, http.client.HTTPException, urllib.error.URLError, json.JSONDecodeError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call. Times are seconds of this machine's monotonic clock; `status` is None if no answer came.

    `key` is its Idempotency-Key; `content` what it submitted; `expected` the failure that the content earns. `shown` is
    the answered job, `text` the answered result's, `names` every identifier in the answer.
    """

    number: int
    organization: str
    method: str
    path: str
    begun: float
    ended: float
    status: int | None
    key: str | None = None
    content: str | None = None
    expected: str | None = None
    job_id: str | None = None
    shown: dict[str, Any] | None = None
    text: str | None = None
    code: str | None = None
    retry_after: bool = False
    names: tuple[str, ...] = ()

    @property
    def accepted(self) -> bool:
        """Whether it was promised a job."""
        return self.method == "POST" and self.status == http.client.ACCEPTED and self.job_id is not None


@dataclass(slots=True)
class History:
    """Calls in the order in which they ended; any number of threads may add to it."""

    calls: list[Call] = field(default_factory=list[Call])
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, **told: Any) -> Call:  # noqa: ANN401 -- the fields of Call
        with self._lock:
            call = Call(number=len(self.calls), **told)
            self.calls.append(call)
            return call

    def dump(self, path: Path) -> None:
        """One call a line, as JSON."""
        with self._lock, path.open("w") as file:
            file.writelines(json.dumps(asdict(call)) + "\n" for call in self.calls)

    @staticmethod
    def load(path: Path) -> "History":
        """What `dump` wrote."""
        told = (json.loads(line) for line in path.read_text().splitlines())
        return History([Call(**{**one, "names": tuple(one["names"])}) for one in told])


@dataclass(frozen=True, slots=True)
class Recorded:
    """A client of one organization, whose every call is in the history."""

    client: Client
    organization: str
    history: History

    def submit(
        self, content: str, *, key: str | None = None, expected: str | None = None, name: str | None = None
    ) -> Call:
        """One try. A key is the file's name too, so that two jobs under one key are seen in the rows."""
        named = {} if key is None else {"Idempotency_Key": key}
        shown = name or f"{key or 'nameless'}.txt"
        return self._told(
            lambda: self.client.submit(content.encode(), name=shown, **named),
            method="POST",
            path="/v1/documents/process/async",
            key=key,
            content=content,
            expected=expected,
        )

    def call(self, method: str, path: str, **headers: str) -> Call:
        """One try."""
        return self._told(
            lambda: self.client.call(method, path, **headers),
            method=method,
            path=path,
            key=headers.get("Idempotency_Key"),
        )

    def job(self, job_id: str, *, wait: int = 0) -> Call:
        return self.call("GET", f"/v1/jobs/{job_id}?wait={wait}")

    def result(self, job_id: str) -> Call:
        return self.call("GET", f"/v1/jobs/{job_id}/result")

    def events(self, *, after: int = 0) -> Call:
        return self.call("GET", f"/v1/events?after={after}&limit=500")

    def accepted(self, content: str, *, key: str, expected: str | None = None, seconds: float = 60) -> str:
        """The job, submitted under one key until it is accepted; only 5xx and no answer are tried again."""
        for _ in tries(seconds):
            call = self.submit(content, key=key, expected=expected)
            if call.accepted:
                assert call.job_id is not None
                return call.job_id
            assert call.status is None or call.status >= http.client.INTERNAL_SERVER_ERROR, call
        raise AssertionError(f"not accepted in {seconds} s: {call}")

    def final(self, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
        """The job once it is final; then its result is asked for at once, as a user would."""
        call = None
        for _ in tries(seconds):
            call = self.job(job_id, wait=5)
            if call.shown is not None and call.shown["status"] in {"completed", "failed"}:
                if call.shown["status"] == "completed":
                    self.result(job_id)
                return call.shown
        raise AssertionError(f"not final in {seconds} s: {call}")

    def _told(self, asking: Any, **told: Any) -> Call:  # noqa: ANN401 -- the fields of Call
        begun = time.monotonic()
        try:
            answer = asking()
        except NO_ANSWER:
            return self.history.add(
                organization=self.organization, begun=begun, ended=time.monotonic(), status=None, **told
            )
        seen = _seen(told["path"], answer)
        return self.history.add(organization=self.organization, begun=begun, ended=time.monotonic(), **told, **seen)


def tries(seconds: float) -> Iterator[None]:
    """Rounds of a loop until the time is over, a moment apart."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        yield
        time.sleep(0.05)


def _seen(path: str, answer: Answer) -> dict[str, Any]:
    data = answer.body.get("data") or {}
    is_job = re.fullmatch(r"/v1/jobs/job_\w+(\?.*)?", path) is not None and "status" in data
    return {
        "status": answer.status,
        "job_id": data.get("jobId") if path.startswith("/v1/documents/process") or "retry" in path else None,
        "shown": _shown(data) if is_job else None,
        "text": (data.get("result") or {}).get("rawText") if path.endswith("/result") else None,
        "code": (answer.body.get("error") or {}).get("code"),
        "retry_after": "Retry-After" in answer.headers,
        "names": tuple(sorted(set(IDENTIFIER.findall(json.dumps(answer.body))))),
    }


def _shown(job: dict[str, Any]) -> dict[str, Any]:
    named = {name: job[name] for name in ("id", "status", "progress", "attempt", "pagesProcessed", "fileName")}
    return named | {"code": job["error"]["code"] if job.get("error") else None}
