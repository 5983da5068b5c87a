import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from docurift.model.png import encode


@given(
    width=st.integers(1, 40), height=st.integers(1, 40), channels=st.sampled_from([1, 3]), seed=st.binary(min_size=1)
)
def test_what_is_encoded_is_decoded_by_pillow_pixel_by_pixel(
    width: int, height: int, channels: int, seed: bytes
) -> None:
    pixels = (seed * (width * height * channels))[: width * height * channels]

    with Image.open(io.BytesIO(encode(width, height, channels, pixels, dpi=150)), formats=["PNG"]) as image:
        assert image.size == (width, height)
        assert image.mode == ("L" if channels == 1 else "RGB")
        assert image.info["dpi"] == pytest.approx((150, 150), abs=0.02)
        assert image.tobytes() == pixels


def test_a_large_picture_is_written_in_several_bands() -> None:
    pixels = bytes(range(256)) * 12_000

    with Image.open(io.BytesIO(encode(1_000, 1_024, 3, pixels, dpi=72))) as image:
        assert image.tobytes() == pixels


@pytest.mark.parametrize(("channels", "size"), [(2, 8), (3, 11), (1, 3), (1, 0)])
def test_pixels_that_do_not_fit_their_description_are_refused(channels: int, size: int) -> None:
    with pytest.raises(ValueError, match="do not fit"):
        encode(2, 2, channels, bytes(size), dpi=72)
