"""The one pure function that intake uses: a document in, an outcome for every record out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date

from adapters.connector import Connector, Route
from adapters.envelope import Outcome, Rejection, SourceRecord
from adapters.formats.source import Source
from adapters.registry import reader
from schemas.rules.report import Register


def read(
    source: Source,
    connector: Connector,
    *,
    today: date,
    kind: str | None = None,
    parameters: Mapping[str, str] | None = None,
    register: Register | None = None,
) -> Iterator[Outcome]:
    """Outcomes in document order, lazily; a large document never lies in memory as a whole.

    `kind` ("contract") is needed only when the connector maps several; `parameters` stand beside the document. `today`
    is the day that rules compare with, `register` what is known of agencies and leaders. Raises Unreadable when the
    document cannot be read, or no longer has the recorded shape: usually at once, for a large document possibly after
    some outcomes. Raises Fatal when the connector has no mapping for the kind.
    """
    route = connector.route(kind)
    beside = {f"${name}": value for name, value in (parameters or {}).items()}
    for record in reader(route.read.format)(source, route.read):
        if isinstance(record, Rejection):
            yield record
        else:
            whole = replace(record, data={**record.data, **beside}) if beside else record
            yield outcome_of(whole, connector, route, today, register=register)


def outcome_of(
    record: SourceRecord, connector: Connector, route: Route, today: date, *, register: Register | None
) -> Outcome:
    """What becomes of one record. Raises Unreadable when it has not the recorded shape and that is to stop all."""
    outcome = route(record, today, register)
    shape = connector.shapes.get(route.kind.name)
    return outcome if shape is None else shape.judged(record, outcome)
