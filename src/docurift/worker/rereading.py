"""One document, in as many children as it takes: a child that dies costs its page, not the document.

Pages are read in order and each is handed over when it is finished, so the page that a child died of is the first one
that is missing; no search is needed. A child that died before it had opened the document, or after its last page, died
of the document as a whole.
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Final

from docurift.model.failure import FailureCode, Stage
from docurift.model.result import failed_page
from docurift.model.work import Refused, WorkOrder
from docurift.telemetry import log
from docurift.worker.child import Ending, Sandbox, memory_file
from docurift.worker.forks import ZygoteLostError
from docurift.worker.hearing import LlmReader, OcrReader
from docurift.worker.progress_writer import ProgressWriter
from docurift.worker.verdict import Killed

_DEATHS: Final = 2  # of one page, or of the document outside of its pages
_SANDBOXES: Final = 3
_LEAST_SECONDS: Final = 0.05

Again = Callable[[FailureCode, Ending], Awaitable[None]]
"""Told why a child died that is followed by another one, before that is started."""


@dataclass(slots=True, kw_only=True)
class Rereader:
    """Reads one document. `most_deaths` is how many children it may kill in all."""

    sandbox: Sandbox
    ocr: OcrReader
    most_deaths: int
    llm: LlmReader | None = None
    _deaths: Counter[int | None] = field(default_factory=Counter[int | None])
    _first_codes: dict[int | None, FailureCode] = field(default_factory=dict[int | None, FailureCode])
    _seconds: float = 0.0
    _late_seconds: float = 0.0  # of children whose page ran out of time

    async def read(self, order: WorkOrder, data: bytes, progress: ProgressWriter, again: Again) -> Ending:
        """What comes of the document, as the last child has it; a refusal names the page to blame. All children
        together have the time of one; those whose page ran out of its time count to the ceiling only.

        Raises:
            ZygoteLostError: zygotes were lost again and again.
            LeaseLostError: the job is not ours any more.
        """
        suspect = None
        while True:
            ending = await self._child(replace(order, suspect=suspect), data, progress)
            death = _death(ending)
            if death is None:
                return ending
            page = progress.next_page
            death = self._counted(death, page, ending)
            suspect = page if self._has_another_chance(death, page) else None
            if suspect is None and page is not None:
                log.warning("page.given_up", page=page, code=death.code)
                progress.page_read(failed_page(page, death.code))
            if reason := self._hopeless(death, page, order, progress):
                return replace(ending, verdict=reason)
            await again(death.code, ending)

    async def _child(self, order: WorkOrder, data: bytes, progress: ProgressWriter) -> Ending:
        """How one child ends; another takes its place if its zygote was lost, for which no document is to blame."""
        left_seconds = max(self._left_seconds(order, progress), _LEAST_SECONDS)
        for left in reversed(range(_SANDBOXES)):
            known = progress.begin_child()
            resumed = replace(order, known=known, limits=replace(order.limits, ceiling_seconds=left_seconds))
            try:
                with memory_file(data) as document:
                    ending = await self.sandbox.run(resumed, document, ocr=self.ocr, listener=progress, llm=self.llm)
            except ZygoteLostError:
                if not left:
                    raise
            else:
                self._seconds += ending.seconds
                return ending
        raise AssertionError

    def _left_seconds(self, order: WorkOrder, progress: ProgressWriter) -> float:
        """For all children to come: to the ceiling, and once a child has died to the time of a document like this."""
        limits = order.limits
        left = limits.ceiling_seconds - self._seconds
        if not self._deaths:
            return left
        whole = limits.base_seconds + limits.page_seconds * progress.wanted
        return min(left, whole - (self._seconds - self._late_seconds))

    def _counted(self, death: Killed, page: int | None, ending: Ending) -> Killed:
        """Count a death; a second try that ran out of what time the first had left died of the same."""
        self._deaths[page] += 1
        first = self._first_codes.setdefault(page, death.code)
        if death.code is not FailureCode.PROCESSING_TIMEOUT:
            return death
        self._late_seconds += ending.seconds
        return replace(death, code=first)

    def _has_another_chance(self, death: Killed, page: int | None) -> bool:
        """What ran out of time would only run out of it again."""
        return death.may_differ and death.code is not FailureCode.PROCESSING_TIMEOUT and self._deaths[page] < _DEATHS

    def _hopeless(self, death: Killed, page: int | None, order: WorkOrder, progress: ProgressWriter) -> Refused | None:
        """Why the document is given up, if it is."""
        failures = progress.pages.failures
        if len(failures) > order.page_error_limit * progress.wanted and failures[0].failure is not None:
            return Refused(code=failures[0].failure, stage=Stage.READ, page=failures[0].number)
        out_of_time = self._left_seconds(order, progress) <= 0
        of_the_document = page is None and not self._has_another_chance(death, page)
        if of_the_document or not death.may_differ or out_of_time or self._deaths.total() >= self.most_deaths:
            return Refused(code=death.code, stage=progress.stage, page=page)
        return None


def _death(ending: Ending) -> Killed | None:
    """Why the child ended without an outcome; memory that Python itself was refused counts as such a death."""
    match ending.verdict:
        case Killed() as killed:
            return killed
        case Refused(code=FailureCode.OUT_OF_MEMORY):
            return Killed(code=FailureCode.OUT_OF_MEMORY, detail="refused memory", may_differ=True)
        case _:
            return None
