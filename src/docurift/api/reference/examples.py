"""One worked case, told consistently through all examples of the reference: a two-page invoice as generic document."""

from typing import Final

import msgspec
from msgspec import Raw

from docurift.api.documents.page_wire import BlockOut, CellOut, PageOut, TableOut, WordOut
from docurift.api.documents.wire import DocumentOut, ExportOut, PageImageOut
from docurift.api.jobs.wire import (
    AcceptedOut,
    DeletedOut,
    FailureOut,
    JobOut,
    Pagination,
    ProcessedOut,
    ProcessingOut,
    ResultOut,
    StatsOut,
)
from docurift.api.keys.handlers import CreatedKeyOut, KeyOut
from docurift.api.operations.handlers import HealthOut, ReadinessOut
from docurift.model.document import DocumentStatus, MediaType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.job import DocumentType, JobStatus, Priority
from docurift.model.key import SHOWN_LENGTH, Scope
from docurift.model.result import BlockKind, LengthUnit, TextSource

JOB_ID: Final = "job_01hf7yat00e2pbd2pq9j0m4x6z"
DOCUMENT_ID: Final = "doc_01hf7yat00e2pbd2pq9j0m4x6y"
KEY_ID: Final = "key_01hf7yat00e2pbd2pq9j0m4x6w"
_KEY: Final = "frc_0123456789ABCDEFGHIJKLMNOP2I0e2X"  # security.md section 5's vector: nobody's key
_CREATED, _STARTED, _DONE = "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:00.040Z", "2026-01-31T12:00:00.310Z"
_EXPIRES: Final = "2026-01-31T12:15:00.000Z"
_RESULT: Final = Raw(
    b'{"rawText":"INVOICE\\nInvoice number: INV-1","tables":[{"tableIndex":0,"headers":["Item","Total"],'
    b'"rows":[["Paper","12.50"]]}],"keyValuePairs":[{"key":"Invoice number","value":"INV-1","confidence":0.97}],'
    b'"detectedLanguage":"en"}'
)
_FIELDS: Final = Raw(
    b'{"/keyValuePairs/0/value":{"confidence":0.97,"page":1,"box":[0.61,0.12,0.72,0.14],"text":"INV-1",'
    b'"source":"text","verified":true}}'
)
_URL: Final = f"/v1/jobs/{JOB_ID}/result"

JOB: Final = JobOut(
    id=JOB_ID,
    status=JobStatus.COMPLETED,
    progress=100,
    document_type=DocumentType.GENERIC,
    created_at=_CREATED,
    updated_at=_DONE,
    document_id=DOCUMENT_ID,
    batch_id=None,
    file_name="invoice.pdf",
    priority=Priority.NORMAL,
    page_count=2,
    pages_processed=2,
    stage=Stage.DONE,
    queue_position=None,
    attempt=1,
    started_at=_STARTED,
    completed_at=_DONE,
    expires_at=None,
    callback_metadata={"order": "4711"},
    retry_of=None,
    cancel_requested_at=None,
    result=_RESULT,
    confidence=0.97,
    fields=_FIELDS,
    warnings=(),
    result_url=_URL,
    detected_document_type="generic",
)
LISTED_JOB: Final = JobOut(
    id=JOB_ID,
    status=JobStatus.FAILED,
    progress=40,
    document_type=DocumentType.GENERIC,
    created_at=_CREATED,
    updated_at=_DONE,
    document_id=DOCUMENT_ID,
    batch_id=None,
    file_name="torn.pdf",
    priority=Priority.HIGH,
    page_count=None,
    pages_processed=0,
    stage=Stage.LOAD,
    queue_position=None,
    attempt=1,
    started_at=_STARTED,
    completed_at=_DONE,
    expires_at=None,
    callback_metadata=None,
    retry_of=None,
    cancel_requested_at=None,
    error=FailureOut.of(Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD)),
)
CANCELLED_JOB: Final = msgspec.structs.replace(
    LISTED_JOB,
    progress=0,
    file_name="wrong.pdf",
    stage=Stage.DONE,
    attempt=0,
    started_at=None,
    error=FailureOut.of(Failure.of(FailureCode.JOB_CANCELLED, stage=Stage.QUEUED)),
)
ACCEPTED: Final = AcceptedOut(
    id=JOB_ID,
    job_id=JOB_ID,
    document_id=DOCUMENT_ID,
    status=JobStatus.PENDING,
    document_type=DocumentType.GENERIC,
    created_at=_CREATED,
)
PROCESSED: Final = ProcessedOut(
    id=JOB_ID,
    document_id=DOCUMENT_ID,
    job_id=JOB_ID,
    status="completed",
    document_type=DocumentType.GENERIC,
    confidence=0.97,
    pages_processed=2,
    processed_at=_DONE,
    result=_RESULT,
    result_url=_URL,
)
PROCESSING: Final = ProcessingOut(
    id=JOB_ID,
    document_id=DOCUMENT_ID,
    job_id=JOB_ID,
    status="processing",
    document_type=DocumentType.GENERIC,
    result=None,
)
STATS: Final = StatsOut(
    total=3,
    by_status={
        JobStatus.PENDING: 1,
        JobStatus.PROCESSING: 0,
        JobStatus.COMPLETED: 1,
        JobStatus.FAILED: 1,
    },
    by_document_type={"generic": 3},
    oldest_pending_seconds=0.8,
    pages_per_minute=120.0,
)
RESULT: Final = ResultOut(
    job_id=JOB_ID,
    document_id=DOCUMENT_ID,
    document_type=DocumentType.GENERIC,
    confidence=0.97,
    result=_RESULT,
    fields=_FIELDS,
    warnings=(),
)
DOCUMENT: Final = DocumentOut(
    id=DOCUMENT_ID,
    file_name="invoice.pdf",
    mime_type=MediaType.PDF,
    file_size=48_213,
    sha256="f04e9fe85545e208a480b46ac91627b6b5e463d4289a0628b47da3b1811df04b",
    status=DocumentStatus.COMPLETED,
    document_type="generic",
    job_id=JOB_ID,
    page_count=2,
    confidence=0.97,
    created_at=_CREATED,
    processed_at=_DONE,
    result=_RESULT,
    fields=_FIELDS,
    result_url=_URL,
    raw_text="INVOICE\nInvoice number: INV-1",
    page_images=(
        PageImageOut(
            page=1,
            url=f"/v1/documents/{DOCUMENT_ID}/pages/1/image?dpi=150&organization=org_00000000000000000000000000"
            "&expires=1769861700&signature=9f2c…",
            expires_at=_EXPIRES,
        ),
    ),
)
LISTED_DOCUMENT: Final = DocumentOut(
    id=DOCUMENT_ID,
    file_name="invoice.pdf",
    mime_type=MediaType.PDF,
    file_size=48_213,
    sha256="f04e9fe85545e208a480b46ac91627b6b5e463d4289a0628b47da3b1811df04b",
    status=DocumentStatus.QUEUED,
    document_type="generic",
    job_id=JOB_ID,
    page_count=None,
    confidence=None,
    created_at=_CREATED,
    processed_at=None,
)
EXPORT: Final = ExportOut(
    document_id=DOCUMENT_ID,
    job_id=JOB_ID,
    file_name="invoice.pdf",
    document_type="generic",
    confidence=0.97,
    result=_RESULT,
    fields=_FIELDS,
)
PAGE: Final = PageOut(
    document_id=DOCUMENT_ID,
    page=1,
    width=595.0,
    height=842.0,
    unit=LengthUnit.POINT,
    rotation=0,
    text_source=TextSource.NATIVE,
    engine=None,
    words=(WordOut(text="INV-1", box=(0.61, 0.12, 0.72, 0.14), confidence=1.0),),
    blocks=(
        BlockOut(
            kind=BlockKind.PARAGRAPH, box=(0.61, 0.12, 0.72, 0.14), text="INV-1", words=(0,), level=None, table=None
        ),
    ),
    tables=(
        TableOut(
            box=(0.1, 0.4, 0.9, 0.5),
            rows=1,
            columns=1,
            header_rows=0,
            cells=(CellOut(row=0, column=0, text="Paper", box=(0.1, 0.4, 0.9, 0.5)),),
            confidence=0.9,
        ),
    ),
    warnings=(),
)
PAGINATION: Final = Pagination(
    page=1,
    limit=20,
    total=1,
    total_pages=1,
    has_next=False,
    has_prev=False,
    next_cursor=None,
    total_is_estimate=False,
)
KEY: Final = KeyOut(
    id=KEY_ID,
    name="nightly import",
    prefix=_KEY[:SHOWN_LENGTH],
    scopes=(Scope.JOBS_READ, Scope.JOBS_WRITE),
    enabled=True,
    created_at=_CREATED,
    expires_at=None,
    last_used_at=None,
)
CREATED_KEY: Final = CreatedKeyOut(
    id=KEY_ID,
    name="nightly import",
    prefix=_KEY[:SHOWN_LENGTH],
    scopes=(Scope.JOBS_READ, Scope.JOBS_WRITE),
    enabled=True,
    created_at=_CREATED,
    expires_at=None,
    last_used_at=None,
    key=_KEY,
)
DELETED_JOB: Final = DeletedOut(id=JOB_ID, deleted=True, deleted_at=_DONE)
DELETED_DOCUMENT: Final = DeletedOut(id=DOCUMENT_ID, deleted=True, deleted_at=_DONE)
DELETED_KEY: Final = DeletedOut(id=KEY_ID, deleted=True, deleted_at=_DONE)
HEALTH: Final = HealthOut(status="ok", version="0.1.0")
READINESS: Final = ReadinessOut(status="ready", database="ok", blobs="ok", queue="ok", disk="ok")
