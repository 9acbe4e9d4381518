"""pandas, for exports and trends."""

from __future__ import annotations

from typing import Any


def pandas() -> Any:
    """The library, imported when it is used: it takes half a second that nothing else should pay. It has no stubs."""
    import pandas as library  # pyright: ignore[reportMissingTypeStubs]

    return library
