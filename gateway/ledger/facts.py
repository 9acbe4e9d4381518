"""What may be known of a record without opening its seal: the columns in clear, per kind. Pure.

`Facts` is the one list of those columns: a field here, a line in the function of its kind and a migration are all
that a new one takes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from functools import lru_cache
from operator import attrgetter
from typing import Annotated, Any

from gateway.access.tenants import Tenant
from gateway.ledger.named_people import numbers_in

_day = lru_cache(maxsize=4096)(date.fromisoformat)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """No personal data; `people` are blind indexes of the numbers of persons.

    `division` is where the record lies (see `intake.belonging`). `contract_no` is the number printed on a contract.
    `revision` is a portal's version number, `unconfirmed` a change of ours that the portal has yet to show.
    """

    division: str
    subkind: str
    agency_name: str
    agency_uscc: str
    depart_on: date | None = None
    return_on: date | None = None
    headcount: int = 0
    people: Annotated[list[int], "text"]
    effective_on: date | None = None
    revision: Annotated[int, "bigint"] = 0
    unconfirmed: bool = False
    due_on: date | None = None
    contract_no: str | None = None

    @property
    def people_array(self) -> str:
        """The people as PostgreSQL writes an array: one column then holds those of many records."""
        return f"{{{','.join(map(str, self.people))}}}"

    def values(self) -> tuple[Any, ...]:
        """The values of the columns, in the order of the fields."""
        return _values(self)


_values = attrgetter(*("people_array" if field.name == "people" else field.name for field in fields(Facts)))


def contract_facts(body: Mapping[str, Any], owner: Tenant, division: str) -> Facts:
    """The facts of a contract."""
    agency = body["agency"]
    return Facts(
        division=division,
        subkind=body["contract_type"],
        agency_name=agency["name"],
        agency_uscc=agency.get("uscc") or owner.uscc,
        depart_on=_day(body["depart_on"]),
        return_on=_day(body["return_on"]),
        headcount=body["headcount"],
        people=[owner.seal.blind(number) for number in numbers_in(body)],
        contract_no=body.get("contract_no"),
    )


def roster_facts(body: Mapping[str, Any], owner: Tenant, division: str) -> Facts:
    """The facts of a roster, whichever way its group travels."""
    agency = body["agency"]
    departs = body.get("depart_on") or body.get("exit_date") or body.get("entry_date")
    returns = body.get("return_on") or body.get("entry_date") or body.get("exit_date")
    return Facts(
        division=division,
        subkind=body["roster_type"],
        agency_name=agency["name"],
        agency_uscc=agency.get("uscc") or owner.uscc,
        depart_on=departs and _day(departs),
        return_on=returns and _day(returns),
        headcount=body["total_count"],
        people=[owner.seal.blind(number) for number in numbers_in(body)],
    )


def filed_facts(body: Mapping[str, Any], owner: Tenant, division: str) -> Facts:
    """What portals keep. Names of persons do not count."""
    agency = body.get("agency", {})
    name = agency.get("name") or body.get("agency_name") or body.get("subject_name")
    uscc = agency.get("uscc") or body.get("agency_uscc") or body.get("subject_uscc") or body.get("uscc")
    begins = next((body[field] for field in _BEGINNINGS if field in body), None)
    return Facts(
        division=division,
        subkind=next((body[field] for field in _SUBKINDS if field in body), body["status"]),
        agency_name=name or (body["name"] if "uscc" in body else ""),
        agency_uscc=uscc or "",
        people=[owner.seal.blind(number) for number in numbers_in(body)],
        effective_on=begins and _day(begins),
        revision=body.get("revision", 0),
        unconfirmed=body.get("unconfirmed", False),
        due_on=_day(body["due_on"]) if "due_on" in body else None,
    )


_BEGINNINGS = ("effective_from", "applied_on", "received_on", "filed_on", "licensed_on")
_SUBKINDS = ("agency_type", "filing_type", "leader_type", "level")
SUBKINDS = ("contract_type", "roster_type", *_SUBKINDS, "status")
"""The fields that may tell the type of a record, in the order in which they are asked."""
