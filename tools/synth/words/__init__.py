"""The word lists of the generator: one file for each language, and what trade has in common."""

from configparser import RawConfigParser
from functools import cache
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "de", "fr", "es", "it", "nl", "pt", "pl")
_BLANK_SEPARATED: Final = (
    "months",
    "columns",
    "first",
    "last",
    "stems",
    "vat",
    "scac",
    "prefixes",
    "airports",
    "flights",
)


@cache
def listed(file: str, section: str, name: str) -> tuple[str, ...]:
    """The words under `name` in `section` of a file of this folder; a list that ends in `|` has an empty word too.

    Raises:
        KeyError: there is no such list.
    """
    text = _sections(file)[section][name]
    if name in _BLANK_SEPARATED:
        return tuple(text.split())
    return tuple(part.strip() for part in text.split(" | ")) if not text.endswith("|") else _with_empty(text)


def has(file: str, section: str, name: str) -> bool:
    """Whether the file has such a list."""
    return name in _sections(file).get(section, {})


def _with_empty(text: str) -> tuple[str, ...]:
    return (*(part.strip() for part in text.rstrip("| ").split(" | ")), "")


@cache
def _sections(file: str) -> dict[str, dict[str, str]]:
    parser = RawConfigParser(delimiters=("=",))
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(Path(__file__).with_name(f"{file}.ini"), encoding="utf-8")
    return {name: dict(parser[name]) for name in parser.sections()}
