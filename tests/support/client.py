"""Plain calls of the HTTP API, as a stranger to this code base would make them."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from tests.support.waiting import PAUSE_SECONDS

FINAL = ("completed", "failed")


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: dict[str, Any]

    @property
    def data(self) -> dict[str, Any]:
        return self.body["data"]


@dataclass(frozen=True)
class Client:
    base_url: str
    key: str

    def call(self, method: str, path: str, *, body: bytes | None = None, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        request = urllib.request.Request(  # noqa: S310 - our own server
            self.base_url + path, data=body, method=method, headers={"X-API-Key": self.key} | named
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return Answer(response.status, response.headers, json.load(response))
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.headers, json.load(error))

    def submit(self, content: bytes, *, name: str = "a.pdf", way: str = "async", **headers: str) -> Answer:
        boundary = uuid4().hex
        head = f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + f"\r\n--{boundary}--\r\n".encode()
        content_type = f"multipart/form-data; boundary={boundary}"
        return self.call("POST", f"/v1/documents/process/{way}", body=body, Content_Type=content_type, **headers)

    def submitted(self, content: bytes, **more: str) -> str:
        answer = self.submit(content, **more)
        assert answer.status == 202, answer.body
        return answer.data["jobId"]

    def job(self, job_id: str, *, wait: int = 0) -> dict[str, Any]:
        answer = self.call("GET", f"/v1/jobs/{job_id}?wait={wait}")
        assert answer.status == 200, answer.body
        return answer.data

    def until(self, job_id: str, *, pages_read: int, seconds: float = 30) -> dict[str, Any]:
        """The job once it is processing and has read so many pages."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            job = self.job(job_id)
            if job["status"] in FINAL or job["pagesProcessed"] >= pages_read:
                assert job["status"] == "processing", job
                return job
            time.sleep(PAUSE_SECONDS)
        raise AssertionError(job)

    def final(self, job_id: str, *, seconds: float = 60) -> dict[str, Any]:
        """The job in its final state; a service that restarts meanwhile is waited for."""
        deadline = time.monotonic() + seconds
        job: dict[str, Any] = {}
        while time.monotonic() < deadline:
            try:
                job = self.job(job_id, wait=5)
            except (OSError, http.client.HTTPException):
                continue
            if job["status"] in FINAL:
                return job
        raise AssertionError(job)


def client_of(base_url: str, data_dir: Path) -> Client:
    return Client(base_url, (data_dir / "admin-key").read_text().strip())
