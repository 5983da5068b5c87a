"""F19: the clocks of API, worker and deliverer jump while they run; the database's does not.

Leases and keys go by the database's clock, timeouts by the monotonic one. Only who checks a signature's time may mind.
"""

import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from tests.reliability.deployment import Deployment, until
from tests.reliability.faults import processes
from tests.reliability.faults.clocks import RIGHT, Clock, can_turn_clocks
from tests.reliability.history import Recorded
from tests.support import chaos

from docurift.model import signature

HOUR, DAY = 3_600, 86_400
# Nothing here is lost, so that nothing has to be found soon; an hour is more than any of these.
PATIENT = {"lease_seconds": "60", "renew_seconds": "1", "database_timeout_seconds": "20"}
NEAR_SECONDS = 120

pytestmark = [
    pytest.mark.needs_libfaketime,
    pytest.mark.skipif(not can_turn_clocks(), reason="libfaketime is not installed, or does nothing here"),
]


@dataclass
class TimedInbox(chaos.Inbox):
    """`ahead` is by how much the time of each signature differed from the right one. Who is `strict` refuses those that
    differ by more than a receiver should allow.
    """

    strict: bool = False
    ahead: list[float] = field(default_factory=list[float])

    def take(self, headers: Mapping[str, str], body: bytes) -> bool:
        now = time.time()
        self.ahead.append(int(headers["webhook-timestamp"]) - now)
        found = signature.verify(headers=headers, body=body, secret=self.secret, now=int(now))
        if self.strict and not all(finding.holds for finding in found):
            return False
        return super().take(headers, body)


@pytest.mark.parametrize(
    "jump",
    [DAY, -DAY, pytest.param(HOUR, marks=pytest.mark.slow), pytest.param(-HOUR, marks=pytest.mark.slow)],
)
def test_a_clock_that_jumps_ends_no_lease_and_no_key_early(
    deployment: Deployment, sql: psycopg.Connection, jump: int
) -> None:
    clock, inbox = Clock.at(deployment.folder / "clock"), TimedInbox()
    _, worker = deployment.service(wrapper=clock.wrapper, **PATIENT)
    deployment.deliverer(wrapper=clock.wrapper, **PATIENT)
    tenant, other = deployment.tenant(), deployment.tenant()
    key_ends(sql, tenant, "30 minutes")
    key_ends(sql, other, "-1 second")
    with chaos.receiver(inbox) as url:
        chaos.endpoint(tenant.client, url, inbox)
        long = tenant.accepted("PLANT slow 30 0.1", key="long")
        processes.taken(sql, long, attempt=1)

        clock.jump(f"{jump:+}")
        with a_stream(tenant) as lines:
            jobs = [tenant.accepted(f"words {number}", key=f"k{number}") for number in range(3)]
            ends = [tenant.final(job_id) for job_id in (*jobs, long)]
            tells_of_all(lines, jobs)
        until(lambda: all_are_delivered(sql))

    assert [(job["status"], job["attempt"]) for job in ends] == [("completed", 1)] * 4
    assert other.job(long).code == "API_KEY_EXPIRED"
    clocks = {"API": ahead_of_the_api(deployment), "worker": ahead_in(worker.log), "deliverer": inbox.ahead[-1]}
    assert {name: abs(ahead - jump) < NEAR_SECONDS for name, ahead in clocks.items()} == dict.fromkeys(clocks, True)
    assert deployment.violations(received={tenant.organization: frozenset(inbox.came)}) == []
    assert max(inbox.came.values()) == 1


def test_a_signature_of_another_time_is_refused_by_the_receiver_and_sent_again(
    deployment: Deployment, sql: psycopg.Connection
) -> None:
    clock, inbox = Clock.at(deployment.folder / "clock"), TimedInbox(strict=True)
    deployment.service(**PATIENT)
    tenant = deployment.tenant()
    with chaos.receiver(inbox) as url:
        chaos.endpoint(tenant.client, url, inbox)
        clock.jump(f"{HOUR:+}")
        deployment.deliverer(wrapper=clock.wrapper, **PATIENT)
        assert tenant.final(tenant.accepted("some words", key="k"))["status"] == "completed"
        until(lambda: len(inbox.ahead) > 0)
        until(lambda: sql.execute("select from deliveries where attempts > 0").rowcount > 0)
        assert not inbox.came

        clock.jump(RIGHT)
        sql.execute("update deliveries set next_attempt_at = now()")
        sql.execute("update webhook_endpoints set paused_until = null")
        until(lambda: all_are_delivered(sql))

    assert deployment.violations(received={tenant.organization: frozenset(inbox.came)}) == []


def tells_of_all(lines: Iterator[str], jobs: Sequence[str]) -> None:
    """Read the stream until each job was told of; fail if it ends before."""
    left = set(jobs)
    for line in lines:
        left -= {job_id for job_id in left if job_id in line}
        if not left:
            return
    raise AssertionError(f"the stream ended, and has not told of {left}")


def key_ends(sql: psycopg.Connection, tenant: Recorded, within: str) -> None:
    """By the database's clock, which is right."""
    sql.execute(
        "update api_keys set expires_at = now() + %s::interval where organization_id = %s",
        (within, tenant.organization),
    )


def all_are_delivered(sql: psycopg.Connection) -> bool:
    row = sql.execute("select count(*), count(*) filter (where status = 'delivered') from deliveries").fetchone()
    return row is not None and row[0] == row[1] > 0


def ahead_in(log: Path) -> float:
    """By how much the clock differed from the right one that wrote the log's last line, a moment ago."""
    last = log.read_text().splitlines()[-1]
    return datetime.fromisoformat(json.loads(last)["time"]).timestamp() - time.time()


def ahead_of_the_api(deployment: Deployment) -> float:
    """The same of the date in its answers."""
    connection = http.client.HTTPConnection(*deployment.listening.getsockname()[:2], timeout=20)
    connection.request("GET", "/healthz")
    date = connection.getresponse().headers["date"]
    connection.close()
    return parsedate_to_datetime(date).timestamp() - time.time()


@contextmanager
def a_stream(tenant: Recorded) -> Iterator[Iterator[str]]:
    """The lines of the organization's events from now on, while the stream is open."""
    address = urlsplit(tenant.client.base_url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=30)
    connection.request("GET", "/v1/events/stream", headers={"X-API-Key": tenant.client.key})
    answer = connection.getresponse()
    assert answer.status == 200
    try:
        yield (line.decode() for line in answer)
    finally:
        connection.close()
