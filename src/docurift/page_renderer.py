"""Draws pages for the edge in a sandbox of its own: the API holds credentials, so it opens no document itself."""

from dataclasses import replace
from typing import Final

import msgspec
import zstandard

from docurift.api.services import NotDrawableError, Raster
from docurift.model.document import Document
from docurift.model.failure import FailureCode
from docurift.model.result import Page, TextSource
from docurift.model.work import MIB, Limits, RenderOrder
from docurift.storage import pages
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.worker.child import Picture, Sandbox, memory_file
from docurift.worker.forks import ZygoteLostError

_PAGE: Final = msgspec.json.Decoder(Page)
_MAX_PAGE_BYTES: Final = 64 * MIB
# An A2 page at 200 dpi. The pixels pass through the API, whose memory has to stay small.
_PICTURE_PIXELS: Final = 16_000_000


class SandboxRenderer:
    """The edge's `PageRenderer`. Its zygote is started by the first drawing."""

    def __init__(self, db: Database, blobs: Blobs, sandbox: Sandbox, *, limits: Limits) -> None:
        self._db, self._blobs, self._sandbox = db, blobs, sandbox
        self._limits = replace(limits, max_raster_pixels=min(limits.max_raster_pixels, _PICTURE_PIXELS))

    async def render(self, document: Document, *, page: int, dpi: int) -> Raster:
        """Page `page` (from 1) as it stands upright, so that boxes of its words fit; at `dpi` or less.

        Raises:
            NotDrawableError: the document or this page cannot be drawn.
            BlobMissingError, BlobCorruptError: the document's bytes are gone or damaged.
        """
        content = document.content
        if content is None:
            raise NotDrawableError(FailureCode.BLOB_MISSING)
        order = RenderOrder(
            page=page,
            dpi=dpi,
            rotation=await self._rotation(document, page),
            media_type=content.media_type,
            password=None,  # wiped when the job was final
            limits=self._limits,
        )
        data = await self._blobs.read(document.organization_id, content.sha256)
        try:
            with memory_file(data) as descriptor:
                drawn = await self._sandbox.render(order, descriptor)
        except ZygoteLostError as error:
            raise NotDrawableError(FailureCode.ENGINE_UNAVAILABLE) from error
        if not isinstance(drawn, Picture):
            raise NotDrawableError(drawn.code)
        return Raster(width=drawn.width, height=drawn.height, channels=drawn.channels, pixels=drawn.pixels)

    async def _rotation(self, document: Document, number: int) -> int | None:
        """How OCR found that the page has to be turned; None where the file's own word is enough."""
        async with self._db.reading() as conn:
            location = await pages.locate(
                conn, organization_id=document.organization_id, document_id=document.id, number=number
            )
        if location is None:
            return None
        frame = await self._blobs.read_range(
            document.organization_id, location.sha256, location.offset, location.offset + location.length
        )
        page = _PAGE.decode(zstandard.ZstdDecompressor().decompress(frame, max_output_size=_MAX_PAGE_BYTES))
        return page.rotation if page.text_source is TextSource.OCR else None
