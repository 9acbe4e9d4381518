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
from schemas.findings import Text

MAX_LOOKUP_ROWS = 100_000


class BadTable(ValueError):
    """What a table says cannot be used."""

    def __init__(self, text: Text) -> None:
        super().__init__(text.en)
        self.text = text


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
            told = Text(f"没有名为“{raw}”的代码表", f"no code list is called {raw!r}")
            raise document.refuse(path, meant(told, raw, _lists())) from None
    if folder is None or Path(raw).name != raw or raw.startswith("."):
        raise document.refuse(
            path, Text("对照表应在对接方自己的目录中", "a lookup file lies in the partner's own folder")
        )
    try:
        return _read_lookup(folder / raw)
    except BadTable as error:
        told = error.text
        raise document.refuse(path, Text(f"对照表 {raw}：{told.zh}", f"lookup {raw}: {told.en}")) from None
    except (OSError, ValueError) as error:
        raise document.refuse(path, Text(f"对照表 {raw}：系统报告“{error}”", f"lookup {raw}: {error}")) from None


def _read_lookup(file: Path) -> dict[str, str]:
    if file.is_symlink():
        raise BadTable(Text("不能是链接", "is a link"))
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        if reader.fieldnames is None or not {"from", "to"} <= set(reader.fieldnames):
            raise BadTable(Text("须有“from”“to”两列", "needs the columns from, to"))
        table: dict[str, str] = {}
        for row in reader:
            if row["from"] in table:
                code, line = row["from"], reader.line_num
                raise BadTable(Text(f"第 {line} 行：“{code}”重复", f"line {line}: {code!r} appears twice"))
            if len(table) >= MAX_LOOKUP_ROWS:
                raise BadTable(Text("行数过多", "too many rows"))
            table[row["from"]] = row["to"]
    return table


@cache
def _lists() -> tuple[str, ...]:
    """The names of the canonical code lists."""
    found = (files("schemas") / "codelists").iterdir()
    return tuple(sorted(each.name.removesuffix(".csv") for each in found if each.name.endswith(".csv")))
