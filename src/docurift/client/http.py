"""The calls that the command line makes, over HTTP, one method each (contract sections 2 to 4)."""

import time
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import IO, Final, Self, cast
from uuid import uuid4

import httpx2

from docurift.client.form import CountedFile, StreamedForm
from docurift.client.patience import Patience

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]
Record = dict[str, Json]

# The service answers a long poll after 60 s at most (contract section 3); we ask for less: proxies cut long silences.
POLL_SECONDS: Final = 20
FINAL: Final = frozenset({"completed", "failed"})
# A limit of a key has room again within seconds; a deploy, within a minute.
PATIENCE_SECONDS: Final = 120.0
_TIMEOUT: Final = httpx2.Timeout(30.0, read=POLL_SECONDS + 40.0, write=120.0)


class ServiceError(Exception):
    """The service refused; `code`, `message` and `details` are its own words."""

    def __init__(
        self, status: int, code: str, message: str, *, request_id: str | None, details: Record | None = None
    ) -> None:
        super().__init__(message)
        self.status, self.code, self.message, self.request_id = status, code, message, request_id
        self.details: Record = details or {}


class UnreachableError(Exception):
    """Nothing that speaks HTTP answered at this address."""

    def __init__(self, base_url: str, reason: str) -> None:
        super().__init__(f"no service answers at {base_url} ({reason})")
        self.base_url, self.reason = base_url, reason


class Client:
    """One connection to a service. Every method raises `ServiceError` when it is refused and `UnreachableError` when
    nothing answers.

    What the service puts off with 429 or 503 is sent again after as long as its `Retry-After` says, for
    `patience_seconds` in all. A POST carries an `Idempotency-Key` of its own, so that it is done once however often it
    is sent.
    """

    def __init__(self, base_url: str, api_key: str | None, *, patience_seconds: float = PATIENCE_SECONDS) -> None:
        self.base_url = base_url.rstrip("/")
        self._patience_seconds = patience_seconds
        headers = {"X-API-Key": api_key} if api_key else {}
        # A proxy named in the environment is for the internet; this service stands on the same host or network.
        self._http = httpx2.Client(base_url=self.base_url, headers=headers, timeout=_TIMEOUT, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def submit(self, path: Path, fields: Mapping[str, str], *, sent: Callable[[int], None] | None = None) -> Record:
        """Hand in the file at `path` with the form `fields`; `sent` is told of every piece that left, in bytes, and
        of what will be sent once more as a negative number.

        Raises:
            OSError: the file cannot be read.
        """
        with path.open("rb") as file:
            body = cast("IO[bytes]", CountedFile(file, sent) if sent else file)
            return self._call(
                "POST", "/v1/documents/process/async", data=dict(fields), files={"file": (path.name, body)}
            )

    def submit_url(self, url: str, fields: Mapping[str, str]) -> Record:
        """Have the service fetch the document at `url`, with the same `fields` as for a file."""
        return self._call("POST", "/v1/documents/process/async", json={**fields, "fileUrl": url})

    def job(self, job_id: str, *, wait_seconds: int = 0) -> Record:
        """The job, after it became final or `wait_seconds` (at most 60) went by."""
        return self._call("GET", f"/v1/jobs/{job_id}", params={"wait": str(wait_seconds)} if wait_seconds else None)

    def follow(
        self, job_id: str, *, every_seconds: float = 0.25, timeout_seconds: float | None = None
    ) -> Iterator[Record]:
        """The job again and again until it is final; the last one given is.

        Raises:
            TimeoutError: it was not final after `timeout_seconds`.
        """
        deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        while True:
            job = self.job(job_id)
            yield job
            if job["status"] in FINAL:
                return
            if deadline is not None and time.monotonic() > deadline:
                raise TimeoutError(f"{job_id} is still {job['status']} after {timeout_seconds:g} s")
            time.sleep(every_seconds)

    def jobs(self, filters: Mapping[str, str]) -> Record:
        """One page of jobs, as `{"jobs": […], "pagination": {…}}`."""
        return self._call("GET", "/v1/jobs", params=dict(filters))

    def attempts(self, job_id: str) -> Record:
        """All attempts at the job, as `{"jobId", "attempts": […]}`."""
        return self._call("GET", f"/v1/jobs/{job_id}/attempts")

    def explanation(self, job_id: str) -> Record:
        """Why the job is where it is, what follows, and what can be done."""
        return self._call("GET", f"/v1/jobs/{job_id}/explain")

    def cancel_job(self, job_id: str) -> Record:
        """The job, which is cancelled at once if it waited, and soon if it runs."""
        return self._call("POST", f"/v1/jobs/{job_id}/cancel")

    def create_batch(
        self, files: Sequence[Path], fields: Mapping[str, str], *, sent: Callable[[int], None] | None = None
    ) -> Record:
        """Hand in the files, or one ZIP archive, as a batch with the form `fields`; streamed, as `submit` tells `sent`.

        Raises:
            OSError: a file cannot be read.
        """
        form = StreamedForm(fields, files, sent=sent)
        return self._call("POST", "/v1/batches", content=form, headers=form.headers)

    def batch(self, batch_id: str) -> Record:
        """The batch, with its counts."""
        return self._call("GET", f"/v1/batches/{batch_id}")

    def batches(self, filters: Mapping[str, str]) -> Record:
        """One page of batches, as `{"batches": […], "pagination": {…}}`."""
        return self._call("GET", "/v1/batches", params=dict(filters))

    def batch_results(self, batch_id: str, *, follow: bool = False) -> Iterator[bytes]:
        """The results in the order of the items, each a line of JSON; `follow` waits for those to come."""
        with self._stream(f"/v1/batches/{batch_id}/results", params={"follow": "true"} if follow else None) as answer:
            pending = b""
            for piece in self._pieces(answer):
                *lines, pending = (pending + piece).split(b"\n")
                yield from (line for line in lines if line.strip())
            if pending.strip():
                raise UnreachableError(self.base_url, "the results ended in the middle of a line")

    def cancel_batch(self, batch_id: str) -> Record:
        """The batch; what waits in it is cancelled at once, what runs soon."""
        return self._call("POST", f"/v1/batches/{batch_id}/cancel")

    def retry_failed(self, batch_id: str) -> Record:
        """A new batch of the failed items of this one."""
        return self._call("POST", f"/v1/batches/{batch_id}/retry-failed")

    def document(self, document_id: str) -> Record:
        """The document's metadata."""
        return self._call("GET", f"/v1/documents/{document_id}")

    def page(self, document_id: str, number: int) -> Record:
        """One page as it was read: words, blocks, tables."""
        return self._call("GET", f"/v1/documents/{document_id}/pages/{number}")

    def create_key(self, name: str, scopes: Sequence[str]) -> str:
        """A new API key; the service shows it this once."""
        body: Record = {"name": name, "scopes": list(scopes)}
        return str(self._call("POST", "/v1/api-keys", json=body)["key"])

    def create_webhook(self, wanted: Record) -> Record:
        """A new webhook endpoint with its secret, which the service shows this once."""
        return self._call("POST", "/v1/webhooks", json=wanted)

    def webhooks(self, filters: Mapping[str, str]) -> Record:
        """One page of webhook endpoints, as `{"webhooks": […], "pagination": {…}}`."""
        return self._call("GET", "/v1/webhooks", params=dict(filters))

    def delete_webhook(self, webhook_id: str) -> Record:
        """The endpoint is gone, with what waited for it."""
        return self._call("DELETE", f"/v1/webhooks/{webhook_id}")

    def test_webhook(self, webhook_id: str) -> Record:
        """A test event is on its way to the endpoint."""
        return self._call("POST", f"/v1/webhooks/{webhook_id}/test")

    def deliveries(self, webhook_id: str, filters: Mapping[str, str]) -> Record:
        """One page of what was sent to the endpoint, as `{"deliveries": […], "pagination": {…}}`."""
        return self._call("GET", f"/v1/webhooks/{webhook_id}/deliveries", params=dict(filters))

    def replay(self, webhook_id: str, range_: Record) -> int:
        """How many events of the range are on their way to the endpoint again."""
        return int(cast("int", self._call("POST", f"/v1/webhooks/{webhook_id}/replay", json=range_)["deliveries"]))

    def default_secret(self) -> Record:
        """Whether the organization has a secret of its own; not the secret."""
        return self._call("GET", "/v1/webhooks/default-secret")

    def rotate_default_secret(self, overlap_seconds: int) -> str:
        """A new secret of the organization; the service shows it this once."""
        body: Record = {"overlapSeconds": overlap_seconds}
        return str(self._call("POST", "/v1/webhooks/default-secret", json=body)["secret"])

    def is_ready(self) -> bool:
        """Whether the service says that its database, blob store and queue answer."""
        try:
            return self._http.get("/readyz").is_success
        except httpx2.TransportError:
            return False

    def openapi(self) -> Record:
        """The OpenAPI document that the service publishes."""
        return cast("Record", self._send("GET", "/openapi.json").json())

    def _call(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Record | None = None,
        data: dict[str, str] | None = None,
        files: Mapping[str, tuple[str, IO[bytes]]] | None = None,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Record:
        answer = self._send(
            method, path, params=params, json=json, data=data, files=files, content=content, headers=headers
        )
        return cast("Record", _body_of(answer)["data"])

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, str] | None = None,
        json: Record | None = None,
        data: dict[str, str] | None = None,
        files: Mapping[str, tuple[str, IO[bytes]]] | None = None,
        content: Iterable[bytes] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> httpx2.Response:
        sent_with = dict(headers or {})
        if method == "POST":
            sent_with["Idempotency-Key"] = uuid4().hex
        patience = Patience(self._patience_seconds)
        while True:
            with self._reaching():
                answer = self._http.request(
                    method, path, params=params, json=json, data=data, files=files, content=content, headers=sent_with
                )
            if not patience.outlasts(answer):
                return self._accepted(answer)

    @contextmanager
    def _stream(self, path: str, *, params: Mapping[str, str] | None) -> Generator[httpx2.Response]:
        answer = self._opened(path, params)
        try:
            yield self._accepted(answer)
        finally:
            answer.close()

    def _opened(self, path: str, params: Mapping[str, str] | None) -> httpx2.Response:
        """The beginning of a good answer, or the whole of a bad one."""
        patience = Patience(self._patience_seconds)
        while True:
            with self._reaching():
                answer = self._http.send(self._http.build_request("GET", path, params=params), stream=True)
                if not answer.is_success:
                    answer.read()
            if not patience.outlasts(answer):
                return answer

    def _pieces(self, answer: httpx2.Response) -> Iterator[bytes]:
        with self._reaching():
            yield from answer.iter_bytes()

    @contextmanager
    def _reaching(self) -> Generator[None]:
        try:
            yield
        except (httpx2.TransportError, httpx2.InvalidURL, httpx2.UnsupportedProtocol) as error:
            raise UnreachableError(self.base_url, str(error) or type(error).__name__) from error

    def _accepted(self, answer: httpx2.Response) -> httpx2.Response:
        if answer.is_success:
            return answer
        error = cast("Record", _body_of(answer).get("error") or {})
        raise ServiceError(
            answer.status_code,
            str(error.get("code", answer.status_code)),
            " ".join([str(error.get("message", answer.reason_phrase)), *_wrong_fields(error)]),
            request_id=answer.headers.get("X-Request-Id"),
            details=cast("Record", error.get("details") or {}),
        )


def _wrong_fields(error: Record) -> list[str]:
    """What is wrong with each field that the refusal names (contract section 1)."""
    details = error.get("details")
    fields = details.get("fields") if isinstance(details, dict) else None
    named = [one for one in fields if isinstance(one, dict)] if isinstance(fields, list) else []
    return [f"`{one.get('field')}` {one.get('message')}." for one in named]


def _body_of(answer: httpx2.Response) -> Record:
    """The answer's JSON object, or an empty one: something else than our service may stand at the address."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return cast("Record", body) if isinstance(body, dict) else {}
