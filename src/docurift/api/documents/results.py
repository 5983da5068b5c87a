"""Results and pages as they were stored, read back for an answer."""

from typing import Final

import msgspec

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import Services
from docurift.model.ids import OrganizationId
from docurift.model.result import Page
from docurift.storage.answered import Answered, answered, unpacked
from docurift.storage.pages import PageLocation
from docurift.storage.results import StoredResult

_PAGE: Final = msgspec.json.Decoder(Page)


async def read_result(services: Services, organization_id: OrganizationId, stored: StoredResult) -> Answered:
    """The stored answer.

    Raises:
        BlobMissingError, BlobCorruptError: its bytes are gone or damaged.
    """
    return await answered(services.blobs, organization_id=organization_id, stored=stored)


async def read_page(services: Services, organization_id: OrganizationId, location: PageLocation) -> Page:
    """The stored page; its frame carries a checksum.

    Raises:
        BlobMissingError: its bytes are gone.
    """
    start, end = location.offset, location.offset + location.length
    return _PAGE.decode(unpacked(await services.blobs.read_range(organization_id, location.sha256, start, end)))


def expired() -> Problem:
    """410: there was a result, and it was removed."""
    return Problem(ErrorCode.RESULT_EXPIRED)
