"""F1 to F7, F20 and F25: processes that die, freeze, double or leave. Every test ends with all promises checked."""

import json
import os
import signal
from itertools import count

import psycopg
import pytest
from tests.reliability.deployment import Deployment, until
from tests.reliability.faults import processes
from tests.support.lesser_kernel import under

SLOW = {"lease_seconds": "60", "renew_seconds": "30"}  # a holder that hears late that it is one no more


@pytest.mark.parametrize("where", ["submit.put", "submit.stored", "submit.commit", "submit.committed", "submit.answer"])
def test_a_key_makes_one_job_wherever_the_api_is_killed(deployment: Deployment, where: str) -> None:
    """F1, F2, F3."""
    dying, _ = deployment.service(failpoint=f"{where}:kill")
    tenant = deployment.tenant()

    assert tenant.submit("first words", key="k").status is None
    dying.ended()
    deployment.api()
    job = tenant.final(tenant.accepted("first words", key="k"))

    assert job["status"] == "completed"
    assert deployment.violations() == []


@pytest.mark.parametrize("where", ["work.read", "work.put", "work.stored", "work.commit", "work.committed"])
def test_a_job_completes_once_wherever_its_worker_is_killed(deployment: Deployment, where: str) -> None:
    """F4; killed in mid-parse is test_a_worker_that_is_killed_in_mid_parse."""
    _, dying = deployment.service(failpoint=f"{where}:kill")
    tenant = deployment.tenant()

    job_id = tenant.accepted("some words", key="k")
    dying.ended()
    deployment.worker()

    job = tenant.final(job_id)
    assert (job["status"], job["attempt"]) == ("completed", 1 if where == "work.committed" else 2)
    assert deployment.violations() == []


def test_a_worker_that_is_killed_in_mid_parse_takes_its_children_along(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    """F4."""
    _, dying = deployment.service()
    tenant = deployment.tenant()
    job_id = tenant.accepted("PLANT slow 10 0.1", key="k")
    until(lambda: not processes.children_are_gone(dying))
    below = processes.descendants(dying.pid)

    dying.kill()
    deployment.worker()

    until(lambda: not any(map(processes.is_alive, below)))
    assert tenant.final(job_id)["attempt"] == processes.attempt_of(sql, job_id) == 2
    assert deployment.violations() == []


def test_bad_documents_fail_alone(deployment: Deployment) -> None:
    """F5."""
    _, worker = deployment.service(slots="3", parser_base_seconds="2")
    tenant = deployment.tenant()
    bad = {"segv": "PARSER_CRASHED", "abort": "PARSER_CRASHED", "spin": "PROCESSING_TIMEOUT"}
    bad |= {"stop": "PROCESSING_TIMEOUT", "silent_exit": "PARSER_CRASHED", "lie not_json": "PARSER_CRASHED"}

    jobs = [
        tenant.accepted(f"PLANT {fault}", key=fault.replace(" ", "-"), expected=code) for fault, code in bad.items()
    ]
    jobs += [tenant.accepted(f"good words number {number}", key=f"good-{number}") for number in range(12)]

    for job_id in jobs:
        tenant.final(job_id)
    assert deployment.violations() == []
    assert worker.process.poll() is None


def test_a_document_that_kills_every_worker_fails_as_lost_and_alone(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    """F6. The jail lets no document signal its worker, so this one is read on a kernel that has none."""
    deployment.api()
    tenant, unjailed = deployment.tenant(), under("landlock,seccomp,mdwe", [])
    job_id = tenant.accepted("PLANT kills_its_worker", key="k", expected="WORKER_LOST")
    neighbors = [tenant.accepted(f"good words {number}", key=f"good-{number}") for number in range(6)]

    for number in (1, 2, 3):
        dying = deployment.worker(wrapper=unjailed)
        assert dying.ended() == -signal.SIGKILL
        assert processes.attempt_of(sql, job_id) == number
    deployment.worker(wrapper=unjailed)

    assert tenant.final(job_id)["code"] == "WORKER_LOST"
    assert [tenant.final(one)["status"] for one in neighbors] == ["completed"] * len(neighbors)
    assert deployment.violations() == []


def test_a_document_that_kills_every_sandbox_fails_alone(deployment: Deployment) -> None:
    """F6, of the zygote. The worker cannot tell which of its documents did that, so it blames itself."""
    _, worker = deployment.service(wrapper=under("landlock,seccomp,mdwe", []))
    tenant = deployment.tenant()

    job_id = tenant.accepted("PLANT kills_its_zygote", key="k", expected="INTERNAL_ERROR")
    neighbors = [tenant.accepted(f"good words {number}", key=f"good-{number}") for number in range(6)]

    assert tenant.final(job_id)["code"] == "INTERNAL_ERROR"
    assert [tenant.final(one)["status"] for one in neighbors] == ["completed"] * len(neighbors)
    assert worker.process.poll() is None
    assert deployment.violations() == []


def test_a_frozen_worker_changes_nothing_when_it_goes_on(deployment: Deployment, sql: psycopg.Connection) -> None:
    """F7."""
    _, first = deployment.service()
    tenant = deployment.tenant()
    job_id = tenant.accepted("PLANT slow 10 0.1", key="k")
    processes.taken(sql, job_id, attempt=1)

    with processes.frozen(first):
        deployment.worker()
        processes.taken(sql, job_id, attempt=2)

    tenant.final(job_id)
    until(lambda: processes.children_are_gone(first))
    assert deployment.violations() == []


def test_a_worker_whose_loop_stands_still_loses_its_job_and_ends_itself(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    """F7, where its threads go on, and would hold the job for it."""
    _, stalled = deployment.service(failpoint="work.commit:stall", worker_stall_seconds="2")
    tenant = deployment.tenant()
    job_id = tenant.accepted("some words", key="k")
    processes.taken(sql, job_id, attempt=1)
    below = processes.descendants(stalled.pid)

    deployment.worker()

    assert stalled.ended() == os.EX_SOFTWARE
    until(lambda: not any(map(processes.is_alive, below)))
    (told,) = [json.loads(line) for line in stalled.log.read_text().splitlines() if '"worker.stalled"' in line]
    assert "failpoints.py" in told["where"][0]
    assert (tenant.final(job_id)["status"], processes.attempt_of(sql, job_id)) == ("completed", 2)
    assert deployment.violations() == []


def test_of_two_workers_on_one_job_the_newer_completes_it(deployment: Deployment, sql: psycopg.Connection) -> None:
    """F20: the lease ends under a holder that works on and finishes first."""
    job_id = doubly_held(deployment, sql)

    until(lambda: b'"job.lost"' in b"".join(part.log.read_bytes() for part in deployment.parts))
    assert processes.attempt_of(sql, job_id) == 2
    assert deployment.violations() == []


def doubly_held(deployment: Deployment, sql: psycopg.Connection) -> str:
    """A job that two workers read; the one that took it first will be done first, and hears nothing until then."""
    deployment.service(**SLOW)
    deployment.worker(**SLOW)
    job_id = deployment.tenant().accepted("PLANT slow 15 0.2", key="k")
    processes.taken(sql, job_id, attempt=1)
    processes.end_lease(sql, job_id)
    processes.taken(sql, job_id, attempt=2)
    return job_id


def test_a_worker_that_leaves_gives_its_try_back(deployment: Deployment, sql: psycopg.Connection) -> None:
    """F25."""
    _, leaving = deployment.service(drain_seconds="2.5", slots="2")
    tenant = deployment.tenant()
    short = tenant.accepted("PLANT slow 2 0.1", key="short")
    long = tenant.accepted("PLANT slow 50 0.1", key="long")
    processes.taken(sql, long, attempt=1)

    leaving.send(signal.SIGTERM)
    assert leaving.ended() == 0
    row = sql.execute("select attempt, tries, status from jobs where id = %s", (long,)).fetchone()
    deployment.worker(slots="2")

    assert row == (1, 0, "processing")
    assert tenant.final(short)["attempt"] == 1
    assert tenant.final(long)["attempt"] == 2
    assert deployment.violations() == []


def test_an_api_that_leaves_finishes_its_answers(deployment: Deployment) -> None:
    """F25: a rolling restart is not seen by a client that keeps asking."""
    (leaving, _), tenant = deployment.service(), deployment.tenant()
    jobs = [tenant.accepted(f"words {number}", key=f"before-{number}") for number in range(3)]

    deployment.api()
    leaving.send(signal.SIGTERM)
    numbers = count()
    while leaving.process.poll() is None or next(numbers) < 3:
        jobs.append(tenant.accepted("more words", key=f"after-{len(jobs)}"))

    assert leaving.ended() == 0
    assert [tenant.final(job_id)["status"] for job_id in jobs] == ["completed"] * len(jobs)
    assert deployment.violations() == []
