"""Batches in the worked case of the reference."""

from typing import Final

import msgspec

from docurift.api.batches.wire import AcceptedBatchOut, BatchOut, CountsOut, ItemResultOut
from docurift.api.reference.examples import JOB, LISTED_JOB
from docurift.model.batch import BatchStatus

BATCH_ID: Final = "batch_01hf7yat00e2pbd2pq9j0m4x6v"
_CREATED, _DONE = "2026-01-31T12:00:00.000Z", "2026-01-31T12:00:02.910Z"

ACCEPTED_BATCH: Final = AcceptedBatchOut(
    id=BATCH_ID, batch_id=BATCH_ID, status=BatchStatus.PENDING, total=2, created_at=_CREATED
)
BATCH: Final = BatchOut(
    id=BATCH_ID,
    status=BatchStatus.COMPLETED,
    counts=CountsOut(pending=0, processing=0, completed=1, failed=1, total=2),
    progress=100,
    created_at=_CREATED,
    completed_at=_DONE,
    cancel_requested_at=None,
    callback_metadata=None,
    retry_of=None,
    error=None,
)
CANCELLED_BATCH: Final = msgspec.structs.replace(
    BATCH,
    status=BatchStatus.PROCESSING,
    counts=CountsOut(pending=0, processing=1, completed=0, failed=1, total=2),
    progress=71,
    completed_at=None,
    cancel_requested_at=_DONE,
)
LINES: Final = "".join(
    msgspec.json.encode(ItemResultOut.of(index, job)).decode() + "\n" for index, job in enumerate((JOB, LISTED_JOB))
)
