"""All that does not agree with another side, in one list: conflicts, discrepancies, and connectors that stand still.

One query lists and counts it, for the page, the API and the menu. Nothing is listed twice: a record about which a
conflict is open is decided there, whatever a reconciliation has found of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple, Self
from uuid import UUID

from gateway.access.accounts import Accounts
from gateway.access.divisions import pattern_of
from gateway.alerts.rows import AlertCode
from gateway.authority import statements as sql
from gateway.authority.desk import Desk, Shown
from gateway.authority.rows import About, CountedDifferences, DifferenceRow, Turn
from gateway.ledger import conflicts
from gateway.ledger.conflicts import Conflict
from gateway.ledger.reader import Reader
from gateway.ledger.rows import RecordKey, RecordRow
from gateway.ledger.sealed import open_body
from gateway.reconcile import matters
from gateway.reconcile.classes import Decision
from gateway.reconcile.rows import Discrepancy
from gateway.store.database import Database, Scope
from gateway.store.typed import fetch, fetch_one
from schemas import catalog
from schemas.masking import masked

CIRCUIT = "circuit"
"""Stands among the codes of alerts: nothing is sent to a portal that fails."""
STANDSTILLS = (AlertCode.PULL_STOPPED, AlertCode.LATE, AlertCode.SET_ASIDE)
"""Alerts that say that a connector stands still."""
_CHOICES = frozenset({Decision.KEEP_OURS, Decision.KEEP_THEIRS})


@dataclass(frozen=True, slots=True, kw_only=True)
class SoughtDifferences:
    """Which of them; None is any. Of a `division` also what lies below it."""

    about: About | None = None
    connector: str | None = None
    division: str | None = None
    kind: str | None = None
    turn: Turn | None = None

    def parameters(self) -> dict[str, Any]:
        pattern = None if self.division is None else pattern_of(self.division)
        return asdict(self) | {"division": pattern, "codes": [*STANDSTILLS]}


class Behind(NamedTuple):
    """A place in the list: behind what is known since a moment, told apart by its name."""

    since: datetime
    name: str

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what `str` never gave."""
        moment, _, name = text.replace("\0", "").partition("/")
        since = datetime.fromisoformat(moment)
        if since.tzinfo is None or not name:
            raise ValueError(text)
        return cls(since, name)

    def __str__(self) -> str:
        return f"{self.since.isoformat()}/{self.name}"


class DifferenceName(NamedTuple):
    """The name of what is decided: a conflict, or a discrepancy by its run and its record."""

    about: About
    id: UUID
    kind: str = ""
    key: str = ""

    @classmethod
    def read(cls, text: str) -> Self:
        """Raises ValueError for what names nothing that is decided."""
        about, number, *record = text.replace("\0", "").split("/", 3)
        name = cls(About(about), UUID(number), *record)
        if (name.about is About.DISCREPANCY) is not bool(name.key) or name.about is About.STANDSTILL:
            raise ValueError(text)
        return name

    def __str__(self) -> str:
        return "/".join((self.about, str(self.id), *filter(None, (self.kind, self.key))))

    @property
    def place(self) -> matters.Place:
        return self.id, self.kind, self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenConflict:
    """A conflict with what differs."""

    conflict: Conflict
    shown: Shown

    @property
    def name(self) -> DifferenceName:
        return DifferenceName(About.CONFLICT, self.conflict.id)

    @property
    def record_key(self) -> RecordKey:
        return RecordKey(self.conflict.tenant_id, self.conflict.kind, self.conflict.key)

    @property
    def seen(self) -> str:
        return self.shown.seen

    @property
    def allowed(self) -> frozenset[Decision]:
        """Theirs can only be kept once it is here."""
        return _CHOICES if self.conflict.theirs is not None else frozenset({Decision.KEEP_OURS})

    @property
    def fields(self) -> Sequence[Mapping[str, Any]] | None:
        return self.shown.differences


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundDiscrepancy:
    """A discrepancy of a run."""

    discrepancy: Discrepancy

    @property
    def name(self) -> DifferenceName:
        row = self.discrepancy
        return DifferenceName(About.DISCREPANCY, row.reconciliation_id, row.kind, row.key)

    @property
    def record_key(self) -> RecordKey:
        return RecordKey(self.discrepancy.tenant_id, self.discrepancy.kind, self.discrepancy.key)

    @property
    def seen(self) -> str:
        return self.discrepancy.seen

    @property
    def allowed(self) -> frozenset[Decision]:
        return self.discrepancy.allowed

    @property
    def fields(self) -> Sequence[Mapping[str, Any]] | None:
        return self.discrepancy.fields


Decidable = OpenConflict | FoundDiscrepancy


@dataclass(frozen=True, slots=True, kw_only=True)
class Concerned:
    """The record that is concerned, and its body with personal values masked."""

    row: RecordRow
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A line of the list with what is to be decided, None where nothing is, and the record as it stands here, if it is
    here.
    """

    row: DifferenceRow
    decidable: Decidable | None
    record: Concerned | None


class Differences:
    """Lists, counts and shows what does not agree."""

    def __init__(self, database: Database, reader: Reader, accounts: Accounts, desk: Desk) -> None:
        self._database = database
        self._reader = reader
        self._accounts = accounts
        self._desk = desk

    async def listed(
        self,
        scope: Scope,
        sought: SoughtDifferences,
        *,
        after: Behind | None = None,
        offset: int = 0,
        limit: int = 100,
    ) -> Sequence[Difference]:
        """Those in sight, what is known longest first, from what stands behind `after`."""
        where = sought.parameters() | {"limit": limit, "offset": offset}
        where |= {"after_since": after and after.since, "after_name": after and after.name}
        async with self._database.reading(scope) as connection:
            rows = await fetch(connection, sql.DIFFERENCES, where, DifferenceRow)
        names = [DifferenceName.read(row.name) for row in rows if row.about is not About.STANDSTILL]
        found = await self.named(scope, names)
        records = await self.records(scope, [RecordKey(row.tenant_id, row.kind, row.key) for row in rows if row.kind])
        return [
            Difference(
                row=row, decidable=found.get(row.name), record=records.get(RecordKey(row.tenant_id, row.kind, row.key))
            )
            for row in rows
        ]

    async def counted(self, scope: Scope, sought: SoughtDifferences, most: int) -> CountedDifferences:
        """How many there are, as far as is counted."""
        async with self._database.reading(scope) as connection:
            where = sought.parameters() | {"most": most}
            return await fetch_one(connection, sql.DIFFERENCES_COUNTED, where, CountedDifferences)

    async def named(self, scope: Scope, names: Sequence[DifferenceName]) -> Mapping[str, Decidable]:
        """What there is in sight of these, by name: open conflicts, and discrepancies however they stand."""
        found: dict[str, Decidable] = {}
        if ids := [name.id for name in names if name.about is About.CONFLICT]:
            for conflict in await conflicts.at(self._database, scope, ids):
                each = OpenConflict(conflict=conflict, shown=await self._desk.shown(conflict))
                found[str(each.name)] = each
        if places := [name.place for name in names if name.about is About.DISCREPANCY]:
            for row in await matters.discrepancies_at(self._database, scope, places):
                discrepancy = FoundDiscrepancy(discrepancy=row)
                found[str(discrepancy.name)] = discrepancy
        return found

    async def concerned(self, scope: Scope, names: Sequence[DifferenceName]) -> Mapping[str, Concerned]:
        """The records that these are or were about, by their names."""
        ids = [name.id for name in names if name.about is About.CONFLICT]
        ended = await conflicts.records_of(self._database, scope, ids) if ids else {}
        keys = {str(name): ended[name.id] for name in names if name.id in ended}
        found = await self.named(scope, [name for name in names if name.about is About.DISCREPANCY])
        keys |= {name: each.record_key for name, each in found.items()}
        records = await self.records(scope, [*keys.values()])
        return {name: records[key] for name, key in keys.items() if key in records}

    async def records(self, scope: Scope, keys: Sequence[RecordKey]) -> Mapping[RecordKey, Concerned]:
        """The records in sight that these name."""
        found: dict[RecordKey, Concerned] = {}
        wanted = set(keys)
        for kind in sorted({key.kind for key in wanted}):
            numbers = [key.key for key in wanted if key.kind == kind]
            for row in await self._reader.by_keys(scope, kind, numbers):
                if (key := RecordKey(row.tenant_id, row.kind, row.key)) in wanted:
                    body = open_body(row, (await self._accounts.tenant(row.tenant_id)).seal)
                    found[key] = Concerned(row=row, body=masked(body, catalog.kind(row.schema)))
        return found
