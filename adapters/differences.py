"""Where two JSON documents differ, place by place. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_LONGEST_SHOWN = 120
ABSENT = object()
"""What stands where one of the two has nothing."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A place by its JSON pointer, and what stands there in each; `ABSENT` is shown as `-`."""

    pointer: str
    before: Any
    after: Any

    def __str__(self) -> str:
        return f"{self.pointer or '/'}: {_shown(self.before)} -> {_shown(self.after)}"


def differences(before: Any, after: Any, pointer: str = "") -> Iterator[Difference]:
    """Every place that differs, as deep as both have the same structure; lists are held against each other by index."""
    if before == after and type(before) is type(after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in (*before, *(name for name in after if name not in before)):
            yield from differences(before.get(name, ABSENT), after.get(name, ABSENT), f"{pointer}/{name}")
    elif isinstance(before, list) and isinstance(after, list):
        for index in range(max(len(before), len(after))):
            left, right = (each[index] if index < len(each) else ABSENT for each in (before, after))
            yield from differences(left, right, f"{pointer}/{index}")
    else:
        yield Difference(pointer, before, after)


def _shown(value: Any) -> str:
    if value is ABSENT:
        return "-"
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
