"""Which settings give a worker a language model, and which stop it."""

from contextlib import AsyncExitStack

import pytest

from docurift import settings, wiring
from docurift.settings import SettingsError

NAMED = {"DOCURIFT_LLM_URL": "http://127.0.0.1:8000/v1/", "DOCURIFT_LLM_MODEL": "m"}


async def test_no_model_is_asked_unless_one_is_named() -> None:
    async with AsyncExitStack() as stack:
        assert wiring._language_model(settings.read({}), stack) is None


async def test_a_named_model_is_asked_within_the_bounds_that_are_set() -> None:
    given = {"DOCURIFT_LLM_MAX_PAGES": "4", "DOCURIFT_LLM_MAX_TOKENS": "8000", "DOCURIFT_LLM_IMAGES": "on"}
    async with AsyncExitStack() as stack:
        model = wiring._language_model(settings.read(NAMED | given), stack)

    assert model is not None
    assert (model.model, model.max_tokens, model.organizations) == ("m", 8_000, None)
    assert (model.terms.max_pages, model.terms.max_text_bytes, model.terms.images) == (4, 12_000, True)


@pytest.mark.parametrize(
    "url", ["http://user:secret@127.0.0.1/v1", "http://0x7f000001/v1", "http://api.example.com/v1#"]
)
async def test_a_url_that_may_not_be_called_stops_the_start(url: str) -> None:
    async with AsyncExitStack() as stack:
        with pytest.raises(SettingsError, match="DOCURIFT_LLM_URL"):
            wiring._language_model(settings.read(NAMED | {"DOCURIFT_LLM_URL": url}), stack)
