"""Pictures of the pages that the model is told, where the operator wants it to see them."""

from collections.abc import Sequence
from typing import Final

from docurift.model.work import LlmImage, LlmPage, WorkOrder
from docurift.pipeline.ports import DocumentError, PageSource, Pixels

# Letters of 6 points are still 8 pixels high; models of vision scale larger pictures down.
_DPI: Final = 100.0


def pictures_of(
    pages: Sequence[LlmPage], source: PageSource, order: WorkOrder
) -> tuple[tuple[LlmImage, ...], tuple[Pixels, ...]]:
    """The pictures of `pages` and their pixels. A page that cannot be drawn has none, and its words are told all the
    same; so have those that would make all of them larger than one raster may be.
    """
    images: list[LlmImage] = []
    pictures: list[Pixels] = []
    left = order.limits.max_raster_pixels
    for page in pages:
        try:
            pixels = source.render(page.number, dpi=_DPI, limits=order.limits)
        except DocumentError:
            continue
        height, width = pixels.shape[:2]
        if height * width > left:
            break
        left -= height * width
        channels = 1 if pixels.ndim == 2 else pixels.shape[2]  # noqa: PLR2004 - rows and columns
        images.append(LlmImage(page=page.number, width=width, height=height, channels=channels))
        pictures.append(pixels)
    return tuple(images), tuple(pictures)
