"""Pages of a document, as read and as drawn."""

import asyncio
from typing import Annotated, Final

from pydantic import Field
from starlette.responses import Response

from docurift.api.answers import success
from docurift.api.documents.handlers import DEFAULT_DPI, DRAWABLE, content_of, find_document
from docurift.api.documents.page_wire import PageOut
from docurift.api.documents.results import page_of, read_page, unfinished_page
from docurift.api.problems import ErrorCode, JobFailedProblem, Problem, invalid
from docurift.api.queries import PRINTABLE, TEXT, WHOLE, Absent, NoQuery, Query
from docurift.api.routes import Call
from docurift.api.services import NotDrawableError
from docurift.model import png
from docurift.model.document import Document
from docurift.model.failure import Failure, Stage
from docurift.storage import pages

MAX_PAGE: Final = 99_999
_NO_PAGE: Final = "This document has no such page, or it has not been read yet."
_NO_PICTURE: Final = "This document has no such page to draw; formats without fixed pages have none."


class ImageQuery(Query):
    """How large the picture is; the other parameters are those of a signed link."""

    dpi: Annotated[int, Field(ge=36, le=200), WHOLE] = Field(
        default=DEFAULT_DPI, description="Dots per inch; fewer where the picture would be too large."
    )
    organization: Annotated[str, Field(max_length=64, pattern=PRINTABLE), TEXT] | Absent = Field(
        default=None, description="Of a signed link, as it was given."
    )
    expires: Annotated[int, Field(ge=0, le=99_999_999_999), WHOLE] | Absent = Field(
        default=None, description="Of a signed link, as it was given."
    )
    signature: Annotated[str, Field(max_length=128, pattern=PRINTABLE), TEXT] | Absent = Field(
        default=None, description="Of a signed link, as it was given; stands for an API key."
    )


async def show_page(call: Call, query: NoQuery) -> Response:
    """One page as it was read, also before the whole document is."""
    del query
    number = page_number(call.path("n"))
    document = await find_document(call)
    async with call.services.db.reading() as conn:
        location = await pages.locate(
            conn, organization_id=call.organization_id, document_id=document.id, number=number
        )
        frame = None if location else await unfinished_page(conn, call.services.engine_version, document, number)
    if location is not None:
        page = await read_page(call.services, call.organization_id, location)
    elif frame is not None:
        page = page_of(frame)
    else:
        raise Problem(ErrorCode.NOT_FOUND, _NO_PAGE)
    return success(PageOut.of(page, document.id))


async def show_image(call: Call, query: ImageQuery) -> Response:
    """One page as a PNG."""
    number = page_number(call.path("n"))
    document = await find_document(call)
    is_beyond = document.page_count is not None and number > document.page_count
    if content_of(document).media_type not in DRAWABLE or is_beyond:
        raise Problem(ErrorCode.NOT_FOUND, _NO_PICTURE)
    picture = await _draw(call, document, number, query.dpi)
    return Response(picture, media_type="image/png", headers={"Cache-Control": "private, max-age=900"})


async def _draw(call: Call, document: Document, number: int, dpi: int) -> bytes:
    # A raster of a large page takes 40 MB and more: few at a time keep this process small.
    async with call.runtime.drawings:
        try:
            raster = await call.services.renderer.render(document, page=number, dpi=dpi)
        except NotDrawableError as error:
            failure = Failure.of(error.code, stage=Stage.READ, page=number)
            raise JobFailedProblem(failure, {"documentId": document.id, "page": number}) from error
        return await asyncio.to_thread(png.encode, raster.width, raster.height, raster.channels, raster.pixels, dpi=dpi)


def page_number(text: str) -> int:
    """The page in a path.

    Raises:
        Problem: `VALIDATION_ERROR`: it is no number from 1.
    """
    if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= MAX_PAGE:
        raise invalid("n", f"should be a page number, 1 to {MAX_PAGE}")
    return int(text)
