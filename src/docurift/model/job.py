"""A job, its four states and the only transition table."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from docurift.model.failure import Failure, Stage
from docurift.model.ids import BatchId, DocumentId, JobId, OrganizationId, WebhookId
from docurift.model.result import Json


class JobStatus(StrEnum):
    """The four public states (contract section 3)."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"

    @property
    def is_final(self) -> bool:
        """Whether nothing follows this state."""
        return self not in _NEXT


# A job that runs again after a lost worker stays `processing`: `pending` never returns (reliability.md section 2).
_NEXT: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.PENDING: frozenset({JobStatus.PROCESSING, JobStatus.FAILED}),
    JobStatus.PROCESSING: frozenset({JobStatus.PROCESSING, JobStatus.COMPLETED, JobStatus.FAILED}),
}


class IllegalTransitionError(Exception):
    """A job was asked to take a state that does not follow from its own."""


class Priority(StrEnum):
    """How a job stands within its organization's own share."""

    NORMAL = "normal"
    HIGH = "high"


class IfDuplicate(StrEnum):
    """What becomes of a submission whose very bytes and options have been submitted before."""

    RERUN = "rerun"
    RETURN = "return"
    REFUSE = "refuse"


class DocumentType(StrEnum):
    """What a document is (contract section 2); `auto` asks the service to tell."""

    GENERIC = "generic"
    INVOICE = "invoice"
    RECEIPT = "receipt"
    CONTRACT = "contract"
    BILL_OF_LADING = "bill_of_lading"
    PACKING_LIST = "packing_list"
    CUSTOMS_DECLARATION = "customs_declaration"
    CERTIFICATE_OF_ORIGIN = "certificate_of_origin"
    DELIVERY_ORDER = "delivery_order"
    FREIGHT_INVOICE = "freight_invoice"
    AIR_WAYBILL = "air_waybill"
    SEA_WAYBILL = "sea_waybill"
    PROOF_OF_DELIVERY = "proof_of_delivery"
    AUTO = "auto"


DOCUMENT_TYPE_ALIASES: Mapping[str, DocumentType] = {
    "general": DocumentType.GENERIC,
    "airway_bill": DocumentType.AIR_WAYBILL,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class JobOptions:
    """What the user asked for; part of the idempotency fingerprint. `pages` are inclusive ranges, counted from 1.
    `schema` is the JSON text of the fields wanted, in their order, None for those of the document type.
    """

    document_type: DocumentType = DocumentType.GENERIC
    priority: Priority = Priority.NORMAL
    language: str = "en"
    extract_tables: bool = True
    ocr_fallback: bool = True
    pages: tuple[tuple[int, int], ...] | None = None
    page_error_limit: float = 0.5
    expires_after_seconds: int | None = None
    deadline_seconds: int | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """The row that is the truth about one piece of work. `attempt` grows at every taking and fences its writes;
    `tries` is the budget. `batch_index` is its place in its batch, from 0; `webhook_id` is the endpoint of its
    `webhookUrl`; `start_tag` is where it stands in the queue, None while it is in the backlog.
    """

    id: JobId
    organization_id: OrganizationId
    document_id: DocumentId
    status: JobStatus
    stage: Stage
    progress: int
    attempt: int
    tries: int
    options: JobOptions
    file_name: str
    created_at: datetime
    updated_at: datetime
    started_at: datetime | None = None
    completed_at: datetime | None = None
    expires_at: datetime | None = None
    deadline_at: datetime | None = None
    page_count: int | None = None
    pages_processed: int = 0
    callback_metadata: dict[str, Json] | None = None
    retry_of: JobId | None = None
    batch_id: BatchId | None = None
    batch_index: int | None = None
    webhook_id: WebhookId | None = None
    cancel_requested_at: datetime | None = None
    start_tag: float | None = None
    confidence: float | None = None
    detected_document_type: str | None = None
    failure: Failure | None = None

    def to(self, status: JobStatus) -> "Job":
        """The job in its next state.

        Raises:
            IllegalTransitionError: `status` does not follow from the job's own.
        """
        if status not in _NEXT.get(self.status, frozenset()):
            raise IllegalTransitionError(f"{self.id}: {self.status} -> {status}")
        return replace(self, status=status)
