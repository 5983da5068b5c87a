"""The child: shuts itself in, reads its order from the channel, reads the document, answers, and is gone.

Runs in a fork of the zygote. Nothing that it says is believed by the worker without a look (worker/child.py).
"""

import os
import resource
import socket
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import BinaryIO, Final, Protocol

import numpy as np

from docurift.engines.batch_archive import ArchiveSink
from docurift.model.archive import (
    ArchiveListed,
    ItemBegun,
    ItemEnded,
    ItemFault,
    ItemPiece,
    ItemRefused,
    Unpacked,
    UnpackOrder,
)
from docurift.model.failure import FailureCode, Stage
from docurift.model.result import Page
from docurift.model.sandbox import Probed, ProbeOrder
from docurift.model.work import (
    MIB,
    Completed,
    LlmAnswer,
    LlmReading,
    LlmRefused,
    LlmRequest,
    OcrReading,
    OcrRefused,
    OcrRequest,
    Opened,
    PageKnown,
    PageRead,
    Refused,
    Rendered,
    RenderOrder,
    WorkOrder,
)
from docurift.pipeline.ports import DocumentError, Llm, Ocr, Pixels, Sink
from docurift.worker import frames, jail, probes
from docurift.worker.control import Fork, Raised
from docurift.worker.frames import Caps, Vocabulary

EXIT_BROKEN: Final = 3  # the child could not even begin
_CAPS: Final = Caps(json_bytes=64 * MIB)  # from the worker, which is trusted
Order = WorkOrder | RenderOrder | UnpackOrder | ProbeOrder
_ORDERS: Final[Vocabulary[Order]] = Vocabulary(WorkOrder, RenderOrder, UnpackOrder, ProbeOrder)
_KNOWN: Final[Vocabulary[PageKnown]] = Vocabulary(PageKnown)
_OCR_ANSWERS: Final[Vocabulary[OcrReading | OcrRefused]] = Vocabulary(OcrReading, OcrRefused)
_LLM_ANSWERS: Final[Vocabulary[LlmReading | LlmRefused]] = Vocabulary(LlmReading, LlmRefused)
_READ_BYTES: Final = 16 * MIB
_PLACES_TOLD: Final = 6


class Work(Protocol):
    """What a child can do with a document's bytes; imported and warmed by the zygote."""

    @property
    def rules(self) -> int | None:
        """The Landlock rules that the child enters."""
        ...

    def read(self, data: bytes, order: WorkOrder, ocr: Ocr, sink: Sink, llm: Llm) -> Completed | Refused:
        """Read the document."""
        ...

    def render(self, data: bytes, order: RenderOrder) -> Pixels:
        """Draw one page."""
        ...

    def unpack(self, archive: BinaryIO, order: UnpackOrder, sink: ArchiveSink) -> None:
        """Hand out the files of a batch's archive."""
        ...


def run(document: int, channel: int, work: Work, *, fork: Fork, zygote: int) -> int:
    """Do the one order that comes over `channel`; the exit status."""
    _keep_only(document, channel, work.rules)
    walls = jail.Walls(
        address_space_bytes=jail.address_space_bytes() + fork.memory_bytes,
        cpu_seconds=fork.cpu_seconds,
        rules=work.rules,
    )
    jail.enter(walls, parent=zygote)
    with socket.socket(fileno=channel) as sock:
        _obey(sock, document, work)
    return 0


def _obey(sock: socket.socket, document: int, work: Work) -> None:
    frame = frames.receive(sock, _ORDERS, _CAPS)
    if frame is None:
        return
    try:
        _answer(sock, document, frame.message, work)
    except DocumentError as error:
        frames.send(sock, Refused(code=error.code, stage=error.stage, page=error.page, detail=error.detail))
    except MemoryError:
        frames.send(sock, Refused(code=FailureCode.OUT_OF_MEMORY, stage=Stage.READ))
    except Exception as error:  # noqa: BLE001 - the child's entry: one of the three places (style rule 11)
        frames.send(sock, _raised(error))


def _answer(sock: socket.socket, document: int, order: Order, work: Work) -> None:
    match order:
        case WorkOrder():
            conversation = Conversation(sock)
            whole = replace(order, known=tuple(_known(sock, order.known_pages)))
            frames.send(sock, work.read(_contents(document), whole, conversation, conversation, conversation))
        case RenderOrder():
            pixels = np.ascontiguousarray(work.render(_contents(document), order))
            frames.send(sock, Rendered(**_shape(pixels)), pixels.data)
        case UnpackOrder():
            with os.fdopen(document, "rb", closefd=False) as archive:  # too large to be held in memory
                work.unpack(archive, order, Parcels(sock))
            frames.send(sock, Unpacked())
        case ProbeOrder(hidden=hidden):
            kept = (document, sock.fileno(), work.rules)
            descriptors = frozenset(one for one in kept if one is not None)
            cell = probes.Cell(hidden=hidden, descriptors=descriptors, document=document)
            frames.send(sock, Probed(observations=probes.observe(cell)))


def _known(sock: socket.socket, count: int) -> Iterator[Page]:
    for _ in range(count):
        frame = frames.receive(sock, _KNOWN, _CAPS)
        if frame is None:
            os._exit(EXIT_BROKEN)  # the worker is gone
        yield frame.message.page


class Conversation:
    """The pipeline's surroundings, at the other end of the channel: the sink of pages, OCR, and a language model."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def opened(self, page_count: int, pages: int) -> None:
        """Tell how many pages there are and will be read."""
        frames.send(self._sock, Opened(page_count=page_count, pages=pages))

    def page_read(self, page: Page) -> None:
        """Hand a finished page over."""
        frames.send(self._sock, PageRead(page=page))

    def read(self, pixels: Pixels, *, page: int, language: str, dpi: float | None) -> OcrReading:
        """What OCR makes of `pixels`; waits for it.

        Raises:
            DocumentError: OCR could not read them.
        """
        whole = np.ascontiguousarray(pixels)
        request = OcrRequest(page=page, language=language, dpi=dpi, **_shape(whole))
        frames.send(self._sock, request, whole.data)
        frame = frames.receive(self._sock, _OCR_ANSWERS, _CAPS)
        if frame is None:
            os._exit(EXIT_BROKEN)  # the worker is gone
        if isinstance(frame.message, OcrRefused):
            raise DocumentError(frame.message.code, stage=Stage.READ, page=page, detail=frame.message.detail)
        return frame.message

    def ask(self, request: LlmRequest, pictures: Sequence[Pixels] = ()) -> LlmAnswer:
        """What the language model says; waits for it."""
        pixels = b"".join(np.ascontiguousarray(picture).data.cast("B") for picture in pictures)
        frames.send(self._sock, request, pixels)
        frame = frames.receive(self._sock, _LLM_ANSWERS, _CAPS)
        if frame is None:
            os._exit(EXIT_BROKEN)  # the worker is gone
        return frame.message


class Parcels:
    """The sink of an archive's files, at the other end of the channel."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock

    def listed(self, items: int) -> None:
        """Tell how many files there are."""
        frames.send(self._sock, ArchiveListed(items=items))

    def begun(self, name: str) -> None:
        """Announce a file."""
        frames.send(self._sock, ItemBegun(name=_sayable(name)))

    def piece(self, data: bytes) -> None:
        """Hand a piece of it over."""
        frames.send(self._sock, ItemPiece(), data)

    def ended(self) -> None:
        """Tell that it is whole."""
        frames.send(self._sock, ItemEnded())

    def refused(self, name: str, fault: ItemFault) -> None:
        """Tell why a file is not handed over."""
        frames.send(self._sock, ItemRefused(name=_sayable(name), fault=fault))


def _sayable(name: str) -> str:
    return name.encode("utf-8", "replace").decode()


def _shape(pixels: Pixels) -> dict[str, int]:
    height, width = pixels.shape[:2]
    return {"width": width, "height": height, "channels": 1 if pixels.ndim == 2 else pixels.shape[2]}  # noqa: PLR2004


def _contents(document: int) -> bytes:
    pieces: list[bytes] = []
    offset = 0
    while piece := os.pread(document, _READ_BYTES, offset):
        pieces.append(piece)
        offset += len(piece)
    return b"".join(pieces)


def _keep_only(*descriptors: int | None) -> None:
    """Close everything else, and put nothing behind standard input, output and error."""
    null = os.open(os.devnull, os.O_RDWR)
    for standard in range(3):
        os.dup2(null, standard)
    kept = sorted(descriptor for descriptor in descriptors if descriptor is not None)
    ends = [*kept, resource.getrlimit(resource.RLIMIT_NOFILE)[0]]
    for start, end in zip([2, *kept], ends, strict=True):
        os.closerange(start + 1, end)


def _raised(error: Exception) -> Raised:
    places = traceback.extract_tb(error.__traceback__)[-_PLACES_TOLD:]
    return Raised(
        kind=type(error).__name__,
        where=tuple(f"{os.path.basename(place.filename)}:{place.lineno} {place.name}" for place in places),  # noqa: PTH119
    )
