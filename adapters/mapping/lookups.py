"""The tables by which a mapping turns a partner's codes into canonical ones."""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from pathlib import Path

from adapters.mapping import strict_yaml
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.nearest import meant
from adapters.mapping.strict_yaml import Document

MAX_LOOKUP_ROWS = 100_000


def lookup_of(
    document: Document, raw: str | dict[str, str], path: strict_yaml.Path, folder: Path | None
) -> dict[str, str]:
    """The table that stands in place, in a CSV file of the partner's folder, or is a code list.

    Raises BadConfiguration.
    """
    if isinstance(raw, dict):
        return raw
    if not raw.endswith(".csv"):
        try:
            return by_any_name(raw)
        except KeyError:
            raise document.refuse(path, f"no code list is called {raw!r}{meant(raw, _lists())}") from None
    if folder is None or Path(raw).name != raw or raw.startswith("."):
        raise document.refuse(path, "a lookup file lies in the partner's own folder")
    try:
        return _read_lookup(folder / raw)
    except (OSError, ValueError) as error:
        raise document.refuse(path, f"lookup {raw}: {error}") from None


def _read_lookup(file: Path) -> dict[str, str]:
    if file.is_symlink():
        raise ValueError("is a link")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        if reader.fieldnames is None or not {"from", "to"} <= set(reader.fieldnames):
            raise ValueError("needs the columns from, to")
        table: dict[str, str] = {}
        for row in reader:
            if row["from"] in table:
                raise ValueError(f"line {reader.line_num}: {row['from']!r} appears twice")
            if len(table) >= MAX_LOOKUP_ROWS:
                raise ValueError("too many rows")
            table[row["from"]] = row["to"]
    return table


@cache
def _lists() -> tuple[str, ...]:
    """The names of the canonical code lists."""
    found = (files("schemas") / "codelists").iterdir()
    return tuple(sorted(each.name.removesuffix(".csv") for each in found if each.name.endswith(".csv")))
