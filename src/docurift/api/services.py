"""What the edge needs of the rest of the service, handed to it by the wiring."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from docurift.egress.guard import Guard
from docurift.model.checkpoint import engine_version_of
from docurift.model.document import Document
from docurift.model.failure import FailureCode
from docurift.model.rate import Rate
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.secrets import Secrets

MIB = 1024 * 1024
_REQUESTS: Final = Rate(per_second=300.0, burst=3_000)
_UPLOAD_BYTES: Final = Rate(per_second=100.0 * MIB, burst=2048 * MIB)
_AUTH_FAILURES: Final = Rate(per_second=0.5, burst=50)


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """A drawn page: `width * height * channels` bytes, row by row, top row first; `channels` is 1 (grey) or 3 (RGB)."""

    width: int
    height: int
    channels: int
    pixels: bytes = field(repr=False)


class NotDrawableError(Exception):
    """The page cannot be drawn; `code` says why, in the words of a job's own failure."""

    def __init__(self, code: FailureCode) -> None:
        super().__init__(code)
        self.code = code


class PageRenderer(Protocol):
    """Draws pages, in a sandboxed process."""

    async def render(self, document: Document, *, page: int, dpi: int) -> Raster:
        """Page `page` (from 1) as it is displayed, at `dpi` or less if a limit on pixels asks for it.

        Raises:
            NotDrawableError: the document or this page cannot be drawn.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EdgeLimits:
    """Bounds on what clients may send and ask (security.md section 3.1)."""

    max_file_bytes: int = 50 * MIB
    max_form_bytes: int = 64 * 1024  # what may stand around the file in a multipart body
    max_upload_json_bytes: int = 70_000_000
    max_json_bytes: int = MIB
    max_fields: int = 20
    max_field_bytes: int = 64 * 1024
    max_part_headers: int = 16
    max_part_header_bytes: int = 4 * 1024
    max_metadata_bytes: int = 16 * 1024
    max_schema_bytes: int = 16 * 1024
    max_schema_depth: int = 6
    max_schema_properties: int = 200
    max_pages: int = 2_000
    max_wait_seconds: float = 0.0  # of a job that nobody takes; 0: for ever
    retention_seconds: int = 0  # of jobs that name none; 0: for ever
    takes_file_urls: bool = True
    max_batch_items: int = 1_000
    max_batch_bytes: int = 1024 * MIB
    max_batch_json_bytes: int = 16 * MIB  # of a JSON body, or of the field `items`; held in memory
    max_inline_result_bytes: int = 4 * MIB
    max_running_jobs: int = 0  # of one organization, at a time; 0: no limit
    max_open_jobs: int = 100_000  # of one organization; 0: no limit
    max_open_pages: int = 1_000_000
    max_webhooks: int = 100  # endpoints of one organization
    upload_idle_seconds: float = 15.0
    upload_seconds: float = 600.0
    max_concurrent_uploads: int = 32
    max_concurrent_drawings: int = 2
    auth_cache_seconds: float = 5.0
    poll_seconds: float = 2.0  # how often a waiting call looks by itself, if no notice comes
    max_event_streams: int = 2_000  # of one process
    heartbeat_seconds: float = 15.0  # a stream says so when nothing happens
    stream_stall_seconds: float = 10.0  # a client that takes nothing for so long is cut off
    event_poll_seconds: float = 5.0  # how often a log with open streams is read, if no notice comes
    lingering_bytes: int = 8 * MIB  # read and thrown away after a refusal, so that the client sees the answer
    lingering_seconds: float = 2.0
    least_free_bytes: int = 512 * MIB  # of each disk that is watched; below this, uploads are answered 507
    least_free_share: float = 0.0
    requests: Rate | None = _REQUESTS  # of one API key; None: no limit
    upload_bytes: Rate | None = _UPLOAD_BYTES  # of one API key
    auth_failures: Rate | None = _AUTH_FAILURES  # of one address
    trusted_proxies: int = 0  # in front of the API; what they say of the client's address is believed


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything that the routes use. `link_secret` signs the links to page images; `allowed_hosts` are the names in
    lower case that the service answers to, all if None. `written` are the folders, by their part, whose disks are
    watched beside that of the blobs.
    """

    db: Database
    blobs: Blobs
    renderer: PageRenderer
    secrets: Secrets = field(repr=False)
    guard: Guard
    link_secret: bytes = field(repr=False)
    limits: EdgeLimits = EdgeLimits()
    allowed_hosts: frozenset[str] | None = None
    written: Mapping[str, Path] = field(default_factory=dict[str, Path])
    version: str = "0.1.0"

    @property
    def engine_version(self) -> str:
        """What the workers of this release read by."""
        return engine_version_of(self.version)
