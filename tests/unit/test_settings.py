"""What the environment may say, and what stops the start."""

from dataclasses import fields
from pathlib import Path

import pytest

from docurift import settings
from docurift.model.sandbox import Layer
from docurift.settings import Secret, Settings, SettingsError


def test_an_empty_environment_gives_safe_defaults() -> None:
    read = settings.read({})

    assert read.host == "127.0.0.1"
    assert not read.testing
    assert read.limits().max_pages == read.max_pages


def test_a_variable_of_each_kind_is_read() -> None:
    read = settings.read(
        {
            "DOCURIFT_DATA_DIR": "/srv/x",
            "DOCURIFT_DATABASE_URL": "postgresql://u:p@h/d",
            "DOCURIFT_SLOTS": "3",
            "DOCURIFT_LEASE_SECONDS": "12.5",
            "DOCURIFT_TESTING": "true",
            "DOCURIFT_FILE_URLS": "off",
        }
    )

    assert read.data_dir == Path("/srv/x")
    assert read.database_url == Secret("postgresql://u:p@h/d")
    assert (read.slots, read.lease_seconds, read.testing, read.file_urls) == (3, 12.5, True, False)


def test_options_of_the_command_line_win() -> None:
    assert settings.read({"DOCURIFT_PORT": "1"}, port=2, host=None).port == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DOCURIFT_SLOT", "3"),
        ("DOCURIFT_SLOTS", "many"),
        ("DOCURIFT_SLOTS", "0"),
        ("DOCURIFT_LEASE_SECONDS", "inf"),
        ("DOCURIFT_LEASE_SECONDS", "5"),
        ("DOCURIFT_PORT", "70000"),
        ("DOCURIFT_LOG_LEVEL", "loud"),
        ("DOCURIFT_FAILPOINT", "submit.committed:kill"),
        ("DOCURIFT_TEST_ENGINE", "planted_engine.py"),
        ("DOCURIFT_TESTING", "perhaps"),
        ("DOCURIFT_SANDBOX_REQUIRE", "landlock,selinux"),
        ("DOCURIFT_RATE_REQUESTS_PER_SECOND", "-1"),
        ("DOCURIFT_RATE_REQUESTS_PER_SECOND", "0.0001"),
        ("DOCURIFT_RATE_UPLOAD_BYTES_BURST", str(2**60)),
        ("DOCURIFT_RATE_AUTH_FAILURES_BURST", "0"),
        ("DOCURIFT_TRUSTED_PROXIES", "11"),
    ],
)
def test_a_wrong_variable_stops_the_start_and_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.read({name: value})


def test_an_empty_variable_and_those_of_the_client_change_nothing() -> None:
    assert settings.read({"DOCURIFT_SLOTS": "", "DOCURIFT_URL": "http://x", "DOCURIFT_API_KEY": "frc"}) == Settings()


def test_secrets_are_not_printed() -> None:
    assert "hunter2" not in repr(settings.read({"DOCURIFT_DATABASE_URL": "postgresql://u:hunter2@h/d"}))


def test_every_setting_has_a_sentence() -> None:
    assert all(one.metadata["doc"].endswith(".") for one in fields(Settings))


def test_settings_can_be_handed_to_another_process() -> None:
    chosen = settings.read({"DOCURIFT_DATABASE_URL": "postgresql://u:p@h/d", "DOCURIFT_TESTING": "1"}, port=0)

    assert settings.read(settings.environment_of(chosen)) == chosen


@pytest.mark.parametrize("key", ["changeme", "00" * 32, "ab" * 31, "xy" * 32])
def test_a_secret_key_that_is_none_stops_the_start_and_is_not_printed(key: str) -> None:
    with pytest.raises(SettingsError, match="DOCURIFT_SECRET_KEY") as caught:
        settings.read({"DOCURIFT_SECRET_KEY": key})

    assert key not in str(caught.value)


def test_required_layers_are_named_with_commas_between() -> None:
    assert settings.read({"DOCURIFT_SANDBOX_REQUIRE": "landlock, seccomp"}).required_layers() == {
        Layer.LANDLOCK,
        Layer.SECCOMP,
    }
    assert settings.read({}).required_layers() == frozenset()


@pytest.mark.parametrize(
    ("name", "given"),
    [
        ("DOCURIFT_LLM_MODEL", {"DOCURIFT_LLM_URL": "http://127.0.0.1:8000/v1"}),
        ("DOCURIFT_LLM_URL", {"DOCURIFT_LLM_MODEL": "m"}),
        ("DOCURIFT_LLM_URL", {"DOCURIFT_LLM_URL": "127.0.0.1:8000", "DOCURIFT_LLM_MODEL": "m"}),
        ("DOCURIFT_LLM_ORGANIZATIONS", {"DOCURIFT_LLM_ORGANIZATIONS": "acme"}),
    ],
)
def test_half_a_language_model_stops_the_start(name: str, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=name):
        settings.read(given)


def test_a_language_model_is_for_all_organizations_unless_some_are_named() -> None:
    one = "org_00000000000000000000000000"

    assert settings.read({}).organizations_of_llm() is None
    assert settings.read({"DOCURIFT_LLM_ORGANIZATIONS": f"{one}, "}).organizations_of_llm() == {one}
