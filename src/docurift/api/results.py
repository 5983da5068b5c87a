"""Results and pages as they were stored, read back for an answer."""

from typing import Final

import msgspec
import zstandard
from msgspec import Raw, Struct

from docurift.api.problems import ErrorCode, Problem
from docurift.api.services import Services
from docurift.model.ids import OrganizationId
from docurift.model.result import Page, ResultWarning
from docurift.storage.pages import PageLocation
from docurift.storage.results import StoredResult

# A frame says its own size; this bounds what a damaged one may claim (work.Limits.max_output_bytes).
_MAX_BYTES: Final = 256 * 1024 * 1024
_EMPTY: Final = Raw(b"{}")


class Answered(Struct, frozen=True, kw_only=True):
    """What a completed job answered; the value tree and its evidence stay as JSON, since they only travel on."""

    result: Raw
    fields: Raw = _EMPTY
    warnings: tuple[ResultWarning, ...] = ()
    markdown: str = ""
    text: str = ""


_ANSWERED: Final = msgspec.json.Decoder(Answered)
_PAGE: Final = msgspec.json.Decoder(Page)


async def read_result(services: Services, organization_id: OrganizationId, stored: StoredResult) -> Answered:
    """The stored answer.

    Raises:
        BlobMissingError, BlobCorruptError: its bytes are gone or damaged.
    """
    return _ANSWERED.decode(_unpacked(await services.blobs.read(organization_id, stored.sha256)))


async def read_page(services: Services, organization_id: OrganizationId, location: PageLocation) -> Page:
    """The stored page; its frame carries a checksum.

    Raises:
        BlobMissingError: its bytes are gone.
    """
    start, end = location.offset, location.offset + location.length
    return _PAGE.decode(_unpacked(await services.blobs.read_range(organization_id, location.sha256, start, end)))


def expired() -> Problem:
    """410: there was a result, and it was removed."""
    return Problem(ErrorCode.RESULT_EXPIRED)


def _unpacked(data: bytes) -> bytes:
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
