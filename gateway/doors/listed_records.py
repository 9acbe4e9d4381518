"""Lists of records by criteria, alike for the API and the pages."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.doors.requests import bad_parameter, day_of
from gateway.ledger.kinds import BEHAVIOURS, OwnLife
from gateway.ledger.rows import ListedRecord
from gateway.ledger.wanted import Order, Wanted
from gateway.trust.codes import CodeScheme, grouped
from schemas import catalog
from schemas.codelists import codelist
from schemas.normal import form_of, plain_identifier

CRITERIA = ("state", "subkind", "agency", "number", "departs_from", "departs_until", "order")
"""The parameters of a list beside its kind."""


def states_of(kind: str) -> tuple[str, ...]:
    """The states in which records of a kind may be, in their order."""
    life = BEHAVIOURS[kind].life
    if isinstance(life, OwnLife):
        return tuple(state.value for state in life.machine.states)
    field = catalog.kind(f"{kind}.v1").field("/status")
    return () if field is None or field.codelist is None else tuple(codelist(field.codelist))


def wanted_of(kind: str, given: Mapping[str, str], scheme: CodeScheme, order: Order = Order.OLDEST) -> Wanted:
    """What a list is asked for; an empty criterion is none. Raises Refused (REQUEST-001)."""
    values = {name: given.get(name, "").strip().replace("\0", "") for name in CRITERIA}
    if values["state"] and values["state"] not in states_of(kind):
        raise bad_parameter("state", " | ".join(states_of(kind)))
    if values["order"] and values["order"] not in tuple(Order):
        raise bad_parameter("order", " | ".join(Order))
    return Wanted(
        kind=kind,
        state=values["state"] or None,
        subkind=values["subkind"] or None,
        agency=values["agency"] or None,
        number=_number(kind, values["number"], scheme) if values["number"] else None,
        departs_from=day_of(values["departs_from"], "departs_from"),
        departs_until=day_of(values["departs_until"], "departs_until"),
        order=Order(values["order"]) if values["order"] else order,
    )


def line_document(row: ListedRecord) -> dict[str, Any]:
    """A line of a list as the API gives it."""
    document = {name: value for name, value in row.columns().items() if name not in ("tenant_id", "code")}
    return document if row.code is None else document | {"code": row.code, "code_printed": grouped(row.code)}


def _number(kind: str, value: str, scheme: CodeScheme) -> str:
    """A code, or a number as records bear it."""
    described = catalog.kind(f"{kind}.v1")
    form = form_of(described.schema["properties"].get(described.key[0], {})) or plain_identifier
    return scheme.parse(value) or form(value)
