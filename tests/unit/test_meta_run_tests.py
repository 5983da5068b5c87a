"""`make test` on a small suite: what runs beside what, what is counted, and how it ends."""

import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

RUN_TESTS = Path(__file__).parents[2] / "tools/run_tests.py"
SUITE = """
import os, time
from pathlib import Path
import pytest

@pytest.fixture(autouse=True)
def noted(request):
    begun = time.monotonic()
    yield
    with Path("notes").open("a") as file:
        file.write(f"{request.node.name} {os.getpid()} {begun} {time.monotonic()}\\n")

@pytest.mark.parametrize("number", range(8))
def test_any(number):
    time.sleep(0.05)

def test_that_is_left_out():
    pytest.skip("as it says")

@pytest.mark.slow
def test_that_is_slow():
    raise AssertionError
"""
ALONE = """
@pytest.mark.alone
@pytest.mark.parametrize("number", range(3))
def test_alone(number):
    time.sleep(0.05)
"""
FAILS = """
def test_that_fails():
    raise AssertionError
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "pytest.ini").write_text("[pytest]\nmarkers =\n  alone: as in the suite\n  slow: as in the suite\n")
    return tmp_path


def run(folder: Path, *sources: str, marks: str = "not slow") -> tuple[int, str]:
    """Exit status and last line, after `sources` were run as a module of tests."""
    (folder / "test_small.py").write_text("".join(sources))
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    plugins = ["-p", "no:asyncio", "-p", "no:schemathesis", "-p", "no:hypothesispytest"]  # a second each
    command = [sys.executable, str(RUN_TESTS), "-n", "2", "-m", marks, *plugins]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout.splitlines()[-1].strip("= ").partition(" in ")[0]


def test_what_is_marked_alone_runs_after_all_else_and_one_by_one(folder: Path) -> None:
    assert run(folder, SUITE, ALONE) == (0, "11 passed, 1 skipped")

    lines = [line.split() for line in (folder / "notes").read_text().splitlines()]
    alone = sorted((float(begun), float(ended)) for name, _, begun, ended in lines if name.startswith("test_alone"))
    others = [(pid, float(ended)) for name, pid, _, ended in lines if not name.startswith("test_alone")]
    assert max(ended for _, ended in others) < alone[0][0]
    assert all(one[1] <= other[0] for one, other in pairwise(alone))
    assert len({pid for pid, _ in others}) == 2


def test_a_failure_is_counted_and_told_by_the_status(folder: Path) -> None:
    assert run(folder, SUITE, FAILS, ALONE) == (1, "1 failed, 11 passed, 1 skipped")


def test_a_part_without_tests_is_no_failure_but_a_run_without_tests_is(folder: Path) -> None:
    assert run(folder, SUITE) == (0, "8 passed, 1 skipped")
    assert run(folder, SUITE, marks="nothing") == (5, "no tests ran")


def test_a_module_that_cannot_be_imported_is_an_error(folder: Path) -> None:
    status, told = run(folder, SUITE, "\nimport nothing_of_this_name")

    assert (status, "error" in told) == (1, True), told
