"""What a child is told to do with a job's document."""

from docurift.actions.take import Lease
from docurift.model.document import Content
from docurift.model.job import Job
from docurift.model.work import Limits, LlmTerms, WorkOrder
from docurift.storage.secrets import Secrets, SecretUnreadableError
from docurift.telemetry import log


def work_order(
    lease: Lease,
    content: Content,
    secrets: Secrets,
    *,
    limits: Limits,
    engine_version: str,
    llm: LlmTerms | None = None,
) -> WorkOrder:
    """The job's options, its password in clear, and the limits that its child is held to, its deadline among them."""
    options = lease.job.options
    return WorkOrder(
        document_type=options.document_type,
        language=options.language,
        extract_tables=options.extract_tables,
        ocr_fallback=options.ocr_fallback,
        pages=options.pages,
        password=_password(lease, secrets),
        page_error_limit=options.page_error_limit,
        media_type=content.media_type,
        file_name=lease.document.file_name,
        limits=_within_deadline(limits, lease.job),
        engine_version=engine_version,
        schema=options.schema,
        llm=llm,
    )


def _within_deadline(limits: Limits, job: Job) -> Limits:
    """By the database's clock alone: the job's row was changed when it was taken."""
    if job.deadline_at is None:
        return limits
    return limits.within(max((job.deadline_at - job.updated_at).total_seconds(), 0.0))


def _password(lease: Lease, secrets: Secrets) -> str | None:
    if lease.sealed_password is None:
        return None
    try:
        return secrets.unseal(lease.sealed_password, owner=lease.job.id)
    except SecretUnreadableError:
        log.error("job.password_unreadable", job_id=lease.job.id)
        return None  # a document that needs it says FILE_ENCRYPTED
