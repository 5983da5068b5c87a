"""Jobs from the rows that remember them."""

from collections.abc import Mapping
from typing import Any

import msgspec

from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.job import Job, JobOptions, JobStatus


def job_of(row: Mapping[str, Any]) -> Job:
    """The job that a row of `jobs` tells."""
    return Job(
        id=row["id"],
        organization_id=row["organization_id"],
        document_id=row["document_id"],
        status=JobStatus(row["status"]),
        stage=Stage(row["stage"]),
        progress=row["progress"],
        attempt=row["attempt"],
        tries=row["tries"],
        options=msgspec.convert(row["options"], JobOptions),
        file_name=row["file_name"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        started_at=row["started_at"],
        completed_at=row["completed_at"],
        expires_at=row["expires_at"],
        deadline_at=row["deadline_at"],
        page_count=row["page_count"],
        pages_processed=row["pages_processed"],
        callback_metadata=row["callback_metadata"],
        retry_of=row["retry_of"],
        batch_id=row["batch_id"],
        batch_index=row["batch_index"],
        webhook_id=row["webhook_id"],
        cancel_requested_at=row["cancel_requested_at"],
        start_tag=row["start_tag"],
        confidence=row["confidence"],
        detected_document_type=row["detected_document_type"],
        failure=_failure_of(row),
    )


def _failure_of(row: Mapping[str, Any]) -> Failure | None:
    if row["error_code"] is None:
        return None
    return Failure(
        code=FailureCode(row["error_code"]),
        message=row["error_message"],
        retryable=row["error_retryable"],
        stage=Stage(row["error_stage"]),
        page=row["error_page"],
    )
