"""A loop that answers is alive, however long it was not asked; one that does not is told as stalled."""

import asyncio
import time

from docurift.worker.pulse import Pulse

DEADLINE_SECONDS = 10


async def answered(pulse: Pulse) -> None:
    async with asyncio.timeout(DEADLINE_SECONDS):
        while not pulse._has_answered:  # noqa: ASYNC110 - the loop's next turn is what is waited for
            await asyncio.sleep(0)


async def test_a_loop_that_answers_has_not_stalled_however_seldom_it_is_asked() -> None:
    pulse = Pulse(stall_seconds=2.0)

    for _ in range(5):
        assert not pulse.has_stalled(waited_seconds=60.0)
        await answered(pulse)


async def test_a_loop_that_does_not_answer_has_stalled_after_its_seconds() -> None:
    pulse = Pulse(stall_seconds=2.0)

    asked = [pulse.has_stalled(waited_seconds=0.5) for _ in range(6)]  # the loop has no turn in between

    assert asked == [False, False, False, False, True, True]


async def test_a_loop_that_goes_on_after_all_is_alive_again() -> None:
    pulse = Pulse(stall_seconds=1.0)
    assert [pulse.has_stalled(waited_seconds=0.5) for _ in range(3)] == [False, False, True]

    await answered(pulse)

    assert [pulse.has_stalled(waited_seconds=0.5) for _ in range(3)] == [False, False, True]


async def test_a_process_that_was_stopped_as_a_whole_has_missed_one_question() -> None:
    pulse = Pulse(stall_seconds=1.0)

    assert not pulse.has_stalled(waited_seconds=0.5)
    time.sleep(1.5)  # noqa: ASYNC251 - neither loop nor watcher has a turn, as after SIGSTOP

    assert not pulse.has_stalled(waited_seconds=0.5)
