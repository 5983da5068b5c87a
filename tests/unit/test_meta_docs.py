"""The pages say what the code says, and name only what is there."""

import re
import shlex
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest
import typer.main
from tools import make_reference

from docurift.api.problems import ErrorCode
from docurift.cli import app
from docurift.model.event import EventType
from docurift.model.failure import FailureCode
from docurift.model.key import Scope
from docurift.model.result import WarningCode
from docurift.settings import CLIENT_VARIABLES, Settings, variable_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "samples/README.md", ROOT / "bench/README.md"])
REFERENCE = ROOT / "docs/reference"


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def code_lines(page: Path) -> Iterator[str]:
    """Lines of indented and fenced code."""
    fenced = False
    for line in page.read_text().splitlines():
        if line.startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            yield line.strip()


@pytest.mark.parametrize("name", ["settings.md", "cli.md", "errors.md", "api.md", "events.md", "document-types.md"])
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text() == make_reference.pages()[name], "run `make reference`"


@pytest.mark.parametrize("code", [*ErrorCode, *FailureCode, *WarningCode])
def test_every_code_is_in_the_reference(code: str) -> None:
    assert f"`{code}`" in (REFERENCE / "errors.md").read_text()


@pytest.mark.parametrize("kind", EventType)
def test_every_type_of_event_is_in_the_reference(kind: EventType) -> None:
    page = (REFERENCE / "events.md").read_text()

    assert f"[`{kind}`]" in page
    assert kind.sentence in page


def test_every_setting_is_in_the_reference() -> None:
    page = (REFERENCE / "settings.md").read_text()

    assert [one.name for one in fields(Settings) if f"`{variable_of(one)}`" not in page] == []


def test_every_call_of_the_api_is_in_the_reference() -> None:
    page = (REFERENCE / "api.md").read_text()
    paths = make_reference.openapi_document()["paths"]
    calls = [f"{method.upper()} {path}" for path, item in paths.items() for method in item]

    assert [call for call in calls if f"`{call}`" not in page] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_links_to_files_that_are_there(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:\s]+)(?:#[^)]*)?\)", page.read_text())

    assert [target for target in targets if not (page.parent / target).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_settings_that_are_there(page: Path) -> None:
    known = {variable_of(one) for one in fields(Settings)} | CLIENT_VARIABLES
    named = set(re.findall(r"\bDOCURIFT_[A-Z_]+[A-Z]\b", page.read_text()))

    assert named - known == set()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_commands_and_options_that_are_there(page: Path) -> None:
    root = typer.main.get_command(app)
    for line in code_lines(page):
        for words in re.findall(r"(?:^|bin/|\$\()docurift ([a-z][^|;#()]*)", line):
            command, rest = root, shlex.split(words.replace("…", ""))
            while rest and hasattr(command, "commands"):
                command = command.commands[rest.pop(0)]
            options = {word.split("=")[0] for word in rest if word.startswith("--")}

            assert options <= {name for one in command.params for name in (*one.opts, *one.secondary_opts)} | {
                "--help"
            }, line


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_page_names_only_make_targets_that_are_there(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    named = {word for line in code_lines(page) for word in re.findall(r"^make ([a-z-]+)", line)}
    named |= set(re.findall(r"`make ([a-z-]+)[^`]*`", text))

    assert named - targets == set()


def test_every_decision_is_in_its_index_and_every_number_is_once() -> None:
    folder = ROOT / "docs/decisions"
    index = (folder / "README.md").read_text()
    files = sorted(path.name for path in folder.glob("0*.md"))

    assert [name for name in files if f"({name})" not in index] == []
    assert len({name[:4] for name in files}) == len(files)


def test_every_scope_is_in_the_how_to() -> None:
    page = (ROOT / "docs/how-to/keys.md").read_text()

    assert [scope for scope in Scope if f"`{scope}`" not in page] == []


def test_every_benchmark_is_in_the_benchmarks_page() -> None:
    page = (ROOT / "bench/README.md").read_text()
    names = [path.stem for path in (ROOT / "bench").glob("*.py") if "__main__" in path.read_text()]

    assert [name for name in names if f"bench.{name}" not in page and f"bench/{name}.py" not in page] == []
