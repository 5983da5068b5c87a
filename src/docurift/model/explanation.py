"""Why a job is where it is, and what follows (contract section 3): codes for programs, sentences for people."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from docurift.model.job import Job, JobStatus
from docurift.model.result import Json
from docurift.model.stamp import stamp


class ReasonCode(StrEnum):
    """Why a job waits, runs or ended as it did."""

    WAITS_IN_QUEUE = "WAITS_IN_QUEUE"
    RUNNING_LIMIT = "RUNNING_LIMIT"
    NO_WORKER = "NO_WORKER"
    IS_PROCESSED = "IS_PROCESSED"
    WAITS_FOR_ANOTHER_WORKER = "WAITS_FOR_ANOTHER_WORKER"
    CANCEL_REQUESTED = "CANCEL_REQUESTED"
    EARLIER_ATTEMPT = "EARLIER_ATTEMPT"
    COMPLETED = "COMPLETED"
    FAILED = "FAILED"
    RESULT_REMOVED = "RESULT_REMOVED"


class NextCode(StrEnum):
    """What happens to a job next, if nobody does anything."""

    IS_TAKEN = "IS_TAKEN"
    IS_TAKEN_AGAIN = "IS_TAKEN_AGAIN"
    IS_STOPPED = "IS_STOPPED"
    ENDS = "ENDS"
    IS_REMOVED = "IS_REMOVED"
    NOTHING = "NOTHING"


class Action(StrEnum):
    """What the caller can do."""

    WAIT = "wait"
    CANCEL = "cancel"
    RETRY = "retry"
    SEND_AGAIN = "send_again"
    FETCH_RESULT = "fetch_result"
    DELETE = "delete"
    ASK_OPERATOR = "ask_operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One reason; `details` depend on the code, and hold nothing internal."""

    code: ReasonCode
    message: str
    details: Mapping[str, Json] = field(default_factory=dict[str, Json])


@dataclass(frozen=True, slots=True, kw_only=True)
class Next:
    """What follows: at `at` at the earliest, if that is known. `fails_at`: when the job fails if it is not done."""

    code: NextCode
    message: str
    at: datetime | None = None
    fails_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """The most important reason stands first."""

    reasons: tuple[Reason, ...]
    next: Next
    actions: tuple[Action, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What is known about a job at `now`, by the database's clock. `lost`: it is held by nobody, or by a worker that is
    silent for longer than its lease. `workers`: how many listen for work. `ended`: number and outcome of each attempt
    that has ended. `running`: jobs of its organization that are processed or about to be, of which there may be
    `most_running` unless that is 0.
    """

    now: datetime
    job: Job
    queue_position: int | None
    has_result: bool
    removed_at: datetime | None
    lease_until: datetime | None
    is_lost: bool
    workers: int
    max_wait_seconds: float
    running: int = 0
    most_running: int = 0
    ended: tuple[tuple[int, str], ...] = ()


def explain(known: Circumstances) -> Explanation:
    """Why the job is where it is, what follows, and what its owner can do."""
    match known.job.status:
        case JobStatus.PENDING:
            return _pending(known)
        case JobStatus.PROCESSING:
            return _processing(known)
        case JobStatus.COMPLETED:
            return _completed(known)
        case JobStatus.FAILED:
            return _failed(known)


def _pending(known: Circumstances) -> Explanation:
    waited = (known.now - known.job.created_at).total_seconds()
    place = known.queue_position
    ahead = "more than a thousand" if place is None else str(place - 1)
    queued = Reason(
        code=ReasonCode.WAITS_IN_QUEUE,
        message=f"The job waits for a free worker; jobs of yours ahead of it: {ahead}.",
        details={"position": place, "waitedSeconds": round(waited, 3)},
    )
    limit = timedelta(seconds=known.max_wait_seconds)
    following = Next(
        code=NextCode.IS_TAKEN,
        message="A worker takes it when its turn has come among yours, and yours among those of others.",
        fails_at=known.job.created_at + limit if limit else None,
    )
    return Explanation(
        reasons=(*_no_worker(known), *_held_back(known), queued),
        next=following,
        actions=(Action.WAIT, Action.CANCEL, *_asking(known)),
    )


def _held_back(known: Circumstances) -> tuple[Reason, ...]:
    if known.job.start_tag is not None or not 0 < known.most_running <= known.running:
        return ()
    message = f"Your organization runs {known.running} jobs, as many as it may at a time; one of them has to end first."
    details: dict[str, Json] = {"limit": known.most_running, "running": known.running}
    return (Reason(code=ReasonCode.RUNNING_LIMIT, message=message, details=details),)


def _processing(known: Circumstances) -> Explanation:
    reasons = (*_cancelling(known), *_running(known), *_earlier(known))
    actions = (Action.WAIT,) if known.job.cancel_requested_at else (Action.WAIT, Action.CANCEL)
    if known.is_lost:
        return Explanation(reasons=reasons, next=_taken_again(known), actions=(*actions, *_asking(known)))
    return Explanation(reasons=reasons, next=_going_on(known), actions=actions)


def _running(known: Circumstances) -> tuple[Reason, ...]:
    job = known.job
    if known.is_lost:
        message = "The worker that held the job is gone or gave it back; another one is to take it."
        details: dict[str, Json] = {"attempt": job.attempt, "since": _stamped(known.lease_until)}
        return (
            Reason(code=ReasonCode.WAITS_FOR_ANOTHER_WORKER, message=message, details=details),
            *_no_worker(known),
        )
    pages = "" if job.page_count is None else f", {job.pages_processed} of {job.page_count} pages are read"
    return (
        Reason(
            code=ReasonCode.IS_PROCESSED,
            message=f"A worker is at the stage `{job.stage}`{pages}.",
            details={"stage": job.stage.value, "attempt": job.attempt, "heldUntil": _stamped(known.lease_until)},
        ),
    )


def _cancelling(known: Circumstances) -> tuple[Reason, ...]:
    asked = known.job.cancel_requested_at
    if asked is None:
        return ()
    message = "The job was asked to stop, and fails with `JOB_CANCELLED` as soon as its worker has."
    return (Reason(code=ReasonCode.CANCEL_REQUESTED, message=message, details={"requestedAt": stamp(asked)}),)


def _earlier(known: Circumstances) -> tuple[Reason, ...]:
    return tuple(
        Reason(
            code=ReasonCode.EARLIER_ATTEMPT,
            message=f"Attempt {number} ended with `{outcome}`.",
            details={"attempt": number, "outcome": outcome},
        )
        for number, outcome in known.ended
    )


def _taken_again(known: Circumstances) -> Next:
    return Next(
        code=NextCode.IS_TAKEN_AGAIN,
        message="A worker begins it again, or it fails if it was begun too often.",
        at=known.now,
        fails_at=known.job.deadline_at,
    )


def _going_on(known: Circumstances) -> Next:
    if known.job.cancel_requested_at is not None:
        return Next(code=NextCode.IS_STOPPED, message="Its worker stops it within seconds.", at=known.now)
    message = "It ends when its document is read. If its worker falls silent, another takes it after `heldUntil`."
    return Next(code=NextCode.ENDS, message=message, fails_at=known.job.deadline_at)


def _completed(known: Circumstances) -> Explanation:
    done = Reason(code=ReasonCode.COMPLETED, message="The document was read.")
    reasons = (*_removed(known), done)
    fetch = (Action.FETCH_RESULT,) if known.has_result else ()
    return Explanation(reasons=reasons, next=_removal(known), actions=(*fetch, *_again(known), Action.DELETE))


def _failed(known: Circumstances) -> Explanation:
    failure = known.job.failure
    if failure is None:
        raise AssertionError("a failed job says why")
    details: dict[str, Json] = {
        "error": failure.code.value,
        "stage": failure.stage.value,
        "page": failure.page,
        "retryable": failure.retryable,
    }
    reason = Reason(code=ReasonCode.FAILED, message=failure.message, details=details)
    return Explanation(
        reasons=(reason, *_earlier(known)), next=_removal(known), actions=(*_again(known), Action.DELETE)
    )


def _removed(known: Circumstances) -> tuple[Reason, ...]:
    if known.has_result:
        return ()
    message = "Its result was removed: its time was over, or it was deleted with its document."
    return (
        Reason(
            code=ReasonCode.RESULT_REMOVED,
            message=message,
            details={"deletedAt": _stamped(known.removed_at or known.job.expires_at)},
        ),
    )


def _removal(known: Circumstances) -> Next:
    expires_at = known.job.expires_at
    if expires_at is None or known.removed_at is not None:
        return Next(code=NextCode.NOTHING, message="The job is final; nothing more happens to it.")
    message = "The bytes, pages and results of its document are removed, unless it is run again."
    return Next(code=NextCode.IS_REMOVED, message=message, at=expires_at)


def _again(known: Circumstances) -> tuple[Action, ...]:
    return (Action.SEND_AGAIN,) if known.removed_at is not None else (Action.RETRY,)


def _no_worker(known: Circumstances) -> tuple[Reason, ...]:
    if known.workers:
        return ()
    message = "No worker is running that could take the job. The operator has to start one."
    return (Reason(code=ReasonCode.NO_WORKER, message=message),)


def _asking(known: Circumstances) -> tuple[Action, ...]:
    return () if known.workers else (Action.ASK_OPERATOR,)


def _stamped(when: datetime | None) -> str | None:
    return None if when is None else stamp(when)
