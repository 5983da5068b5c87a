"""Secrets at rest open with their own key, for their own job, unchanged, or not at all."""

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docurift.model.ids import JobId
from docurift.storage.secrets import Secrets, SecretUnreadableError

SECRETS = Secrets(bytes(range(32)))
JOB = JobId("job_1")


@given(st.text())
def test_what_is_sealed_can_be_opened(text: str) -> None:
    assert SECRETS.unseal(SECRETS.seal(text, owner=JOB), owner=JOB) == text


@given(st.integers(0, 10_000))
def test_a_flipped_bit_is_refused(at: int) -> None:
    sealed = bytearray(SECRETS.seal("password", owner=JOB))
    sealed[at // 8 % len(sealed)] ^= 1 << at % 8

    with pytest.raises(SecretUnreadableError):
        SECRETS.unseal(bytes(sealed), owner=JOB)


def test_another_job_or_key_does_not_open_it() -> None:
    sealed = SECRETS.seal("password", owner=JOB)

    with pytest.raises(SecretUnreadableError):
        SECRETS.unseal(sealed, owner=JobId("job_2"))
    with pytest.raises(SecretUnreadableError):
        Secrets(bytes(range(1, 33))).unseal(sealed, owner=JOB)


@pytest.mark.parametrize("text", ["", "00", "zz" * 32, "00" * 32, "ff" * 32])
def test_a_key_that_is_no_secret_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hexadecimal|bytes?"):
        Secrets.from_hex(text)


def test_processes_that_start_together_make_one_key_for_their_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "secret-key"
    with ThreadPoolExecutor(8) as pool:
        several = list(pool.map(lambda _: Secrets.from_file(path), range(8)))

    sealed = several[0].seal("password", owner=JOB)

    assert all(one.unseal(sealed, owner=JOB) == "password" for one in several)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [entry.name for entry in tmp_path.iterdir()] == ["secret-key"]
