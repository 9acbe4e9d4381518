"""The mapping file as a model: what a partner's document says, field by field, in canonical words."""

from __future__ import annotations

from collections.abc import Mapping as ReadOnly
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from adapters.formats.options import Read
from adapters.mapping.patterns import Pattern

TABULAR = ("delimited", "sheet")
ACCOUNT = "$account"
"""Where a mapping finds the agency of the account that sent the document."""
ACCOUNT_FIELDS = ("name", "license_no", "uscc")


def account_source(name: str) -> str:
    """Where a mapping finds what is known of the agency of the account: its `name`, `license_no` or `uscc`."""
    return f"{ACCOUNT}.{name}"


class Take(StrEnum):
    """How the value of a field comes of its sources."""

    FIRST = "from"
    SUM = "sum"
    COUNT = "count"
    JOIN = "join"
    INFER = "infer"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True)
class Part:
    """One named part of a source's text, as a pattern takes it apart."""

    pattern: Pattern
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """How a field takes its value where that is more than one source as it stands.

    `parts` stand beside the sources: what of the text of each is meant. `times` is a factor, `has` the member whose
    presence is the value, `year_of` the field whose year a day without one has, `split` what separates the elements
    that are counted, `inferred` the field from whose value this one is told.
    """

    take: Take = Take.FIRST
    parts: tuple[Part | None, ...] = ()
    times: str | None = None
    has: str | None = None
    year_of: str | None = None
    split: str | None = None
    inferred: str | None = None


@dataclass(frozen=True, slots=True)
class Field:
    """One canonical field. `sources` are alternatives: the first that is not blank counts, unless `form` says more.

    `invalid` says what a value that its cleaners refuse does: "reject" the record, leave the field "blank" with a
    warning, or "warn" and keep what the partner wrote. `form` is None for a value that is taken as it stands.
    """

    target: str
    sources: tuple[str, ...] = ()
    via: tuple[str, ...] = ()
    lookup: ReadOnly[str, str] | None = None
    invalid: str = "reject"
    default: str | None = None
    const: str | None = None
    line: int = 0
    form: Form | None = None


@dataclass(frozen=True, slots=True)
class Each:
    """A canonical list: one item for every element of the list at `source`.

    With `fields` the items are objects whose sources are relative to the element; with `item` they are single values.
    Without a `source` the list has one item, whose fields stand flat in the object around. With `split` the elements
    are cut from one text, and `pattern` names the parts of each.
    """

    target: str
    source: str
    fields: tuple[Field | Each, ...] = ()
    item: Field | None = None
    line: int = 0
    split: str | None = None
    pattern: Pattern | None = None

    @property
    def is_one(self) -> bool:
        """Whether its one item is made of flat fields."""
        return not self.source


@dataclass(frozen=True, slots=True)
class Mapping:
    """A whole mapping file. `name` ("lvy.contract@1") is stamped on every submission and receipt.

    `unseen` are sources that no golden example holds, each with the lists that it stands in: `tourists/phone`.
    `parts` take the texts of sources apart, by source.
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
    parts: ReadOnly[str, Pattern] | None = None

    @property
    def tabular(self) -> bool:
        """Whether sources are column headings (a heading may hold a dot) and not dotted paths."""
        return self.read.format in TABULAR

    @property
    def needs_account(self) -> bool:
        """Whether it takes the agency of a record from the account that sent it."""
        forms = (entry.form for entry in self.fields if isinstance(entry, Field))
        return any(form is not None and form.take is Take.ACCOUNT for form in forms)
