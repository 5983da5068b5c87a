"""Pixels of a PDF page, upright as it is displayed, within the raster limit; and how much of the page is a picture."""

import math
from dataclasses import dataclass

import numpy as np
import pypdfium2 as pdfium
from pypdfium2 import raw

from docurift.model.failure import FailureCode, Stage
from docurift.model.work import Limits
from docurift.pipeline.ports import DocumentError, Pixels

POINTS_PER_INCH = 72.0
# Drawing is refused, not attempted, below this: a page of 14,400 points gives 32 dpi at the default raster limit.
_MIN_SIDE_PIXELS = 1
# A page may hold millions of paths; a scan is one picture among the first few objects.
_MAX_OBJECTS = 2_000


@dataclass(frozen=True, slots=True)
class Picture:
    """The largest picture on a page: its share of the page's area, and its own resolution in dots per inch."""

    share: float
    dpi: float


def drawn(page: pdfium.PdfPage, number: int, *, dpi: float, limits: Limits, color: bool) -> tuple[Pixels, float]:
    """Page `number` as pixels, grey or RGB, and the resolution it was drawn at: `dpi`, or less if the limit asks so.

    Raises:
        DocumentError: `OUT_OF_MEMORY` or `FILE_CORRUPT`, if pdfium cannot make the raster.
    """
    width, height = page.get_size()
    allowed = math.sqrt(limits.max_raster_pixels / (width * height)) * POINTS_PER_INCH
    used = min(dpi, allowed)
    scale = used / POINTS_PER_INCH
    if min(width, height) * scale < _MIN_SIDE_PIXELS / 2:
        raise DocumentError(FailureCode.PAGE_TOO_LARGE, stage=Stage.READ, page=number)
    try:
        # The library's hints know whole scales only.
        bitmap = page.render(scale=scale, grayscale=not color, rev_byteorder=color, maybe_alpha=False)  # pyright: ignore[reportArgumentType]
    except (pdfium.PdfiumError, ValueError) as error:
        raise DocumentError(FailureCode.FILE_CORRUPT, stage=Stage.READ, page=number) from error
    try:
        pixels = np.array(bitmap.to_numpy(), dtype=np.uint8)
    finally:
        bitmap.close()
    return np.ascontiguousarray(pixels[:, :, :3] if color else pixels.reshape(pixels.shape[:2])), used


def largest_picture(page: pdfium.PdfPage) -> Picture | None:
    """The picture that covers most of the page, None if there is none among its first objects."""
    width, height = page.get_size()
    best: Picture | None = None
    for i, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3)):
        if i == _MAX_OBJECTS:
            break
        picture = _picture(item, width * height)
        if picture is not None and (best is None or picture.share > best.share):
            best = picture
    return best


def has_objects(page: pdfium.PdfPage) -> bool:
    """Whether anything at all is drawn on the page."""
    return raw.FPDFPage_CountObjects(page.raw) > 0 or raw.FPDFPage_GetAnnotCount(page.raw) > 0


def _picture(item: pdfium.PdfObject, page_area: float) -> Picture | None:
    try:
        left, bottom, right, top = item.get_bounds()
        columns, rows = item.get_px_size() if isinstance(item, pdfium.PdfImage) else (0, 0)
    except pdfium.PdfiumError:
        return None
    area = (right - left) * (top - bottom)
    if not math.isfinite(area) or area <= 0:
        return None
    return Picture(share=area / page_area, dpi=math.sqrt(columns * rows / area) * POINTS_PER_INCH)
