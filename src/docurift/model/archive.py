"""A batch's archive as it crosses the boundary to the sandboxed child: the order in, and file after file out.

The bytes of a file follow its `ItemBegun` in pieces; a fault may end it in between. What a fault means to the user is
decided here and not in the child, whose words are not to be believed.
"""

from dataclasses import dataclass
from enum import StrEnum

from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.work import MIB, Limits

PIECE_BYTES = MIB // 4


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveLimits:
    """The bounds of a batch's archive (security.md section 3.1). `max_entries` counts what is skipped too; a list of
    entries of more than `max_list_bytes` is not read at all.
    """

    max_items: int = 1_000
    max_bytes: int = 1024 * MIB
    max_item_bytes: int = 50 * MIB
    max_entries: int = 10_000
    max_list_bytes: int = 16 * MIB
    max_ratio: int = 200
    ratio_floor_bytes: int = 10 * MIB


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackOrder:
    """Hand out the files of the archive, in its own order; `limits` hold the child itself."""

    archive: ArchiveLimits
    limits: Limits


class ItemFault(StrEnum):
    """Why a file of an archive is not handed out."""

    FORBIDDEN_NAME = "forbidden_name"
    REPEATED_NAME = "repeated_name"
    NO_FILE = "no_file"
    DAMAGED = "damaged"
    UNKNOWN_METHOD = "unknown_method"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    UNFOLDS = "unfolds"
    OVERLAPS = "overlaps"


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveListed:
    """The archive is open; so many files will follow, folders and the litter of file managers left out."""

    items: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemBegun:
    """A file follows in pieces; `name` is the end of what the archive calls it."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemPiece:
    """At most `PIECE_BYTES` of it follow this frame."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemEnded:
    """The file is whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemRefused:
    """The file is not handed out, or not to its end."""

    name: str
    fault: ItemFault


@dataclass(frozen=True, slots=True, kw_only=True)
class Unpacked:
    """Every file was handed out or refused."""


_FAULTS: dict[ItemFault, tuple[FailureCode, str | None]] = {
    ItemFault.FORBIDDEN_NAME: (FailureCode.FILE_CORRUPT, "Its name in the archive leads to another folder."),
    ItemFault.REPEATED_NAME: (FailureCode.FILE_CORRUPT, "An earlier file of the archive has the same name."),
    ItemFault.NO_FILE: (FailureCode.FILE_CORRUPT, "In the archive it is a link or a device."),
    ItemFault.DAMAGED: (FailureCode.FILE_CORRUPT, "Its bytes in the archive are damaged."),
    ItemFault.UNKNOWN_METHOD: (FailureCode.FILE_CORRUPT, "Only files that are stored or deflated are unpacked."),
    ItemFault.ENCRYPTED: (FailureCode.FILE_ENCRYPTED, "The archive itself has to be without a password."),
    ItemFault.TOO_LARGE: (FailureCode.DECOMPRESSION_LIMIT, None),
    ItemFault.UNFOLDS: (FailureCode.DECOMPRESSION_LIMIT, None),
    ItemFault.OVERLAPS: (FailureCode.DECOMPRESSION_LIMIT, "It shares its bytes with other files of the archive."),
}


def failure_of(fault: ItemFault) -> Failure:
    """What the user reads about a file with this fault."""
    code, detail = _FAULTS[fault]
    return Failure.of(code, stage=Stage.LOAD, detail=detail)
