import numpy as np
import pytest

from docurift.engines.ocr_recognizer import STRIP_HEIGHT, Character, Strip
from docurift.engines.ocr_words import words_of

LETTER = 16


def a_strip(*gaps: int) -> tuple[Strip, list[tuple[float, float]]]:
    """A strip of black letters, `gaps` pixels between them, cut from a page at half the size; and their places."""
    pixels = np.full((STRIP_HEIGHT, 600), 255, np.uint8)
    places: list[tuple[float, float]] = []
    x = 10
    for gap in (*gaps, 0):
        pixels[12:36, x : x + LETTER] = 0
        places.append((float(x), float(x + LETTER)))
        x += LETTER + gap
    return Strip(pixels, np.array(((0.5, 0.0, 100.0), (0.0, 0.5, 200.0)))), places


def read(text: str, gaps: list[int], blanks: list[float]) -> list[str]:
    strip, places = a_strip(*gaps)
    beliefs = [0.0, *blanks]
    characters = [
        Character(letter, 1.0, start, end, belief)
        for letter, (start, end), belief in zip(text, places, beliefs, strict=True)
    ]
    return [word.text for word in words_of(strip, characters)]


@pytest.mark.parametrize(
    ("gap", "belief", "words"),
    [
        (2, 0.9, ["a", "b"]),  # the recognizer saw a blank
        (2, 0.2, ["a", "b"]),  # it thought of one
        (2, 0.03, ["ab"]),  # hardly, and there is no room
        (12, 0.03, ["a", "b"]),  # hardly, but there is room
        (12, 0.001, ["ab"]),  # not at all: a typewriter
        (40, 0.001, ["a", "b"]),  # no typewriter is that wide
    ],
)
def test_a_blank_is_where_the_recognizer_and_the_ink_agree(gap: int, belief: float, words: list[str]) -> None:
    assert read("ab", [gap], [belief]) == words


def test_a_word_s_box_is_around_its_ink_in_pixels_of_the_page() -> None:
    strip, ((start, _), (_, end)) = a_strip(2)
    characters = [Character("a", 1.0, start, start + LETTER, 0.0), Character("b", 0.25, end - LETTER, end, 0.0)]

    (word,) = words_of(strip, characters)

    assert word.box == pytest.approx((100 + start / 2, 206, 100 + end / 2, 218))
    assert word.confidence == pytest.approx(0.5)


def test_a_strip_without_characters_has_no_words() -> None:
    assert words_of(a_strip(2)[0], []) == []
