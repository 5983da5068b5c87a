"""The checker finds nothing in a sound history, and finds each broken promise in a falsified one."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from tests.reliability.checker import Violation, check
from tests.reliability.evidence import AttemptRow, DeliveryRow, EventRow, Evidence, JobRow
from tests.reliability.history import Call, History

ORG, OTHER = f"org_{'0' * 26}", f"org_{'1' * 26}"
JOB, DOC, EVENT, TWIN = (f"{kind}_{'a' * 26}" for kind in ("job", "doc", "evt", "job"))
SECOND = f"job_{'b' * 26}"
DOCUMENT, RESULT, PAGES = "d" * 64, "e" * 64, "f" * 64

Falsify = Callable[[list[Call], Evidence], tuple[list[Call], Evidence]]


def a_call(begun: float, **told: object) -> Call:
    values = {"number": 0, "organization": ORG, "method": "GET", "path": f"/v1/jobs/{JOB}", "status": 200}
    return Call(**(values | {"begun": begun, "ended": begun + 0.5} | told))  # type: ignore[arg-type]


def shown(status: str, progress: int, attempt: int = 2) -> dict[str, object]:
    return {"id": JOB, "status": status, "progress": progress, "attempt": attempt, "code": None}


def sound() -> tuple[list[Call], Evidence]:
    """One job: accepted, its worker lost, completed by the second attempt, read."""
    calls = [
        a_call(0, method="POST", path="/v1/documents/process/async", status=202, key="k", content="words", job_id=JOB),
        a_call(1, shown=shown("processing", 30, 1)),
        a_call(2, shown=shown("completed", 100)),
        a_call(3, path=f"/v1/jobs/{JOB}/result", text="words", names=(JOB, DOC)),
    ]
    evidence = Evidence(
        jobs=[a_row()],
        attempts=[AttemptRow(job_id=JOB, number=1, outcome="worker_lost"), an_attempt()],
        events=[
            an_event(1, "document.processing.accepted"),
            an_event(2, "document.processing.started"),
            an_event(3, "document.processing.completed"),
        ],
        deliveries=[DeliveryRow(organization_id=ORG, endpoint_id="wh", sequence=3, status="delivered")],
        blobs={(ORG, one): one for one in (DOCUMENT, RESULT, PAGES)},
        received={ORG: frozenset({1, 2, 3})},
    )
    return calls, evidence


def a_row(**told: object) -> JobRow:
    values = {"id": JOB, "organization_id": ORG, "document_id": DOC, "document_sha256": DOCUMENT}
    values |= {"document_deleted": False, "retry_of": None, "file_name": "k.txt", "status": "completed", "attempt": 2}
    values |= {"error_code": None, "result_sha256": RESULT, "stored_sha256": RESULT, "pages_sha256": PAGES}
    return JobRow(**(values | {"expired": False} | told))  # type: ignore[arg-type]


def an_attempt(outcome: str | None = "completed") -> AttemptRow:
    return AttemptRow(job_id=JOB, number=2, outcome=outcome)


def an_event(sequence: int, type_: str) -> EventRow:
    return EventRow(organization_id=ORG, sequence=sequence, id=EVENT, type=type_, job_id=JOB, document_id=DOC)


def another_row(**told: object) -> Falsify:
    return lambda calls, evidence: (calls, replace(evidence, jobs=[a_row(**told)]))


def another_call(**told: object) -> Falsify:
    return lambda calls, evidence: ([*calls, a_call(9, **told)], evidence)


def other_evidence(change: Callable[[Evidence], dict[str, object]]) -> Falsify:
    return lambda calls, evidence: (calls, replace(evidence, **change(evidence)))  # type: ignore[arg-type]


FALSIFIED: dict[str, tuple[str, Falsify]] = {
    "a job that was answered 202 has no row": ("I1", other_evidence(lambda _: {"jobs": []})),
    "its document is not on disk": ("I1", other_evidence(lambda e: {"blobs": e.blobs | {(ORG, DOCUMENT): "other"}})),
    "it is unknown later": ("I1", another_call(status=404, code="JOB_NOT_FOUND")),
    "it is never final": ("I2", another_row(status="processing", attempt=2, result_sha256=None)),
    "its progress falls": ("I3", another_call(shown=shown("completed", 30))),
    "its status falls": ("I3", another_call(shown=shown("processing", 100))),
    "its attempt falls": ("I3", another_call(shown=shown("completed", 100, 1))),
    "its final state changes": ("I3", another_call(shown=shown("failed", 100))),
    "its row ends otherwise than was shown": ("I3", another_row(status="failed", error_code="FILE_CORRUPT")),
    "it has no result": ("I4", another_row(stored_sha256=None)),
    "its result is flipped on disk": ("I4", other_evidence(lambda e: {"blobs": e.blobs | {(ORG, RESULT): "other"}})),
    "its pages are gone": (
        "I4",
        other_evidence(lambda e: {"blobs": {name: it for name, it in e.blobs.items() if name[1] != PAGES}}),
    ),
    "its result cannot be read at once": ("I4", another_call(path=f"/v1/jobs/{JOB}/result", status=409)),
    "its result is another document's": ("I4", another_call(path=f"/v1/jobs/{JOB}/result", text="of another")),
    "an event has no number": ("I5", other_evidence(lambda e: {"events": [e.events[0], e.events[2]]})),
    "an event is never delivered": (
        "I5",
        other_evidence(lambda e: {"deliveries": [replace(e.deliveries[0], status="pending")]}),
    ),
    "an event is said to be delivered": ("I5", other_evidence(lambda _: {"received": {ORG: frozenset({1, 2})}})),
    "an older attempt completes it": (
        "I6",
        other_evidence(
            lambda _: {"attempts": [AttemptRow(job_id=JOB, number=1, outcome="completed"), an_attempt(None)]}
        ),
    ),
    "two attempts complete it": (
        "I6",
        other_evidence(lambda _: {"attempts": [AttemptRow(job_id=JOB, number=1, outcome="completed"), an_attempt()]}),
    ),
    "an attempt is not on record": ("I6", other_evidence(lambda _: {"attempts": [an_attempt()]})),
    "it ends twice": (
        "I7",
        other_evidence(lambda e: {"events": [*e.events, an_event(4, "document.processing.completed")]}),
    ),
    "it ends without a word": ("I7", other_evidence(lambda e: {"events": e.events[:2]})),
    "its end is told wrong": (
        "I7",
        other_evidence(lambda e: {"events": [*e.events[:2], an_event(3, "document.processing.failed")]}),
    ),
    "one key is answered two jobs": (
        "I7",
        another_call(method="POST", path="/v1/documents/process/async", status=202, key="k", job_id=SECOND),
    ),
    "one key makes two jobs": ("I7", other_evidence(lambda _: {"jobs": [a_row(), a_row(id=SECOND)]})),
    "a deleted job is answered": (
        "I8",
        lambda calls, evidence: (
            [*calls, a_call(9, method="DELETE"), a_call(10, path=f"/v1/jobs/{JOB}", names=(JOB,))],
            evidence,
        ),
    ),
    "a deleted document's bytes are on disk": ("I8", another_row(document_deleted=True)),
    "a job is another's": ("I9", another_row(organization_id=OTHER)),
    "another organization's job is named": ("I9", another_call(path="/v1/jobs", organization=OTHER, names=(JOB,))),
    "another organization's text is quoted": (
        "I9",
        another_call(path=f"/v1/jobs/{SECOND}/result", text=f"owned by {OTHER}"),
    ),
    "a good document fails": (
        "I10",
        another_row(status="failed", error_code="PARSER_CRASHED", result_sha256=None, stored_sha256=None),
    ),
}


def found(calls: list[Call], evidence: Evidence) -> list[Violation]:
    return check(History([replace(call, number=number) for number, call in enumerate(calls)]), evidence)


def test_a_sound_history_keeps_every_promise() -> None:
    assert found(*sound()) == []


@pytest.mark.parametrize("name", FALSIFIED)
def test_a_falsified_history_is_found_out(name: str) -> None:
    promise, falsify = FALSIFIED[name]

    assert promise in {violation.promise for violation in found(*falsify(*sound()))}


def test_every_promise_has_a_falsified_history() -> None:
    assert {promise for promise, _ in FALSIFIED.values()} == {f"I{number}" for number in range(1, 11)}


def test_calls_that_overlap_may_be_answered_in_any_order() -> None:
    calls, evidence = sound()
    late = a_call(1.9, ended=9, shown=shown("processing", 40, 2))

    assert found([*calls, late], evidence) == []


def test_a_history_comes_back_from_its_file(tmp_path: Path) -> None:
    calls, _ = sound()

    History(calls).dump(tmp_path / "calls.jsonl")

    assert History.load(tmp_path / "calls.jsonl").calls == calls
