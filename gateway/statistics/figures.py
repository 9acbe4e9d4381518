"""Sums of what was reported, grouped as somebody asks, of the days and divisions that they see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from gateway.access.accounts import EVERYTHING, Actor
from gateway.access.divisions import NATION, pattern_of
from gateway.access.powers import Power
from gateway.base import problems
from gateway.base.problems import Refused
from gateway.statistics import statements as sql
from gateway.statistics.rows import AgencyRow, FigureRow, Mark
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_one


class Part(StrEnum):
    """In which of its parts a group is counted. One that visits three countries is counted once in each."""

    ORGANISED = "organised"
    RECEIVED = "received"
    VISITED = "visited"


class Grouping(StrEnum):
    """By what sums are parted."""

    DAY = "day"
    MONTH = "month"
    PROVINCE = "province"
    CITY = "city"
    COUNTY = "county"
    AGENCY = "agency"
    SUBKIND = "subkind"
    ORIGIN = "origin"
    DESTINATION = "destination"
    CHANNEL = "channel"
    TIMELINESS = "timeliness"


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Days from the first to the last, both in it. A trip is counted on the day on which it begins."""

    first: date
    last: date

    @classmethod
    def year(cls, year: int) -> Span:
        """A whole year."""
        return cls(first=date(year, 1, 1), last=date(year, 12, 31))

    @property
    def days(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked for. `division` and those below it, or one agency by its account, within what is in sight."""

    span: Span
    kind: str = "roster"
    part: Part = Part.ORGANISED
    by: tuple[Grouping, ...] = ()
    subkinds: tuple[str, ...] = ()
    division: str | None = None
    agency: int | None = None


class Figures:
    """Reads the sums."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def of(self, scope: Scope, question: Question) -> Sequence[FigureRow]:
        """The sums, a row a group, in the order of what they are grouped by."""
        where = {
            "first": question.span.first,
            "last": question.span.last,
            "kind": question.kind,
            "part": question.part.value,
            "subkinds": list(question.subkinds) or None,
            "division": None if question.division is None else pattern_of(question.division),
            "agency": question.agency,
        }
        async with self._database.reading(seen_by(scope)) as connection:
            return await fetch(connection, sql.figures(question.by), where, FigureRow)

    async def agencies(self, scope: Scope, division: str | None = None) -> Sequence[AgencyRow]:
        """The agencies in sight that have an account, by credit code."""
        scope = seen_by(scope)
        where = {
            "scope": scope.division or "",
            "own": [number for number in (scope.tenant_id, *scope.agencies) if number is not None],
            "division": None if division is None else pattern_of(division),
        }
        async with self._database.reading(scope) as connection:
            return await fetch(connection, sql.AGENCIES, where, AgencyRow)

    async def agency(self, scope: Scope, uscc: str) -> AgencyRow:
        """The agency in sight of a credit code. Raises Refused (REQUEST-003)."""
        found = [each for each in await self.agencies(scope) if each.uscc == uscc]
        if not found:
            raise Refused(problems.NOT_FOUND)
        return found[0]

    async def mark(self, scope: Scope) -> Mark:
        """How far the change feed is counted, and when."""
        async with self._database.reading(scope) as connection:
            return await fetch_one(connection, sql.MARK, {}, Mark)


def seen_by(scope: Scope) -> Scope:
    """What is counted for a scope: of what is in sight of an installation the country, never with its sandbox."""
    return replace(scope, division=pattern_of(NATION)) if scope == EVERYTHING else scope


def must_read(actor: Actor) -> None:
    """Officials read what lies in their division, agencies what is theirs. Raises Refused (AUTH-005) for others."""
    if not (actor.may(Power.READ_STATISTICS) or actor.may(Power.REPORT)):
        raise Refused(problems.FORBIDDEN)
