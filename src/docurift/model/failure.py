"""The catalogue of a job's own failures: code, retryable, public sentence. HTTP status: `api/problems.py`."""

from dataclasses import dataclass
from enum import StrEnum


class FailureCode(StrEnum):
    """Codes of contract section 6, last paragraph; the first two are of items of a batch, which a single submission
    refuses with the same words.
    """

    EMPTY_FILE = "EMPTY_FILE"
    INVALID_FILE_TYPE = "INVALID_FILE_TYPE"
    FILE_CORRUPT = "FILE_CORRUPT"
    FILE_ENCRYPTED = "FILE_ENCRYPTED"
    TOO_MANY_PAGES = "TOO_MANY_PAGES"
    PAGE_TOO_LARGE = "PAGE_TOO_LARGE"
    DECOMPRESSION_LIMIT = "DECOMPRESSION_LIMIT"
    TEXT_NOT_FOUND = "TEXT_NOT_FOUND"
    PROCESSING_TIMEOUT = "PROCESSING_TIMEOUT"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    OUTPUT_TOO_LARGE = "OUTPUT_TOO_LARGE"
    PARSER_CRASHED = "PARSER_CRASHED"
    WORKER_LOST = "WORKER_LOST"
    JOB_CANCELLED = "JOB_CANCELLED"
    JOB_EXPIRED = "JOB_EXPIRED"
    FETCH_FAILED = "FETCH_FAILED"
    ENGINE_UNAVAILABLE = "ENGINE_UNAVAILABLE"
    BLOB_MISSING = "BLOB_MISSING"
    BLOB_CORRUPT = "BLOB_CORRUPT"
    FILE_INFECTED = "FILE_INFECTED"
    INTERNAL_ERROR = "INTERNAL_ERROR"


class Stage(StrEnum):
    """Where on the path a job is, or where it failed."""

    QUEUED = "queued"
    FETCH = "fetch"
    LOAD = "load"
    READ = "read"
    EXTRACT = "extract"
    VERIFY = "verify"
    FINISH = "finish"
    DONE = "done"


@dataclass(frozen=True, slots=True)
class _Entry:
    retryable: bool
    sentence: str


_CATALOGUE: dict[FailureCode, _Entry] = {
    FailureCode.EMPTY_FILE: _Entry(False, "The file is empty. Send one with content."),
    FailureCode.INVALID_FILE_TYPE: _Entry(
        False, "The content of this file is of no type that is read here. Send a PDF, an image, an office file or text."
    ),
    FailureCode.FILE_CORRUPT: _Entry(False, "The file is damaged and could not be opened. Send an undamaged copy."),
    FailureCode.FILE_ENCRYPTED: _Entry(
        False, "The file is encrypted. Send it without encryption, or give its `password`."
    ),
    FailureCode.TOO_MANY_PAGES: _Entry(
        False, "The document has more pages than this service reads. Split it, or ask for fewer `pages`."
    ),
    FailureCode.PAGE_TOO_LARGE: _Entry(
        False, "A page or image is larger than this service reads. Send it at a smaller size or resolution."
    ),
    FailureCode.DECOMPRESSION_LIMIT: _Entry(
        False, "The file unpacks to more than this service reads. Send a smaller one."
    ),
    FailureCode.TEXT_NOT_FOUND: _Entry(
        False, "No text was found and OCR was turned off. Send the file again with `ocrFallback` true."
    ),
    FailureCode.PROCESSING_TIMEOUT: _Entry(
        True, "Reading the document took longer than its limit. Split it, or retry the job."
    ),
    FailureCode.OUT_OF_MEMORY: _Entry(
        True, "Reading the document needed more memory than its limit. Split it, or retry the job."
    ),
    FailureCode.OUTPUT_TOO_LARGE: _Entry(False, "The document holds more text than one result may carry. Split it."),
    FailureCode.PARSER_CRASHED: _Entry(
        True, "The parser crashed on this document; no other job was affected. Send a repaired copy, or retry the job."
    ),
    FailureCode.WORKER_LOST: _Entry(True, "The workers that held this job were lost too often. Retry the job."),
    FailureCode.JOB_CANCELLED: _Entry(False, "The job was cancelled on request. Retry it to run it again."),
    FailureCode.JOB_EXPIRED: _Entry(True, "The job waited longer than the service allows. Retry the job."),
    FailureCode.FETCH_FAILED: _Entry(True, "The file could not be fetched from its URL. Check the URL, then retry."),
    FailureCode.ENGINE_UNAVAILABLE: _Entry(
        True, "An engine that this document needs is not installed here. Ask the operator to run `docurift doctor`."
    ),
    FailureCode.BLOB_MISSING: _Entry(False, "The stored bytes of this document are gone. Send the document again."),
    FailureCode.BLOB_CORRUPT: _Entry(
        False, "The stored bytes of this document fail their checksum. Send the document again."
    ),
    FailureCode.FILE_INFECTED: _Entry(False, "The virus scanner refused this file."),
    FailureCode.INTERNAL_ERROR: _Entry(
        True, "An error inside the service ended this job. Retry it; if it fails again, give the operator the job id."
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why a job failed, in the words that its user reads."""

    code: FailureCode
    message: str
    retryable: bool
    stage: Stage
    page: int | None = None

    @staticmethod
    def of(code: FailureCode, *, stage: Stage, page: int | None = None, detail: str | None = None) -> "Failure":
        """The failure `code` as the catalogue describes it; `detail` is a further sentence, free of document text."""
        entry = _CATALOGUE[code]
        message = f"{entry.sentence} {detail}" if detail else entry.sentence
        return Failure(code=code, message=message, retryable=entry.retryable, stage=stage, page=page)


def sentence_of(code: FailureCode) -> str:
    """The public sentence of `code`, for the reference."""
    return _CATALOGUE[code].sentence


def is_retryable(code: FailureCode) -> bool:
    """Whether a job that failed with `code` may succeed when it is run again."""
    return _CATALOGUE[code].retryable
