"""A batch: jobs that were asked for in one request and are followed as one (contract section 4)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from docurift.model.failure import FailureCode
from docurift.model.ids import BatchId, OrganizationId, WebhookId
from docurift.model.result import Json


class BatchStatus(StrEnum):
    """Where a batch stands. `completed` means that every job of it is final, also where all of them failed; `failed`,
    that its archive could not be read and so there are no jobs.
    """

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Jobs of a batch by status; those that were deleted are in none."""

    pending: int = 0
    processing: int = 0
    completed: int = 0
    failed: int = 0

    @property
    def present(self) -> int:
        """All of them."""
        return self.pending + self.processing + self.completed + self.failed


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFailure:
    """Why an archive has no jobs, in the words that its user reads."""

    code: FailureCode
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A batch as one look found it. `item_count` is None until its archive is unpacked; `reached` is the sum of the
    progress of its jobs, a final one counted as 100.
    """

    id: BatchId
    organization_id: OrganizationId
    item_count: int | None
    is_archive: bool
    created_at: datetime
    counts: Counts = Counts()
    reached: int = 0
    retry_of: BatchId | None = None
    callback_metadata: dict[str, Json] | None = None
    webhook_id: WebhookId | None = None
    failure: BatchFailure | None = None
    cancel_requested_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def status(self) -> BatchStatus:
        """Told by the jobs until the batch is complete, which is told once and for good."""
        if self.failure is not None:
            return BatchStatus.FAILED
        if self.completed_at is not None:
            return BatchStatus.COMPLETED
        has_begun = self.counts.present > self.counts.pending
        return BatchStatus.PROCESSING if has_begun else BatchStatus.PENDING

    @property
    def progress(self) -> int:
        """0-100, never falling; 100 once every job is final."""
        if self.item_count is None:
            return 0
        deleted = self.item_count - self.counts.present
        return (self.reached + 100 * deleted) // self.item_count if self.item_count else 100
