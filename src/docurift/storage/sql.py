"""Statements by name, from the .sql files beside this module."""

import re
from functools import cache
from importlib.resources import files
from typing import Final, LiteralString, cast

# psycopg takes a % anywhere for a placeholder, in comments too.
_COMMENT_LINE: Final = re.compile(r"^\s*--.*\n?", re.MULTILINE)


@cache
def statement(name: str) -> LiteralString:
    """The SQL of `sql/<name>.sql`, such as "jobs/by_id", without its comment lines.

    Raises:
        FileNotFoundError: there is no such file.
    """
    text = (files("docurift.storage") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    # The files are part of this package, so their text is as literal as a string in it.
    return cast("LiteralString", _COMMENT_LINE.sub("", text).strip())
