"""Examples of events in the reference."""

from typing import Final

_AT: Final = "2026-01-31T12:00:00.000Z"
_JOB: Final = "job_01hf7yat00e2pbd2pq9j0m4x6z"
_DOCUMENT: Final = "doc_01hf7yat00e2pbd2pq9j0m4x6z"
_ORGANIZATION: Final = "org_01hf7yat00e2pbd2pq9j0m4x6z"

_ABOUT_A_DOCUMENT: Final[dict[str, object]] = {
    "jobId": _JOB,
    "batchId": None,
    "documentId": _DOCUMENT,
    "organizationId": _ORGANIZATION,
    "fileName": "invoice.pdf",
    "fileSize": 48_213,
    "mimeType": "application/pdf",
    "documentType": "invoice",
    "pageCount": 2,
    "metadata": {"order": "4711"},
    "callbackMetadata": {"order": "4711"},
    "attempt": 1,
}
COMPLETED: Final[dict[str, object]] = {
    "id": "evt_01hf7yat00e2pbd2pq9j0m4x6z",
    "type": "document.processing.completed",
    "apiVersion": "2024-01-26",
    "createdAt": _AT,
    "sequence": 4_713,
    "data": {
        **_ABOUT_A_DOCUMENT,
        "confidence": 0.97,
        "pagesProcessed": 2,
        "processedAt": _AT,
        "result": None,
        "fields": None,
        "resultUrl": f"/v1/jobs/{_JOB}/result",
    },
}
PAGE: Final[dict[str, object]] = {
    "events": [COMPLETED],
    "nextAfter": 4_713,
    "hasMore": False,
    "firstSequence": 1,
    "lastSequence": 4_713,
}
STREAM: Final = (
    "retry: 3000\nid: 4712\n\n"
    "id: 4713\nevent: api_key.revoked\n"
    'data: {"id":"evt_01hf7yat00e2pbd2pq9j0m4x6z","type":"api_key.revoked","apiVersion":"2024-01-26",'
    '"createdAt":"2026-01-31T12:00:00.000Z","sequence":4713,"data":{"keyId":"key_01hf7yat00e2pbd2pq9j0m4x6z"}}\n\n'
    ": nothing new\n\n"
)
JOB_STREAM: Final = (
    "retry: 3000\n\n"
    "event: job.progress\n"
    'data: {"jobId":"job_01hf7yat00e2pbd2pq9j0m4x6z","status":"processing","progress":49,"stage":"read",'
    '"pagesProcessed":1}\n\n'
)
