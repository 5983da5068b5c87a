"""Examples of events in the reference: one of each type, in the order in which they might happen."""

from typing import Final

import msgspec

from docurift.api.answers import encode
from docurift.api.batches.examples import BATCH_ID
from docurift.api.batches.wire import CountsOut
from docurift.api.events import data
from docurift.api.events.data import Said
from docurift.api.events.job_watch import progress_block
from docurift.api.events.wire import EventOut, EventsOut
from docurift.api.jobs.wire import NULL, FailureOut
from docurift.api.reference import examples as worked
from docurift.model.batch import BatchStatus
from docurift.model.document import MediaType
from docurift.model.event import API_VERSION, EventType
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import JobId
from docurift.model.job import DocumentType, JobStatus
from docurift.model.webhook import DisabledReason
from docurift.storage.job_progress import JobProgress

_AT: Final = "2026-01-31T12:00:00.000Z"
_EVENT: Final = "evt_01hf7yat00e2pbd2pq9j0m4x6z"
_ORGANIZATION: Final = "org_01hf7yat00e2pbd2pq9j0m4x6z"
_WEBHOOK: Final = "wh_01hf7yat00e2pbd2pq9j0m4x6v"
_FIRST_SEQUENCE: Final = 4_712

_WAITING: Final = data.JobSaid(
    job_id=worked.JOB_ID,
    batch_id=None,
    document_id=worked.DOCUMENT_ID,
    organization_id=_ORGANIZATION,
    file_name="invoice.pdf",
    file_size=48_213,
    mime_type=MediaType.PDF,
    document_type=DocumentType.GENERIC,
    page_count=None,
    metadata={"order": "4711"},
    callback_metadata={"order": "4711"},
    attempt=0,
)
_STARTED: Final = msgspec.structs.replace(_WAITING, attempt=1)
_DONE: Final = data.JobCompletedSaid(
    **msgspec.structs.asdict(msgspec.structs.replace(_STARTED, page_count=2)),
    confidence=0.97,
    pages_processed=2,
    processed_at=_AT,
    result=worked.RESULT.result,
    fields=worked.RESULT.fields,
    result_url=f"/v1/jobs/{worked.JOB_ID}/result",
)
_BATCH: Final = data.BatchSaid(
    batch_id=BATCH_ID,
    organization_id=_ORGANIZATION,
    status=BatchStatus.PENDING,
    counts=CountsOut(pending=3, processing=0, completed=0, failed=0, total=3),
    callback_metadata={"inbox": "north"},
    retry_of=None,
)
_KEY: Final = data.KeySaid(
    key_id=worked.KEY_ID,
    name=worked.KEY.name,
    prefix=worked.KEY.prefix,
    scopes=worked.KEY.scopes,
    enabled=True,
)
_WEBHOOK_SAID: Final = data.WebhookSaid(
    webhook_id=_WEBHOOK, url="https://hooks.acme-imports.com/docurift", events=("*",), active=True
)
SAID: Final[dict[EventType, Said]] = {
    EventType.DOCUMENT_ACCEPTED: _WAITING,
    EventType.DOCUMENT_STARTED: _STARTED,
    EventType.DOCUMENT_COMPLETED: _DONE,
    EventType.DOCUMENT_FAILED: data.JobFailedSaid(
        **msgspec.structs.asdict(_STARTED), error=FailureOut.of(Failure.of(FailureCode.FILE_CORRUPT, stage=Stage.LOAD))
    ),
    EventType.DOCUMENT_DELETED: data.DocumentDeletedSaid(
        document_id=worked.DOCUMENT_ID, organization_id=_ORGANIZATION, deleted_at=_AT
    ),
    EventType.JOB_CANCEL_REQUESTED: _STARTED,
    EventType.JOB_DELETED: data.JobDeletedSaid(
        job_id=worked.JOB_ID, document_id=worked.DOCUMENT_ID, organization_id=_ORGANIZATION
    ),
    EventType.BATCH_CREATED: _BATCH,
    EventType.BATCH_CANCEL_REQUESTED: _BATCH,
    EventType.BATCH_COMPLETED: msgspec.structs.replace(
        _BATCH,
        status=BatchStatus.COMPLETED,
        counts=CountsOut(pending=0, processing=0, completed=2, failed=1, total=3),
    ),
    EventType.API_KEY_CREATED: _KEY,
    EventType.API_KEY_UPDATED: _KEY,
    EventType.API_KEY_REVOKED: msgspec.structs.replace(_KEY, enabled=False),
    EventType.WEBHOOK_CREATED: _WEBHOOK_SAID,
    EventType.WEBHOOK_UPDATED: _WEBHOOK_SAID,
    EventType.WEBHOOK_SECRET_ROTATED: _WEBHOOK_SAID,
    EventType.WEBHOOK_DISABLED: data.WebhookDisabledSaid(
        webhook_id=_WEBHOOK, reason=DisabledReason.GONE, consecutive_failures=1
    ),
    EventType.WEBHOOK_DELETED: _WEBHOOK_SAID,
    EventType.WEBHOOK_TEST: _WEBHOOK_SAID,
}


def event(type_: EventType, said: Said | None = None) -> EventOut:
    """An event of this type as a delivery carries it, or one that has `said` something else."""
    return EventOut(
        id=_EVENT,
        type=type_,
        api_version=API_VERSION,
        created_at=_AT,
        sequence=_FIRST_SEQUENCE + list(EventType).index(type_),
        data=msgspec.json.decode(msgspec.json.encode(said or SAID[type_])),
    )


COMPLETED: Final = event(EventType.DOCUMENT_COMPLETED, msgspec.structs.replace(_DONE, result=NULL, fields=NULL))
PAGE: Final = EventsOut(
    events=(COMPLETED,),
    next_after=COMPLETED.sequence,
    has_more=False,
    first_sequence=1,
    last_sequence=COMPLETED.sequence,
)
_REVOKED: Final = event(EventType.API_KEY_REVOKED)
STREAM: Final = (
    f"retry: 3000\nid: {_REVOKED.sequence - 1}\n\n"
    f"id: {_REVOKED.sequence}\nevent: {_REVOKED.type}\ndata: {encode(_REVOKED).decode()}\n\n"
    ": nothing new\n\n"
)
_PROGRESS: Final = JobProgress(
    job_id=JobId(worked.JOB_ID), status=JobStatus.PROCESSING, progress=49, stage=Stage.READ, pages_processed=1
)
JOB_STREAM: Final = "retry: 3000\n\n" + progress_block(_PROGRESS).decode()
