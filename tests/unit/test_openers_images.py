"""Images become pages: upright, grey or RGB, within the limits, read by OCR."""

from dataclasses import replace
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image
from tests.support import bombs
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.engines.openers import ContentOpeners
from docurift.model.failure import FailureCode
from docurift.model.result import LengthUnit, TextSource, WarningCode
from docurift.model.work import Limits
from docurift.pipeline.ports import DocumentError, Pixels

ORIENTATION = 0x0112


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:  # noqa: ANN401 - Pillow's own options
    target = BytesIO()
    image.save(target, kind, **options)
    return target.getvalue()


def shown(data: bytes, limits: Limits | None = None, page: int = 1) -> Pixels:
    """What OCR gets to see."""
    order, ocr = a_work_order(limits=limits or Limits()), ScriptedOcr()
    ContentOpeners().open(data, order).read(page, order, ocr)
    return ocr.shown[0]


def refusal(data: bytes, limits: Limits | None = None) -> FailureCode:
    with pytest.raises(DocumentError) as caught:
        shown(data, limits)
    return caught.value.code


def a_corner(width: int = 40, height: int = 20) -> Image.Image:
    """White, with a black square in its top left corner."""
    image = Image.new("L", (width, height), 255)
    image.paste(0, (0, 0, 8, 8))
    return image


def test_a_picture_is_one_page_in_pixels_with_the_words_of_ocr() -> None:
    order, ocr = a_work_order(), ScriptedOcr(text="Invoice 12")

    source = ContentOpeners().open(saved(a_corner()), order)
    page = source.read(1, order, ocr)

    assert source.page_count == 1
    assert (page.width, page.height, page.unit) == (40, 20, LengthUnit.PIXEL)
    assert page.text_source is TextSource.OCR
    assert [word.text for word in page.words] == ["Invoice", "12"]


def test_without_ocr_a_picture_has_no_text() -> None:
    order, ocr = a_work_order(ocr_fallback=False), ScriptedOcr()

    page = ContentOpeners().open(saved(a_corner()), order).read(1, order, ocr)

    assert page.text_source is TextSource.NONE
    assert ocr.shown == []


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_every_exif_orientation_is_turned_upright_once(kind: str, orientation: int) -> None:
    back = [0, 0, 2, 3, 4, 5, 8, 7, 6][orientation]  # what turns an upright picture into the stored one
    turns = [None, None, 0, 3, 1, 5, 4, 6, 2]
    turn = turns[back]
    stored = a_corner() if turn is None else a_corner().transpose(Image.Transpose(turn))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation

    pixels = shown(saved(stored.convert("RGB"), kind, exif=exif))

    assert pixels.shape[:2] == (20, 40)
    assert pixels[3, 3].max() < 60
    assert pixels[3, 36].min() > 200
    assert pixels[16, 3].min() > 200


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "I;16", "I"])
def test_every_depth_and_colour_model_ends_as_black_on_white(mode: str) -> None:
    kind = "TIFF" if mode in {"CMYK", "I"} else "PNG"
    if mode in {"I;16", "I"}:
        wide = np.asarray(a_corner()).astype(np.uint16 if mode == "I;16" else np.int32) * 257
        image = Image.fromarray(wide)
    else:
        image = a_corner().convert("RGB").convert(mode)

    pixels = shown(saved(image, kind))

    assert pixels.dtype == np.uint8
    assert pixels.ndim == 2 or pixels.shape[2] == 3
    assert pixels[3, 3].max() < 10
    assert pixels[15, 30].min() > 245


def test_what_is_transparent_is_paper() -> None:
    image = Image.new("RGBA", (10, 10), (0, 0, 0, 0))

    assert shown(saved(image)).min() == 255
    assert shown(saved(image.convert("LA"))).min() == 255


def test_twelve_bit_scans_are_not_black() -> None:
    image = Image.fromarray(np.asarray(a_corner()).astype(np.uint16) * 16)

    assert shown(saved(image, "TIFF")).max() == 255


def test_frames_of_a_tiff_are_pages() -> None:
    frames = [Image.new("L", (10 + n, 10), 60 * n) for n in range(3)]
    data = saved(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    order, ocr = a_work_order(), ScriptedOcr()

    source = ContentOpeners().open(data, order)
    pages = [source.read(number, order, ocr) for number in (3, 1, 2)]

    assert source.page_count == 3
    assert [page.width for page in pages] == [12, 10, 11]
    assert [int(pixels[0, 0]) for pixels in ocr.shown] == [120, 0, 60]


def test_frames_of_a_gif_are_pages_and_those_of_a_webp_are_not() -> None:
    frames = [Image.new("L", (10, 10), shade) for shade in (0, 255)]
    order = a_work_order()

    gif = ContentOpeners().open(saved(frames[0], "GIF", save_all=True, append_images=frames[1:]), order)
    webp = ContentOpeners().open(saved(frames[0], "WEBP", save_all=True, append_images=frames[1:]), order)

    assert (gif.page_count, webp.page_count) == (2, 1)


@pytest.mark.parametrize("kind", ["TIFF", "GIF"])
def test_more_frames_than_the_limit_are_too_many_pages(kind: str) -> None:
    frames = [Image.new("L", (4, 4), shade) for shade in range(6)]
    data = saved(frames[0], kind, save_all=True, append_images=frames[1:])

    assert refusal(data, replace(Limits(), max_frames=5)) is FailureCode.TOO_MANY_PAGES
    assert shown(data, replace(Limits(), max_frames=6)).shape[:2] == (4, 4)


def test_resolution_goes_to_ocr_where_it_can_be_true() -> None:
    order, ocr = a_work_order(), ScriptedOcr()

    for dpi in (300, 1, 72):
        image = Image.new("L", (2_400, 100), 255)
        ContentOpeners().open(saved(image, dpi=(dpi, dpi)), order).read(1, order, ocr)

    assert ocr.dpi[0] == pytest.approx(300, abs=0.1)
    assert ocr.dpi[1:] == [None, None]


def test_a_fax_gets_square_pixels() -> None:
    image = a_corner(width=408, height=196)

    assert shown(saved(image, "TIFF", dpi=(204, 98))).shape == (408, 408)


def test_a_picture_beyond_the_raster_limit_is_reduced_with_a_warning() -> None:
    order = a_work_order(limits=replace(Limits(), max_raster_pixels=1_000))
    ocr = ScriptedOcr()

    page = ContentOpeners().open(saved(Image.new("L", (100, 40)), dpi=(300, 300)), order).read(1, order, ocr)

    assert ocr.shown[0].shape == (20, 50)
    assert ocr.dpi == [pytest.approx(150, abs=0.1)]
    assert [(warning.code, warning.page) for warning in page.warnings] == [(WarningCode.PAGE_DOWNSCALED, 1)]


def test_rendering_reduces_to_the_resolution_and_never_enlarges() -> None:
    order = a_work_order()
    source = ContentOpeners().open(saved(a_corner(300, 150), dpi=(300, 300)), order)

    assert source.render(1, dpi=100, limits=order.limits).shape == (50, 100)
    assert source.render(1, dpi=600, limits=order.limits).shape == (150, 300)
    assert ContentOpeners().open(saved(a_corner()), order).render(1, dpi=36, limits=order.limits).shape == (20, 40)


JPEG = saved(Image.effect_noise((64, 64), 80), "JPEG")


@pytest.mark.parametrize(
    "data",
    [
        bombs.png(65_000, 65_000, pixels=False),
        bombs.png(32_001, 10, pixels=False),
        bombs.png(10_000, 8_001, pixels=False),
        bombs.gif_claim(),
        bombs.tiff_claim(),
        bombs.jpeg_claim(JPEG),
    ],
    ids=["png", "one side", "just over", "gif", "tiff", "jpeg"],
)
@pytest.mark.timeout(2)
@pytest.mark.alone
def test_a_size_beyond_the_limits_is_refused_before_decoding(data: bytes) -> None:
    assert refusal(data) is FailureCode.PAGE_TOO_LARGE


def test_a_frame_beyond_the_limits_spoils_its_page_only() -> None:
    frames = [Image.new("L", (10, 10)), Image.new("L", (50, 10))]
    order = a_work_order(limits=replace(Limits(), max_image_side_pixels=40))
    source = ContentOpeners().open(saved(frames[0], "TIFF", save_all=True, append_images=frames[1:]), order)

    assert source.read(1, order, ScriptedOcr()).width == 10
    with pytest.raises(DocumentError) as caught:
        source.read(2, order, ScriptedOcr())
    assert (caught.value.code, caught.value.page) == (FailureCode.PAGE_TOO_LARGE, 2)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_half_a_picture_is_corrupt(kind: str) -> None:
    data = saved(Image.effect_noise((64, 64), 80), kind)

    assert refusal(data[: len(data) // 2]) is FailureCode.FILE_CORRUPT


def test_a_decoder_that_is_not_there_is_named() -> None:
    assert refusal(b"\0\0\0\x18ftypheic\0\0\0\0mif1heic") is FailureCode.ENGINE_UNAVAILABLE
