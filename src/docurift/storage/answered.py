"""What completed jobs answered, read back from its stored bytes."""

from typing import Final

import msgspec
import zstandard
from msgspec import Raw, Struct

from docurift.model.ids import OrganizationId
from docurift.model.result import ResultWarning
from docurift.storage.blobs import Blobs
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


async def answered(blobs: Blobs, *, organization_id: OrganizationId, stored: StoredResult) -> Answered:
    """The stored answer.

    Raises:
        BlobMissingError, BlobCorruptError: its bytes are gone or damaged.
    """
    return _ANSWERED.decode(unpacked(await blobs.read(organization_id, stored.sha256)))


def unpacked(data: bytes) -> bytes:
    """The content of a stored frame."""
    return zstandard.ZstdDecompressor().decompress(data, max_output_size=_MAX_BYTES)
