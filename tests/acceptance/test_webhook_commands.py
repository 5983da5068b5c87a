"""`docurift webhooks` against a service as a user starts it."""

import json
import re
from collections.abc import Iterator

import pytest
from tests.support.service import Running, a_data_folder, running

from docurift.commands.exits import Exit

# Nothing listens there: what is sent fails, and is shown as that.
NOBODY = "http://127.0.0.1:9/hooks"


@pytest.fixture(scope="module")
def service() -> Iterator[Running]:
    with a_data_folder() as folder, running(folder, {"DOCURIFT_EGRESS_ALLOW": "127.0.0.0/8"}) as started:
        yield started


def made(service: Running, *options: str) -> str:
    """The id of a fresh endpoint."""
    created = service.cli("webhooks", "create", NOBODY, *options)
    assert created.returncode == Exit.DONE, created.stderr
    return created.stdout.split("\t")[0]


def test_an_endpoint_is_made_listed_and_deleted(service: Running) -> None:
    created = service.cli("webhooks", "create", NOBODY, "--event", "batch.completed", "--header", "X-Shop: 7")
    webhook = created.stdout.split("\t")[0]
    listed = service.cli("webhooks", "list")
    deleted = service.cli("webhooks", "delete", webhook)

    assert re.fullmatch(r"wh_[0-9a-z]{26}\twhsec_[0-9A-Za-z]{36}\n", created.stdout)
    assert f"{webhook}\tactive\tbatch.completed\t{NOBODY}" in listed.stdout.splitlines()
    assert deleted.stdout == f"{webhook}\n"
    assert webhook not in service.cli("webhooks", "list").stdout


def test_a_test_event_and_a_replay_are_deliveries_that_can_be_looked_at(service: Running) -> None:
    webhook = made(service)

    tested = service.cli("webhooks", "test", webhook)
    replayed = service.cli("webhooks", "replay", webhook, "--since-sequence", "1")
    listed = service.cli("webhooks", "deliveries", webhook, "--event", "webhook.test")
    whole = json.loads(service.cli("webhooks", "deliveries", webhook, "--json").stdout)

    [line] = listed.stdout.splitlines()
    assert line.split("\t")[:3] == [tested.stdout.strip(), "pending", "webhook.test"]
    assert int(replayed.stdout) > 0
    assert len(whole["deliveries"]) == int(replayed.stdout) + 2  # its making, and the test


def test_the_organizations_own_secret_is_shown_when_it_is_made(service: Running) -> None:
    before = service.cli("webhooks", "default-secret")
    rotated = service.cli("webhooks", "default-secret", "--rotate")
    after = service.cli("webhooks", "default-secret")

    assert before.stdout == "none yet\n"
    assert re.fullmatch(r"whsec_[0-9A-Za-z]{36}\n", rotated.stdout)
    assert after.stdout == "exists\n"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("create", "https://10.0.0.5/hooks"), Exit.FAILED, "URL_NOT_ALLOWED"),
        (("create", NOBODY, "--event", "nope"), Exit.FAILED, "`nope` is no event"),
        (("create", NOBODY, "--header", "no colon"), Exit.USAGE, "`Name: value`"),
        (("delete", "wh_01hf7yat00e2pbd2pq9j0m4x6v"), Exit.FAILED, "WEBHOOK_NOT_FOUND"),
        (("replay", "wh_01hf7yat00e2pbd2pq9j0m4x6v"), Exit.USAGE, "--since"),
    ],
)
def test_what_cannot_be_done_is_told_in_a_sentence(
    service: Running, arguments: tuple[str, ...], code: Exit, words: str
) -> None:
    refused = service.cli("webhooks", *arguments)

    assert (refused.returncode, refused.stdout) == (code, "")
    assert words in refused.stderr
    assert "Traceback" not in refused.stderr
