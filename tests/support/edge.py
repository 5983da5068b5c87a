"""The API in process, on a real database and a real blob store, with a renderer that draws stripes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import httpx2
import msgspec
import pytest_asyncio
import zstandard
from fastapi import FastAPI
from tests.support.egress import a_guard

from docurift.actions.finish import complete, fail
from docurift.actions.keys import create_operator_key
from docurift.actions.take import Lease, take
from docurift.api.app import create_app
from docurift.api.services import EdgeLimits, NotDrawableError, Raster, Services
from docurift.model.document import Document
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId, KeyId, OrganizationId, new_id
from docurift.model.key import Scope, hash_of, new_key
from docurift.model.result import (
    Block,
    BlockKind,
    Cell,
    Extraction,
    LengthUnit,
    Page,
    Table,
    TextSource,
    Word,
)
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.keys import NewKey, insert
from docurift.storage.pages import PageFrame, PagesBlob
from docurift.storage.results import ResultBlob
from docurift.storage.secrets import Secrets

OTHER = OrganizationId("org_00000000000000000000000001")
# Short waits and small sizes, so that each limit is met in a test.
LIMITS = EdgeLimits(
    max_file_bytes=1_000_000,
    max_form_bytes=200_000,
    max_upload_json_bytes=1_400_000,
    upload_idle_seconds=0.3,
    upload_seconds=1.0,
    max_concurrent_uploads=50,  # as many as any test sends at once: who waits for a place waits as long as for a byte
    poll_seconds=0.2,
    max_event_streams=5,
    heartbeat_seconds=0.3,
    stream_stall_seconds=1.0,
    lingering_seconds=0.2,
    least_free_bytes=0,
)


class Stripes:
    """Draws every page as two grey rows; page 13 is damaged."""

    async def render(self, document: Document, *, page: int, dpi: int) -> Raster:  # noqa: ARG002 -- the port's name
        if page == 13:
            raise NotDrawableError(FailureCode.FILE_CORRUPT)
        return Raster(width=dpi, height=2, channels=1, pixels=b"\x00" * dpi + b"\xff" * dpi)


@dataclass(frozen=True)
class EdgeUnderTest:
    """The application and what it stands on."""

    app: FastAPI
    services: Services
    key: str

    @property
    def db(self) -> Database:
        return self.services.db

    @property
    def incoming(self) -> list[Path]:
        """Temporary files of uploads that are left."""
        return list(self.services.blobs.incoming.iterdir())

    def client(self, key: str | None = None) -> httpx2.AsyncClient:
        headers = {"X-API-Key": key or self.key} if key != "" else {}
        transport = httpx2.ASGITransport(self.app)
        return httpx2.AsyncClient(transport=transport, base_url="http://docurift.test", headers=headers, timeout=30)

    async def count(self, table: str) -> int:
        async with self.db.reading() as conn:
            cursor = await conn.execute(f"select count(*) as n from {table}".encode())  # noqa: S608 -- our own names
            row = await cursor.fetchone()
        assert row is not None
        return int(row["n"])

    async def key_of(self, organization: OrganizationId, *scopes: Scope, name: str = "test") -> str:
        """A fresh key of any organization."""
        text = new_key()
        async with self.db.transaction() as tx:
            await insert(
                tx,
                NewKey(
                    id=KeyId(new_id("key")),
                    organization_id=organization,
                    name=name,
                    prefix=text[:12],
                    key_hash=hash_of(text),
                    scopes=frozenset(scopes),
                ),
            )
        return text

    async def complete(self, job_id: str, extraction: Extraction | None = None) -> None:
        """The job is done by a worker, as it were."""
        lease = await take(self.db, JobId(job_id), worker="test", lease_seconds=30, max_tries=3)
        assert lease is not None
        await self.finish(lease, extraction)

    async def finish(self, lease: Lease, extraction: Extraction | None = None) -> None:
        """The job that was taken is done."""
        done = extraction or an_extraction()
        blob, framed = await store_result(self.services.blobs, lease.job.organization_id, done)
        await complete(self.db, self.services.blobs, lease, extraction=done, result_blob=blob, pages_blob=framed)

    async def fail(self, job_id: str, code: FailureCode = FailureCode.FILE_CORRUPT) -> None:
        lease = await take(self.db, JobId(job_id), worker="test", lease_seconds=30, max_tries=3)
        assert lease is not None
        await fail(self.db, lease, Failure.of(code, stage=Stage.LOAD))


async def store_result(
    blobs: Blobs, organization_id: OrganizationId, extraction: Extraction
) -> tuple[ResultBlob, PagesBlob]:
    """Result and pages in the form that the worker writes them."""
    stored = {
        "result": extraction.result,
        "fields": extraction.fields,
        "warnings": extraction.warnings,
        "markdown": extraction.markdown,
        "text": extraction.text,
    }
    data = zstandard.compress(msgspec.json.encode(stored))
    sha256 = await blobs.put_bytes(organization_id, data)
    frames = [zstandard.compress(msgspec.json.encode(page)) for page in (a_page(1), a_page(2))]
    pages_sha256 = await blobs.put_bytes(organization_id, b"".join(frames))
    located = (PageFrame(1, 0, len(frames[0])), PageFrame(2, len(frames[0]), len(frames[1])))
    result_bytes = len(msgspec.json.encode(extraction.result))
    return (
        ResultBlob(sha256=sha256, stored_bytes=len(data), result_bytes=result_bytes),
        PagesBlob(sha256=pages_sha256, frames=located),
    )


def an_extraction(**changes: Any) -> Extraction:  # noqa: ANN401
    """A generic result with one pair and one table."""
    whole = Extraction(
        result={
            "rawText": "Invoice number: INV-1",
            "tables": [{"tableIndex": 0, "headers": ["Item", "Total"], "rows": [["Paper", "12.50"]]}],
            "keyValuePairs": [{"key": "Invoice number", "value": "INV-1", "confidence": 0.9}],
            "detectedLanguage": "en",
        },
        fields={},
        warnings=(),
        confidence=0.9,
        detected_document_type="generic",
        detected_language="en",
        markdown="# Invoice\n",
        text="Invoice number: INV-1",
        page_count=2,
        pages_processed=2,
        engine_version="test",
    )
    return replace(whole, **changes)


def a_page(number: int) -> Page:
    """A page with one word, one block and one table."""
    box = (0.1, 0.1, 0.4, 0.2)
    return Page(
        number=number,
        width=595.0,
        height=842.0,
        unit=LengthUnit.POINT,
        rotation=0,
        text_source=TextSource.NATIVE,
        words=(Word("INV-1", box),),
        blocks=(Block(kind=BlockKind.PARAGRAPH, box=box, text="INV-1", words=(0,)),),
        tables=(Table(box=box, rows=1, columns=1, header_rows=0, cells=(Cell(row=0, column=0, text="x"),)),),
    )


@pytest_asyncio.fixture
async def edge(database: Database, tmp_path: Path) -> AsyncIterator[EdgeUnderTest]:
    """The API with an admin key, and a second organization in its database."""
    async with database.reading() as conn:
        await conn.execute("insert into organizations (id, name) values (%s, 'other')", (OTHER,))
    created = await create_operator_key(database, name="test", scopes=frozenset({Scope.ADMIN}))
    services = Services(
        db=database,
        blobs=Blobs.open(tmp_path / "blobs"),
        renderer=Stripes(),
        secrets=Secrets(bytes(range(32))),
        link_secret=b"link secret of the tests",
        guard=a_guard(),
        limits=LIMITS,
    )
    app = create_app(services)
    async with app.router.lifespan_context(app):
        yield EdgeUnderTest(app, services, created.secret)


@pytest_asyncio.fixture
async def client(edge: EdgeUnderTest) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls with the admin key."""
    async with edge.client() as opened:
        yield opened


@pytest_asyncio.fixture
async def other(edge: EdgeUnderTest) -> AsyncIterator[httpx2.AsyncClient]:
    """Calls with an admin key of another organization."""
    async with edge.client(await edge.key_of(OTHER, Scope.ADMIN)) as opened:
        yield opened


async def submit(
    client: httpx2.AsyncClient, content: bytes = b"Invoice number: INV-1", **fields: str
) -> dict[str, Any]:
    """The data of an accepted submission."""
    response = await client.post("/v1/documents/process/async", files={"file": ("invoice.txt", content)}, data=fields)
    assert response.status_code == 202, response.text
    return response.json()["data"]


def code_of(response: httpx2.Response) -> str:
    """The error code, after a look at the envelope that every error has."""
    body = response.json()
    assert body["success"] is False
    assert body["requestId"] == response.headers["x-request-id"]
    assert set(body["error"]) == {"code", "message", "details", "retryable"}
    return body["error"]["code"]


PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
__all__ = [
    "LIMITS",
    "OTHER",
    "PNG_SIGNATURE",
    "EdgeUnderTest",
    "a_page",
    "an_extraction",
    "client",
    "code_of",
    "edge",
    "field",
    "other",
    "submit",
]
