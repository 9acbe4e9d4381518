"""What there is to choose from: literal tables to grep, and one entry-point group for third parties.

A third party registers under `yizhan.adapters` a callable without arguments that returns an `Extension`. What is wrong
with its package is told where one of its formats is asked for, and by `yizhan doctor`; it stops nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points

from adapters.envelope import Note, Rejection, SourceRecord
from adapters.errors import Fatal
from adapters.formats.options import Read
from adapters.formats.source import Source
from schemas.findings import Text

Reader = Callable[[Source, Read], Iterator[SourceRecord | Rejection | Note]]

ENTRY_POINTS = "yizhan.adapters"
NAME = re.compile(r"[a-z][a-z0-9_]{1,31}")
"""What a format may be called."""

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


@dataclass(frozen=True, slots=True)
class Offers:
    """What the installed packages add: readers, each with the name of its entry point, and what cannot be used."""

    readers: Mapping[str, tuple[str, Reader]]
    faults: tuple[Text, ...]


_registered: dict[str, Extension] = {}


@contextmanager
def registered(name: str, extension: Extension) -> Iterator[None]:
    """As if a package with that entry point were installed, for the tests of an adapter."""
    _registered[name] = extension
    _forget()
    try:
        yield
    finally:
        del _registered[name]
        _forget()


@cache
def reader(name: str) -> Reader:
    """The reader of a format. Raises Fatal when nobody provides it."""
    if name in FORMATS:
        return import_module(FORMATS[name]).read
    found = offers()
    if name in found.readers:
        return found.readers[name][1]
    told = Text(f"没有读取格式“{name}”的程序", f"no reader for format {name!r}")
    if found.faults:
        zh, en = "；".join(each.zh for each in found.faults), "; ".join(each.en for each in found.faults)
        told = Text(f"{told.zh}。{zh}", f"{told.en}. {en}")
    raise Fatal(told)


@cache
def offers() -> Offers:
    """What the installed packages add, by the names of their entry points; the first of two counts."""
    readers: dict[str, tuple[str, Reader]] = {}
    faults: list[Text] = []
    for point, load in _points():
        try:
            extension = load()
        except Exception as error:  # it is not our code: whatever it raises stops nobody else
            why = type(error).__name__
            faults.append(Text(f"适配器 {point} 无法加载（{why}）", f"adapter {point} cannot be loaded ({why})"))
            continue
        if not isinstance(extension, Extension):
            faults.append(Text(f"适配器 {point} 返回的不是“Extension”", f"adapter {point} returns no Extension"))
            continue
        for name, read in extension.formats.items():
            if (fault := _fault(point, name, read, readers)) is None:
                readers[name] = point, read
            else:
                faults.append(fault)
    return Offers(readers, tuple(faults))


def _fault(point: str, name: object, read: object, readers: Mapping[str, tuple[str, Reader]]) -> Text | None:
    """Why a format of a package cannot be used."""
    if not isinstance(name, str) or not NAME.fullmatch(name):
        return Text(
            f"适配器 {point} 的格式名称“{name}”只能用小写字母、数字和下划线，以字母开头，2 至 32 个字符",
            f"adapter {point}: a format is called by 2 to 32 small letters, digits and _, a letter first, not {name!r}",
        )
    if name in FORMATS:
        return Text(
            f"适配器 {point} 的格式名称“{name}”已由平台使用", f"adapter {point}: format {name!r} is one of the gateway"
        )
    if name in readers:
        other = readers[name][0]
        return Text(
            f"适配器 {point} 与 {other} 都提供格式“{name}”",
            f"adapters {point} and {other} both provide format {name!r}",
        )
    if not callable(read):
        return Text(f"适配器 {point} 的格式“{name}”不是函数", f"adapter {point}: format {name!r} is no function")
    return None


def _points() -> list[tuple[str, Callable[[], object]]]:
    def loaded(point: EntryPoint) -> Callable[[], object]:
        return lambda: point.load()()

    found = [(point.name, loaded(point)) for point in entry_points(group=ENTRY_POINTS)]
    found += [(name, lambda extension=extension: extension) for name, extension in _registered.items()]
    return sorted(found, key=lambda each: each[0])


def _forget() -> None:
    reader.cache_clear()
    offers.cache_clear()
