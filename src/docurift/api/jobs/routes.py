"""Calls about jobs."""

from typing import Final

from docurift.api.jobs import examples as told
from docurift.api.jobs import handlers
from docurift.api.jobs.attempts import AttemptsOut, show_attempts
from docurift.api.jobs.explain import ExplanationOut, show_explanation
from docurift.api.jobs.wire import AcceptedOut, DeletedOut, JobOut, ResultOut, StatsOut
from docurift.api.problems import ErrorCode as E
from docurift.api.queries import NoQuery
from docurift.api.reference import examples
from docurift.api.routes import Answer, ListOf, Route
from docurift.model.key import Scope

LOCATION: Final = {"Location": "Where the job is."}
JOB_LINKS: Final = {
    "job": {"operationId": "showJob", "parameters": {"id": "$response.body#/data/jobId"}},
    "result": {"operationId": "showResult", "parameters": {"id": "$response.body#/data/jobId"}},
    "retry": {"operationId": "retryJob", "parameters": {"id": "$response.body#/data/jobId"}},
    "cancel": {"operationId": "cancelJob", "parameters": {"id": "$response.body#/data/jobId"}},
    "document": {"operationId": "showDocument", "parameters": {"id": "$response.body#/data/documentId"}},
    "file": {"operationId": "showFile", "parameters": {"id": "$response.body#/data/documentId"}},
    "page": {"operationId": "showPage", "parameters": {"id": "$response.body#/data/documentId", "n": "1"}},
    "export": {"operationId": "exportDocument", "parameters": {"id": "$response.body#/data/documentId"}},
}

JOB_ROUTES: Final = (
    Route(
        method="GET",
        path="/v1/jobs/stats",
        name="showStats",
        summary="Count jobs",
        description="Counts by status and type, the age of the oldest waiting job, and pages read per minute. Pairs of "
        "`callbackMetadata` filter too: `metadata.<key>=<value>`.",
        scope=Scope.JOBS_READ,
        query=handlers.JobFilterQuery,
        takes_metadata=True,
        handler=handlers.show_stats,
        answers=(Answer(status=200, description="The counts.", data=StatsOut, example=examples.STATS),),
    ),
    Route(
        method="GET",
        path="/v1/jobs/{id}",
        name="showJob",
        summary="Show a job",
        description="The job as it is now, or, with `wait`, as soon as it is final. A result over 4 MiB is null here "
        "and whole at `resultUrl`.",
        scope=Scope.JOBS_READ,
        query=handlers.JobQuery,
        is_conditional=True,
        handler=handlers.show_job,
        answers=(
            Answer(
                status=200,
                description="The job.",
                data=JobOut,
                example=examples.JOB,
                headers={"ETag": "Changes with the job; send it back in `If-None-Match`."},
            ),
        ),
        errors=(E.JOB_NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/v1/jobs",
        name="listJobs",
        summary="List jobs",
        description="Jobs without `result` and `fields`, unless `include=result` asks for them; they are null then "
        "where they would make the answer larger than 16 MiB. `queuePosition` is told on single jobs only. Pairs of "
        "`callbackMetadata` filter too: `metadata.<key>=<value>`. Page numbers reach item 10,000; `cursor` goes on.",
        scope=Scope.JOBS_READ,
        query=handlers.JobListQuery,
        takes_metadata=True,
        handler=handlers.list_jobs,
        answers=(
            Answer(
                status=200,
                description="A part of the jobs.",
                data=ListOf("jobs", JobOut),
                example={"jobs": [examples.LISTED_JOB], "pagination": examples.PAGINATION},
                links={
                    "job": {"operationId": "showJob", "parameters": {"id": "$response.body#/data/jobs/0/id"}},
                    "result": {"operationId": "showResult", "parameters": {"id": "$response.body#/data/jobs/0/id"}},
                    "retry": {"operationId": "retryJob", "parameters": {"id": "$response.body#/data/jobs/0/id"}},
                },
            ),
        ),
        errors=(E.INVALID_CURSOR,),
    ),
    Route(
        method="GET",
        path="/v1/jobs/{id}/result",
        name="showResult",
        summary="Show a job's whole result",
        scope=Scope.JOBS_READ,
        query=handlers.ResultQuery,
        handler=handlers.show_result,
        answers=(
            Answer(
                status=200,
                description="The result in the form that was asked for.",
                data=ResultOut,
                example=examples.RESULT,
                texts={"text/markdown": "# INVOICE\n", "text/plain": "INVOICE\n"},
            ),
        ),
        errors=(E.JOB_NOT_FOUND, E.NOT_FOUND, E.JOB_NOT_FINAL, E.RESULT_EXPIRED),
    ),
    Route(
        method="GET",
        path="/v1/jobs/{id}/attempts",
        name="listAttempts",
        summary="List the attempts at a job",
        description="Each time that a worker began the job, first to last: how it ended, the last page it had "
        "finished, and what it used. `worker` is the same for all attempts of one worker process; it says nothing "
        "else.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        handler=show_attempts,
        answers=(Answer(status=200, description="The attempts.", data=AttemptsOut, example=told.ATTEMPTS),),
        errors=(E.JOB_NOT_FOUND,),
    ),
    Route(
        method="GET",
        path="/v1/jobs/{id}/explain",
        name="explainJob",
        summary="Explain a job",
        description="Why the job waits, runs or ended as it did, the most important reason first; what happens next "
        "and when; and what you can do. For people: programs should look at the job itself.",
        scope=Scope.JOBS_READ,
        query=NoQuery,
        handler=show_explanation,
        answers=(Answer(status=200, description="The explanation.", data=ExplanationOut, example=told.EXPLANATION),),
        errors=(E.JOB_NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/v1/jobs/{id}/retry",
        name="retryJob",
        summary="Run a final job again",
        description="A new job with the same options on the same document; the password of an encrypted file is gone, "
        "so such a file has to be sent again.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        is_idempotent=True,
        handler=handlers.retry,
        answers=(
            Answer(
                status=202,
                description="The new job waits.",
                data=AcceptedOut,
                example=examples.ACCEPTED,
                headers=LOCATION,
                links=JOB_LINKS,
            ),
        ),
        errors=(
            E.CONCURRENT_LIMIT_EXCEEDED,
            E.JOB_NOT_FOUND,
            E.JOB_NOT_FINAL,
            E.DOCUMENT_DELETED,
            E.IDEMPOTENCY_KEY_REUSED,
        ),
    ),
    Route(
        method="POST",
        path="/v1/jobs/{id}/cancel",
        name="cancelJob",
        summary="Cancel a job",
        description="A job that waits has failed with `JOB_CANCELLED` when this answers. One that runs is stopped by "
        "its worker within seconds, and fails so, unless it was completed before; `cancelRequestedAt` says that it was "
        "asked to.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        is_idempotent=True,
        handler=handlers.cancel,
        answers=(Answer(status=200, description="The job as it is now.", data=JobOut, example=examples.CANCELLED_JOB),),
        errors=(E.JOB_NOT_FOUND, E.JOB_ALREADY_FINAL, E.IDEMPOTENCY_KEY_REUSED),
    ),
    Route(
        method="DELETE",
        path="/v1/jobs/{id}",
        name="deleteJob",
        summary="Delete a final job and its result",
        description="The document stays.",
        scope=Scope.JOBS_WRITE,
        query=NoQuery,
        handler=handlers.delete,
        answers=(Answer(status=200, description="It is gone.", data=DeletedOut, example=examples.DELETED_JOB),),
        errors=(E.JOB_NOT_FOUND, E.JOB_NOT_FINAL),
    ),
)
