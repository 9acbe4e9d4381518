"""The standard suites, for the reader and for a partner folder that uses it."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.connector import load_connector
from adapters.registry import reader
from adapters.testing import Case, cases, passes, reader_cases

FOLDERS = Path(__file__).parent / "folders"
OPTIONS = load_connector(FOLDERS / "dingkuan").route("contract").read


def test_the_gateway_finds_it_by_its_entry_point() -> None:
    assert reader("fixedwidth").__module__ == "yizhan_fixedwidth"


@pytest.mark.parametrize("case", reader_cases(OPTIONS, [FOLDERS / "dingkuan/examples/ordinary.txt"]), ids=str)
def test_the_reader_conforms(case: Case) -> None:
    passes(case)


@pytest.mark.parametrize("case", cases(FOLDERS), ids=str)
def test_the_folder_conforms(case: Case) -> None:
    passes(case)
