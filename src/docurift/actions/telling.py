"""What the events of a document say (contract section 4): ids and facts about it, never its content."""

from docurift.model.document import Document
from docurift.model.event import EventType
from docurift.model.job import Job
from docurift.model.result import Json
from docurift.storage.events import NewEvent


def told(type_: EventType, job: Job, document: Document) -> NewEvent:
    """The event `type_` about this job. Results are not copied into the log: who reads it loads them by id."""
    return NewEvent(
        type=type_,
        organization_id=job.organization_id,
        job_id=job.id,
        document_id=document.id,
        data={**_document(job, document), **_ending(job)},
    )


def _document(job: Job, document: Document) -> dict[str, Json]:
    return {
        "jobId": job.id,
        "batchId": None,
        "documentId": document.id,
        "organizationId": job.organization_id,
        "fileName": document.file_name,
        "fileSize": document.size_bytes,
        "mimeType": document.media_type.value,
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
        return {"confidence": job.confidence, "pagesProcessed": job.pages_processed}
    return {}
