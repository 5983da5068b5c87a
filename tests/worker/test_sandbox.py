"""One bad document fails alone, by its own code; the sandbox, and the documents beside it, live on."""

import asyncio
import os
import re
import signal
import time
from pathlib import Path

import pytest
from tests.support.einvoices import SAID, a_cii, a_pdf_with
from tests.support.pdfs import a_pdf
from tests.support.sandboxes import Heard, read

from docurift.model.failure import FailureCode
from docurift.model.work import MIB, Completed, Limits, Refused
from docurift.worker.child import Ending, Sandbox
from docurift.worker.forks import ZygoteLostError
from docurift.worker.verdict import Killed
from docurift.worker.zygotes import Wear

PLANTED_ENGINE = Path(__file__).parents[1] / "support/planted_engine.py"

SHORT = Limits(base_seconds=0.6, page_seconds=0.0, memory_bytes=256 * MIB)


def code_of(ending: Ending) -> FailureCode | None:
    match ending.verdict:
        case Completed():
            return None
        case Refused(code=code) | Killed(code=code):
            return code


async def test_a_good_document_completes_and_its_pages_are_heard(sandbox: Sandbox) -> None:
    heard = Heard()

    ending = await read(sandbox, b"PLANT good 3", heard=heard)

    assert isinstance(ending.verdict, Completed)
    assert [page.number for page in heard.pages] == [1, 2, 3]
    assert ending.peak_rss_bytes > 0
    assert ending.cpu_seconds > 0


async def test_an_e_invoice_is_read_inside(sandbox: Sandbox) -> None:
    pdf = a_pdf_with([("factur-x.xml", a_cii())], lines=["Rechnung R-4711/26"])

    ending = await read(sandbox, pdf, media_type="application/pdf", document_type="invoice")

    assert isinstance(ending.verdict, Completed)
    assert ending.verdict.extraction.fields["/invoiceNumber"].verified
    assert {pointer: field.source for pointer, field in ending.verdict.extraction.fields.items()} == dict.fromkeys(
        SAID, "xml"
    )


async def test_a_page_that_failed_is_no_lie(sandbox: Sandbox) -> None:
    pages = a_pdf([(60, 700, "one")], [(60, 700, "two")], [(60, 700, "three")])
    too_large = pages.replace(b"[ 0 0 595 842 ]", b"[0 0 15000 842]", 1)  # in as many characters
    heard = Heard()

    ending = await read(sandbox, too_large, heard=heard)

    assert isinstance(ending.verdict, Completed)
    assert [page.width > 0 for page in heard.pages] == [False, True, True]
    assert [warning.page for warning in ending.verdict.extraction.warnings] == [1]


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ("segv", FailureCode.PARSER_CRASHED),
        ("abort", FailureCode.PARSER_CRASHED),
        ("silent_exit", FailureCode.PARSER_CRASHED),
        ("raises", FailureCode.PARSER_CRASHED),
        ("deep", FailureCode.PARSER_CRASHED),
        ("spin", FailureCode.PROCESSING_TIMEOUT),
        ("hold_the_gil", FailureCode.PROCESSING_TIMEOUT),
        ("ignore_term", FailureCode.PROCESSING_TIMEOUT),
        ("stop", FailureCode.PROCESSING_TIMEOUT),
        ("memory", FailureCode.OUT_OF_MEMORY),
        ("memory_abort", FailureCode.OUT_OF_MEMORY),
        ("wide_page", FailureCode.OUTPUT_TOO_LARGE),
        ("huge_frame", FailureCode.OUTPUT_TOO_LARGE),
    ],
)
async def test_a_fault_has_its_code_and_the_next_document_succeeds(
    sandbox: Sandbox, fault: str, code: FailureCode
) -> None:
    # To fill the stack takes some seconds of CPU, which a busy machine gives in no short time.
    seconds = 0.6 if code is FailureCode.PROCESSING_TIMEOUT else 120.0
    limits = Limits(base_seconds=seconds, memory_bytes=256 * MIB)

    bad = await read(sandbox, f"PLANT {fault}".encode(), limits=limits)
    good = await read(sandbox, b"PLANT good")

    assert code_of(bad) is code
    assert code_of(good) is None


async def test_output_is_bounded_in_all(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT flood", limits=Limits(max_output_bytes=20 * MIB))

    assert code_of(ending) is FailureCode.OUTPUT_TOO_LARGE


@pytest.mark.parametrize(
    "lie",
    [
        *("not_json", "unknown", "page_before_opened", "opened_twice", "no_pages", "too_many_pages"),
        *("page_outside", "page_twice", "bad_pixels", "other_count", "no_opened"),
    ],
)
async def test_a_lie_is_a_crash(sandbox: Sandbox, lie: str) -> None:
    begun = time.monotonic()

    ending = await read(sandbox, f"PLANT lie {lie}".encode())

    assert code_of(ending) is FailureCode.PARSER_CRASHED
    assert time.monotonic() - begun < 20  # found out at once, not at the deadline


async def test_an_error_does_not_carry_the_words_of_the_document(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT raises")

    assert isinstance(ending.verdict, Killed)
    assert ending.verdict.detail.startswith("ValueError at planted_engine.py:")
    assert "secret" not in ending.verdict.detail


async def test_a_child_is_jailed(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT probe")

    assert isinstance(ending.verdict, Completed)
    descriptors, *escapes = ending.verdict.extraction.text.split()
    assert escapes == []
    assert len(descriptors.split(",")) <= 6  # standard ones, the document, the channel, the Landlock rules


async def test_a_thread_that_never_ends_does_not_cost_the_result(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT thread")

    assert isinstance(ending.verdict, Completed)


async def test_pixels_are_read_outside_of_the_child(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT reads_pixels")

    assert isinstance(ending.verdict, Completed)
    assert ending.verdict.extraction.text == "6px"


async def test_waiting_for_ocr_does_not_count_against_the_child(sandbox: Sandbox) -> None:
    ending = await read(sandbox, b"PLANT reads_pixels", ocr_seconds=1.0, limits=SHORT)

    assert isinstance(ending.verdict, Completed)


async def test_each_page_extends_the_deadline_up_to_the_ceiling(sandbox: Sandbox) -> None:
    slow = b"PLANT slow 5 0.4"

    long_enough = await read(sandbox, slow, limits=Limits(base_seconds=1.5, page_seconds=1.5))
    too_short = await read(sandbox, slow, limits=Limits(base_seconds=1.5, page_seconds=0.0))
    ceiling = await read(sandbox, slow, limits=Limits(base_seconds=1.5, page_seconds=1.5, ceiling_seconds=1.5))

    assert code_of(long_enough) is None
    assert code_of(too_short) is FailureCode.PROCESSING_TIMEOUT
    assert code_of(ceiling) is FailureCode.PROCESSING_TIMEOUT


async def test_twenty_good_documents_complete_beside_a_hang_and_a_crash(sandbox: Sandbox) -> None:
    bad = [read(sandbox, b"PLANT spin", limits=SHORT), read(sandbox, b"PLANT segv")]
    good = [read(sandbox, b"PLANT good 2") for _ in range(20)]

    endings = await asyncio.gather(*bad, *good)

    assert [code_of(ending) for ending in endings[:2]] == [FailureCode.PROCESSING_TIMEOUT, FailureCode.PARSER_CRASHED]
    assert all(isinstance(ending.verdict, Completed) for ending in endings[2:])


async def test_a_cancelled_document_ends_its_child(sandbox: Sandbox) -> None:
    heard = Heard()
    task = asyncio.create_task(read(sandbox, b"PLANT slow 100 0.01", heard=heard))
    await heard.first.wait()
    (child,) = children_of(zygote_of(sandbox))

    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    await gone(child)


async def test_a_lost_zygote_takes_its_children_along_and_is_replaced(sandbox: Sandbox) -> None:
    heard = Heard()
    task = asyncio.create_task(read(sandbox, b"PLANT slow 100 0.1", heard=heard))
    await heard.first.wait()
    (child,) = children_of(zygote_of(sandbox))

    os.kill(zygote_of(sandbox), signal.SIGKILL)

    with pytest.raises(ZygoteLostError):
        await task
    await gone(child)
    assert isinstance((await read(sandbox, b"PLANT good")).verdict, Completed)


async def test_a_zygote_is_replaced_after_three_crashes_without_disturbing_its_children(sandbox: Sandbox) -> None:
    heard = Heard()
    long = asyncio.create_task(read(sandbox, b"PLANT slow 10 0.15", heard=heard))
    await heard.first.wait()
    first = zygote_of(sandbox)

    for _ in range(3):
        await read(sandbox, b"PLANT segv")
    async with asyncio.timeout(30):
        while zygote_of(sandbox) == first:
            assert isinstance((await read(sandbox, b"PLANT good")).verdict, Completed)

    assert isinstance((await long).verdict, Completed)
    await gone(first)


async def test_a_child_that_ran_out_of_its_time_does_not_wear_its_zygote(sandbox: Sandbox) -> None:
    spinning = [read(sandbox, b"PLANT spin", limits=SHORT) for _ in range(4)]

    endings = await asyncio.gather(*spinning)

    assert {code_of(ending) for ending in endings} == {FailureCode.PROCESSING_TIMEOUT}
    assert crashes_of(sandbox) == 0


@pytest.mark.parametrize("fault", ["segv", "memory_abort", "lie page_twice", "huge_frame"])
async def test_a_crash_and_a_lie_wear_the_zygote(sandbox: Sandbox, fault: str) -> None:
    await read(sandbox, f"PLANT {fault}".encode(), limits=Limits(memory_bytes=256 * MIB))

    assert crashes_of(sandbox) == 1


@pytest.mark.parametrize("wear", [Wear(forks=3), Wear(growth_bytes=-1)], ids=["forks", "growth"])
async def test_a_zygote_is_replaced_after_its_forks_and_when_it_has_grown(wear: Wear) -> None:
    worn = Sandbox(PLANTED_ENGINE, wear)
    try:
        await worn.start()
        first = zygote_of(worn)

        async with asyncio.timeout(60):
            while zygote_of(worn) == first:
                assert isinstance((await read(worn, b"PLANT good")).verdict, Completed)

        await gone(first)
    finally:
        await worn.close()


async def test_the_table_engine_s_library_is_loaded_before_the_first_fork_and_starts_no_thread(
    sandbox: Sandbox,
) -> None:
    await sandbox.start()

    proc = Path(f"/proc/{zygote_of(sandbox)}")

    assert "liteparse/libpdfium" in (proc / "maps").read_text()
    assert len(list((proc / "task").iterdir())) == 1


async def test_a_warm_zygote_holds_no_addresses_in_reserve(sandbox: Sandbox) -> None:
    """A child's memory is limited to what its zygote has and `memory_bytes` more, so a reserve would be its to use."""
    await sandbox.start()

    status = Path(f"/proc/{zygote_of(sandbox)}/status").read_text()

    kib = {name: int(value.split()[0]) for name, value in re.findall(r"(VmSize|VmData):(.*)", status)}
    assert kib["VmData"] < 200 * 1024  # 104 MiB; the table engine's allocator alone would reserve 1 GiB
    assert kib["VmSize"] < 600 * 1024  # 372 MiB, libraries included


def zygote_of(sandbox: Sandbox) -> int:
    server = sandbox._zygotes._server
    assert server is not None
    return server.process.pid


def crashes_of(sandbox: Sandbox) -> int:
    server = sandbox._zygotes._server
    assert server is not None
    return server.crashes


def children_of(pid: int) -> list[int]:
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


async def gone(pid: int) -> None:
    async with asyncio.timeout(10):
        while Path(f"/proc/{pid}").exists():  # noqa: ASYNC110 - the kernel sets no event
            await asyncio.sleep(0.01)
