"""Whether the promises I1 to I10 of reliability.md were kept: from the calls, the rows, the log and the blobs.

Each promise is a function that yields what breaks it. `test_checker.py` has a falsified history for each.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from tests.reliability.evidence import FINAL, Evidence, JobRow
from tests.reliability.history import Call, History

ENDINGS = {"document.processing.completed": "completed", "document.processing.failed": "failed"}
PLANTED = "planted"  # what the planted engine reads in any document
OWNER = re.compile(r"\bowned by (org_[0-9a-z]{26})\b")
_RANK = {"pending": 0, "processing": 1, "completed": 2, "failed": 2}
_NOT_FOUND = 404
_UNREADABLE = frozenset({404, 409, 410, 500})
# What befalls a job whose document is as it should be: nobody is to blame for another's failing with these.
_FATES = frozenset({"JOB_CANCELLED", "JOB_EXPIRED"})


@dataclass(frozen=True, slots=True)
class Violation:
    """One broken promise. `kind` is how the report counts it."""

    promise: str
    kind: str
    subject: str
    what: str


@dataclass(frozen=True, slots=True)
class Case:
    """What is judged. `blamed` are the codes that the injected fault may give to a good document."""

    calls: Sequence[Call]
    evidence: Evidence
    blamed: frozenset[str] = frozenset()

    @property
    def rows(self) -> dict[str, JobRow]:
        return {row.id: row for row in self.evidence.jobs}

    @property
    def accepted(self) -> dict[str, Call]:
        """The calls that were promised a job, by the job; the last one of a key."""
        return {call.job_id: call for call in self.calls if call.accepted and call.job_id is not None}

    def deleted(self) -> dict[str, Call]:
        """The calls that deleted, by what they deleted."""
        calls = (call for call in self.calls if call.method == "DELETE" and call.status in {200, 204})
        return {call.path.rpartition("/")[2]: call for call in calls}


def check(history: History, evidence: Evidence, *, blamed: frozenset[str] = frozenset()) -> list[Violation]:
    """Everything that is amiss, once nothing is under way any more."""
    case = Case(tuple(history.calls), evidence, blamed)
    return [violation for promise in PROMISES for violation in promise(case)]


def accepted_jobs_are_there(case: Case) -> Iterator[Violation]:
    """I1: whoever was answered 202 has a job and its bytes."""
    rows, accepted, gone = case.rows, case.accepted, case.deleted()
    for job_id, call in accepted.items():
        row = rows.get(job_id)
        if row is None and job_id not in gone:
            yield Violation("I1", "lost", job_id, "was answered 202 and has no row")
        elif row is not None and row.organization_id != call.organization:
            yield Violation(
                "I9", "crossed", job_id, f"was submitted by {call.organization}, is {row.organization_id}'s"
            )
        elif row is not None and not _has_its_document(row, evidence=case.evidence):
            yield Violation("I1", "lost", job_id, "has no document of the right hash")
    for call in case.calls:
        known = accepted.get(_job_of(call) or "")
        if known is None or call.status != _NOT_FOUND or known.organization != call.organization:
            continue
        deleted = gone.get(_job_of(call) or "")
        if known.ended < call.begun and (deleted is None or deleted.begun > call.ended) and not _is_result(call):
            yield Violation("I1", "lost", known.job_id or "", f"was unknown in call {call.number}")


def accepted_jobs_end(case: Case) -> Iterator[Violation]:
    """I2: every accepted job reaches one final state."""
    for row in case.evidence.jobs:
        if row.status not in FINAL:
            yield Violation("I2", "stuck", row.id, f"is {row.status} in attempt {row.attempt}")


def nothing_goes_back(case: Case) -> Iterator[Violation]:
    """I3: status, progress and attempt never fall, a final state never changes; of calls that did not overlap."""
    shown = defaultdict[str, list[Call]](list)
    for call in case.calls:
        if call.shown is not None:
            shown[call.shown["id"]].append(call)
    for job_id, calls in shown.items():
        yield from _backward(job_id, sorted(calls, key=lambda call: call.ended))
    rows = case.rows
    for job_id, calls in shown.items():
        for call in calls:
            if (job_id in rows and (end := call.shown or {})["status"] in FINAL) and rows[job_id].status != end[
                "status"
            ]:
                yield Violation("I3", "backward", job_id, f"was shown {end['status']} and is {rows[job_id].status}")


def _backward(job_id: str, calls: list[Call]) -> Iterator[Violation]:
    highest = {"status": 0, "progress": 0, "attempt": 0}
    final: str | None = None
    ended: list[Call] = []
    for call in sorted(calls, key=lambda call: call.begun):
        while calls and calls[0].ended <= call.begun:
            ended.append(calls.pop(0))
            seen = _levels(ended[-1])
            highest = {name: max(highest[name], seen[name]) for name in highest}
            final = final or ((ended[-1].shown or {})["status"] if seen["status"] == _RANK["failed"] else None)
        now = _levels(call)
        fallen = [name for name in highest if now[name] < highest[name]]
        if fallen or (final is not None and (call.shown or {})["status"] != final):
            yield Violation("I3", "backward", job_id, f"went back in {fallen or 'its final state'} in {call.number}")


def _levels(call: Call) -> dict[str, int]:
    shown = call.shown or {}
    return {"status": _RANK[shown["status"]], "progress": shown["progress"], "attempt": shown["attempt"]}


def completed_jobs_can_be_read(case: Case) -> Iterator[Violation]:
    """I4: a completed job's result and pages are there, and whole."""
    blobs = case.evidence.blobs
    for row in case.evidence.jobs:
        if row.status != "completed" or row.document_deleted or row.expired:
            continue
        if row.stored_sha256 is None or row.stored_sha256 != row.result_sha256:
            yield Violation("I4", "unreadable", row.id, "is completed and has no result, or another's")
        for sha256 in filter(None, (row.stored_sha256, row.pages_sha256)):
            if blobs.get((row.organization_id, sha256)) != sha256:
                yield Violation("I4", "unreadable", row.id, f"its blob {sha256[:12]} is missing or of another hash")


def completed_jobs_are_read(case: Case) -> Iterator[Violation]:
    """I4: whoever was shown a completed job can read its result at once, and it is what its document says."""
    accepted, gone = case.accepted, case.deleted()
    shown = {call.shown["id"]: call for call in reversed(case.calls) if _is_completed(call) and call.shown}
    for call in case.calls:
        job_id = _job_of(call) or ""
        if not _is_result(call) or job_id not in shown or call.organization != shown[job_id].organization:
            continue
        if shown[job_id].ended <= call.begun:
            if call.status in _UNREADABLE and job_id not in gone:
                yield Violation("I4", "unreadable", job_id, f"its result was answered {call.status}, {call.code}")
            wanted = accepted[job_id].content if job_id in accepted else None
            if call.text is not None and wanted and wanted.strip() not in call.text and call.text != PLANTED:
                yield Violation("I4", "unreadable", job_id, f"its result in call {call.number} is not of its document")


def events_arrive(case: Case) -> Iterator[Violation]:
    """I5: each event has one delivery for each endpoint, which was received or is visibly exhausted; no gap."""
    numbers = defaultdict[str, list[int]](list)
    for event in case.evidence.events:
        numbers[event.organization_id].append(event.sequence)
    for organization, found in numbers.items():
        if found != list(range(1, len(found) + 1)):
            yield Violation("I5", "lost", organization, "its log has a gap")
    for one in case.evidence.deliveries:
        subject = f"{one.endpoint_id}#{one.sequence}"
        if one.status == "pending":
            yield Violation("I5", "stuck", subject, "is not delivered")
        elif one.status == "delivered" and one.sequence not in case.evidence.received.get(
            one.organization_id, {one.sequence}
        ):
            yield Violation("I5", "lost", subject, "is said to be delivered, and was never received")


def the_newest_attempt_wins(case: Case) -> Iterator[Violation]:
    """I6: a job's state is its newest attempt's work, and no older one's."""
    attempts = defaultdict[str, dict[int, str | None]](dict)
    for one in case.evidence.attempts:
        attempts[one.job_id][one.number] = one.outcome
    for row in case.evidence.jobs:
        outcomes = attempts[row.id]
        if sorted(outcomes) != list(range(1, row.attempt + 1)):
            yield Violation("I6", "unfenced", row.id, f"attempts {sorted(outcomes)} of {row.attempt}")
        elif row.status in FINAL and None in outcomes.values():
            yield Violation("I6", "unfenced", row.id, f"is final with an attempt under way: {outcomes}")
        elif row.status == "completed" and [n for n, one in outcomes.items() if one == "completed"] != [row.attempt]:
            yield Violation("I6", "unfenced", row.id, f"is completed by another attempt than its newest: {outcomes}")


def everything_counts_once(case: Case) -> Iterator[Violation]:
    """I7: one final event for each final job, one job for each key; so a completed job is counted once."""
    endings = defaultdict[str, list[str]](list)
    for event in case.evidence.events:
        if event.type in ENDINGS and event.job_id is not None:
            endings[event.job_id].append(ENDINGS[event.type])
    for row in case.evidence.jobs:
        told = endings[row.id]
        if told != ([row.status] if row.status in FINAL else []):
            kind = "doubled" if len(told) > 1 else "lost"
            yield Violation("I7", kind, row.id, f"is {row.status}, and its events tell {told}")
    yield from _one_job_a_key(case)


def _one_job_a_key(case: Case) -> Iterator[Violation]:
    answered = defaultdict[tuple[str, str], set[str]](set)
    for call in case.calls:
        if call.accepted and call.key and call.job_id:
            answered[call.organization, call.key].add(call.job_id)
    # A key is its file's name too (history.Recorded.submit): so is a job seen whose answer was lost.
    keys = {(call.organization, f"{call.key}.txt") for call in case.calls if call.key and call.content is not None}
    made = Counter((row.organization_id, row.file_name) for row in case.evidence.jobs if row.retry_of is None)
    for (_, key), jobs in answered.items():
        if len(jobs) > 1:
            yield Violation("I7", "doubled", key, f"one key was answered {len(jobs)} jobs")
    for name, times in made.items():
        if times > 1 and name in keys:
            yield Violation("I7", "doubled", name[1], f"one key made {times} jobs")


def deleted_is_gone(case: Case) -> Iterator[Violation]:
    """I8: what was deleted is not answered any more, and its bytes are not kept."""
    gone = case.deleted()
    for call in case.calls:
        wanted = next((name for name in gone if f"/{name}" in call.path), None)
        if wanted and call.begun > gone[wanted].ended and _succeeded(call):
            yield Violation("I8", "undead", wanted, f"was answered {call.status} after it was deleted")
    kept = {(row.organization_id, row.document_sha256) for row in case.evidence.jobs if not row.document_deleted}
    for row in case.evidence.jobs:
        blob = (row.organization_id, row.document_sha256 or "")
        if row.document_deleted and blob in case.evidence.blobs and blob not in kept:
            yield Violation("I8", "undead", row.document_id, "is deleted, and its bytes are on disk")


def nobody_sees_another(case: Case) -> Iterator[Violation]:
    """I9: no answer names or quotes what is another organization's."""
    owners = {row.id: row.organization_id for row in case.evidence.jobs}
    owners |= {row.document_id: row.organization_id for row in case.evidence.jobs}
    owners |= {event.id: event.organization_id for event in case.evidence.events}
    for call in case.calls:
        foreign = [name for name in call.names if owners.get(name, call.organization) != call.organization]
        quoted = set(OWNER.findall(call.text or "")) - {call.organization}
        if _succeeded(call) and (foreign or quoted):
            yield Violation("I9", "crossed", call.organization, f"saw {foreign or quoted} in call {call.number}")


def bad_documents_fail_alone(case: Case) -> Iterator[Violation]:
    """I10: a document that is as it should be completes, whatever others do; a bad one fails as it deserves."""
    rows = case.rows
    for job_id, call in case.accepted.items():
        row = rows.get(job_id)
        if row is None or row.status not in FINAL or row.error_code in _FATES | case.blamed:
            continue
        if row.error_code != call.expected:
            yield Violation("I10", "unjust", job_id, f"ended with {row.error_code}, not {call.expected}")


def _has_its_document(row: JobRow, *, evidence: Evidence) -> bool:
    if row.document_deleted or row.document_sha256 is None or row.error_code in {"BLOB_MISSING", "BLOB_CORRUPT"}:
        return True
    return evidence.blobs.get((row.organization_id, row.document_sha256)) == row.document_sha256


def _job_of(call: Call) -> str | None:
    found = re.match(r"/v1/jobs/(job_[0-9a-z]{26})(?:\?|/result$|$)", call.path)
    return found[1] if found and call.method == "GET" else None


def _is_result(call: Call) -> bool:
    return call.path.endswith("/result")


def _succeeded(call: Call) -> bool:
    return call.status is not None and call.status < 400


def _is_completed(call: Call) -> bool:
    return call.shown is not None and call.shown["status"] == "completed"


PROMISES: tuple[Callable[[Case], Iterator[Violation]], ...] = (
    *(accepted_jobs_are_there, accepted_jobs_end, nothing_goes_back, completed_jobs_can_be_read),
    *(completed_jobs_are_read, events_arrive),
    *(the_newest_attempt_wins, everything_counts_once, deleted_is_gone, nobody_sees_another, bad_documents_fail_alone),
)
