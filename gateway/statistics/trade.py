"""The trade's forms: domestic, inbound and outbound, in persons and person-days; as they are, and as published.

Organised counts each traveller once. Received counts an agency's own groups and those of others. Of an outbound form
the lines are countries, where one who visits three is counted in each, so that their sum is more than the total.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from enum import StrEnum
from typing import Any
from uuid import UUID

import orjson

from gateway import audit
from gateway.access.accounts import Actor, must_may
from gateway.access.divisions import NATION
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.base.problems import Refused
from gateway.statistics import statements as sql
from gateway.statistics.figures import Figures, Grouping, Part, Question, Span
from gateway.statistics.rows import FigureRow, PublicationRow
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch
from schemas.findings import Text

_MOST_LISTED = 200


class Form(StrEnum):
    """Which of the forms."""

    DOMESTIC = "domestic"
    INBOUND = "inbound"
    OUTBOUND = "outbound"


SUBKINDS: Mapping[Form, tuple[str, ...]] = {
    Form.DOMESTIC: ("domestic",),
    Form.INBOUND: ("inbound",),
    Form.OUTBOUND: ("outbound", "hk_macau", "taiwan", "border"),
}
TITLES: Mapping[Form, Text] = {
    Form.DOMESTIC: Text("国内旅游", "Domestic"),
    Form.INBOUND: Text("入境旅游", "Inbound"),
    Form.OUTBOUND: Text("出境旅游", "Outbound"),
}
MEASURES: Mapping[str, Text] = {
    "groups": Text("团队数", "Groups"),
    "organised": Text("组织人次", "Organised, persons"),
    "organised_days": Text("组织人天", "Organised, person-days"),
    "received": Text("接待人次", "Received, persons"),
    "received_days": Text("接待人天", "Received, person-days"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A place, and who came from there or went there; empty where it is not known."""

    place: str
    groups: int = 0
    organised: int = 0
    organised_days: int = 0
    received: int = 0
    received_days: int = 0

    def value(self, measure: str) -> int:
        """One of its numbers."""
        return asdict(self)[measure]


@dataclass(frozen=True, slots=True, kw_only=True)
class FilledForm:
    """A form: its lines in the order of their places, and its total."""

    lines: Sequence[Line]
    total: Line = field(default_factory=lambda: Line(place=""))


Forms = Mapping[Form, FilledForm]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A number that is no longer what was published; an empty `place` is the total."""

    form: Form
    place: str
    is_total: bool
    measure: str
    published: int
    now: int


class Trade:
    """Fills the forms, and publishes them."""

    def __init__(self, database: Database, figures: Figures) -> None:
        self._database = database
        self._figures = figures

    async def forms(self, scope: Scope, span: Span, division: str | None = None, agency: int | None = None) -> Forms:
        """All forms as they are now, of what is in sight."""

        async def rows(part: Part, by: Grouping) -> Sequence[FigureRow]:
            asked = Question(span=span, part=part, by=(Grouping.SUBKIND, by), division=division, agency=agency)
            return await self._figures.of(scope, asked)

        organised = await rows(Part.ORGANISED, Grouping.ORIGIN)
        received = await rows(Part.RECEIVED, Grouping.ORIGIN)
        visited = await rows(Part.VISITED, Grouping.DESTINATION)
        return filled(organised, received, visited)

    async def publish(self, actor: Actor, span: Span) -> PublicationRow:
        """Freeze the forms of the actor's division as they are. Raises Refused (AUTH-005)."""
        must_may(actor, Power.PUBLISH_STATISTICS)
        division = NATION if actor.account is None else actor.account.division
        forms = await self.forms(actor.scope, span)
        row = {
            "id": uuid7(),
            "division": division,
            "first": span.first,
            "last": span.last,
            "forms": orjson.dumps(as_json(forms)).decode(),
            "by": actor.name,
            "at": Clock.now(),
        }
        async with self._database.writing() as connection:
            await connection.execute(sql.TAKE_PUBLISHING)
            await connection.execute(sql.PUBLISH, row)
            what = "statistics.publish", f"{division}/{span.first}/{span.last}"
            await audit.record(connection, actor, *what, division=division)
        return await self.publication(actor.scope, row["id"])

    async def publications(self, scope: Scope) -> Sequence[PublicationRow]:
        """What was published in sight, the newest first."""
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.PUBLICATIONS, {"id": None, "limit": _MOST_LISTED}, PublicationRow)

    async def publication(self, scope: Scope, number: UUID) -> PublicationRow:
        """One of them. Raises Refused (REQUEST-003)."""
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.PUBLICATIONS, {"id": number, "limit": 1}, PublicationRow)
        if not rows:
            raise Refused(problems.NOT_FOUND)
        return rows[0]

    async def changed_since(self, scope: Scope, publication: PublicationRow) -> list[Changed]:
        """What is otherwise now than it was published."""
        span = Span(first=publication.first_day, last=publication.last_day)
        division = None if publication.division == NATION else publication.division
        now = await self.forms(scope, span, division)
        return differences(from_json(publication.forms), now)


def filled(organised: Sequence[FigureRow], received: Sequence[FigureRow], visited: Sequence[FigureRow]) -> Forms:
    """The forms of sums by type and place."""
    found: dict[Form, FilledForm] = {}
    for form, subkinds in SUBKINDS.items():
        mine, theirs, places = (
            [row for row in rows if row.subkind in subkinds] for rows in (organised, received, visited)
        )
        if form is Form.OUTBOUND:
            lines = _lines([(row.destination or "", row) for row in places], ())
            found[form] = FilledForm(lines=lines, total=_total(_lines([("", row) for row in mine], ())))
        else:
            lines = _lines([(row.origin or "", row) for row in mine], [(row.origin or "", row) for row in theirs])
            found[form] = FilledForm(lines=lines, total=_total(lines))
    return found


def _lines(organised: Iterable[tuple[str, FigureRow]], received: Iterable[tuple[str, FigureRow]]) -> list[Line]:
    """A line a place; places without anything have none."""
    sums: dict[str, dict[str, int]] = {}
    for names, rows in ((("organised", "organised_days"), organised), (("received", "received_days"), received)):
        for place, row in rows:
            own = sums.setdefault(place, dict.fromkeys(MEASURES, 0))
            own["groups"] += row.groups if names[0] == "organised" else 0
            own[names[0]] += row.travellers
            own[names[1]] += row.traveller_days
    return [Line(place=place, **own) for place, own in sorted(sums.items()) if any(own.values())]


def _total(lines: Sequence[Line]) -> Line:
    return Line(place="", **{name: sum(line.value(name) for line in lines) for name in MEASURES})


def differences(published: Forms, now: Forms) -> list[Changed]:
    """Every number that differs, the totals first."""
    found: list[Changed] = []
    for form in Form:
        before, after = published[form], now[form]
        pairs = [("", True, before.total, after.total)]
        old, new = ({line.place: line for line in each.lines} for each in (before, after))
        pairs += [(p, False, old.get(p, Line(place=p)), new.get(p, Line(place=p))) for p in sorted(old.keys() | new)]
        found += [
            Changed(form=form, place=place, is_total=is_total, measure=name, published=a.value(name), now=b.value(name))
            for place, is_total, a, b in pairs
            for name in MEASURES
            if a.value(name) != b.value(name)
        ]
    return found


def as_json(forms: Forms) -> dict[str, Any]:
    """The forms as they are kept and told to programs."""
    return {
        form.value: {"lines": [asdict(line) for line in each.lines], "total": asdict(each.total)}
        for form, each in forms.items()
    }


def from_json(value: Mapping[str, Any]) -> Forms:
    """The forms again."""
    return {
        Form(name): FilledForm(lines=[Line(**line) for line in each["lines"]], total=Line(**each["total"]))
        for name, each in value.items()
    }


def as_reported(forms: Forms) -> dict[str, int]:
    """What was counted, by the names under which an agency reports it."""
    names = [(form, measure) for form in Form for measure in MEASURES if measure != "groups"]
    return {f"{form}_{measure}": forms[form].total.value(measure) for form, measure in names}
