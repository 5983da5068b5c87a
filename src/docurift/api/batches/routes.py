"""Calls about batches."""

from typing import Final

from docurift.api.batches import examples, handlers
from docurift.api.batches.body import BATCH_BODY
from docurift.api.batches.results import MEDIA_TYPE, ResultsQuery, stream_results
from docurift.api.batches.wire import AcceptedBatchOut, BatchOut
from docurift.api.jobs.handlers import BatchJobListQuery
from docurift.api.jobs.wire import JobOut
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference.examples import LISTED_JOB, PAGINATION
from docurift.api.routes import Answer, ListOf, Route
from docurift.model.key import Scope

_TAG: Final = "batches"
_LOCATION: Final = {"Location": "Where the batch is."}
_LINKS: Final = {
    name: {"operationId": operation, "parameters": {"id": "$response.body#/data/id"}}
    for name, operation in (
        ("batch", "showBatch"),
        ("jobs", "listBatchJobs"),
        ("results", "streamBatchResults"),
        ("cancel", "cancelBatch"),
        ("retry", "retryFailedOfBatch"),
    )
}
_ACCEPTED: Final = Answer(
    status=202,
    description="The batch waits.",
    data=AcceptedBatchOut,
    example=examples.ACCEPTED_BATCH,
    headers=_LOCATION,
    links=_LINKS,
)

BATCH_ROUTES: Final = (
    Route(
        method="POST",
        path="/v1/batches",
        name="createBatch",
        tag=_TAG,
        summary="Submit many documents",
        description="Answers as soon as all items and their jobs are stored for good, or none is. A request with "
        "something wrong is refused as a whole, and says which item it is; a file that is empty or of no type that is "
        "read here is accepted, and its job has failed at once. A single ZIP is unpacked by a worker, and `total` is "
        "null until then. With `webhookUrl`, the batch's own `batch.completed` is sent there too.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        body=BATCH_BODY,
        is_idempotent=True,
        handler=handlers.create,
        answers=(_ACCEPTED,),
        errors=(
            E.URL_NOT_ALLOWED,
            E.DOCUMENT_NOT_FOUND,
            E.DOCUMENT_DELETED,
            E.UPLOAD_TIMEOUT,
            E.IDEMPOTENCY_KEY_REUSED,
            E.FILE_TOO_LARGE,
            E.TOO_MANY_PAGES,
            E.INVALID_SCHEMA,
            E.UNSUPPORTED_MEDIA_TYPE,
            E.CONCURRENT_LIMIT_EXCEEDED,
            E.STORAGE_FULL,
        ),
    ),
    Route(
        method="GET",
        path="/v1/batches",
        name="listBatches",
        tag=_TAG,
        summary="List batches",
        description="Newest first. Page numbers reach item 10,000; `cursor` goes on.",
        scope=Scope.JOBS_READ,
        query=handlers.BatchListQuery,
        handler=handlers.list_batches,
        answers=(
            Answer(
                status=200,
                description="A part of the batches.",
                data=ListOf("batches", BatchOut),
                example={"batches": [examples.BATCH], "pagination": PAGINATION},
            ),
        ),
        errors=(E.INVALID_CURSOR,),
    ),
    Route(
        method="GET",
        path="/v1/batches/{id}",
        name="showBatch",
        tag=_TAG,
        summary="Show a batch",
        description="The batch as it is now, or, with `wait`, as soon as every job is final. It is `completed` then, "
        "however its jobs ended: see `counts`. It is `failed` only if its archive could not be read.",
        scope=Scope.JOBS_READ,
        query=handlers.BatchQuery,
        handler=handlers.show_batch,
        answers=(Answer(status=200, description="The batch.", data=BatchOut, example=examples.BATCH),),
        errors=(E.BATCH_NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/v1/batches/{id}/jobs",
        name="listBatchJobs",
        tag=_TAG,
        summary="List the jobs of a batch",
        description="As `listJobs`, with the same filters.",
        scope=Scope.JOBS_READ,
        query=BatchJobListQuery,
        takes_metadata=True,
        handler=handlers.list_jobs,
        answers=(
            Answer(
                status=200,
                description="A part of the jobs.",
                data=ListOf("jobs", JobOut),
                example={"jobs": [LISTED_JOB], "pagination": PAGINATION},
            ),
        ),
        errors=(E.BATCH_NOT_FOUND, E.INVALID_CURSOR),
    ),
    Route(
        method="GET",
        path="/v1/batches/{id}/results",
        name="streamBatchResults",
        tag=_TAG,
        summary="Read the results of a batch",
        description="A line of JSON for each final item, in the order of the items. `follow=true` waits for each in "
        "its turn while the rest still runs. An answer that ends in good order is complete; one that was cut off "
        "goes on with the last `index` as `after`. A result over 4 MiB is null here and whole at `resultUrl`.",
        scope=Scope.JOBS_READ,
        query=ResultsQuery,
        handler=stream_results,
        answers=(Answer(status=200, description="The lines.", texts={MEDIA_TYPE: examples.LINES}),),
        errors=(E.BATCH_NOT_FOUND, E.CONCURRENT_LIMIT_EXCEEDED),
    ),
    Route(
        method="POST",
        path="/v1/batches/{id}/cancel",
        name="cancelBatch",
        tag=_TAG,
        summary="Cancel a batch",
        description="Jobs that wait have failed with `JOB_CANCELLED` when this answers; those that run are stopped by "
        "their workers within seconds. What was completed before stays so.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        is_idempotent=True,
        handler=handlers.cancel,
        answers=(
            Answer(status=200, description="The batch as it is now.", data=BatchOut, example=examples.CANCELLED_BATCH),
        ),
        errors=(E.BATCH_NOT_FOUND, E.BATCH_ALREADY_FINAL, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="POST",
        path="/v1/batches/{id}/retry-failed",
        name="retryFailedOfBatch",
        tag=_TAG,
        summary="Run the failed jobs of a batch again",
        description="A new batch of jobs like those that failed, on the same documents, in the same order. Left out "
        "are items whose document was deleted or was refused when it came. Passwords are gone: encrypted files have "
        "to be sent again.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        is_idempotent=True,
        handler=handlers.retry,
        answers=(_ACCEPTED,),
        errors=(
            E.CONCURRENT_LIMIT_EXCEEDED,
            E.BATCH_NOT_FOUND,
            E.BATCH_NOT_FINAL,
            E.NOTHING_TO_RETRY,
            E.IDEMPOTENCY_KEY_REUSED,
        ),
    ),
)
