"""What makes the reading of a page the same as another one, so that it need not be done twice."""

import hashlib

import msgspec

from docurift.model.document import Content
from docurift.model.job import JobOptions


def engine_version_of(release: str) -> str:
    """What results and pages say they were read by."""
    return f"docurift-{release}"


def reading_of(content: Content, options: JobOptions, *, engine_version: str) -> bytes:
    """Digest of the bytes, the options that change how a page is read, and the engine; 32 bytes.

    Which pages are asked for, how many may fail and what is made of them afterwards change no page.
    """
    parts = (
        content.sha256,
        content.media_type,
        options.language,
        options.extract_tables,
        options.ocr_fallback,
        engine_version,
    )
    return hashlib.sha256(msgspec.json.encode(parts)).digest()
