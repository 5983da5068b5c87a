"""Turns what libraries throw at damaged files into an honest refusal."""

import zipfile
import zlib
from collections.abc import Generator
from contextlib import contextmanager
from struct import error as StructError  # noqa: N812 - the library's own name is a bare `error`

from docurift.model.failure import FailureCode, Stage
from docurift.pipeline.ports import DocumentError

# What parsers raise on hostile bytes, found by fuzzing. Not MemoryError, which is a verdict of its own, nor what only a
# mistake of ours could raise (NameError, ImportError).
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RecursionError,
    StructError,
    SyntaxError,  # Pillow's for a broken header; lxml's parse errors are of this family too
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
)


@contextmanager
def refusing(
    *, stage: Stage = Stage.LOAD, page: int | None = None, code: FailureCode = FailureCode.FILE_CORRUPT
) -> Generator[None]:
    """Whatever a library says about damaged bytes inside this block leaves it as a `DocumentError` of `code`."""
    try:
        yield
    except _DAMAGE as error:
        raise DocumentError(code, stage=stage, page=page) from error
