"""The one pure function that intake uses: a document in, an outcome for every record out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from adapters.connector import Connector, Route
from adapters.envelope import Note, Outcome, Rejection, SourceRecord
from adapters.formats.options import Read
from adapters.formats.source import Source
from adapters.formats.unread import Notes
from adapters.mapping.compiler import Mapper
from adapters.mapping.spec import ACCOUNT_FIELDS, account_source
from adapters.registry import reader
from schemas.rules.report import Register
from schemas.structure import MOST_FINDINGS

Account = Mapping[str, str]
"""What is known of the agency of an account: its `name`, `license_no` and `uscc`, as far as they were entered."""
_MOST_FINDINGS = 5_000
"""Of one document. Once there are so many, one a record is told, and how many more it has."""


def read(
    source: Source,
    connector: Connector,
    *,
    today: date,
    kind: str | None = None,
    parameters: Mapping[str, str] | None = None,
    account: Account | None = None,
    register: Register | None = None,
    notes: Notes | None = None,
) -> Iterator[Outcome]:
    """Outcomes in document order, lazily; a large document never lies in memory as a whole.

    `kind` ("contract") is needed only when the connector maps several; `parameters` stand beside the document,
    `account` is the agency of who sent it. `today` is the day that rules compare with, `register` what is known of
    agencies and leaders; `notes` take what there is to
    say of the document as a whole. Raises Unreadable when the document cannot be read, or no longer has the recorded
    shape: usually at once, for a large document possibly after some outcomes. Raises Fatal when the connector has no
    mapping for the kind.
    """
    route = connector.route(kind)
    beside = {f"${name}": value for name, value in (parameters or {}).items()}
    left = _MOST_FINDINGS
    for record in records(source, route.read, notes):
        if isinstance(record, Rejection):
            outcome: Outcome = record
        else:
            whole = replace(record, data={**record.data, **beside}) if beside else record
            most = min(MOST_FINDINGS, max(left, 1))
            outcome = outcome_of(whole, connector, route, today, account=account, register=register, most=most)
        left -= len(outcome.findings)
        yield outcome


def records(source: Source, options: Read, notes: Notes | None = None) -> Iterator[SourceRecord | Rejection]:
    """The records of a document as its reader gives them; what it notes beside them goes to `notes`."""
    for each in reader(options.format)(source, options):
        if not isinstance(each, Note):
            yield each
        elif notes is not None:
            notes.add(each)


def outcome_of(
    record: SourceRecord,
    connector: Connector,
    route: Route,
    today: date,
    *,
    account: Account | None = None,
    register: Register | None,
    most: int = MOST_FINDINGS,
) -> Outcome:
    """What becomes of one record, said in at most so many findings.

    A mapping that takes the agency of the account finds what `account` knows of it, and nothing that a document says.

    Raises Unreadable when it has not the recorded shape and that is to stop all.
    """
    if isinstance(route, Mapper) and route.needs_account:
        known = {account_source(name): (account or {}).get(name) for name in ACCOUNT_FIELDS}
        record = replace(record, data={**record.data, **known})
    outcome = route(record, today, register, most=most)
    if connector.agencies is not None and isinstance(route, Mapper):
        outcome = connector.agencies.judged(record, outcome, route)
    shape = connector.shapes.get(route.kind.name)
    return outcome if shape is None else shape.judged(record, outcome)
