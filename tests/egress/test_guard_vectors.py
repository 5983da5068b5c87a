"""The guard against all vectors: ours, and the project's shared ones where they are beside the repository."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.support import ssrf
from tests.support.egress import Names
from tests.support.ssrf import Vector
from tests.support.wire import OK, Wire, an_answer

from docurift.egress.connections import Dialing
from docurift.egress.fetch import Fetched, FetchError, fetch
from docurift.egress.guard import EgressPolicy, Guard
from docurift.egress.refusals import UrlNotAllowedError
from docurift.egress.sender import Answer, Sender, SendError

SHARED = Path(__file__).parents[3] / "shared/data/ssrf_vectors.json"
ENTRIES: list[dict[str, Any]] = json.loads(SHARED.read_text())["vectors"] if SHARED.exists() else []
VECTORS = ssrf.ours() + (ssrf.of_file(json.loads(SHARED.read_text())) if SHARED.exists() else [])
BY_ID = {vector.id: vector for vector in VECTORS}
CATEGORIES: dict[str, str] = {entry["id"]: entry["category"] for entry in ENTRIES}


def setup(vector: Vector) -> tuple[Guard, Names]:
    names = Names(vector.dns)
    return Guard(EgressPolicy(schemes=vector.schemes, ports=vector.ports), names), names


async def post(sender: Sender, url: str) -> Answer | str:
    """The answer, or the code of the guard's refusal."""
    try:
        return await sender.post(url, headers={}, body=b"{}", seconds=5)
    except SendError as error:
        return reason_of(error)


async def fetched(guard: Guard, url: str, wire: Wire, folder: Path) -> Fetched | str:
    """The file, or the code of the guard's refusal."""
    try:
        dialing = Dialing(connector=wire)
        return await fetch(guard, url, folder / "file", max_bytes=10, seconds=5, dialing=dialing)
    except FetchError as error:
        return reason_of(error)


def reason_of(error: SendError | FetchError) -> str:
    """The code of the guard's refusal; any other failure is not expected here."""
    if not isinstance(error.__cause__, UrlNotAllowedError):
        raise error
    assert str(error).endswith(str(error.__cause__))
    return error.__cause__.reason


def groups() -> dict[str, list[Vector]]:
    """Ours by what they expect, the shared ones by their category."""
    found: dict[str, list[Vector]] = {}
    for vector in VECTORS:
        found.setdefault(CATEGORIES.get(vector.id, f"ours-{vector.reason or 'allowed'}"), []).append(vector)
    return found


def test_there_are_enough_vectors_of_our_own() -> None:
    assert len(ssrf.ours()) > 500
    assert len(ENTRIES) in {0, 183}


async def verdict(vector: Vector) -> tuple[str | None, str | None]:
    """At which stage the guard refuses, and why."""
    guard, _ = setup(vector)
    try:
        target = guard.check(vector.url)
    except UrlNotAllowedError as error:
        return "parse", error.reason
    try:
        await guard.addresses(target)
    except UrlNotAllowedError as error:
        return "resolve", error.reason
    return None, None


@pytest.mark.parametrize("vectors", groups().values(), ids=groups())
async def test_the_guard_says_of_a_url_what_the_vector_says(vectors: Sequence[Vector]) -> None:
    said = {vector.id: await verdict(vector) for vector in vectors}

    assert said == {vector.id: (vector.stage, vector.reason) for vector in vectors}


@pytest.mark.parametrize("vectors", groups().values(), ids=groups())
async def test_a_refused_url_opens_no_socket_and_an_allowed_one_a_single(
    vectors: Sequence[Vector], tmp_path: Path
) -> None:
    for vector in vectors:
        (guard, names), (guard_of_fetch, _) = setup(vector), setup(vector)
        sent, received = Wire(), Wire()
        sender = Sender(guard, max_connections=2, dialing=Dialing(connector=sent))

        answer = await post(sender, vector.url)
        file = await fetched(guard_of_fetch, vector.url, received, tmp_path)
        await sender.close()

        if vector.reason:
            assert (answer, file) == (vector.reason, vector.reason), vector
            assert (sent.connected, received.connected) == ([], []), vector
        else:
            assert isinstance(answer, Answer), vector
            assert isinstance(file, Fetched), vector
            assert len(sent.connected) == 1
            assert sent.connected == received.connected
            assert len(names.asked) <= 1


@pytest.mark.parametrize("entry", [one for one in ENTRIES if "must_connect_to" in one], ids=lambda one: one["id"])
async def test_a_connection_goes_to_the_address_that_was_vetted(entry: dict[str, Any]) -> None:
    guard, names = setup(BY_ID[entry["id"]])
    wire = Wire()
    sender = Sender(guard, max_connections=2, dialing=Dialing(connector=wire))

    answers = [await post(sender, entry["url"]) for _ in range(2 if entry.get("reuse") else 1)]
    await sender.close()

    assert all(isinstance(answer, Answer) for answer in answers)
    assert wire.connected == entry["must_connect_to"]
    assert len(names.asked) <= entry.get("max_lookups", 1)


@pytest.mark.parametrize("entry", [one for one in ENTRIES if "attempts" in one], ids=lambda one: one["id"])
async def test_each_attempt_is_vetted_anew(entry: dict[str, Any]) -> None:
    guard, _ = setup(BY_ID[entry["id"]])
    wire = Wire(*(an_answer(attempt.get("status", 200)) for attempt in entry["attempts"]))
    sender = Sender(guard, max_connections=2, dialing=Dialing(connector=wire))

    verdicts = [await post(sender, entry["url"]) for _ in entry["attempts"]]
    await sender.close()

    for verdict, attempt in zip(verdicts, entry["attempts"], strict=True):
        if attempt["expect"] == "deny":
            assert verdict == attempt["reason"]
        else:
            assert isinstance(verdict, Answer)
            assert verdict.status_code == attempt["status"]


@pytest.mark.parametrize("entry", [one for one in ENTRIES if "response" in one], ids=lambda one: one["id"])
async def test_a_redirect_of_a_webhook_is_an_answer_and_not_followed(entry: dict[str, Any]) -> None:
    guard, _ = setup(BY_ID[entry["id"]])
    response = entry["response"]
    wire = Wire(an_answer(response["status"], f"Location: {response['location']}"), OK)
    sender = Sender(guard, max_connections=2, dialing=Dialing(connector=wire))

    answer = await post(sender, entry["url"])
    await sender.close()

    assert isinstance(answer, Answer)
    assert answer.status_code == response["status"]
    assert len(wire.connected) == entry["max_connections"]


@pytest.mark.parametrize("entry", [one for one in ENTRIES if "response" in one], ids=lambda one: one["id"])
async def test_a_redirect_of_a_file_is_followed_only_where_the_guard_lets_it(
    entry: dict[str, Any], tmp_path: Path
) -> None:
    guard, _ = setup(BY_ID[entry["id"]])
    location = entry["response"]["location"]
    wire = Wire(an_answer(entry["response"]["status"], f"Location: {location}", "Connection: close"), OK)

    file = await fetched(guard, entry["url"], wire, tmp_path)

    assert isinstance(file, Fetched) is location.startswith("https://hooks.customer.com/")
    assert set(wire.connected) == {ssrf.PUBLIC}
