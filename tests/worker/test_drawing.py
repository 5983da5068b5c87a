"""A page is drawn as it stood upright when it was read."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from tests.support.pdfs import a_turned_pdf

from docurift.model.document import MediaType
from docurift.model.failure import FailureCode
from docurift.model.work import Limits, Refused, RenderOrder
from docurift.worker.child import Picture, Sandbox, memory_file


@pytest_asyncio.fixture
async def drawing() -> AsyncIterator[Sandbox]:
    one = Sandbox()
    yield one
    await one.close()


async def drawn(sandbox: Sandbox, data: bytes, *, rotation: int | None = None, page: int = 1) -> object:
    order = RenderOrder(page=page, dpi=72, rotation=rotation, media_type=MediaType.PDF, password=None, limits=Limits())
    with memory_file(data) as document:
        return await sandbox.render(order, document)


def turned(degrees: int) -> bytes:
    return a_turned_pdf(degrees, [], crop=(0, 0, 100, 200))


@pytest.mark.parametrize(
    ("own", "read", "size"),
    [(0, None, (100, 200)), (90, None, (200, 100)), (0, 90, (200, 100)), (90, 90, (200, 100)), (90, 180, (100, 200))],
)
async def test_a_page_is_turned_as_far_as_it_was_read(
    drawing: Sandbox, own: int, read: int | None, size: tuple[int, int]
) -> None:
    picture = await drawn(drawing, turned(own), rotation=read)

    assert isinstance(picture, Picture)
    assert (picture.width, picture.height) == size
    assert len(picture.pixels) == picture.width * picture.height * picture.channels


async def test_a_page_that_is_not_there_is_refused(drawing: Sandbox) -> None:
    refused = await drawn(drawing, turned(0), page=2)

    assert isinstance(refused, Refused)
    assert refused.code is FailureCode.FILE_CORRUPT
