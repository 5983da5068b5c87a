"""Addresses that a caller gives, held to the egress guard before anything is stored (security.md section 7, rule 7)."""

import asyncio
from collections.abc import Iterable
from contextlib import suppress
from typing import Final
from urllib.parse import urlsplit

from docurift.api.problems import ErrorCode, Problem
from docurift.egress.guard import Guard
from docurift.egress.refusals import UrlNotAllowedError

_AT_ONCE: Final = 32
_ALL_SECONDS: Final = 5.0


async def vet(guard: Guard, field: str, url: str) -> None:
    """Return if `url`, given as `field`, may be called as far as can be told now.

    Raises:
        Problem: `URL_NOT_ALLOWED`.
    """
    try:
        await guard.vet(url)
    except UrlNotAllowedError as error:
        raise _refusal(field, error) from error


async def vet_all(guard: Guard, urls: Iterable[tuple[str, str]]) -> None:
    """As `vet` for many, each given as (field, url). A thousand of one host ask for its name once; names that are not
    answered in a few seconds pass, as one that does not resolve does: whoever calls it looks again.

    Raises:
        Problem: `URL_NOT_ALLOWED`, of the first that is refused.
    """
    by_origin: dict[tuple[str, str], tuple[str, str]] = {}
    for field, url in urls:
        try:
            guard.check(url)
        except UrlNotAllowedError as error:
            raise _refusal(field, error) from error
        parts = urlsplit(url)
        by_origin.setdefault((parts.scheme, parts.netloc), (field, url))
    asked = list(by_origin.values())
    with suppress(TimeoutError):
        async with asyncio.timeout(_ALL_SECONDS):
            for at in range(0, len(asked), _AT_ONCE):
                await asyncio.gather(*(vet(guard, field, url) for field, url in asked[at : at + _AT_ONCE]))


def _refusal(field: str, error: UrlNotAllowedError) -> Problem:
    return Problem(ErrorCode.URL_NOT_ALLOWED, str(error), details={"field": field, "reason": error.reason})
