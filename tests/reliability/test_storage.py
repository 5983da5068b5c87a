"""F15, F16: a write is killed in its middle, a blob is not what it was."""

import threading
from hashlib import sha256
from random import Random

import pytest
from tests.reliability.deployment import Deployment, until
from tests.reliability.evidence import gather
from tests.reliability.faults.blobs import DAMAGES, blob

KILLS = 12
BIG = 1_500_000


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_document_fails_at_once_and_alone(deployment: Deployment, damage: str) -> None:
    """F16."""
    deployment.api()
    tenant, code = deployment.tenant(), "BLOB_MISSING" if damage == "deleted" else "BLOB_CORRUPT"
    bad = tenant.accepted("some words", key="bad", expected=code)
    good = tenant.accepted("other words", key="good")
    DAMAGES[damage](blob(deployment.blobs, tenant.organization, sha256(b"some words").hexdigest()))

    deployment.worker()

    job = tenant.final(bad)
    assert (job["code"], job["attempt"]) == (code, 1)
    assert tenant.final(good)["status"] == "completed"
    assert deployment.violations() == []


def test_a_damaged_document_is_whole_again_when_it_is_sent_again(deployment: Deployment) -> None:
    """F16: content addressing must not keep a bad blob because its name is taken."""
    deployment.api()
    tenant = deployment.tenant()
    tenant.accepted("some words", key="first")
    DAMAGES["flipped"](blob(deployment.blobs, tenant.organization, sha256(b"some words").hexdigest()))

    tenant.accepted("some words", key="second")
    deployment.worker()

    assert deployment.violations() == []


@pytest.mark.slow
def test_a_kill_in_the_middle_of_a_write_leaves_no_half_blob(deployment: Deployment) -> None:
    """F15."""
    tenant, stop, choice = deployment.tenant(), threading.Event(), Random(1)  # noqa: S311 -- no secret
    content = {number: f"{number} ".ljust(BIG, "x") for number in range(3)}

    def submit(number: int) -> None:
        times = 0
        while not stop.is_set():
            tenant.submit(content[number] + str(times), key=f"{number}-{times}")
            times += 1

    submitting = [threading.Thread(target=submit, args=(number,)) for number in content]
    api = deployment.api()
    for thread in submitting:
        thread.start()
    for _ in range(KILLS):
        seen = len(deployment.history.calls)
        until(lambda seen=seen: len(deployment.history.calls) > seen + 2)
        threading.Event().wait(choice.uniform(0, 0.1))
        api.kill()
        api = deployment.api()
    stop.set()
    for thread in submitting:
        thread.join()

    blobs = gather(deployment.dsn, deployment.blobs).blobs
    assert blobs
    assert [name for (_, name), found in blobs.items() if name != found] == []
