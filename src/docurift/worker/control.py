"""What the worker and its zygote say to each other, one message a packet; file descriptors travel beside a `Fork`."""

from dataclasses import dataclass
from typing import Final

from docurift.worker.frames import Vocabulary

# A packet is a few hundred bytes; what is longer is cut by the kernel, and then refused as no JSON.
PACKET_BYTES: Final = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Start a child on the two descriptors sent along: the document, read-only, and its end of the channel.

    `memory_bytes` is address space beyond the zygote's own; after `ceiling_seconds` the zygote kills the child even
    if nobody asks it to.
    """

    id: int
    memory_bytes: int
    cpu_seconds: int
    ceiling_seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """End a child and all of its process group, now."""

    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The zygote is warm and single-threaded."""

    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Started:
    """The child runs."""

    id: int
    pid: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """The child is gone: its exit status, or minus the signal that ended it; `over_ceiling` if the zygote did."""

    id: int
    status: int
    peak_rss_bytes: int
    cpu_seconds: float
    over_ceiling: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Raised:
    """Said by a child on its channel: a Python error that is no outcome of the document. `where` are the innermost
    places in code; the error's own words stay behind, for they may quote the document.
    """

    kind: str
    where: tuple[str, ...]


TO_ZYGOTE: Final[Vocabulary[Fork | Kill]] = Vocabulary(Fork, Kill)
FROM_ZYGOTE: Final[Vocabulary[Ready | Started | Ended]] = Vocabulary(Ready, Started, Ended)
