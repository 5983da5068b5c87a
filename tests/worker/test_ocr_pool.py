import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from tests.support.drawn_pages import a_page, a_request

from docurift.model.failure import FailureCode
from docurift.model.work import MIB, OcrAnswer, OcrReading, OcrRefused
from docurift.worker.reader import OcrLimits, OcrPool

PAGE = a_page("Hello world")
FULL_PAGE = a_page(*("The quick brown fox jumps over the lazy dog" for _ in range(30)), size=(1600, 2300))


@pytest_asyncio.fixture
async def pools() -> AsyncIterator[list[OcrPool]]:
    made: list[OcrPool] = []
    yield made
    await asyncio.gather(*(pool.close() for pool in made))


def a_pool(pools: list[OcrPool], processes: int = 1, limits: OcrLimits | None = None) -> OcrPool:
    pools.append(OcrPool(processes, limits=limits))
    return pools[-1]


async def read(pool: OcrPool, *, full: bool = False) -> OcrAnswer:
    page = FULL_PAGE if full else PAGE
    return await pool.read(a_request(page), page.tobytes())


def pids(pool: OcrPool) -> list[int]:
    return [slot.process.process.pid for slot in pool._slots if slot.process]


async def a_stopped_process(pool: OcrPool) -> int:
    """The pool's process, ready and halted: it answers nothing more."""
    await read(pool)
    (pid,) = pids(pool)
    os.kill(pid, signal.SIGSTOP)
    return pid


def text(answer: OcrAnswer) -> str:
    assert isinstance(answer, OcrReading), answer
    return " ".join(word.text for word in answer.words)


def code(answer: OcrAnswer) -> FailureCode:
    assert isinstance(answer, OcrRefused), answer
    return answer.code


async def test_no_process_is_started_before_the_first_page(pools: list[OcrPool]) -> None:
    pool = a_pool(pools, processes=2)

    assert pids(pool) == []
    assert text(await read(pool)) == "Hello world"
    assert len(pids(pool)) == 1


async def test_pages_are_read_side_by_side_and_further_ones_wait(pools: list[OcrPool]) -> None:
    pool = a_pool(pools, processes=2)

    answers = await asyncio.gather(*(read(pool) for _ in range(5)))

    assert [text(answer) for answer in answers] == ["Hello world"] * 5
    assert len(pids(pool)) == 2


async def test_the_process_keeps_nothing_of_our_environment(
    pools: list[OcrPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCURIFT_DATABASE_URL", "postgresql://somewhere")
    pool = a_pool(pools)
    await read(pool)
    (pid,) = pids(pool)

    if os.geteuid() != 0:
        pytest.skip("only root may look into a process that is shut in")
    environment = Path(f"/proc/{pid}/environ").read_bytes()
    assert b"DOCURIFT" not in environment
    assert b"OMP_THREAD_LIMIT=1" in environment


async def test_a_reading_beyond_its_deadline_is_ended_and_the_next_one_works(pools: list[OcrPool]) -> None:
    pool = a_pool(pools)
    first = await a_stopped_process(pool)

    pool._limits = OcrLimits(page_seconds=0.1)
    assert code(await read(pool)) is FailureCode.PROCESSING_TIMEOUT
    pool._limits = OcrLimits()

    assert not Path(f"/proc/{first}").exists()
    assert text(await read(pool)) == "Hello world"


async def test_a_reading_beyond_its_memory_is_ended(pools: list[OcrPool]) -> None:
    pool = a_pool(pools, limits=OcrLimits(memory_bytes=64 * MIB))

    assert code(await read(pool, full=True)) is FailureCode.OUT_OF_MEMORY
    assert pids(pool) == []


async def test_a_worn_process_is_replaced(pools: list[OcrPool]) -> None:
    pool = a_pool(pools, limits=OcrLimits(worn_pages=2))
    await read(pool)
    first = pids(pool)
    await read(pool)

    assert pids(pool) == []
    assert text(await read(pool)) == "Hello world"
    assert pids(pool) != first


async def test_a_process_that_dies_fails_its_page_only(pools: list[OcrPool]) -> None:
    pool = a_pool(pools)
    pid = await a_stopped_process(pool)

    reading = asyncio.ensure_future(read(pool))
    os.kill(pid, signal.SIGKILL)

    assert code(await reading) is FailureCode.PARSER_CRASHED
    assert text(await read(pool)) == "Hello world"


async def test_a_cancelled_reading_ends_its_process_and_does_not_answer_the_next_one(pools: list[OcrPool]) -> None:
    pool = a_pool(pools)
    pid = await a_stopped_process(pool)

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(read(pool), 0.1)

    assert not Path(f"/proc/{pid}").exists()
    assert text(await read(pool)) == "Hello world"


async def test_a_language_that_cannot_be_read_costs_no_process(pools: list[OcrPool]) -> None:
    pool = a_pool(pools)
    await read(pool)
    before = pids(pool)

    answer = await pool.read(a_request(PAGE, language="my"), PAGE.tobytes())

    assert code(answer) is FailureCode.ENGINE_UNAVAILABLE
    assert pids(pool) == before


async def test_closing_ends_every_process(pools: list[OcrPool]) -> None:
    pool = a_pool(pools)
    await read(pool)
    (pid,) = pids(pool)

    await pool.close()

    assert not Path(f"/proc/{pid}").exists()
