import numpy as np
import pytest
from tests.support.drawn_pages import a_page

from docurift.engines.ocr_image import skew, straightened, turned

PROSE = tuple("The quick brown fox jumps over the lazy dog" for _ in range(8))


@pytest.mark.parametrize("degrees", [-3.0, -1.4, 0.0, 0.6, 1.6])
def test_the_skew_of_a_page_is_found_to_a_tenth_of_a_degree(degrees: float) -> None:
    page = a_page(*PROSE, degrees=-degrees)

    assert skew(page) == pytest.approx(degrees, abs=0.1)


def test_a_blank_page_is_not_skewed() -> None:
    assert skew(np.full((400, 300), 255, np.uint8)) == 0.0


def test_a_box_goes_back_to_where_it_was_on_the_skewed_page() -> None:
    page = a_page(degrees=-2.0)
    page = page.copy()
    page[100:110, 700:720] = 0
    page[0:40, :] = page[-40:, :] = 255
    ruled = np.minimum(page, a_page(*PROSE, degrees=-2.0))

    straight = straightened(ruled)
    corner = np.linalg.inv(np.vstack((straight.back, (0, 0, 1)))) @ (710, 105, 1)
    box = straight.given((corner[0] - 10, corner[1] - 5, corner[0] + 10, corner[1] + 5))

    assert box == pytest.approx((700, 100, 720, 110), abs=0.01)


def test_a_huge_page_is_shrunk_and_its_boxes_grow_back() -> None:
    page = np.full((6000, 6000), 255, np.uint8)

    straight = straightened(page)

    assert straight.pixels.size <= 16_100_000
    assert straight.given((0, 0, *straight.pixels.shape)) == pytest.approx((0, 0, 6000, 6000), abs=1)


def test_uneven_light_is_taken_out() -> None:
    shade = np.linspace(120, 250, 900)[None, :] * np.ones((600, 1))
    page = np.minimum(a_page("left and right"), shade).astype(np.uint8)

    level = straightened(page).pixels

    assert level[400:].min() > 240


@pytest.mark.parametrize("shape", [(1, 1), (1, 60), (60, 1), (3, 7)])
def test_the_smallest_pages_are_taken(shape: tuple[int, int]) -> None:
    assert straightened(np.full(shape, 255, np.uint8)).pixels.shape == shape


def test_turning_is_clockwise() -> None:
    page = np.array([[1, 2], [3, 4]], np.uint8)

    assert turned(page, 90).tolist() == [[3, 1], [4, 2]]
