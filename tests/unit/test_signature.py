"""Signatures: the vectors of the handbook to the byte, and the official verifier's word on ours."""

import hashlib
import json
import re
import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from docurift.model import signature
from docurift.model.signature import BadSecretError, Scheme

AT = 1_700_000_000
FIRST_ID, SECOND_ID = "evt_000000000000000001", "evt_01hf7yat00e2pbd2pq9j0m4x6z"
FIRST = b'{"id":"evt_000000000000000001","type":"document.processing.completed","n":1}'
SECOND = (
    '{"id":"evt_01hf7yat00e2pbd2pq9j0m4x6z","type":"document.processing.completed","apiVersion":"2024-01-26",'
    '"createdAt":"2023-11-14T22:13:20.000Z","sequence":7,"data":{"fileName":"Müller.pdf"}}'
).encode()
NEW = "whsec_Abcdefghijklmnopqrstuvwxyz0123456789"
OLD = "whsec_0123456789zyxwvutsrqponmlkjihgfedcbA"
PLAIN = "my-own-secret"
VECTORS = [
    (
        *(FIRST_ID, FIRST, NEW, "5e33f238b367403473e9cfe6e198c225d35c9996b2a067cf6fa32101848390d1"),
        "MnCXUlBSqWG2F83dgAeX9ebGKKGxILWxQ5RUabSmOD0=",
    ),
    (
        *(SECOND_ID, SECOND, NEW, "8b96cc5789999ae5255a8f015f7d2f8cf21a79519ff710f5684e28f47475e08b"),
        "coRkr+mrCxppa1JbIvvREortlp6cX6UPtUg8d9niwBs=",
    ),
    (
        *(SECOND_ID, SECOND, OLD, "de7127192255b536842687732f6a56bbe20523399f489bdb5e76ae31dce5e97d"),
        "9K1ptbac1JmXc7PjRFakuQWKwz6sxyfN5ZVj+V+6C60=",
    ),
    (
        *(SECOND_ID, SECOND, PLAIN, "b88196f0e5f12604f4a29aae158207f2cf9ae08eccab640d8175b7179f051f68"),
        "F+Cl3CVhk9KsldjWTmGeuqLl6jJUxwUEm+9uApBdkaA=",
    ),
]


def holds(headers: Mapping[str, str], body: bytes, secret: str = NEW, *, now: int = AT) -> bool:
    findings = signature.verify(headers=headers, body=body, secret=secret, now=now)
    return bool(findings) and all(one.holds for one in findings)


def second(secret: str = NEW, previous: str | None = None) -> dict[str, str]:
    return signature.headers(event_id=SECOND_ID, body=SECOND, timestamp=AT, secret=secret, previous=previous)


def test_the_second_vector_is_the_handbooks_body() -> None:
    assert len(SECOND) == 190
    assert hashlib.sha256(SECOND).hexdigest() == "fbf0758eb193bd2de9f603e9e1d3b2a2bf3a32c929405223410b654b25512f62"


@pytest.mark.parametrize(("event_id", "body", "secret", "hexadecimal", "standard"), VECTORS)
def test_the_vectors_hold_to_the_byte(event_id: str, body: bytes, secret: str, hexadecimal: str, standard: str) -> None:
    headers = signature.headers(event_id=event_id, body=body, timestamp=AT, secret=secret)

    assert headers == {
        "X-DocuRift-Timestamp": "1700000000",
        "X-DocuRift-Event-Id": event_id,
        "X-DocuRift-Signature": hexadecimal,
        "webhook-id": event_id,
        "webhook-timestamp": "1700000000",
        "webhook-signature": f"v1,{standard}",
    }


def test_both_secrets_sign_during_a_rotation_the_new_one_first() -> None:
    headers = second(NEW, OLD)

    assert headers["X-DocuRift-Signature"] == VECTORS[1][3]
    assert headers["X-DocuRift-Signature-Previous"] == VECTORS[2][3]
    assert headers["webhook-signature"] == f"v1,{VECTORS[1][4]} v1,{VECTORS[2][4]}"
    assert holds(headers, SECOND, NEW)
    assert holds(headers, SECOND, OLD)


@pytest.mark.parametrize("secret", [NEW, OLD, PLAIN])
@pytest.mark.parametrize("rotated", [False, True])
def test_the_official_verifier_takes_ours(secret: str, *, rotated: bool) -> None:
    now = int(time.time())
    other = signature.new_secret()
    keys = (other, secret) if rotated else (secret, None)
    headers = signature.headers(event_id=SECOND_ID, body=SECOND, timestamp=now, secret=keys[0], previous=keys[1])

    key = secret if secret.startswith("whsec_") else secret.encode()
    assert Webhook(key).verify(SECOND, headers) == json.loads(SECOND)


def test_the_official_verifier_refuses_what_another_secret_signed() -> None:
    headers = signature.headers(event_id=SECOND_ID, body=SECOND, timestamp=int(time.time()), secret=OLD)

    with pytest.raises(WebhookVerificationError):
        Webhook(NEW).verify(SECOND, headers)


def test_a_new_secret_is_one_that_the_standard_takes() -> None:
    made = {signature.new_secret() for _ in range(100)}

    assert len(made) == 100
    assert all(re.fullmatch(r"whsec_[0-9A-Za-z]{36}", secret) for secret in made)
    for secret in made:
        signature.check_secret(secret)


BAD = ["", "x" * 513, "whsec_", "whsec_short", "whsec_" + "A" * 28, "whsec_" + "A" * 88, "whsec_" + "é" * 36, "\ud800"]


@pytest.mark.parametrize("secret", [*BAD, "whsec_" + "A" * 35, "whsec_" + "A" * 35 + "-"])
def test_a_secret_that_cannot_sign_is_refused(secret: str) -> None:
    with pytest.raises(BadSecretError):
        signature.check_secret(secret)


@pytest.mark.parametrize("secret", ["x", "x" * 512, "geheim-schlüssel", "whsec_" + "A" * 32, "whsec_" + "A" * 84])
def test_a_secret_of_the_callers_own_may_be_any_text(secret: str) -> None:
    signature.check_secret(secret)

    assert holds(second(secret), SECOND, secret)


@pytest.mark.parametrize(("now", "good"), [(AT + 300, True), (AT + 301, False), (AT - 300, True), (AT - 301, False)])
def test_a_request_is_taken_within_five_minutes(now: int, *, good: bool) -> None:
    assert holds(second(), SECOND, now=now) is good


def test_a_request_without_signatures_is_not_genuine() -> None:
    assert signature.verify(headers={}, body=SECOND, secret=NEW, now=AT) == ()


def test_headers_are_found_in_any_case() -> None:
    assert holds({name.upper(): value for name, value in second().items()}, SECOND)


def test_one_wrong_scheme_is_told_beside_a_right_one() -> None:
    headers = second() | {"webhook-signature": "v1,AAAA"}

    findings = signature.verify(headers=headers, body=SECOND, secret=NEW, now=AT)

    assert {one.scheme: one.holds for one in findings} == {Scheme.DOCURIFT: True, Scheme.STANDARD: False}


def test_a_signature_of_one_scheme_is_none_of_the_other() -> None:
    headers = second()
    swapped = {"webhook-signature": "v1," + headers["X-DocuRift-Signature"], "webhook-id": SECOND_ID}

    assert not holds(swapped | {"webhook-timestamp": str(AT)}, SECOND)


def test_a_body_that_is_no_json_has_no_id() -> None:
    headers = signature.headers(event_id="evt_1", body=b"[" * 100_000, timestamp=AT, secret=NEW)

    assert not holds(headers, b"[" * 100_000)


MATERIAL = sorted(second())


@given(st.sampled_from(["body", *MATERIAL]), st.integers(0, 10_000), st.integers(0, 7), st.sampled_from([NEW, PLAIN]))
def test_one_flipped_bit_anywhere_is_rejected(part: str, at: int, bit: int, secret: str) -> None:
    headers, body = second(secret), SECOND
    original = body if part == "body" else headers[part].encode()
    flipped = bytearray(original)
    flipped[at % len(flipped)] ^= 1 << bit

    if part == "body":
        body = bytes(flipped)
    else:
        headers[part] = flipped.decode("latin-1")

    assert not holds(headers, body, secret)


@given(st.text(min_size=1, max_size=40), st.binary(max_size=200), st.integers(0, 10**11))
def test_what_is_signed_is_verified(secret: str, body: bytes, at: int) -> None:
    text = json.dumps({"id": "evt_1", "body": body.hex()}).encode()
    try:
        signature.check_secret(secret)
    except BadSecretError:
        return

    headers = signature.headers(event_id="evt_1", body=text, timestamp=at, secret=secret)

    assert holds(headers, text, secret, now=at)
