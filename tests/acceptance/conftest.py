"""Data folders of a test's, or a module's, own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.support.service import a_data_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    with a_data_folder() as made:
        yield made


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    with a_data_folder() as made:
        yield made
