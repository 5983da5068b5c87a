"""Logs and metrics. Logs are named facts, one JSON object a line, on standard error; metrics are Prometheus's.

Several processes of one service share their numbers when `PROMETHEUS_MULTIPROC_DIR` is set, as `docurift serve` does.
"""

import logging
import os
import sys
from pathlib import Path
from typing import Final

import structlog
from prometheus_client import (
    CONTENT_TYPE_LATEST,
    REGISTRY,
    CollectorRegistry,
    Counter,
    Gauge,
    Histogram,
    generate_latest,
    multiprocess,
)

METRICS_FOLDER_VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"
METRICS_CONTENT_TYPE: Final = CONTENT_TYPE_LATEST

JOBS_TAKEN: Final = Counter("docurift_jobs_taken", "Jobs that a worker began, tries counted apart.")
ADMITTED: Final = Counter("docurift_jobs_admitted", "Jobs that waited in the backlog and left it for the queue.")
JOBS_FINISHED: Final = Counter("docurift_jobs_finished", "Jobs brought to a final state, by outcome.", ["outcome"])
JOB_SECONDS: Final = Histogram(
    "docurift_job_seconds",
    "From taking a job to its final state.",
    buckets=(0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300),
)
PAGES_READ: Final = Counter("docurift_pages_read", "Pages read, by how their text was got.", ["source"])
CHILD_SECONDS: Final = Histogram(
    "docurift_child_seconds",
    "From the fork of a document's child to its end.",
    buckets=(0.01, 0.02, 0.03, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 300),
)
CHILDREN_KILLED: Final = Counter(
    "docurift_children_killed", "Children that did not end by themselves, by code.", ["code"]
)
ZYGOTES_STARTED: Final = Counter("docurift_zygotes_started", "Starts of the process that forks children.")
LLM_QUESTIONS: Final = Counter("docurift_llm_questions", "Questions to the language model, by outcome.", ["outcome"])
LLM_SECONDS: Final = Histogram(
    "docurift_llm_seconds",
    "From a question to the language model to its answer, or to giving it up.",
    buckets=(0.1, 0.5, 1, 2.5, 5, 10, 20, 30, 60, 120, 300),
)
# By the lowest of all processes, and with a label: without one, processes that open no document would count as 0.
SANDBOX_LEVEL: Final = Gauge(
    "docurift_sandbox_level",
    "What its self-test found of the sandbox, by kind of child (document, ocr): 3 all layers, 2 Landlock and seccomp,"
    " 1 one of these, 0 limits and kill only.",
    ["child"],
    multiprocess_mode="livemin",
)
SANDBOX_LAYER: Final = Gauge(
    "docurift_sandbox_layer",
    "Whether a layer of the sandbox held in its self-test (1) or not (0), by kind of child.",
    ["child", "layer"],
    multiprocess_mode="livemin",
)
LEASES_LOST: Final = Counter("docurift_leases_lost", "Jobs that went to another worker while this one held them.")
JOBS_HELD: Final = Gauge("docurift_jobs_held", "Jobs in hand now.", multiprocess_mode="livesum")
DELIVERY_ATTEMPTS: Final = Counter(
    "docurift_delivery_attempts",
    "Attempts to deliver to a webhook, by outcome: delivered, retried, exhausted, cancelled.",
    ["outcome"],
)
DELIVERY_LAG_SECONDS: Final = Histogram(
    "docurift_delivery_lag_seconds",
    "From an event to the start of its first attempt at an endpoint.",
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60, 300, 3600),
)
DELIVERIES_IN_FLIGHT: Final = Gauge(
    "docurift_deliveries_in_flight", "Attempts to deliver that are under way.", multiprocess_mode="livesum"
)
TURNS_HELD: Final = Gauge(
    "docurift_turns_held", "Webhook endpoints that a deliverer attends to now.", multiprocess_mode="livesum"
)
TURNS_LOST: Final = Counter("docurift_turns_lost", "Turns at an endpoint that ended before their deliverer was done.")
ORPHANS_REMOVED: Final = Counter("docurift_orphans_removed", "Blobs that no row needed, removed after their grace.")
BLOBS_MISSING: Final = Counter("docurift_blobs_missing", "Documents that were found without their bytes, once a walk.")
INCOMING_REMOVED: Final = Counter("docurift_incoming_removed", "Files of uploads that were cut off, removed.")
RATE_LIMITED: Final = Counter(
    "docurift_rate_limited",
    "Calls that were answered 429, by limit: requests, upload_bytes, auth_failures.",
    ["limit"],
)
EXPIRED: Final = Counter("docurift_expired", "Documents and results removed when their time was over.")

log: Final[structlog.stdlib.BoundLogger] = structlog.get_logger()


def configure(*, level: str, process: str) -> None:
    """Write facts of `level` and above as JSON lines to standard error, each with the name of this process."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="time"),
            structlog.processors.format_exc_info,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level.upper()]),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process, pid=os.getpid())
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format='{"level": "%(levelname)s", "logger": "%(name)s"}'
    )


def exposition() -> bytes:
    """All metrics of the service, in Prometheus's text format (`METRICS_CONTENT_TYPE`)."""
    if METRICS_FOLDER_VARIABLE not in os.environ:
        return generate_latest(REGISTRY)
    registry = CollectorRegistry()
    multiprocess.MultiProcessCollector(registry)
    return generate_latest(registry)


def forget_process(pid: int, metrics_folder: Path) -> None:
    """What a process that ended held at the time counts no more; what it has done still does."""
    for file in metrics_folder.glob(f"gauge_live*_{pid}.db"):
        file.unlink(missing_ok=True)
