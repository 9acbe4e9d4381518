"""From the form that a mapping gives a field to what the generated mapping calls for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from adapters.mapping.chain import Chain
from adapters.mapping.forms import (
    Account,
    Count,
    Dated,
    First,
    Has,
    Join,
    Packed,
    Pieces,
    Place,
    Sum,
    Times,
    Together,
)
from adapters.mapping.patterns import Pattern
from adapters.mapping.runtime import plain, steps
from adapters.mapping.spec import Each, Field, Form, Mapping, Take
from schemas.catalog import Kind
from schemas.findings import Text

DAY_FIRST = "cn_date(dmy)"


@dataclass(frozen=True, slots=True)
class Formed:
    """What takes the value of a field; `is_final` where no cleaners are left to run over it."""

    take: Callable[..., Any]
    is_final: bool


class Former:
    """Makes the forms of one mapping. Texts that several fields read parts of are taken apart by one `Packed`."""

    def __init__(self, mapping: Mapping, kind: Kind | None) -> None:
        self._mapping = mapping
        self._kind = kind
        self._packed: dict[int, Packed] = {}
        self._plain = Chain(mapping.clean, mapping.blank)
        self._written = Chain(("trim",), mapping.blank)

    def formed(self, entry: Field, form: Form, chain: Chain, *, is_flat: bool) -> Formed:
        """What takes the value of a field whose cleaners are `chain`."""
        places = [self._place(entry, form, at, is_flat=is_flat) for at in range(len(entry.sources))]
        first = First(places, self._plain)
        match form:
            case Form(take=Take.SUM):
                taken = Formed(Sum(Together(places, chain)), is_final=True)
            case Form(take=Take.JOIN):
                taken = Formed(Join(Together(places, self._written)), is_final=False)
            case Form(take=Take.COUNT):
                taken = Formed(Count(places[0], self._plain, form.split), is_final=True)
            case Form(take=Take.ACCOUNT):
                name = entry.sources[0]
                taken = Formed(Account(name, must_be_known=not name.endswith("uscc")), is_final=False)
            case Form(times=str(factor)):
                taken = Formed(Times(first, Decimal(factor)), is_final=False)
            case Form(has=str(member)):
                taken = Formed(Has(first, plain(member)), is_final=True)
            case Form(year_of=str(other)):
                day_first = DAY_FIRST in entry.via
                taken = Formed(Dated(first, chain, self._title(other), day_first), is_final=True)
            case _:
                taken = Formed(first, is_final=False)
        self._tell_readers(places, taken, chain)
        return taken

    def place(self, source: str, *, is_flat: bool = False) -> Place:
        """A source that is taken as it stands."""
        return Place(source, steps(source, tabular=self._mapping.tabular or is_flat))

    def pieces(self, entry: Each, pattern: Pattern, *, is_flat: bool) -> Pieces:
        """What cuts the elements of a list from one text."""
        return Pieces(self.place(entry.source, is_flat=is_flat), entry.split or "", self.packed(pattern))

    def packed(self, pattern: Pattern) -> Packed:
        """What takes the texts of a pattern apart."""
        if id(pattern) not in self._packed:
            self._packed[id(pattern)] = Packed(pattern, self._written)
        return self._packed[id(pattern)]

    def _place(self, entry: Field, form: Form, at: int, *, is_flat: bool) -> Place:
        plain_place = self.place(entry.sources[at], is_flat=is_flat)
        part = form.parts[at] if form.parts else None
        if part is None:
            return plain_place
        return Place(plain_place.source, plain_place.way, self.packed(part.pattern), part.name)

    def _tell_readers(self, places: list[Place], taken: Formed, chain: Chain) -> None:
        """Tell each text that is taken apart what reads its parts."""
        for place in places:
            if place.packed is None or isinstance(taken.take, Times | Join | Has):
                continue
            read = taken.take.read if isinstance(taken.take, Dated) else chain.__getitem__
            place.packed.readers.setdefault(place.part, []).append(read)

    def _title(self, target: str) -> Text:
        return self._kind.title(f"/{target.replace('.', '/')}") if self._kind else Text(target, target)
