"""Builders for what the storage and action tests submit, take and finish."""

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest_asyncio

from docurift.actions.finish import complete
from docurift.actions.submit import IdempotencyKey, ReceivedFile, Submitted, submit
from docurift.actions.take import Lease, take
from docurift.model.document import Content, MediaType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job, JobOptions
from docurift.model.result import Extraction, Json
from docurift.storage import organizations
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.pages import PageFrame, PagesBlob
from docurift.storage.results import ResultBlob
from docurift.storage.secrets import Secrets

ORGANIZATION = organizations.DEFAULT
OTHER_ORGANIZATION = OrganizationId("org_00000000000000000000000001")
SECRETS = Secrets(bytes(range(32)))
MAX_TRIES = 3
LEASE_SECONDS = 30.0
GONE_LEASE_SECONDS = -1.0
WORKER_LOST = Failure.of(FailureCode.WORKER_LOST, stage=Stage.READ)
CORRUPT = Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD)


@dataclass(frozen=True, slots=True)
class Store:
    """A database and a blob store of a test's own."""

    db: Database
    blobs: Blobs

    async def submit(self, content: bytes = b"content", **more: Any) -> Submitted:  # noqa: ANN401 -- as submit_a_job
        return await submit_a_job(self, content, **more)

    async def take(self, job_id: JobId, *, lease_seconds: float = LEASE_SECONDS, worker: str = "w1") -> Lease | None:
        return await take(self.db, job_id, worker=worker, lease_seconds=lease_seconds, max_tries=MAX_TRIES)

    async def taken(self, job_id: JobId, *, lease_seconds: float = LEASE_SECONDS) -> Lease:
        lease = await self.take(job_id, lease_seconds=lease_seconds)
        assert lease is not None
        return lease

    async def complete(self, lease: Lease, text: str = "text", *, pages: int = 2) -> Job:
        return await complete_a_job(self, lease, text, pages=pages)

    async def one(self, query: str, *values: object) -> Any:  # noqa: ANN401 -- whatever a column holds
        """The only column of the only row."""
        async with self.db.reading() as conn:
            cursor = await conn.execute(query.encode(), values)
            row = await cursor.fetchone()
        return None if row is None else next(iter(row.values()))


def a_file(incoming: Path, content: bytes = b"content", *, name: str = "invoice.pdf") -> ReceivedFile:
    digest = hashlib.sha256(content).hexdigest()
    path = incoming / f"{digest}.upload"
    path.write_bytes(content)
    given = Content(media_type=MediaType.PDF, size_bytes=len(content), sha256=digest)
    return ReceivedFile(path=path, content=given, file_name=name)


async def submit_a_job(
    store: Store,
    content: bytes = b"content",
    *,
    name: str = "invoice.pdf",
    options: JobOptions | None = None,
    metadata: dict[str, Json] | None = None,
    password: str | None = None,
    key: IdempotencyKey | None = None,
    organization: OrganizationId = ORGANIZATION,
) -> Submitted:
    return await submit(
        store.db,
        store.blobs,
        organization_id=organization,
        source=a_file(store.blobs.incoming, content, name=name),
        options=options or JobOptions(),
        secrets=SECRETS,
        callback_metadata=metadata,
        password=password,
        idempotency_key=key,
    )


def an_extraction(*, pages: int = 2, confidence: float = 0.9) -> Extraction:
    return Extraction(
        result={"rawText": "text"},
        fields={},
        warnings=(),
        confidence=confidence,
        detected_document_type="generic",
        detected_language="en",
        markdown="text",
        text="text",
        page_count=pages,
        pages_processed=pages,
        engine_version="test",
    )


async def complete_a_job(store: Store, lease: Lease, text: str = "text", *, pages: int = 2) -> Job:
    organization = lease.job.organization_id
    sha256 = await store.blobs.put_bytes(organization, f"result {text}".encode())
    pages_sha256 = await store.blobs.put_bytes(organization, f"pages {text}".encode())
    return await complete(
        store.db,
        store.blobs,
        lease,
        extraction=an_extraction(pages=pages),
        result_blob=ResultBlob(sha256=sha256, stored_bytes=10, result_bytes=20),
        pages_blob=PagesBlob(sha256=pages_sha256, frames=(PageFrame(1, 0, 5), PageFrame(2, 5, 6))),
    )


@pytest_asyncio.fixture
async def store(database: Database, tmp_path: Path) -> Store:
    """A database and a blob store of the test's own, with a second organization."""
    async with database.reading() as conn:
        await conn.execute("insert into organizations (id, name) values (%s, 'other')", (OTHER_ORGANIZATION,))
    return Store(database, Blobs.open(tmp_path / "blobs"))
