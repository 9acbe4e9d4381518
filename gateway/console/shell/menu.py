"""The menu for officials and operators: each page says itself what it is called there, and in which place."""

from __future__ import annotations

import pkgutil
from functools import cache
from importlib import import_module
from typing import NamedTuple

import gateway.console
from gateway.wording.languages import word
from schemas.findings import Text


class Entry(NamedTuple):
    """A line of the menu. `place` orders them."""

    place: int
    path: str
    words: Text


@cache
def menu(language: str) -> tuple[tuple[str, str], ...]:
    """Address and words of each entry, from `MENU` of every `pages` of the console."""
    found: list[Entry] = []
    for module in pkgutil.walk_packages(gateway.console.__path__, "gateway.console."):
        if module.name.endswith(".pages"):
            found += getattr(import_module(module.name), "MENU", ())
    return tuple((entry.path, word(entry.words, language)) for entry in sorted(found))
