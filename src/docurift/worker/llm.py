"""The language model, as jobs may use it: who may ask, what one job may spend, and what is told of it in the log.

Runs in the worker, outside of the sandbox. It opens no document; it passes words on that a child has read, and brings
claims back that the child proves on the page or drops.
"""

import asyncio
import time
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Final

from docurift.egress.model_endpoint import ModelEndpoint, ModelEndpointError, Trouble
from docurift.model.ids import JobId, OrganizationId
from docurift.model.job import Job
from docurift.model.work import LlmAnswer, LlmFault, LlmRefused, LlmRequest, LlmTerms
from docurift.telemetry import LLM_QUESTIONS, LLM_SECONDS, log
from docurift.worker import llm_chat
from docurift.worker.llm_chat import NonsenseError

# With less, an answer of a few claims would be cut off.
_LEAST_ANSWER_TOKENS: Final = 500
_FAULTS: Final[Mapping[Trouble, LlmFault]] = {
    Trouble.NOT_ALLOWED: LlmFault.UNREACHABLE,
    Trouble.TOO_LATE: LlmFault.TOO_LATE,
    Trouble.UNREACHABLE: LlmFault.UNREACHABLE,
    Trouble.REFUSED: LlmFault.REFUSED,
    Trouble.TOO_LONG: LlmFault.TOO_LONG,
}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class LanguageModel:
    """The operator's model behind its endpoint. `max_tokens` is what one job may spend, question and answer together;
    `organizations` are those whose documents may be told to it, None for all.
    """

    endpoint: ModelEndpoint
    model: str
    terms: LlmTerms
    max_tokens: int
    organizations: Collection[OrganizationId] | None = None

    def of_job(self, job: Job) -> "Questions | None":
        """What the job may ask with; None if its organization's documents stay here."""
        if self.organizations is not None and job.organization_id not in self.organizations:
            return None
        return Questions(self, job.id)


class Questions:
    """The questions of one job, on its budget: each of its children may ask one."""

    def __init__(self, model: LanguageModel, job_id: JobId) -> None:
        self._model, self._job_id, self._tokens_left = model, job_id, model.max_tokens

    @property
    def terms(self) -> LlmTerms:
        """Under which the job's children ask."""
        return self._model.terms

    async def ask(self, request: LlmRequest, pixels: bytes) -> LlmAnswer:
        """What the model claims, or why it was not heard; within the seconds of the terms."""
        begun = time.monotonic()
        answer = await self._answer(request, pixels)
        outcome = answer.fault.value if isinstance(answer, LlmRefused) else "answered"
        LLM_QUESTIONS.labels(outcome).inc()
        LLM_SECONDS.observe(time.monotonic() - begun)
        return answer

    async def _answer(self, request: LlmRequest, pixels: bytes) -> LlmAnswer:
        tokens = llm_chat.estimated_tokens(request)
        answer_tokens = self._tokens_left - tokens
        if answer_tokens < _LEAST_ANSWER_TOKENS:
            return self._unheard(LlmFault.OUT_OF_BUDGET, f"A question of some {tokens} tokens.")
        self._tokens_left = 0  # what a question that fails has cost, nobody tells
        try:
            body = await asyncio.to_thread(
                llm_chat.body_of, request, pixels, model=self._model.model, max_tokens=answer_tokens
            )
            said = await self._model.endpoint.ask(body, seconds=self._model.terms.seconds)
            heard = llm_chat.heard_in(said)
        except ModelEndpointError as error:
            return self._unheard(_FAULTS[error.trouble], error.reason)
        except NonsenseError as error:
            return self._unheard(LlmFault.NONSENSE, str(error))
        self._tokens_left = answer_tokens + tokens - max(tokens, heard.tokens or 0)
        log.info(
            "llm.answered",
            job_id=self._job_id,
            pages=len(request.pages),
            claims=len(heard.reading.claims),
            tokens=heard.tokens,
        )
        return heard.reading

    def _unheard(self, fault: LlmFault, reason: str) -> LlmRefused:
        log.warning("llm.unheard", job_id=self._job_id, fault=fault, reason=reason)
        return LlmRefused(fault=fault)
