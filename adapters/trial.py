"""A document tried on a connector: what becomes of every value and why, and what nobody uses. Nothing is stored. Pure.

trial = attempt(connector, Path("export.csv"), today=date(2026, 11, 30))
trial.records[0].fields[3]      # where the value comes from, what it has become, what was found of it
trial.unused                    # what the partner sends and no field of the mapping reads
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from enum import StrEnum
from typing import Any

from adapters.connector import Connector, Route
from adapters.envelope import CanonicalRecord, Outcome, Rejection, SourceRecord
from adapters.envelope import Path as Place
from adapters.errors import Unreadable
from adapters.formats.source import Source
from adapters.formats.unread import Notes
from adapters.mapping import provenance
from adapters.mapping.compiler import Mapper
from adapters.mapping.problems import NOT_LISTED
from adapters.mapping.runtime import dig, plain
from adapters.mapping.spec import Each, Field, Take
from adapters.reading import Account, outcome_of, records
from adapters.source_check import absent_sources, chosen_by, read_ways, without_lists
from schemas.catalog import Kind
from schemas.findings import Finding, Text
from schemas.rules.report import Register

MOST_RECORDS = 200
"""Of one trial; all are counted, so many are shown."""
_MOST_FIELDS = 25_000
"""Of all records that are shown together."""
_MOST_UNUSED = 500
_MOST_SEARCHED = 5_000
"""Records that sources of the mapping are looked for in."""
_MOST_SAMPLES = 3
_LONGEST_SAMPLE = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedField:
    """A canonical field by its JSON pointer, and where its value comes from.

    `source` is what the partner wrote at `place`; both are empty for a constant or a default. `value` is None where
    nothing came of it. `made_by` are the cleaners in their order, "look-up", "const" or "default".
    """

    pointer: str
    title: Text
    value: Any
    source: Any = None
    place: str = ""
    made_by: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        return {
            "field": self.pointer,
            "title": self.title._asdict(),
            "value": self.value,
            "source": self.source,
            "locator": self.place,
            "made_by": list(self.made_by),
            "findings": [finding.as_dict() for finding in self.findings],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TriedRecord:
    """What becomes of one record; `findings` are those of no field in particular, `more` fields are not shown."""

    ordinal: int
    locator: str
    is_accepted: bool
    fields: tuple[TriedField, ...] = ()
    findings: tuple[Finding, ...] = ()
    more: int = 0

    def as_dict(self) -> dict[str, Any]:
        return {
            "ordinal": self.ordinal,
            "locator": self.locator,
            "status": "accepted" if self.is_accepted else "rejected",
            "fields": [each.as_dict() for each in self.fields],
            "more_fields": self.more,
            "findings": [finding.as_dict() for finding in self.findings],
        }


class Use(StrEnum):
    """What the mapping makes of a source; `ignored` are those that it names as such."""

    READ = "read"
    IGNORED = "ignored"
    UNUSED = "unused"


@dataclass(slots=True, kw_only=True)
class SeenSource:
    """What the partner sends: its way (`tourists[].phone`), how often it had a value, and which, and its use."""

    way: str
    use: Use
    count: int = 0
    samples: list[str] = field(default_factory=list)

    def note(self, value: Any) -> None:
        self.count += 1
        if len(self.samples) < _MOST_SAMPLES and (shown := str(value)[:_LONGEST_SAMPLE]) not in self.samples:
            self.samples.append(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingCode:
    """A value that the look-up of a field does not list, and how often it came."""

    title: Text
    value: str
    count: int


@dataclass(slots=True)
class Trial:
    """Everything that a document tells of a connector, and the connector of a document.

    `sources` are what its records hold, in the order in which they came. `absent` are sources of the mapping that no
    record has and its file does not list as `unseen`. It `is_cut` when the document has more records than were to be
    read; `more_unused` are values of sources beyond those in `unused`.
    """

    today: date
    records: list[TriedRecord] = field(default_factory=list)
    accepted: int = 0
    rejected: int = 0
    problems: Counter[str] = field(default_factory=Counter)
    sources: list[SeenSource] = field(default_factory=list)
    more_unused: int = 0
    absent: list[str] = field(default_factory=list)
    missing_codes: list[MissingCode] = field(default_factory=list)
    notes: tuple[Finding, ...] = ()
    unreadable: Finding | None = None
    is_cut: bool = False

    @property
    def unused(self) -> list[SeenSource]:
        """What no field reads, the most frequent first."""
        return sorted((each for each in self.sources if each.use is Use.UNUSED), key=lambda each: -each.count)

    @property
    def is_clean(self) -> bool:
        """Whether everything that the partner sent was read and passed, be it with warnings."""
        return not (self.rejected or self.unreadable or self.unused or self.notes or self.is_cut)

    def as_dict(self) -> dict[str, Any]:
        counts = {"accepted": self.accepted, "rejected": self.rejected, "shown": len(self.records)}
        return {
            "dry_run": True,
            "counts": {**counts, "is_cut": self.is_cut},
            "problems": dict(self.problems.most_common()),
            "records": [record.as_dict() for record in self.records],
            "unused_sources": [{"source": u.way, "count": u.count, "samples": u.samples} for u in self.unused],
            "more_unused": self.more_unused,
            "absent_sources": self.absent,
            "missing_codes": [
                {"title": code.title._asdict(), "value": code.value, "count": code.count} for code in self.missing_codes
            ],
            "notes": [finding.as_dict() for finding in self.notes],
            "unreadable": self.unreadable and self.unreadable.as_dict(),
        }


def attempt(
    connector: Connector,
    source: Source,
    *,
    today: date,
    kind: str | None = None,
    parameters: Mapping[str, str] | None = None,
    account: Account | None = None,
    register: Register | None = None,
    then: Callable[[CanonicalRecord], Outcome] | None = None,
    most: int = sys.maxsize,
) -> Trial:
    """Read a document, at most so many records, as intake would, and tell all about it; of records the first ones.

    `account` is the agency of who sent it, `then` judges what has passed once more. A document that cannot be read is
    told as `unreadable`. Raises Fatal for a kind that the connector does not map.
    """
    route = connector.route(kind)
    beside = {f"${name}": value for name, value in (parameters or {}).items()}
    trial, notes, seen, room = Trial(today), Notes(), _Seen(route), _MOST_FIELDS
    try:
        for record in records(source, route.read, notes):
            if trial.accepted + trial.rejected >= most:
                trial.is_cut = True
                break
            if isinstance(record, Rejection):
                outcome: Outcome = record
            else:
                whole = replace(record, data={**record.data, **beside})
                outcome = outcome_of(whole, connector, route, today, account=account, register=register)
                seen.look(whole)
            if then is not None and isinstance(outcome, CanonicalRecord):
                outcome = then(outcome)
            _count(trial, outcome)
            if len(trial.records) < MOST_RECORDS and room > 0:
                trial.records.append(_tried(outcome, record, route, room))
                room -= len(trial.records[-1].fields)
            seen.codes(outcome)
    except Unreadable as failure:
        trial.unreadable = failure.finding
    trial.notes = notes.findings
    trial.more_unused = seen.more_unused
    trial.sources, trial.absent, trial.missing_codes = seen.sources(), seen.absent(), seen.missing_codes()
    return trial


def _count(trial: Trial, outcome: Outcome) -> None:
    if isinstance(outcome, CanonicalRecord):
        trial.accepted += 1
    else:
        trial.rejected += 1
    trial.problems.update(finding.code for finding in outcome.findings)


def _tried(outcome: Outcome, record: SourceRecord | Rejection, route: Route, most: int) -> TriedRecord:
    """`most` fields are shown at most."""
    shown, more = _fields(outcome, record, route, most) if isinstance(record, SourceRecord) else ([], 0)
    of_fields = {finding for each in shown for finding in each.findings}
    return TriedRecord(
        ordinal=outcome.ordinal,
        locator=outcome.locator,
        is_accepted=isinstance(outcome, CanonicalRecord),
        fields=tuple(shown),
        findings=tuple(finding for finding in outcome.findings if finding not in of_fields),
        more=more,
    )


def _fields(outcome: Outcome, record: SourceRecord, route: Route, most: int) -> tuple[list[TriedField], int]:
    """The fields that have a value or a finding, in the order of the record, and how many more there are."""
    values = dict(_leaves(outcome.body or {}))
    by_field: dict[str, list[Finding]] = {}
    for finding in outcome.findings:
        if finding.field:
            by_field.setdefault(finding.field, []).append(finding)
    pointers = [*values, *(pointer for pointer in by_field if pointer not in values)]
    origins = provenance.Origins(record.data, route.program) if isinstance(route, Mapper) else None
    shown = [
        _field(pointer, values.get(pointer), tuple(by_field.get(pointer, ())), record, route, origins)
        for pointer in pointers[:most]
    ]
    return shown, len(pointers) - len(shown)


def _field(  # noqa: PLR0917 - the parts of one line
    pointer: str,
    value: Any,
    findings: tuple[Finding, ...],
    record: SourceRecord,
    route: Route,
    origins: provenance.Origins | None,
) -> TriedField:
    way, made_by = _origin(pointer, record, route, origins)
    source = dig(record.data, way) if way else None
    place = record.locate(way) if way and source is not None else ""
    if not place and findings:
        place = findings[0].locator
    return TriedField(
        pointer=pointer,
        title=route.kind.title(pointer),
        value=value,
        source=source if not isinstance(source, dict | list) else None,
        place=place,
        made_by=made_by,
        findings=findings,
    )


def _origin(
    pointer: str, record: SourceRecord, route: Route, origins: provenance.Origins | None
) -> tuple[Place, tuple[str, ...]]:
    """The way to the source of a field, and what makes its value of it."""
    if not isinstance(route, Mapper) or origins is None:
        return tuple(int(step) if step.isdecimal() else step for step in pointer.split("/")[1:]), ()
    way = origins.of(pointer)
    entry = _entry(pointer.split("/")[1:], route.mapping.fields)
    if entry is None:
        return way, ()
    if entry.const is not None:
        return (), ("const",)
    if entry.default is not None and dig(record.data, way) in (None, ""):
        return (), ("default",)
    return way, (*_form(entry), *entry.via, *(("look-up",) if entry.lookup is not None else ()))


def _form(entry: Field) -> Iterator[str]:
    """What a field does with its sources before its cleaners, in the words of the mapping."""
    form = entry.form
    if form is None:
        return
    if form.take is not Take.FIRST:
        yield form.take.value
    if any(form.parts):
        yield "parts"
    for name in ("times", "has", "year_of"):
        if (value := getattr(form, name)) is not None:
            yield f"{name} {value}"


def _entry(target: list[str], entries: tuple[Field | Each, ...]) -> Field | None:
    """The entry that fills a canonical field."""
    for entry in entries:
        steps = entry.target.split(".")
        if target[: len(steps)] != steps:
            continue
        if isinstance(entry, Field):
            return entry
        return entry.item or _entry(target[len(steps) + 1 :], entry.fields)
    return None


def _leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    """The single values of a body by JSON pointer."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _leaves(item, f"{pointer}/{name}")
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{pointer}/{index}")
    else:
        yield pointer, value


class _Seen:
    """What the records of a document hold beside what is made of them."""

    def __init__(self, route: Route) -> None:
        self._mapping = route.mapping if isinstance(route, Mapper) else None
        self._read = read_ways(self._mapping) if self._mapping else frozenset[str]()
        self._keys = dict(chosen for way in self._read for chosen in _chosen(way))
        self._ignored = self._mapping.ignored if self._mapping else frozenset[str]()
        self._kind: Kind = route.kind
        self._sources: dict[str, SeenSource] = {}
        self._unused, self.more_unused = 0, 0
        self._data: list[Mapping[str, Any]] = []
        self._codes: Counter[tuple[Text, str]] = Counter()

    def look(self, record: SourceRecord) -> None:
        if self._mapping is None:
            return  # what a canonical document has beside its fields is an error of its own
        if len(self._data) < _MOST_SEARCHED:
            self._data.append(record.data)
        for way, value in _source_leaves(record.data, tabular=self._mapping.tabular, keys=self._keys):
            if value in (None, ""):
                continue
            if (known := self._sources.get(way)) is None:
                use = self._use(way)
                if use is Use.UNUSED:
                    if self._unused >= _MOST_UNUSED:
                        self.more_unused += 1
                        continue
                    self._unused += 1
                known = self._sources[way] = SeenSource(way=way, use=use)
            known.note(value)

    def _use(self, way: str) -> Use:
        if way in self._ignored:
            return Use.IGNORED
        return Use.READ if without_lists(way) in self._read else Use.UNUSED

    def codes(self, outcome: Outcome) -> None:
        for finding in outcome.findings:
            if finding.code == NOT_LISTED.code:
                self._codes[finding.title, finding.value or ""] += 1

    def sources(self) -> list[SeenSource]:
        return list(self._sources.values())

    def absent(self) -> list[str]:
        if self._mapping is None or not self._data:
            return []
        return [way for way in absent_sources(self._mapping, self._data) if way not in self._mapping.unseen]

    def missing_codes(self) -> list[MissingCode]:
        return [MissingCode(title=title, value=value, count=n) for (title, value), n in self._codes.most_common()]


def _chosen(way: str) -> Iterator[tuple[str, str]]:
    """The lists on a way of whose elements a member chooses one: `Extend[Key=A].Value` gives `Extend` and `Key`."""
    before, *after = way.split("[")
    for each in after:
        key, is_chosen, _ = each.partition("=")
        if is_chosen:
            yield before, key
        before = each.partition("]")[2]


def _source_leaves(data: Mapping[str, Any], *, tabular: bool, keys: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    """Single values of a partner's record by their way: `tourists[].phone`, or the heading of a column.

    `keys` are the members by which elements of a list are chosen, by the way to the list.
    """
    if tabular:
        yield from _cells(data)
        return
    for name, value in data.items():
        if not name.startswith("$"):
            yield from _below(value, name, keys)


def _cells(data: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The cells of all rows; what stands above them in labels."""
    rows: list[Mapping[str, Any]] = data.get("$rows") or [data]
    in_rows = {name for row in rows for name in row}
    yield from (cell for row in rows for cell in row.items() if not cell[0].startswith("$"))
    yield from ((name, value) for name, value in data.items() if name not in in_rows and not name.startswith("$"))


def _below(value: Any, way: str, keys: Mapping[str, str]) -> Iterator[tuple[str, Any]]:
    if isinstance(value, Mapping):
        for name, item in value.items():
            yield from _below(item, way if name == "#text" else f"{way}.{name}", keys)
    elif isinstance(value, list | tuple):
        key = keys.get(without_lists(way))
        for item in value:
            if key is None or not isinstance(item, Mapping):
                yield from _below(item, f"{way}[]", keys)
            else:
                rest = {name: each for name, each in item.items() if name != key}
                yield from _below(rest, way + chosen_by(key, plain(item.get(key))), keys)
    else:
        yield way, value
