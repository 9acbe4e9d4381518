"""Code lists: what a coded field may say, and how people call it.

Each list is one CSV beside this file (`README.md` there names the sources). Lists are read once, on first use.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from functools import cache, cached_property
from pathlib import Path

from schemas.findings import Text

_FOLDER = Path(__file__).parent


class Codelist(Mapping[str, Text]):
    """An immutable mapping of code to its words; iterates in the order of the file."""

    def __init__(self, name: str, rows: list[dict[str, str]]) -> None:
        self.name = name
        self._rows = {row["code"]: row for row in rows}
        self._words = {code: Text(row["zh"], row.get("en") or row["zh"]) for code, row in self._rows.items()}

    def __getitem__(self, code: str) -> Text:
        return self._words[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._words)

    def __len__(self) -> int:
        return len(self._words)

    def __contains__(self, code: object) -> bool:
        return code in self._words

    def row(self, code: str) -> Mapping[str, str]:
        """All columns of one code, the list's own ones included."""
        return self._rows[code]

    def aliases(self, code: str) -> tuple[str, ...]:
        """What else people write for a code, word for word; none of it means another code of the list."""
        written = self._rows[code].get("aliases")
        return tuple(written.split("|")) if written else ()

    def code_of(self, words: str) -> str | None:
        """The code for a code, a name in either language or an alias, as a person may type it; None when unknown."""
        return self._codes.get(words.strip().casefold())

    @cached_property
    def _codes(self) -> dict[str, str]:
        found: dict[str, str] = {}
        # Codes win over Chinese names, those over English ones: a name must never shadow a code.
        for spelling in (lambda code: code, lambda code: self[code].zh, lambda code: self[code].en):
            for code in self:
                found.setdefault(spelling(code).casefold(), code)
        for code in self:
            for alias in self.aliases(code):
                found.setdefault(alias.casefold(), code)
        return found


@cache
def codelist(name: str) -> Codelist:
    """The code list of that name. Raises KeyError for a name that no file carries."""
    if name not in codelists():
        raise KeyError(f"no code list named {name!r}")
    with (_FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return Codelist(name, list(csv.DictReader(file)))


@cache
def codelists() -> tuple[str, ...]:
    """The names of all lists."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.csv")))
