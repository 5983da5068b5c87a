"""An OpenAI-compatible endpoint of the loopback: it keeps what it is asked, and answers as the test says."""

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from docurift.egress.model_endpoint import ModelEndpoint, guard_of
from docurift.model.ids import JobId
from docurift.model.work import LlmTerms
from docurift.worker.llm import LanguageModel, Questions

Answer = Callable[["Question", asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True)
class Question:
    """A request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]

    @property
    def fields(self) -> list[str]:
        wanted = self.body["messages"][0]["content"].rpartition("\n")[2]
        return [one["field"] for one in json.loads(wanted)["fields"]]

    @property
    def pages(self) -> dict[int, list[str]]:
        """The words of each page that was told, in the order of their numbers."""
        content = self.body["messages"][1]["content"]
        text = content if isinstance(content, str) else content[0]["text"]
        found: dict[int, list[str]] = {}
        for page in json.loads(text)["pages"]:
            numbered = [word.partition(":") for line in page["lines"] for word in line.split(" ")]
            assert [int(number) for number, _, _ in numbered] == list(range(len(numbered)))
            found[page["page"]] = [word for _, _, word in numbered]
        return found

    def claim(self, pointer: str, text: str, *, page: int = 1, item: int = 0) -> dict[str, Any]:
        """An honest claim: the first run of words on the page that says `text`."""
        words, wanted = self.pages[page], text.split()
        starts = (i for i in range(len(words)) if words[i : i + len(wanted)] == wanted)
        start = next(starts)
        return a_claim(pointer, text, range(start, start + len(wanted)), page=page, item=item)


def a_claim(pointer: str, text: str, words: Sequence[int], *, page: int = 1, item: int = 0) -> dict[str, Any]:
    return {"field": pointer, "item": item, "page": page, "words": list(words), "text": text}


def claiming(claims: Callable[[Question], list[dict[str, Any]]], *, tokens: int = 100) -> Answer:
    """Answers with these claims, as a model would."""

    async def answer(question: Question, writer: asyncio.StreamWriter) -> None:
        await says(json.dumps({"claims": claims(question)}), tokens=tokens)(question, writer)

    return answer


def says(content: str, *, tokens: int = 100) -> Answer:
    """Answers with a completion of this content."""
    completion = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": content}}],
        "usage": {"prompt_tokens": tokens, "completion_tokens": 0, "total_tokens": tokens},
    }
    return sends(json.dumps(completion).encode())


def sends(body: bytes, *, status: str = "200 OK", headers: str = "") -> Answer:
    """Answers with these bytes."""

    async def answer(_question: Question, writer: asyncio.StreamWriter) -> None:
        head = f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\nContent-Type: application/json\r\n{headers}\r\n"
        writer.write(head.encode() + body)
        await writer.drain()

    return answer


async def floods(_question: Question, writer: asyncio.StreamWriter) -> None:
    """Never ends, and hurries."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" " * 65_536)
        await writer.drain()


async def drips(_question: Question, writer: asyncio.StreamWriter) -> None:
    """Never ends, and takes its time."""
    writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
    while True:
        writer.write(b" ")
        await writer.drain()
        await asyncio.sleep(0.02)


async def hangs_up(_question: Question, _writer: asyncio.StreamWriter) -> None:
    """Says nothing."""


@dataclass
class ModelServer:
    """Where it listens, how it answers, and what it was asked."""

    answer: Answer
    port: int = 0
    asked: list[Question] = field(default_factory=list[Question])

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/chat/completions"

    async def meet(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            request, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = json.loads(await reader.readexactly(int(headers["content-length"])))
            question = Question(request.split(" ")[1], headers, body)
            self.asked.append(question)
            await self.answer(question, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client hung up, as some tests want
        finally:
            writer.close()


@asynccontextmanager
async def a_model_server(answer: Answer) -> AsyncGenerator[ModelServer]:
    """A server that is stopped at the end, with whatever it was still sending."""
    one = ModelServer(answer)
    meetings: set[asyncio.Task[None]] = set()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        meeting = asyncio.current_task()
        assert meeting is not None
        meetings.add(meeting)
        with suppress(asyncio.CancelledError):  # asyncio's streams would complain of a cancelled meeting
            await one.meet(reader, writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    one.port = server.sockets[0].getsockname()[1]
    try:
        yield one
    finally:
        server.close()
        for meeting in meetings:
            meeting.cancel()
        await asyncio.gather(*meetings, return_exceptions=True)


TERMS = LlmTerms(max_pages=3, max_text_bytes=30_000, seconds=20.0)


@asynccontextmanager
async def a_language_model(
    url: str, *, terms: LlmTerms = TERMS, max_tokens: int = 20_000, key: str | None = "sk-test"
) -> AsyncGenerator[LanguageModel]:
    """A model behind `url`, as a worker has it."""
    endpoint = ModelEndpoint(guard_of(url), url, key=key, max_connections=2)
    try:
        yield LanguageModel(endpoint=endpoint, model="test-model", terms=terms, max_tokens=max_tokens)
    finally:
        await endpoint.close()


def questions(model: LanguageModel) -> Questions:
    return Questions(model, JobId("job_00000000000000000000000000"))
