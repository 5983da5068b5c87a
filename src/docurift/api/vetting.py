"""Addresses that a caller gives, held to the egress guard before anything is stored (security.md section 7, rule 7)."""

from docurift.api.problems import ErrorCode, Problem
from docurift.egress.guard import Guard
from docurift.egress.refusals import UrlNotAllowedError


async def vet(guard: Guard, field: str, url: str) -> None:
    """Return if `url`, given as `field`, may be called as far as can be told now.

    Raises:
        Problem: `URL_NOT_ALLOWED`.
    """
    try:
        await guard.vet(url)
    except UrlNotAllowedError as error:
        details = {"field": field, "reason": error.reason}
        raise Problem(ErrorCode.URL_NOT_ALLOWED, str(error), details=details) from error
