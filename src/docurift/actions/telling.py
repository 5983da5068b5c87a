"""A fact is told: it goes into the log, and in the same transaction to every endpoint that wants it.

What the events of a document say (contract section 4) are ids and facts about it, never its content.
"""

from collections.abc import Sequence
from typing import Final

from docurift.model.document import Document
from docurift.model.event import Event, EventType
from docurift.model.job import Job
from docurift.model.result import Json
from docurift.model.stamp import stamp
from docurift.storage import deliveries, events, queue
from docurift.storage.database import Connection
from docurift.storage.events import NewEvent

_ENDINGS: Final = frozenset({EventType.DOCUMENT_COMPLETED, EventType.DOCUMENT_FAILED})


async def tell(tx: Connection, *news: NewEvent) -> tuple[Event, ...]:
    """The events, all of one organization, are in its log, and will be sent. Call it last in a transaction.

    The counter of the log is locked from here to the commit, so that the order of numbers is that of commits.
    """
    return await tell_all(tx, news)


async def tell_all(tx: Connection, news: Sequence[NewEvent]) -> tuple[Event, ...]:
    """As `tell`, in the same few statements for any number of events."""
    if not news:
        return ()
    told = await events.append(tx, news)
    addressed = await deliveries.wanted(tx, told, news)
    if addressed:
        await deliveries.insert(tx, addressed, organization_id=news[0].organization_id)
        await queue.enqueue_deliveries(tx, {endpoint_id for _, endpoint_id in addressed})
    return told


def told(type_: EventType, job: Job, document: Document) -> NewEvent:
    """The event `type_` about this job. Results are not copied into the log: who reads it loads them by id."""
    return NewEvent(
        type=type_,
        organization_id=job.organization_id,
        job_id=job.id,
        document_id=document.id,
        also_to=job.webhook_id if type_ in _ENDINGS else None,
        data={**_document(job, document), **_ending(job)},
    )


def _document(job: Job, document: Document) -> dict[str, Json]:
    return {
        "jobId": job.id,
        "batchId": job.batch_id,
        "documentId": document.id,
        "organizationId": job.organization_id,
        "fileName": document.file_name,
        "fileSize": document.content.size_bytes if document.content else None,
        "mimeType": document.content.media_type.value if document.content else None,
        "documentType": job.options.document_type.value,
        "pageCount": job.page_count,
        "metadata": job.callback_metadata,
        "callbackMetadata": job.callback_metadata,
        "attempt": job.attempt,
    }


def _ending(job: Job) -> dict[str, Json]:
    if job.failure is not None:
        failure = job.failure
        return {
            "error": {
                "code": failure.code.value,
                "message": failure.message,
                "retryable": failure.retryable,
                "stage": failure.stage.value,
                "page": failure.page,
            }
        }
    if job.status.is_final:
        processed_at = None if job.completed_at is None else stamp(job.completed_at)
        return {"confidence": job.confidence, "pagesProcessed": job.pages_processed, "processedAt": processed_at}
    return {}
