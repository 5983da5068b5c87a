"""The sandbox proves its own walls from inside, and says so where one is missing."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from tests.support.lesser_kernel import under
from tests.support.service import clean_environment

from docurift import kernel
from docurift.model.sandbox import Expected, Layer, Level, Observation, Probed, holding, level
from docurift.worker.child import Sandbox
from docurift.worker.ocr_process import OcrProcess
from docurift.worker.self_test import LayerMissingError, probed, require

TELL = Path(__file__).parents[1] / "support/tell_sandbox.py"


def amiss(observations: tuple[Observation, ...]) -> dict[str, str]:
    """What is not as it should be on this kernel."""
    expected = {None, *kernel.offered()}
    return {one.name: one.observed for one in observations if one.layer in expected and not one.as_expected}


def told(without: str) -> dict[str, tuple[Observation, ...]]:
    """What the probes find on a kernel without these layers, by kind of child."""
    command = under(without, [sys.executable, str(TELL)])
    done = subprocess.run(command, env=clean_environment(), capture_output=True, text=True, check=True, timeout=100)
    return msgspec.json.decode(done.stdout, type=dict[str, tuple[Observation, ...]])


async def test_every_probe_of_a_document_s_child_finds_its_wall(sandbox: Sandbox, tmp_path: Path) -> None:
    found = await probed(sandbox, tmp_path)

    assert isinstance(found, Probed)
    assert amiss(found.observations) == {}
    assert holding(found.observations) == kernel.offered()
    assert len([one for one in found.observations if one.expected is Expected.REFUSED]) >= 17


async def test_every_probe_of_the_ocr_process_finds_its_wall() -> None:
    process = await OcrProcess.start(None)
    try:
        assert amiss(process.walls) == {}
        assert holding(process.walls) == kernel.offered()
    finally:
        await process.close()


async def test_every_thread_of_the_ocr_process_is_inside() -> None:
    process = await OcrProcess.start(None)
    try:
        for thread in Path(f"/proc/{process.process.pid}/task").iterdir():
            status = dict(line.split(":\t", 1) for line in (thread / "status").read_text().splitlines())
            assert (status["Seccomp"], status["NoNewPrivs"]) == ("2", "1")
            assert int(status["CapPrm"], 16) == int(status["CapEff"], 16) == 0
    finally:
        await process.close()


@pytest.mark.parametrize(
    ("without", "reached"),
    [("landlock", Level.PARTIAL), ("seccomp", Level.PARTIAL), ("landlock,seccomp", Level.LIMITS_AND_KILL)],
)
def test_a_missing_layer_is_found_missing_and_the_others_hold(without: str, reached: Level) -> None:
    missing = {Layer(name) for name in without.split(",")}

    found = told(without)

    assert {kind: holding(observations) for kind, observations in found.items()} == dict.fromkeys(
        ("document", "ocr"), kernel.offered() - missing
    )
    assert level(holding(found["document"])) is reached


def test_without_mdwe_the_sandbox_is_still_a_jail() -> None:
    found = told("mdwe")

    assert level(holding(found["document"])) is Level.JAILED


def test_a_required_layer_that_is_missing_is_told_with_what_to_do() -> None:
    require({Layer.SECCOMP, Layer.LIMITS}, {Layer.SECCOMP})

    with pytest.raises(LayerMissingError, match=r"asks for landlock, .*kernel 5\.13"):
        require({Layer.SECCOMP}, {Layer.SECCOMP, Layer.LANDLOCK})
