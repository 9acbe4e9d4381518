"""The generated reference is what the code says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.cli.reference import pages

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_page_is_up_to_date(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == pages()[name]


def test_every_finding_that_the_code_knows_stands_on_the_page() -> None:
    page = (REFERENCE / "findings.md").read_text("utf-8")
    problem = re.compile(r'\b(?:error|warning)\(\s*"([A-Z]+-\d{3})"')
    modules = [
        module
        for house in ("schemas", "adapters", "gateway")
        for module in (REFERENCE.parents[1] / house).rglob("*.py")
    ]
    known = {code for module in modules for code in problem.findall(module.read_text("utf-8"))}
    assert len(known) > 150
    assert {code for code in known if f"`{code}`" not in page} == set()
