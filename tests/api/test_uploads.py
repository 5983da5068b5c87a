import asyncio
import base64
import hashlib
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from tests.support.edge import LIMITS, EdgeUnderTest, code_of, submit
from tests.support.raw import BOUNDARY, END, HangUp, Silence, part, post

from docurift.api.app import create_app
from docurift.model.filename import clean

ASYNC = "/v1/documents/process/async"
TEXT = b"Invoice number: INV-1"


@pytest.fixture
async def untouched(edge: EdgeUnderTest) -> AsyncIterator[EdgeUnderTest]:
    """The edge; whatever the test refused must have left no row, no blob and no temporary file."""
    yield edge
    counts = {table: await edge.count(table) for table in ("documents", "jobs", "events", "idempotency_keys")}
    assert counts == {"documents": 0, "jobs": 0, "events": 1, "idempotency_keys": 0}  # the event of the key itself
    assert [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == []


def as_json(content: bytes = TEXT, **fields: object) -> dict[str, object]:
    return {"fileBase64": base64.b64encode(content).decode(), "fileName": "invoice.txt", **fields}


async def test_a_form_and_json_are_the_same_submission(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    metadata = {"order": "4711"}
    form = await submit(
        client, TEXT, documentType="general", callbackMetadata='{"order": "4711"}', priority="high", pages="3-1,7"
    )
    body = as_json(documentType="generic", callbackMetadata=metadata, priority="high", pages="1-3,7")
    json = (await client.post(ASYNC, json=body)).json()["data"]

    jobs = [(await client.get(f"/v1/jobs/{one['jobId']}")).json()["data"] for one in (form, json)]

    for job in jobs:
        assert (job["fileName"], job["documentType"], job["priority"]) == ("invoice.txt", "generic", "high")
        assert job["callbackMetadata"] == metadata
    assert await edge.count("documents") == 2
    digest = hashlib.sha256(TEXT).hexdigest()
    assert [path.name for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()] == [digest]


async def test_an_accepted_submission_says_where_its_job_is(client: httpx2.AsyncClient) -> None:
    response = await client.post(ASYNC, files={"file": ("a.txt", TEXT)}, data={"documentType": "airway_bill"})

    data = response.json()["data"]
    assert response.status_code == 202
    assert response.headers["location"] == f"/v1/jobs/{data['jobId']}"
    assert set(data) == {"id", "jobId", "documentId", "status", "documentType", "createdAt"}
    assert (data["status"], data["documentType"]) == ("pending", "air_waybill")


@pytest.mark.parametrize("path", ["/v1/documents/process", "/v1/documents/process/sync"])
async def test_a_waited_submission_answers_result_time_or_failure(
    edge: EdgeUnderTest, client: httpx2.AsyncClient, path: str
) -> None:
    async def wait(finish: str | None) -> httpx2.Response:
        files = {"file": ("a.txt", TEXT)}
        waiting = asyncio.create_task(client.post(path, files=files, params={"timeout": "20" if finish else "0"}))
        if finish:
            job_id = await _newest_pending(edge)
            await (edge.complete(job_id) if finish == "complete" else edge.fail(job_id))
        return await asyncio.wait_for(waiting, 10)

    done, failed, late = await wait("complete"), await wait("fail"), await wait(None)

    assert (done.status_code, done.json()["data"]["status"]) == (200, "completed")
    assert done.json()["data"]["result"]["detectedLanguage"] == "en"
    assert (late.status_code, late.json()["data"]["status"]) == (202, "processing")
    assert late.json()["data"]["result"] is None
    assert (failed.status_code, code_of(failed)) == (422, "FILE_CORRUPT")
    assert failed.json()["error"]["details"]["jobId"].startswith("job_")


async def _newest_pending(edge: EdgeUnderTest) -> str:
    async with asyncio.timeout(5):
        while True:
            async with edge.db.reading() as conn:
                cursor = await conn.execute("select id from jobs where status = 'pending'")
                row = await cursor.fetchone()
            if row is not None:
                return str(row["id"])
            await asyncio.sleep(0)


async def test_the_same_request_under_one_idempotency_key_is_one_job(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "order 4711"}

    async def send(content: bytes, path: str = ASYNC) -> httpx2.Response:
        return await client.post(path, files={"file": ("a.txt", content)}, headers=headers, params={})

    first, *others = await asyncio.gather(*(send(TEXT) for _ in range(10)))
    changed, rerouted = await send(b"other bytes"), await send(TEXT, "/v1/documents/process")

    assert {one.text for one in others} == {first.text}
    assert sum("idempotent-replayed" in one.headers for one in (first, *others)) == 9
    assert (changed.status_code, code_of(changed)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert (rerouted.status_code, code_of(rerouted)) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert await edge.count("jobs") == 1
    assert edge.incoming == []


async def test_another_organization_is_free_to_use_the_same_idempotency_key(
    client: httpx2.AsyncClient, other: httpx2.AsyncClient
) -> None:
    headers = {"Idempotency-Key": "order 4711"}
    mine = await client.post(ASYNC, files={"file": ("a.txt", TEXT)}, headers=headers)
    theirs = await other.post(ASYNC, files={"file": ("a.txt", TEXT)}, headers=headers)

    assert (mine.status_code, theirs.status_code) == (202, 202)
    assert mine.json()["data"]["jobId"] != theirs.json()["data"]["jobId"]


@pytest.mark.parametrize("key", ["", "x" * 256, "tab\there", "caf\u00e9"])
async def test_a_malformed_idempotency_key_is_refused(
    untouched: EdgeUnderTest, client: httpx2.AsyncClient, key: str
) -> None:
    del untouched
    headers = {b"Idempotency-Key": key.encode("latin-1")}
    response = await client.post(ASYNC, files={"file": ("a.txt", TEXT)}, headers=headers)

    assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("content", "code"),
    [(b"", "EMPTY_FILE"), (b"MZ\x00\x01program", "INVALID_FILE_TYPE"), (b"<svg/>", "INVALID_FILE_TYPE")],
)
async def test_an_empty_or_unreadable_file_is_refused(
    untouched: EdgeUnderTest, client: httpx2.AsyncClient, content: bytes, code: str
) -> None:
    del untouched
    form = await client.post(ASYNC, files={"file": ("a.pdf", content)})
    json = await client.post(ASYNC, json=as_json(content))

    assert (form.status_code, code_of(form)) == (400, code)
    assert (json.status_code, code_of(json)) == (400, code)


BAD_FIELDS = [
    ({"webhookSecret": "secret"}, "webhookSecret"),
    ({"webhookUrl": "https://hooks.docurift.net", "webhookSecret": "whsec_short"}, "webhookSecret"),
    ({"webhookUrl": "https://hooks.docurift.net/" + "x" * 2_048}, "webhookUrl"),
    ({"fileUrl": "https://files.docurift.net"}, "fileUrl"),
    ({"ifDuplicate": "maybe"}, "ifDuplicate"),
    ({"documentType": "poem"}, "documentType"),
    ({"priority": "urgent"}, "priority"),
    ({"language": "eng"}, "language"),
    ({"extractTables": "yes"}, "extractTables"),
    ({"pages": "0"}, "pages"),
    ({"pages": "1-"}, "pages"),
    ({"callbackMetadata": "[]"}, "callbackMetadata"),
    ({"callbackMetadata": '{"a": "\\u0000"}'}, "callbackMetadata"),
    ({"callbackMetadata": '{"a": "' + "x" * 17_000 + '"}'}, "callbackMetadata"),
    ({"expiresAfter": "5"}, "expiresAfter"),
    ({"pageErrorLimit": "1.5"}, "pageErrorLimit"),
    ({"pageErrorLimit": "nan"}, "pageErrorLimit"),
    ({"organizationId": "org_1"}, "organizationId"),
    ({"status": "completed"}, "status"),
    ({"attempt": "9"}, "attempt"),
]


async def test_a_field_that_is_unknown_or_wrong_is_refused_by_name(
    untouched: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    del untouched
    for fields, field in BAD_FIELDS:
        response = await client.post(ASYNC, files={"file": ("a.txt", TEXT)}, data=fields)

        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR"), fields
        assert [one["field"] for one in response.json()["error"]["details"]["fields"]] == [field]


async def test_asking_for_too_many_pages_is_413(untouched: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    del untouched
    response = await client.post(ASYNC, files={"file": ("a.txt", TEXT)}, data={"pages": "1-2001"})

    assert (response.status_code, code_of(response)) == (413, "TOO_MANY_PAGES")


async def test_a_file_of_the_limit_is_taken_and_one_byte_more_is_not(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    limit = LIMITS.max_file_bytes
    largest = await client.post(ASYNC, files={"file": ("a.txt", b"x" * limit)})
    form = await client.post(ASYNC, files={"file": ("a.txt", b"x" * (limit + 1))})
    json = await client.post(ASYNC, json=as_json(b"x" * (limit + 1)))

    assert largest.status_code == 202
    assert (form.status_code, code_of(form)) == (413, "FILE_TOO_LARGE")
    assert (json.status_code, code_of(json)) == (413, "FILE_TOO_LARGE")
    assert await edge.count("jobs") == 1
    assert edge.incoming == []


async def test_a_body_that_declares_too_much_is_refused_before_it_is_read(untouched: EdgeUnderTest) -> None:
    declared = {"content-length": "300000000"}

    answer = await post(untouched.app, ASYNC, [Silence], key=untouched.key, headers=declared)

    assert (answer.status, answer.code, answer.read_bytes) == (413, "FILE_TOO_LARGE", 0)
    assert answer.headers["connection"] == "close"


async def test_an_endless_chunked_body_is_cut_at_the_limit(untouched: EdgeUnderTest) -> None:
    def endless() -> Iterator[bytes]:
        yield part("file", b"x", file_name="a.txt").rstrip(b"\r\n")
        while True:
            yield b"x" * 65_536

    answer = await post(untouched.app, ASYNC, endless(), key=untouched.key)

    assert (answer.status, answer.code) == (413, "FILE_TOO_LARGE")
    assert answer.headers["connection"] == "close"
    assert answer.read_bytes <= LIMITS.max_file_bytes + LIMITS.lingering_bytes + 2 * 65_536


BROKEN_FORMS = [
    [part("file", TEXT, file_name="a.txt")],
    [part("file", TEXT, file_name="a.txt") + END[:-8]],
    [b"no form at all"],
    [END],
    [b"--" + BOUNDARY + b"\r\n\r\n" + TEXT + b"\r\n" + END],
    [part("file", TEXT, file_name="a.txt", extra=b"X: y\r\n" * 17), END],
    [part("file", TEXT, file_name="a.txt", extra=b"X: " + b"y" * 5_000 + b"\r\n"), END],
    [part("file", TEXT, file_name="a.txt"), part("file", TEXT, file_name="b.txt"), END],
    [part("file", TEXT, file_name="a.txt"), part("scan", TEXT, file_name="b.txt"), END],
    [part("file", TEXT, file_name="a.txt"), part("language", b"en"), part("language", b"de"), END],
    [part("file", TEXT, file_name="a.txt"), part("language", b"\xff"), END],
    [part("file", TEXT, file_name="a.txt"), part("language", b"x" * 70_000), END],
    [part("file", TEXT, file_name="a.txt"), *(part(f"field{n}", b"") for n in range(21)), END],
    [part("language", b"en"), END],
]


async def test_a_broken_form_is_refused(untouched: EdgeUnderTest) -> None:
    for pieces in BROKEN_FORMS:
        answer = await post(untouched.app, ASYNC, pieces, key=untouched.key)

        assert (answer.status, answer.code) == (400, "VALIDATION_ERROR"), pieces


async def test_a_form_may_come_byte_by_byte(edge: EdgeUnderTest) -> None:
    body = part("language", b"de") + part("file", TEXT, file_name="a.txt") + END

    answer = await post(edge.app, ASYNC, [body[at : at + 1] for at in range(len(body))], key=edge.key)

    assert answer.status == 202


BROKEN_JSON = [
    b"",
    b"[]",
    b"{",
    b'{"fileBase64": 1}',
    b'{"fileBase64": "SW52"',
    b'{"fileBase64": "SW5"}',
    b'{"fileBase64": "S!W5"}',
    b'{"fileBase64": "SQ==SW52"}',
    b'{"fileBase64": "SW52", "fileBase64": "SW52"}',
    b'{"file\\u0042ase64": "SW52"}',
    b'{"fileBase64": "SW52", "fileName": null}',
    b'{"fileBase64": "SW52", "language": ["en"]}',
    b'{"fileBase64": "SW52", "colour": "red"}',
    b'{"fileBase64": "SW52", "callbackMetadata": ' + b"[" * 5_000 + b"]" * 5_000 + b"}",
    b'{"fileBase64": "SW52", "fileName": "' + b"x" * 200_000 + b'"}',
    b'{"fileName": "a.txt"}',
]


async def test_a_broken_json_body_is_refused(untouched: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    del untouched
    for body in BROKEN_JSON:
        response = await client.post(ASYNC, content=body, headers={"Content-Type": "application/json"})

        assert (response.status_code, code_of(response)) == (400, "VALIDATION_ERROR"), body[:80]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/pdf", ""])
async def test_a_body_of_another_type_is_415(untouched: EdgeUnderTest, client: httpx2.AsyncClient, kind: str) -> None:
    del untouched
    response = await client.post(ASYNC, content=TEXT, headers={"Content-Type": kind} if kind else {})

    assert (response.status_code, code_of(response)) == (415, "UNSUPPORTED_MEDIA_TYPE")


async def test_a_client_that_hangs_up_in_mid_upload_leaves_nothing(untouched: EdgeUnderTest) -> None:
    answer = await post(untouched.app, ASYNC, [part("file", TEXT, file_name="a.txt"), HangUp], key=untouched.key)

    assert (answer.status, answer.body) == (0, b"")


async def test_a_silent_upload_is_408(untouched: EdgeUnderTest) -> None:
    answer = await post(untouched.app, ASYNC, [part("file", TEXT, file_name="a.txt"), Silence], key=untouched.key)

    assert (answer.status, answer.code) == (408, "UPLOAD_TIMEOUT")
    assert answer.headers["connection"] == "close"


async def test_a_full_disk_is_507(untouched: EdgeUnderTest) -> None:
    full = create_app(replace(untouched.services, limits=replace(LIMITS, least_free_bytes=1 << 62)))

    answer = await post(full, ASYNC, [part("file", TEXT, file_name="a.txt"), END], key=untouched.key)

    assert (answer.status, answer.code) == (507, "STORAGE_FULL")


NAMES = [
    "../../etc/passwd",
    "..\\..\\x",
    "/etc/passwd",
    "C:\\x",
    "\\\\host\\share",
    ".",
    "..",
    "",
    "x" * 3_000,
    "CON",
    "nul.pdf",
    "a.pdf.exe",
    "%2e%2e%2f",
    "a\u202efdp.exe",
    "e\u0301.pdf",
    "~",
    "-rf",
    "$(id)",
    "`id`",
    "<img onerror=x>",
    "'; drop table jobs; --",
    "{{7*7}}",
    "\U0001f4c4.pdf",
    ".hidden",
    "trailing. ",
]


async def test_no_file_name_becomes_a_path(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    for name in NAMES:
        raw = part("file", TEXT, file_name=name.replace("\\", "\\\\"))
        answer = await post(edge.app, ASYNC, [raw, END], key=edge.key)

        assert answer.status == 202, name
        [job] = (await client.get("/v1/jobs?limit=1")).json()["data"]["jobs"]
        assert Path(job["fileName"]).name == job["fileName"]
        assert job["fileName"] == clean(name)
    files = [path for path in edge.services.blobs.incoming.parent.rglob("*") if path.is_file()]
    assert [path.name for path in files] == [hashlib.sha256(TEXT).hexdigest()]


async def test_the_plain_file_name_wins_over_the_extended_one(edge: EdgeUnderTest) -> None:
    disposition = b'Content-Disposition: form-data; name="file"; filename="plain.txt"; filename*=UTF-8\'\'other.txt'
    raw = b"--" + BOUNDARY + b"\r\n" + disposition + b"\r\n\r\n" + TEXT + b"\r\n"

    await post(edge.app, ASYNC, [raw, END], key=edge.key)

    async with edge.client() as client:
        [job] = (await client.get("/v1/jobs")).json()["data"]["jobs"]
    assert job["fileName"] == "plain.txt"
