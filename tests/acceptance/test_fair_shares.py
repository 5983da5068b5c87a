"""What one organization has waiting holds up nobody else (decision 0023), with processes as they are deployed."""

from pathlib import Path

import pytest
from tests.acceptance.test_batch_deaths import SETTINGS, a_form, dsn_of, rows_of
from tests.reliability.organizations import an_organization
from tests.support.client import Client
from tests.support.service import Running, running

SLOTS = 2
SECONDS = 120


def a_batch(client: Client, documents: list[bytes]) -> str:
    body, content_type = a_form(documents)
    answer = client.call("POST", "/v1/batches", body=body, Content_Type=content_type)
    assert answer.status == 202, answer.body
    return answer.data["id"]


def two_clients(service: Running) -> tuple[Client, Client]:
    """Clients of two organizations."""
    dsn = dsn_of(service)
    return Client(service.base_url, an_organization(dsn)[1]), Client(service.base_url, an_organization(dsn)[1])


def until_running(client: Client, batch_id: str, number: int) -> None:
    seen = client.call("GET", f"/v1/batches/{batch_id}").data
    while seen["counts"]["processing"] < number:
        seen = client.call("GET", f"/v1/batches/{batch_id}?wait=1").data


@pytest.mark.timeout(240)
def test_ten_thousand_waiting_pages_delay_another_by_the_document_in_hand_only(folder: Path) -> None:
    with running(folder, SETTINGS | {"DOCURIFT_SLOTS": str(SLOTS)}) as service:
        many, other = two_clients(service)
        batch_id = a_batch(many, [b"PLANT slow 100 0.01\n%d" % number for number in range(100)])
        until_running(many, batch_id, SLOTS)

        job_id = other.submitted(b"PLANT good 1", name="single.txt")
        single = other.final(job_id, seconds=SECONDS)

        assert single["status"] == "completed"
        begun_in_between = rows_of(
            service,
            "select count(*) from jobs, jobs as single where single.id = %s and jobs.id <> single.id"
            " and jobs.started_at between single.created_at and single.started_at",
            job_id,
        )
        # None of the others' waiting documents began before it; one may have been on its way to a slot.
        assert begun_in_between[0][0] <= 1
        many.call("POST", f"/v1/batches/{batch_id}/cancel", body=b"")


@pytest.mark.timeout(240)
def test_documents_that_hang_leave_a_slot_to_others_where_running_jobs_are_limited(folder: Path) -> None:
    """security.md T25: 200 files of one organization that never end."""
    settings = SETTINGS | {"DOCURIFT_SLOTS": str(SLOTS), "DOCURIFT_MAX_RUNNING_JOBS": "1"}
    with running(folder, settings) as service:
        hostile, other = two_clients(service)
        batch_id = a_batch(hostile, [b"PLANT spin\n%d" % number for number in range(200)])
        until_running(hostile, batch_id, 1)

        job_ids = [other.submitted(b"PLANT good 1\n%d" % number, name="good.txt") for number in range(3)]
        ends = [other.final(job_id, seconds=SECONDS)["status"] for job_id in job_ids]

        assert ends == ["completed"] * 3
        assert hostile.call("GET", f"/v1/batches/{batch_id}").data["counts"]["processing"] == 1
        most = rows_of(
            service,
            "select count(*) from jobs where batch_id = %s and status in ('processing', 'pending')"
            " and start_tag is not null",
            batch_id,
        )
        assert most == [(1,)]
        hostile.call("POST", f"/v1/batches/{batch_id}/cancel", body=b"")
