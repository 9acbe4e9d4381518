"""Programs that tests need beside Python."""

from __future__ import annotations

import pytest

from gateway.cli.components import MissingComponentError, demand


def needs(name: str) -> str:
    """The path of a component's program. Without it the test fails at once and names it: nothing is skipped or awaited.

    `@pytest.mark.needs(name, ...)` says the same of a test before any of its fixtures is made.
    """
    try:
        return demand(name)
    except MissingComponentError as error:
        said = str(error)
    pytest.fail(said, pytrace=False)
