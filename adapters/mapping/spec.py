"""The mapping file as a model: what a partner's document says, field by field, in canonical words."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from pathlib import Path

from adapters.formats.options import Read


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `sources` are alternatives: the first that is not blank counts.

    `invalid` says what a value that its cleaners refuse does: "reject" the record, leave the field "blank" with a
    warning, or "warn" and keep what the partner wrote.
    """

    target: str
    sources: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    lookup: ReadOnly[str, str] | None = None
    invalid: str = "reject"
    default: str | None = None
    const: str | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Each:
    """A canonical list: one item for every element of the list at `source`.

    With `fields` the items are objects whose sources are relative to the element; with `item` they are single values.
    """

    target: str
    source: str
    fields: tuple[Field | Each, ...] = ()
    item: Field | None = None
    line: int = 0


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file. `name` ("lvy.contract@1") is stamped on every submission and receipt.

    `unseen` are sources that no golden example holds, each with the lists that it stands in: `tourists/phone`.
    """

    name: str
    target: str
    read: Read
    fields: tuple[Field | Each, ...]
    key: tuple[str, ...] = ()
    clean: tuple[str, ...] = ("nfkc", "trim")
    blank: tuple[str, ...] = ("",)
    unseen: tuple[str, ...] = ()
    file: Path | None = None

    @property
    def tabular(self) -> bool:
        """Whether sources are column headings (a heading may hold a dot) and not dotted paths."""
        return self.read.format in ("delimited", "sheet")
