"""Whatever dies meanwhile, every event reaches its endpoint, and the log keeps its numbers."""

import threading
from pathlib import Path

import pytest
from tests.support import chaos
from tests.support.client import client_of
from tests.support.service import running

SETTINGS = {
    "DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8",
    "DOCURIFT_LEASE_SECONDS": "2",
    "DOCURIFT_RENEW_SECONDS": "0.5",
    "DOCURIFT_RESCUE_SECONDS": "0.5",
}
QUIET_SECONDS = 90.0


@pytest.mark.parametrize("fault", chaos.FAULTS)
def test_every_event_is_delivered_though_a_process_is_killed(folder: Path, fault: str) -> None:
    inbox = chaos.Inbox()
    with running(folder, SETTINGS) as service, chaos.receiver(inbox) as url:
        client = client_of(service.base_url, service.data_dir)
        chaos.endpoint(client, url, inbox)
        submitting = chaos.Submitting(client, rate=20)
        thread = threading.Thread(target=submitting.run)
        thread.start()
        for jobs in (5, 20):
            assert chaos.until(lambda jobs=jobs: len(submitting.accepted) >= jobs, seconds=30)
            assert chaos.until(lambda: chaos.kill(service, fault), seconds=30)
        assert chaos.until(lambda: len(submitting.accepted) >= 40, seconds=60)
        submitting.stop.set()
        thread.join()
        account = chaos.account(client, submitting, inbox, seconds=QUIET_SECONDS)

    assert account.jobs >= 40
    assert account.is_clean, account
