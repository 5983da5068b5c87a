"""Limits over time, as clients meet them: who is counted, what every answer says, what a refusal says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import httpx2
import pytest
from prometheus_client import REGISTRY
from tests.support.edge import OTHER, EdgeUnderTest, code_of, submit
from tests.support.raw import END, HangUp, RawAnswer, part, post

from docurift.api.app import create_app
from docurift.model.key import Scope, new_key
from docurift.model.rate import Rate
from docurift.storage import organizations
from docurift.storage.database import Database

ASYNC = "/v1/documents/process/async"
HEADERS = ("ratelimit-limit", "ratelimit-remaining", "ratelimit-reset")
MIB = 1024 * 1024


# Of one unit to drain away: eleven days, so that nothing does while a test runs, however slow the machine.
UNIT_SECONDS = 1_000_000
BYTE_SECONDS = 1_000


def slow(burst: int) -> Rate:
    """A limit that does not drain."""
    return Rate(per_second=1 / UNIT_SECONDS, burst=burst)


def slow_bytes(burst: int) -> Rate:
    """The same, of more units than a timestamp can hold eleven days of."""
    return Rate(per_second=1 / BYTE_SECONDS, burst=burst)


def units(count: int, of: int = UNIT_SECONDS) -> object:
    """The seconds that so many units take to drain away, give or take those of the test."""
    return pytest.approx(count * of, rel=1e-3)


@asynccontextmanager
async def limited(edge: EdgeUnderTest, **limits: Any) -> AsyncIterator[EdgeUnderTest]:  # noqa: ANN401
    """The same service with other limits."""
    services = replace(edge.services, limits=replace(edge.services.limits, **limits))
    app = create_app(services)
    async with app.router.lifespan_context(app):
        yield EdgeUnderTest(app, services, edge.key)


def refusals(limit: str) -> float:
    """The counter of refused calls."""
    return REGISTRY.get_sample_value("docurift_rate_limited_total", {"limit": limit}) or 0.0


def left(answer: httpx2.Response | RawAnswer) -> int:
    return int(answer.headers["ratelimit-remaining"])


async def test_every_answer_to_a_key_says_how_many_requests_are_left(edge: EdgeUnderTest) -> None:
    narrow = await edge.key_of(organizations.DEFAULT, Scope.KEYS_MANAGE)
    async with limited(edge, requests=slow(50)) as strict, strict.client() as client:
        job_id = (await submit(client))["jobId"]
        await strict.complete(job_id)
        answers = [
            await client.get(f"/v1/jobs/{job_id}"),
            await client.get("/v1/jobs/job_01hf7yat00e2pbd2pq9j0m4x6z"),
            await client.get("/v1/jobs", params={"limit": "0"}),
            await client.get("/v1/jobs", params={"api_key": strict.key}),
            await client.post(ASYNC, content=b"x", headers={"Content-Type": "text/plain"}),
            await client.get(f"/v1/jobs/{job_id}/events"),
        ]
        async with strict.client(narrow) as other_key:
            forbidden = await other_key.get("/v1/jobs")

    assert [one.status_code for one in answers] == [200, 404, 400, 400, 415, 200]
    assert answers[-1].headers["content-type"].startswith("text/event-stream")
    assert [left(one) for one in answers] == [48, 47, 46, 45, 44, 43]
    assert (forbidden.status_code, left(forbidden)) == (403, 49)
    assert answers[0].headers["ratelimit-limit"] == "50"
    assert int(answers[0].headers["ratelimit-reset"]) == units(2)


async def test_calls_without_key_have_no_limit_and_say_nothing_of_one(edge: EdgeUnderTest) -> None:
    async with limited(edge, requests=slow(1)) as strict, strict.client("") as nobody:
        answers = [await nobody.get(path) for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/docs") * 3]
        answers += [await nobody.get("/v1/jobs"), await nobody.get("/nowhere")]

    assert {one.status_code for one in answers[:-2]} == {200}
    assert not [name for one in answers for name in HEADERS if name in one.headers]


async def test_one_request_too_many_is_told_which_limit_it_met_and_when_to_come_back(edge: EdgeUnderTest) -> None:
    before = refusals("requests")
    async with limited(edge, requests=slow(2)) as strict, strict.client() as client:
        allowed = [await client.get("/v1/jobs"), await client.get("/v1/jobs")]
        refused = await client.get("/v1/jobs")

    assert [one.status_code for one in allowed] == [200, 200]
    assert (refused.status_code, code_of(refused)) == (429, "RATE_LIMIT_EXCEEDED")
    error = refused.json()["error"]
    assert error["retryable"] is True
    assert error["details"] == {
        "limit": "requests",
        "perSecond": 1 / UNIT_SECONDS,
        "burst": 2,
        "retryAfterSeconds": int(refused.headers["retry-after"]),
    }
    assert int(refused.headers["retry-after"]) == units(1)
    assert [int(refused.headers[name]) for name in HEADERS] == [2, 0, units(2)]
    assert refusals("requests") == before + 1


async def test_a_key_counts_in_all_processes_and_no_other_key_for_it(edge: EdgeUnderTest) -> None:
    second = await edge.key_of(organizations.DEFAULT, Scope.ADMIN)
    foreign = await edge.key_of(OTHER, Scope.ADMIN)
    async with (
        limited(edge, requests=slow(3)) as one,
        limited(edge, requests=slow(3)) as another,
        one.client() as here,
        another.client() as there,
    ):
        mine = [await client.get("/v1/jobs") for client in (here, there, here, there)]
        async with one.client(second) as of_mine, one.client(foreign) as of_others:
            theirs = [await of_mine.get("/v1/jobs"), await of_others.get("/v1/jobs")]

    assert [answer.status_code for answer in mine] == [200, 200, 200, 429]
    assert [left(answer) for answer in theirs] == [2, 2]


async def test_requests_that_come_together_get_exactly_the_burst(edge: EdgeUnderTest) -> None:
    async with limited(edge, requests=slow(25)) as strict, strict.client() as client:
        answers = await asyncio.gather(*(client.get("/v1/api-keys") for _ in range(60)))

    allowed = [one for one in answers if one.status_code == 200]
    assert sorted(left(one) for one in allowed) == list(range(25))
    assert {one.status_code for one in answers} == {200, 429}


async def test_a_replayed_answer_is_a_request_like_any_other(edge: EdgeUnderTest) -> None:
    async with limited(edge, requests=slow(2)) as strict, strict.client() as client:
        files, headers = {"file": ("a.txt", b"text")}, {"Idempotency-Key": "order 4711"}
        answers = [await client.post(ASYNC, files=files, headers=headers) for _ in range(3)]

    assert [one.status_code for one in answers] == [202, 202, 429]
    assert answers[1].headers["idempotent-replayed"] == "true"


async def test_a_request_over_the_limit_is_refused_before_its_body_is_read(edge: EdgeUnderTest) -> None:
    async with limited(edge, requests=slow(1), lingering_bytes=0) as strict:
        first = await post(strict.app, ASYNC, [part("file", b"text", file_name="a.txt"), END], key=strict.key)
        refused = await post(strict.app, ASYNC, [b"x" * 1000] * 50, key=strict.key)

    assert (first.status, refused.status, refused.code) == (202, 429, "RATE_LIMIT_EXCEEDED")
    assert refused.read_bytes == 0
    assert refused.headers["connection"] == "close"


async def test_zero_switches_a_limit_off(edge: EdgeUnderTest) -> None:
    off = {"requests": None, "upload_bytes": None, "auth_failures": None}
    async with limited(edge, **off) as free, free.client() as client, free.client(new_key()) as stranger:
        answer = await client.post(ASYNC, files={"file": ("a.txt", b"text")})
        wrong = [await stranger.get("/v1/jobs") for _ in range(5)]

    assert answer.status_code == 202
    assert not [name for name in HEADERS if name in answer.headers]
    assert {code_of(one) for one in wrong} == {"INVALID_API_KEY"}
    assert await edge.count("rate_limits") == 0


async def test_while_the_database_is_away_the_answer_is_503_as_without_limits(
    edge: EdgeUnderTest, client: httpx2.AsyncClient
) -> None:
    assert (await client.get("/v1/jobs")).status_code == 200
    await edge.db.close()

    together = await asyncio.gather(*(client.get("/v1/jobs") for _ in range(5)))
    alone = await client.get("/v1/jobs")

    assert {(one.status_code, code_of(one)) for one in [*together, alone]} == {(503, "SERVICE_UNAVAILABLE")}
    assert alone.headers["retry-after"] == "2"


async def test_counting_goes_on_where_the_database_was_away_for_a_while(edge: EdgeUnderTest, database_dsn: str) -> None:
    away = await Database.open(database_dsn, min_size=1, max_size=1, timeout_seconds=0.2)
    async with limited(replace(edge, services=replace(edge.services, db=away))) as strict, strict.client() as client:
        assert (await client.get("/v1/api-keys")).status_code == 200
        async with away.reading():
            busy = await asyncio.gather(*(client.get("/v1/api-keys") for _ in range(4)))
        again = await client.get("/v1/api-keys")
    await away.close()

    assert {one.status_code for one in busy} == {503}
    assert again.status_code == 200


# Bytes that are sent.


async def test_a_body_that_declares_more_than_is_left_is_refused_unread(edge: EdgeUnderTest) -> None:
    body = part("file", b"x" * 700, file_name="a.txt") + END
    sized = {"content-length": str(len(body))}
    async with limited(edge, upload_bytes=slow_bytes(1000), lingering_bytes=0) as strict:
        first = await post(strict.app, ASYNC, [body], key=strict.key, headers=sized)
        refused = await post(strict.app, ASYNC, [body], key=strict.key, headers=sized)
        async with strict.client() as client:
            listed = await client.get("/v1/jobs")

    assert (first.status, refused.status, refused.code) == (202, 429, "RATE_LIMIT_EXCEEDED")
    assert refused.read_bytes == 0
    assert b'"limit":"uploadBytes"' in refused.body
    assert int(refused.headers["retry-after"]) == units(2 * len(body) - 1000, BYTE_SECONDS)
    assert "ratelimit-remaining" in refused.headers
    assert listed.status_code == 200, "what sends nothing is not held up"


async def test_a_body_larger_than_the_burst_is_taken_after_a_rest_and_paid_for_afterwards(edge: EdgeUnderTest) -> None:
    async with limited(edge, upload_bytes=slow_bytes(100)) as strict, strict.client() as client:
        large = await client.post(ASYNC, files={"file": ("a.txt", b"x" * 500)})
        small = await client.post("/v1/api-keys", json={"name": "x", "scopes": ["jobs:read"]})

    assert (large.status_code, small.status_code) == (202, 429)
    assert small.json()["error"]["details"]["limit"] == "uploadBytes"


async def test_a_body_without_declared_length_is_counted_as_it_is_read(edge: EdgeUnderTest) -> None:
    limits = {"upload_bytes": slow_bytes(3 * MIB), "max_file_bytes": 8 * MIB, "lingering_bytes": 0}
    form = [part("file", b"x" * 400_000, file_name="a.txt"), END]
    async with limited(edge, **limits) as strict:
        small = [await post(strict.app, ASYNC, form, key=strict.key) for _ in range(2)]
        endless = await post(
            strict.app, ASYNC, [part("file", b"", file_name="b.txt"), *[b"x" * MIB] * 6], key=strict.key
        )
        late = await post(strict.app, ASYNC, form, key=strict.key)

    assert [one.status for one in small] == [202, 202]
    assert (endless.status, endless.code) == (429, "RATE_LIMIT_EXCEEDED")
    # Two small ones and three pieces passed the limit; the piece that found it so was the last.
    assert 3 * MIB < endless.read_bytes < 5 * MIB
    assert (late.status, late.read_bytes) == (429, 0)
    assert edge.incoming == []


async def test_a_call_without_body_counts_no_bytes(edge: EdgeUnderTest) -> None:
    async with limited(edge, upload_bytes=slow_bytes(1)) as strict, strict.client() as client:
        job_id = "job_01hf7yat00e2pbd2pq9j0m4x6z"
        answers = [await client.post(f"/v1/jobs/{job_id}/cancel") for _ in range(3)]
        answers += [await client.post("/v1/webhooks/default-secret") for _ in range(2)]

    assert [one.status_code for one in answers] == [404, 404, 404, 200, 200]


async def test_an_upload_that_is_broken_off_keeps_nothing_busy(edge: EdgeUnderTest) -> None:
    async with limited(edge, upload_bytes=slow_bytes(10 * MIB)) as strict:
        await post(strict.app, ASYNC, [part("file", b"x" * 1000, file_name="a.txt"), HangUp], key=strict.key)
        answer = await post(strict.app, ASYNC, [part("file", b"x", file_name="a.txt"), END], key=strict.key)

    assert answer.status == 202


# Keys that are guessed.


async def test_guessing_is_slowed_by_address_whatever_x_forwarded_for_says(edge: EdgeUnderTest) -> None:
    async with limited(edge, auth_failures=slow(20)) as strict, strict.client("") as nobody:
        answers = [
            await nobody.get("/v1/jobs", headers={"X-API-Key": new_key(), "X-Forwarded-For": f"203.0.113.{number}"})
            for number in range(100)
        ]
        nothing_sent = await nobody.get("/v1/jobs")

    assert [one.status_code for one in answers] == [401] * 20 + [429] * 80
    assert answers[-1].json()["error"]["details"]["limit"] == "authFailures"
    assert int(answers[-1].headers["retry-after"]) == units(1)
    assert nothing_sent.status_code == 401


async def test_a_right_key_is_not_found_by_guessing_on_and_known_ones_go_on(edge: EdgeUnderTest) -> None:
    unknown = await edge.key_of(organizations.DEFAULT, Scope.ADMIN)
    async with (
        limited(edge, auth_failures=slow(3)) as strict,
        strict.client() as known,
        strict.client("") as guesser,
    ):
        assert (await known.get("/v1/jobs")).status_code == 200
        for _ in range(4):
            refused = await guesser.get("/v1/jobs", headers={"X-API-Key": new_key()})
        hit = await guesser.get("/v1/jobs", headers={"X-API-Key": unknown})
        beside = await known.get("/v1/jobs")

    assert (refused.status_code, hit.status_code, beside.status_code) == (429, 429, 200)


async def test_keys_that_are_known_but_closed_are_no_guesses(edge: EdgeUnderTest, client: httpx2.AsyncClient) -> None:
    body = {"name": "old", "scopes": ["jobs:read"], "expiresAt": "2020-01-01T00:00:00Z"}
    expired = (await client.post("/v1/api-keys", json=body)).json()["data"]["key"]
    async with limited(edge, auth_failures=slow(2)) as strict, strict.client(expired) as user:
        answers = [await user.get("/v1/jobs") for _ in range(5)]

    assert {code_of(one) for one in answers} == {"API_KEY_EXPIRED"}


async def test_behind_trusted_proxies_each_client_is_counted_by_its_own_address(edge: EdgeUnderTest) -> None:
    async with (
        limited(edge, auth_failures=slow(2), trusted_proxies=1) as strict,
        strict.client(new_key()) as proxy,
    ):

        async def from_(forwarded: str) -> int:
            return (await proxy.get("/v1/jobs", headers={"X-Forwarded-For": forwarded})).status_code

        guesser = [await from_(f"10.9.8.{number}, 203.0.113.7") for number in range(4)]
        neighbor = await from_("203.0.113.7, 203.0.113.8")

    assert (guesser, neighbor) == ([401, 401, 429, 429], 401)


@pytest.mark.parametrize("key", ["frc_short", "nonsense", ""])
async def test_what_has_not_even_the_form_of_a_key_counts_too(edge: EdgeUnderTest, key: str) -> None:
    async with limited(edge, auth_failures=slow(2)) as strict, strict.client("") as nobody:
        answers = [await nobody.get("/v1/jobs", headers={"X-API-Key": key}) for _ in range(3)]

    assert [one.status_code for one in answers] == [401, 401, 429]
