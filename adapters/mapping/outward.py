"""The way back: a canonical record in a portal's own words, as `push.<kind>.yaml` of its folder says.

    push: donghai.filing@1
    kind: filing.v1
    fields:
      areaCode:   {from: division, lookup: areas.csv}
      finishDate: {from: decision.decided_on, as: compact_date}
      processes:  {each: steps, fields: {stepName: {from: name}}}

Portal first, as the portal calls it; a dotted name lies inside an object. Look-ups are the tables of the mapping, read
backwards: of several portal codes with one meaning the first is written.
"""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from adapters.errors import Fatal
from adapters.mapping import loader, strict_yaml
from adapters.mapping.builder import check_overlaps
from adapters.mapping.lookups import lookup_of
from adapters.mapping.runtime import dig, elements
from adapters.mapping.writers import WRITERS, text
from schemas import catalog
from schemas.catalog import Kind
from schemas.findings import Text


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One field of the portal: a constant, a list whose items have `fields`, or the value at `source`.

    `unsaid` are codes that the portal is known to have no word for.
    """

    target: str
    source: str = ""
    writer: str | None = None
    lookup: ReadOnly[str, str] | None = None
    unsaid: frozenset[str] = frozenset()
    const: str | None = None
    fields: tuple[Outgoing, ...] = ()
    line: int = 0

    def __call__(self, body: ReadOnly[str, Any]) -> Any:
        """What the portal is sent; None where the record has nothing. Raises Fatal for what it has no word for."""
        if self.const is not None:
            return self.const
        found = dig(body, tuple(self.source.split(".")))
        if self.fields:
            return [_written(self.fields, element) for element in elements(found)]
        if found is None:
            return None
        if self.lookup is not None and text(found) not in self.lookup:
            shown = text(found)
            raise Fatal(
                Text(
                    f"{self.target}：门户没有与“{shown}”对应的写法",
                    f"{self.target}: the portal has no word for {shown!r}",
                )
            )
        value = found if self.lookup is None else self.lookup[text(found)]
        return value if self.writer is None else WRITERS[self.writer](value)


@dataclass(frozen=True, slots=True)
class Outward:
    """A whole file: `outward(body)` is the record as the portal is to be sent it. Pure."""

    name: str
    kind: Kind
    fields: tuple[Outgoing, ...]

    def __call__(self, body: ReadOnly[str, Any]) -> dict[str, Any]:
        """Every field of the portal; None for those that the record leaves out, so that they are cleared there."""
        return _written(self.fields, body)


def load(file: Path) -> Outward:
    """The outward mapping in `file`; look-ups are read from its folder. Raises BadConfiguration."""
    document = strict_yaml.load(loader.text_of(file), file.name)
    loader.check(document, "mapping/outward.schema.json")
    body = document.value
    try:
        kind = catalog.kind(body["kind"])
    except KeyError as error:
        words = error.args[0]
        raise document.refuse(("kind",), Text(f"种类不存在：“{words}”", f"{words}")) from None
    return Outward(body["push"], kind, _fields(document, body["fields"], ("fields",), file.parent))


def _fields(
    document: strict_yaml.Document, raw: dict[str, Any], path: strict_yaml.Path, folder: Path
) -> tuple[Outgoing, ...]:
    check_overlaps(document, raw, path)
    return tuple(_field(document, target, body, (*path, target), folder=folder) for target, body in raw.items())


def _field(
    document: strict_yaml.Document, target: str, body: dict[str, Any], path: strict_yaml.Path, *, folder: Path
) -> Outgoing:
    if "as" in body and body["as"] not in WRITERS:
        name = body["as"]
        raise document.refuse((*path, "as"), Text(f"没有名为“{name}”的写法", f"no writer is called {name!r}"))
    table = lookup_of(document, body["lookup"], (*path, "lookup"), folder) if "lookup" in body else None
    return Outgoing(
        target=target,
        source=body.get("from", body.get("each", "")),
        writer=body.get("as"),
        lookup=None if table is None else {meant: word for word, meant in reversed(table.items())},
        unsaid=frozenset(body.get("unsaid", ())),
        const=body.get("const"),
        fields=_fields(document, body.get("fields", {}), (*path, "fields"), folder),
        line=document.line(path),
    )


def _written(fields: tuple[Outgoing, ...], body: ReadOnly[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in fields:
        *way, name = field.target.split(".")
        node = made
        for step in way:
            node = node.setdefault(step, {})
        node[name] = field(body)
    return made
