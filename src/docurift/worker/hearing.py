"""What a child says, heard with suspicion: caps, order of messages, page numbers, sizes, and its time.

A child that was taken over may say anything; what it says wrongly is a `LieError`, and the document's failure.
"""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Final, Protocol

from docurift.model.result import Page
from docurift.model.work import (
    MAX_LLM_FIELDS,
    Completed,
    Limits,
    LlmAnswer,
    LlmRequest,
    OcrReading,
    OcrRefused,
    OcrRequest,
    Opened,
    PageKnown,
    PageRead,
    Refused,
    Rendered,
    WorkOrder,
    weight_bytes,
)
from docurift.worker import frames
from docurift.worker.control import Raised
from docurift.worker.frames import Caps, Frame, FrameError, FrameTooLargeError, Vocabulary

Said = Opened | PageRead | OcrRequest | LlmRequest | Completed | Refused | Raised
_SAYINGS: Final[Vocabulary[Said]] = Vocabulary(Opened, PageRead, OcrRequest, LlmRequest, Completed, Refused, Raised)
_RENDERINGS: Final[Vocabulary[Rendered | Refused | Raised]] = Vocabulary(Rendered, Refused, Raised)
# The last message carries the text three times over: plain, as markdown and in the result.
_LAST_MESSAGE_FRAMES: Final = 4
_READINGS_PER_PAGE: Final = 8
_DETAIL_CHARACTERS: Final = 500
_CHANNELS: Final = (1, 3)


class LieError(Exception):
    """The child said what no honest child says."""


class OcrReader(Protocol):
    """Reads pixels in another process; never raises for what is in them."""

    async def read(self, request: OcrRequest, pixels: bytes) -> OcrReading | OcrRefused:
        """The words on `pixels`, or why not; takes no longer than OCR's own deadline."""
        ...


class LlmReader(Protocol):
    """Asks the language model; never raises for what it says."""

    async def ask(self, request: LlmRequest, pixels: bytes) -> LlmAnswer:
        """What it says, or why it was not heard; takes no longer than the terms of the order allow."""
        ...


class Listener(Protocol):
    """Hears how far a document is; must not block."""

    def opened(self, opened: Opened) -> None:
        """The document is open."""
        ...

    def page_read(self, page: Page) -> None:
        """A page is finished."""
        ...


class Deadline:
    """The time that a child has: a base, and more for each page that it has opened, up to a ceiling; and for no one
    page more than a document of one page has, so that a page that never ends leaves time for the others. It stands
    still while OCR reads or a language model answers, which have deadlines of their own; `paused_seconds` is how
    long it did.
    """

    def __init__(self, timeout: asyncio.Timeout, limits: Limits) -> None:
        self._timeout, self._limits = timeout, limits
        self._loop = asyncio.get_running_loop()
        begun = self._loop.time()
        self._ceiling = begun + limits.ceiling_seconds
        self._end = min(begun + limits.base_seconds, self._ceiling)
        self._timeout.reschedule(self._end)
        self.paused_seconds = 0.0

    def extend(self, pages: int) -> None:
        """Add the time of `pages` pages."""
        self._end = min(self._end + pages * self._limits.page_seconds, self._ceiling)
        self._timeout.reschedule(self._end)

    def next_page(self) -> None:
        """A page begins."""
        patience = self._limits.base_seconds + self._limits.page_seconds
        self._timeout.reschedule(min(self._loop.time() + patience, self._end))

    @contextmanager
    def paused(self) -> Generator[None]:
        """Stand still."""
        when, since = self._timeout.when(), self._loop.time()
        self._timeout.reschedule(None)
        try:
            yield
        finally:
            passed = self._loop.time() - since
            self._ceiling += passed
            self._end += passed
            self.paused_seconds += passed
            self._timeout.reschedule(None if when is None else when + passed)


class Hearing:
    """One child's conversation about one document."""

    def __init__(
        self, order: WorkOrder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, deadline: Deadline
    ) -> None:
        self._order, self._limits = order, order.limits
        self._reader, self._writer = reader, writer
        self._deadline = deadline
        self._opened: Opened | None = None
        self._seen = {page.number for page in order.known}
        self._readings = 0
        self._asked = False
        self._bytes_left = order.limits.max_output_bytes

    async def last_word(
        self, ocr: OcrReader, listener: Listener, llm: LlmReader | None = None
    ) -> Completed | Refused | Raised | None:
        """Order the work, listen to the end; None if the child fell silent. Without `llm` none may be asked for.

        Raises:
            LieError: a message that no honest child sends.
            FrameTooLargeError: more output than the limits allow.
        """
        await frames.write(self._writer, replace(self._order, known=(), known_pages=len(self._order.known)))
        for page in self._order.known:
            await frames.write(self._writer, PageKnown(page=page))
        while frame := await self._next():
            match frame.message:
                case Opened() as opened:
                    self._believe_opened(opened)
                    listener.opened(opened)
                    self._deadline.extend(max(1, opened.pages - len(self._order.known)))
                    self._deadline.next_page()
                case PageRead(page=page):
                    self._believe_page(page, frame.size)
                    listener.page_read(page)
                    self._deadline.next_page()
                case OcrRequest() as request:
                    self._believe_pixels(request, len(frame.payload))
                    with self._deadline.paused():
                        answer = await ocr.read(request, frame.payload)
                    await frames.write(self._writer, answer)
                case LlmRequest() as question:
                    await self._pass_on(question, frame.payload, llm)
                case Completed() as completed:
                    return self._believe_completed(completed)
                case Refused() as refused:
                    insist(len(refused.detail or "") <= _DETAIL_CHARACTERS, "a novel in place of a reason")
                    return refused
                case Raised() as raised:
                    return raised
        return None

    async def _pass_on(self, question: LlmRequest, pixels: bytes, llm: LlmReader | None) -> None:
        if llm is None:
            raise LieError("a question to nobody")
        self._believe_question(question, len(pixels))
        with self._deadline.paused():
            answer = await llm.ask(question, pixels)
        await frames.write(self._writer, answer)

    async def _next(self) -> Frame[Said] | None:
        caps = Caps(
            json_bytes=min(self._bytes_left, self._limits.max_frame_bytes * _LAST_MESSAGE_FRAMES),
            payload_bytes=self._limits.max_raster_pixels * max(_CHANNELS),
        )
        frame = await heard(self._reader, _SAYINGS, caps)
        if frame is not None:
            self._bytes_left -= frame.size - len(frame.payload)
        return frame

    def _believe_opened(self, opened: Opened) -> None:
        insist(self._opened is None, "opened twice")
        insist(1 <= opened.pages <= opened.page_count, "more pages to read than there are")
        insist(opened.pages <= self._limits.max_pages, "more pages than the limit")
        self._opened = opened

    def _believe_page(self, page: Page, size: int) -> None:
        if size > self._limits.max_frame_bytes:
            raise FrameTooLargeError(f"a page of {size} bytes")
        self._believe_number(page.number)
        insist(page.number not in self._seen, "a page read twice")
        self._seen.add(page.number)
        insist(self._opened is not None and len(self._seen) <= self._opened.pages, "more pages than announced")
        insist(_has_shape(page) and page.rotation in {0, 90, 180, 270}, "a page of no shape")
        for block in page.blocks:
            insist(all(0 <= word < len(page.words) for word in block.words), "a block of words that are not there")
            insist(block.table is None or 0 <= block.table < len(page.tables), "a block of a table that is not there")

    def _believe_pixels(self, request: OcrRequest, payload_bytes: int) -> None:
        self._believe_number(request.page)
        self._readings += 1
        insist(self._opened is not None and self._readings <= self._opened.pages * _READINGS_PER_PAGE, "OCR for ever")
        believe_raster(request.width, request.height, request.channels, payload_bytes)
        insist(request.width * request.height <= self._limits.max_raster_pixels, "a raster beyond the limit")

    def _believe_question(self, question: LlmRequest, payload_bytes: int) -> None:
        terms = self._order.llm
        if terms is None or self._asked:
            raise LieError("a question too many")
        self._asked = True
        insist(len(question.fields) <= MAX_LLM_FIELDS, "more values wanted of the model than the limit")
        numbers = [page.number for page in question.pages]
        insist(len(set(numbers)) == len(numbers) <= terms.max_pages, "more pages for the model than the limit")
        insist(self._seen.issuperset(numbers), "a page for the model that was not read")
        insist(sum(map(weight_bytes, question.pages)) <= terms.max_text_bytes, "more text for the model than the limit")
        for page in question.pages:
            rises = all(start < end for start, end in pairwise((*page.lines, len(page.words))))
            insist(page.lines[:1] == (0,) and rises, "lines of words that are not there")
        insist(terms.images or not question.images, "pictures that nobody wants")
        for image in question.images:
            insist(image.page in numbers, "the picture of another page")
            insist(min(image.width, image.height) >= 1 and image.channels in _CHANNELS, "a picture of no shape")
        pixels = sum(image.width * image.height * image.channels for image in question.images)
        insist(pixels == payload_bytes, "not as many pixels as announced")

    def _believe_number(self, number: int) -> None:
        insist(self._opened is not None and 1 <= number <= self._opened.page_count, "a page that is not there")

    def _believe_completed(self, completed: Completed) -> Completed:
        extraction = completed.extraction
        insist(self._opened is not None and extraction.page_count == self._opened.page_count, "another page count")
        insist(extraction.pages_processed <= len(self._seen), "more pages processed than read")
        insist(0 <= extraction.confidence <= 1, "a confidence that is none")
        return completed


async def hear_rendering(reader: asyncio.StreamReader, limits: Limits) -> Frame[Rendered | Refused | Raised] | None:
    """The one answer to an order to draw a page; None if the child fell silent.

    Raises:
        LieError: as `Hearing.last_word`.
        FrameTooLargeError: as `Hearing.last_word`.
    """
    caps = Caps(json_bytes=limits.max_frame_bytes, payload_bytes=limits.max_raster_pixels * max(_CHANNELS))
    frame = await heard(reader, _RENDERINGS, caps)
    if frame is not None and isinstance(frame.message, Rendered):
        drawn = frame.message
        believe_raster(drawn.width, drawn.height, drawn.channels, len(frame.payload))
    return frame


async def heard(reader: asyncio.StreamReader, vocabulary: Vocabulary[frames.T], caps: Caps) -> Frame[frames.T] | None:
    """The next frame; a reset connection is an end, a broken frame is a lie."""
    try:
        return await frames.read(reader, vocabulary, caps)
    except FrameTooLargeError:
        raise
    except FrameError as error:
        raise LieError(str(error)) from error
    except OSError:
        return None


def _has_shape(page: Page) -> bool:
    """Whether the page has two sides, or is one that failed: nothing is known of it, and nothing stands on it."""
    failed = page.width == page.height == 0 and not (page.words or page.blocks or page.tables)
    return failed or (page.width > 0 and page.height > 0)


def believe_raster(width: int, height: int, channels: int, payload_bytes: int) -> None:
    """Insist that the pixels are as many as announced.

    Raises:
        LieError: they are not.
    """
    insist(width >= 1 and height >= 1 and channels in _CHANNELS, "a raster of no shape")
    insist(width * height * channels == payload_bytes, "not as many pixels as announced")


def insist(truth: bool, lie: str) -> None:  # noqa: FBT001 - reads like assert, which optimization removes
    """Raise `LieError` unless `truth`."""
    if not truth:
        raise LieError(lie)
