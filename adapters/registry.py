"""What there is to choose from: literal tables to grep, and one entry-point group for third parties.

A third party registers under `yizhan.adapters` a callable without arguments that returns an `Extension`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points

from adapters.envelope import Note, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.formats.source import Source
from schemas.findings import Text

Reader = Callable[[Source, Read], Iterator[SourceRecord | Rejection | Note]]

ENTRY_POINTS = "yizhan.adapters"

# Readers by the format's name in `read: {format: ...}`. Loaded on first use: a JSON push never imports lxml.
FORMATS: dict[str, str] = {
    "json": "adapters.formats.json",
    "xml": "adapters.formats.xml",
    "delimited": "adapters.formats.tabular",
    "sheet": "adapters.formats.tabular",
    "template": "adapters.formats.template",
    "canonical_xml": "adapters.formats.canonical_xml",
}


@dataclass(frozen=True, slots=True)
class Extension:
    """What a third-party package adds: readers by format name."""

    formats: Mapping[str, Reader] = field(default_factory=dict)


@cache
def reader(name: str) -> Reader:
    """The reader of a format. Raises Fatal when nobody provides it."""
    if name in FORMATS:
        return import_module(FORMATS[name]).read
    for extension in extensions():
        if name in extension.formats:
            return extension.formats[name]
    raise Fatal(Text(f"没有读取格式“{name}”的程序", f"no reader for format {name!r}"))


@cache
def extensions() -> tuple[Extension, ...]:
    """Extensions of the installed packages, by name."""
    points = sorted(entry_points(group=ENTRY_POINTS), key=lambda point: point.name)
    return tuple(point.load()() for point in points)
