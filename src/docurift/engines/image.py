"""Images by Pillow: allow-listed decoders, sizes checked before anything is decoded, frames of TIFF and GIF as pages.

Pixels are held to `max_raster_pixels` right after decoding: 80 megapixels of colour are 320 MB in Pillow, and the child
has 1 GiB.
"""

import math
import warnings as python_warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from PIL import Image

from docurift.engines.pixels import flattened, in_bytes, orientation_of, turned
from docurift.engines.refusal import refusing
from docurift.engines.tables import RasterTables
from docurift.model.failure import FailureCode, Stage
from docurift.model.result import LengthUnit, Page, ResultWarning, TextSource, WarningCode
from docurift.model.work import Limits, WorkOrder
from docurift.pipeline.ocr_page import page_from_reading
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, Pixels

_DECODERS = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF")
# Further frames of the others are moving pictures or a camera's second view, not pages.
_PAGED = frozenset({"TIFF", "GIF"})
_SANE_DPI = (50.0, 2400.0)
# Cameras write 72 or 96 without meaning it: a page of more than two feet is a photo of unknown scale.
_LONGEST_PAGE_INCHES = 24.0
# Faxes have twice as many columns as rows to the inch.
_SQUARE_ENOUGH = 1.1
_MAX_STRETCH = 4.0


def open_image(data: bytes, order: WorkOrder) -> "ImageSource":
    """The image `data`, by the first of the allowed decoders that knows its header.

    Raises:
        DocumentError: as `Opener`.
    """
    return ImageSource(data, order.limits)


class ImageSource:
    """An opened image; its pages are as many as its frames."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Read the header, and of TIFF and GIF the list of frames.

        Raises:
            DocumentError: `PAGE_TOO_LARGE`, `TOO_MANY_PAGES` or `FILE_CORRUPT`.
        """
        self._data, self._limits = data, limits
        with _reading(stage=Stage.LOAD, page=None):
            image = _open(data, limits)
            self._frames = _count_frames(image, limits) if image.format in _PAGED else 1
        # Frames build on each other: a paged image stays open, a single one is opened again, so that its pixels are
        # held once.
        self._paged = image if self._frames > 1 else None

    @property
    def page_count(self) -> int:
        """How many frames the image has."""
        return self._frames

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        """Nothing is repaired in an image."""
        return ()

    @property
    def einvoice(self) -> EInvoice | None:
        """A picture carries none."""
        return None

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        """Frame `number`, by OCR; without words where OCR is not wanted."""
        frame = self._frame(number, self._limits)
        height, width = frame.pixels.shape[:2]
        warnings = (_downscaled(number, frame.factor),) if frame.factor > 1 else ()
        if not order.ocr_fallback:
            return Page(
                number=number,
                width=width,
                height=height,
                unit=LengthUnit.PIXEL,
                rotation=0,
                text_source=TextSource.NONE,
                warnings=warnings,
            )
        return page_from_reading(
            ocr.read(frame.pixels, page=number, language=order.language, dpi=frame.dpi),
            number=number,
            width=width,
            height=height,
            unit=LengthUnit.PIXEL,
            pixels=frame.pixels,
            tables=RasterTables() if order.extract_tables else None,
            warnings=warnings,
        )

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        """Frame `number` as EXIF displays it, reduced to `dpi` where its own resolution is known; never enlarged."""
        frame = self._frame(number, limits)
        if frame.dpi is None or frame.dpi <= dpi:
            return frame.pixels
        height, width = frame.pixels.shape[:2]
        size = max(1, round(width * dpi / frame.dpi)), max(1, round(height * dpi / frame.dpi))
        return np.asarray(Image.fromarray(frame.pixels).resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0))

    def close(self) -> None:
        """Let go of the pixels."""
        if self._paged is not None:
            self._paged.close()

    def _frame(self, number: int, limits: Limits) -> "_Frame":
        """Frame `number` as it is displayed, within the raster limit."""
        with _reading(stage=Stage.READ, page=number):
            image = self._paged or _open(self._data, limits)
            if self._paged is not None:
                image.seek(number - 1)
                _check_size(image, limits, page=number)
            resolution = _resolution(image)
            image.load()
            orientation = orientation_of(image)
            factor = _reduction(image, limits)
            small = in_bytes(image)
            small = flattened(small.reduce(factor) if factor > 1 else small)
            small = _squared(small, resolution, limits)
            pixels = np.asarray(turned(small, orientation))
        return _Frame(pixels, factor, max(resolution) / factor if resolution else None)


@dataclass(frozen=True, slots=True)
class _Frame:
    """`pixels` were reduced by `factor`; `dpi` is theirs, None where it is unknown."""

    pixels: Pixels
    factor: int
    dpi: float | None


@contextmanager
def _reading(*, stage: Stage, page: int | None) -> Generator[None]:
    """Damage leaves as `FILE_CORRUPT`, a size beyond the limits as `PAGE_TOO_LARGE`; other warnings are dropped."""
    with refusing(stage=stage, page=page), python_warnings.catch_warnings():
        python_warnings.simplefilter("ignore")
        python_warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            yield
        except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise DocumentError(FailureCode.PAGE_TOO_LARGE, stage=stage, page=page) from error


def _open(data: bytes, limits: Limits) -> Image.Image:
    Image.MAX_IMAGE_PIXELS = limits.max_image_pixels
    image = Image.open(BytesIO(data), formats=_DECODERS)
    _check_size(image, limits, page=1)
    return image


def _check_size(image: Image.Image, limits: Limits, *, page: int) -> None:
    side, area = max(image.size), image.width * image.height
    if side > limits.max_image_side_pixels or area > limits.max_image_pixels:
        raise DocumentError(FailureCode.PAGE_TOO_LARGE, page=page)


def _count_frames(image: Image.Image, limits: Limits) -> int:
    """How many frames there are, without decoding them; the first is current afterwards."""
    frames = _count_directories(image, limits) if image.format == "TIFF" else int(getattr(image, "n_frames", 1))
    if frames > limits.max_frames:
        raise DocumentError(FailureCode.TOO_MANY_PAGES)
    return frames


def _count_directories(image: Image.Image, limits: Limits) -> int:
    """The frames of a TIFF, up to one more than the limit: its own count follows a chain of millions to the end."""
    for following in range(1, limits.max_frames + 1):
        try:
            image.seek(following)
        except EOFError:
            image.seek(0)
            return following
    return limits.max_frames + 1


def _resolution(image: Image.Image) -> tuple[float, float] | None:
    """Columns and rows to the inch, where the file tells something that can be true."""
    try:
        x, y = (float(value) for value in image.info["dpi"])
    except (KeyError, TypeError, ValueError, ZeroDivisionError):
        return None
    low, high = _SANE_DPI
    if not (low <= x <= high and low <= y <= high and max(x, y) <= _MAX_STRETCH * min(x, y)):
        return None
    return None if max(image.width / x, image.height / y) > _LONGEST_PAGE_INCHES else (x, y)


def _reduction(image: Image.Image, limits: Limits) -> int:
    """The smallest whole factor that brings the image within the raster limit."""
    return math.ceil(math.sqrt(max(image.width * image.height / limits.max_raster_pixels, 1.0)))


def _squared(image: Image.Image, resolution: tuple[float, float] | None, limits: Limits) -> Image.Image:
    """`image` with square pixels: a fax has half as many rows as columns to the inch."""
    if resolution is None or max(resolution) < _SQUARE_ENOUGH * min(resolution):
        return image
    x, y = resolution
    size = round(image.width * max(y / x, 1.0)), round(image.height * max(x / y, 1.0))
    return image.resize(size) if size[0] * size[1] <= limits.max_raster_pixels else image


def _downscaled(number: int, factor: int) -> ResultWarning:
    return ResultWarning(
        code=WarningCode.PAGE_DOWNSCALED,
        message=f"The image is larger than is read; it was reduced to 1/{factor} of its width and height.",
        page=number,
    )
