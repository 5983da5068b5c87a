"""Rules of the house that no linter knows."""

import ast
import re
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/docurift"
LOCKS = sorted((ROOT / "locks").glob("*.txt"))
MODULES = sorted([*SOURCE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")])
LONGEST_FILE = 400
# Versions below these let a request stall or read what it should not.
FLOORS = {"python-multipart": "0.0.32", "starlette": "1.3.1"}


def locked(lock: Path) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9._-]+)==([^ ;]+)", lock.read_text(), re.MULTILINE))


@pytest.mark.parametrize(("package", "floor"), FLOORS.items())
def test_parsers_of_requests_are_above_their_known_weaknesses(package: str, floor: str) -> None:
    wanted = (ROOT / "pyproject.toml").read_text()

    assert f'"{package}>={floor}"' in wanted
    assert Version(version(package)) >= Version(floor)
    for name in ("runtime.txt", "dev.txt"):
        assert Version(locked(ROOT / "locks" / name)[package]) >= Version(floor)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_no_address_and_has_a_hash_for_everything(lock: Path) -> None:
    text = lock.read_text()

    assert "://" not in text
    if lock.name != "overrides.txt":
        entries = re.split(r"\n(?=[a-z])", text.strip())
        assert [entry.split()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_what_is_tested_is_what_is_run() -> None:
    runtime, development = locked(ROOT / "locks/runtime.txt"), locked(ROOT / "locks/dev.txt")

    assert {name: version for name, version in runtime.items() if development.get(name) != version} == {}


def test_every_dependency_is_locked() -> None:
    table = (ROOT / "pyproject.toml").read_text().split("dependencies = [", 1)[1].split("\n]", 1)[0]
    wanted = [Requirement(text) for text in re.findall(r'^\s+"([^"]+)"', table, re.MULTILINE)]
    runtime = locked(ROOT / "locks/runtime.txt")

    assert [str(one) for one in wanted if not one.specifier.contains(runtime.get(one.name, "0"))] == []


def test_every_sql_file_is_asked_by_name_and_every_name_has_a_file() -> None:
    folder = SOURCE / "storage/sql"
    files = {str(path.relative_to(folder).with_suffix("")) for path in folder.rglob("*.sql")}
    asked = {
        node.value
        for path in (SOURCE / "storage").glob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }

    assert files - asked == set(), "no function asks these"
    assert {name for name in asked if re.fullmatch(r"[a-z]+/[a-z_]+", name) and name.split("/")[0] in _nouns()} <= files


def _nouns() -> set[str]:
    return {path.name for path in (SOURCE / "storage/sql").iterdir() if path.is_dir()}


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_is_not_the_one_that_everything_falls_into(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LONGEST_FILE


def test_broad_excepts_stand_in_three_places_only() -> None:
    """The request, the claim loop, the child's entry (and the OCR process's, which is a child)."""
    found = {
        str(path.relative_to(SOURCE))
        for path in SOURCE.rglob("*.py")
        if re.search(r"^\s*except Exception\b", path.read_text(), re.MULTILINE)
    }

    assert len(found) <= 4, found


def test_samples_stay_small() -> None:
    assert sum(path.stat().st_size for path in (ROOT / "samples").iterdir()) < 1_500_000
