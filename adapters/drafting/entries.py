"""From an assignment to the entries of a mapping file: sources, cleaners, look-ups, and what was left to a person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from adapters.drafting.assignment import Assignment, Pair
from adapters.drafting.evidence import cleaner_of, is_taken, takes, text_of
from adapters.drafting.lookups import TODO, Tables
from adapters.drafting.sources import Source
from adapters.drafting.targets import ROWS as TRAVELLERS
from adapters.drafting.targets import Target, targets
from schemas.catalog import Kind

ROWS = "$rows"
_LISTING = re.compile(r"[、,，;；/|]")
_TEN_THOUSAND = re.compile(r"万元?")
_CENTS = re.compile(r"[(（]分[)）]|fen$|cents?$", re.IGNORECASE)
_ASKED = frozenset({"contract_type", "roster_type", "agency_type", "status", "filing_type", "subject_kind", "division"})
"""Required fields that one partner may always mean alike, so that a constant is asked for."""


@dataclass(slots=True)
class Entry:
    """A line of a mapping: a field with its `body`, or a list with `each` (or, of one item, with nothing there)."""

    target: str
    body: dict[str, Any] = field(default_factory=dict)
    note: str = ""
    is_list: bool = False
    each: str | None = None
    split: str = ""
    form: str = ""
    inside: list[Entry] = field(default_factory=list)


@dataclass(slots=True)
class Drafted:
    """All entries, in the order of the schema; `todo` says what is left to do by hand, each once."""

    entries: list[Entry] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)
    parts: dict[str, str] = field(default_factory=dict)


def entries_of(found: Assignment, tables: Tables, *, is_table: bool) -> Drafted:
    """The entries of a mapping for what a sample was taken for."""
    drafted = Drafted()
    by_target = {pair.target.path: pair for pair in found.pairs.values()}
    order = day_order([pair.source for pair in found.pairs.values() if cleaner_of(pair.target) == "cn_date"])
    lists: dict[str, Entry] = {}
    for target in targets(found.kind):
        pair = by_target.get(target.path)
        if pair is None:
            continue
        where = _home(pair, lists, drafted, found, is_table=is_table)
        if pair.source.is_piece:
            continue  # the form of the list names it
        if pair.source.whole:
            drafted.parts[pair.source.whole] = pair.source.form
        where.append(_entry(pair, found, tables, by_target, order=order))
    _fill_missing(found, drafted, by_target, lists)
    return drafted


def _home(pair: Pair, lists: dict[str, Entry], drafted: Drafted, found: Assignment, *, is_table: bool) -> list[Entry]:
    """The entries among which a field stands: those of its list, which is begun when it is the first."""
    here = drafted.entries
    above = ""
    for depth, path in enumerate(pair.target.lists):
        entry = lists.get(path)
        if entry is None:
            name = path.removeprefix(f"{above}/") if above else path
            entry = lists[path] = Entry(name, is_list=True, each=list_place(pair, depth, is_table=is_table))
            if pair.source.is_piece:
                entry.each, entry.split, entry.form = pair.source.whole, "、,，;；", pair.source.form
            here.append(entry)
        here, above = entry.inside, path
    return here


def list_place(pair: Pair, depth: int, *, is_table: bool) -> str | None:
    """What a mapping calls the source of a list that a field stands in, `depth` lists from the outermost; None where
    it is a list of one item."""
    if is_table:
        return ROWS if pair.target.lists[0] == TRAVELLERS else None
    if depth >= len(pair.source.lists):
        return None
    whole = pair.source.lists[depth]
    before = pair.source.lists[depth - 1] if depth else ""
    return whole.removeprefix(f"{before}/") if before else whole


def _entry(pair: Pair, found: Assignment, tables: Tables, by_target: dict[str, Pair], *, order: str | None) -> Entry:
    body = body_of(pair, tables, by_target, order=order)
    return Entry(pair.target.inner, body, _note(pair, found, body))


def body_of(pair: Pair, tables: Tables, by_target: dict[str, Pair], *, order: str | None) -> dict[str, Any]:
    """How a field is taken from a source: by which form, cleaners, and look-up. `order` is that of days."""
    target, source = pair.target, pair.source
    key = "each" if target.field.type == "array" else "from"
    body: dict[str, Any] = {"join": list(source.join)} if source.join else {key: source.inner}
    said = source.said
    if source.is_short_day and (other := _dated(target, by_target)) is not None:
        body["year_of"] = other
    if key == "each" and not source.is_listed and any(_LISTING.search(text_of(value)) for value in said):
        body["split"] = "、,，;；/|"
    if (factor := _factor(source, target)) is not None:
        body["times"] = factor
    cleaner = cleaner_of(target)
    codelist = codelist_of(target)
    if codelist and not (cleaner and all(takes(cleaner, value) for value in said)):
        numbers = by_target.get(target.path.removesuffix("type") + "number") if target.path.endswith("type") else None
        if not target.field.is_open_list:
            body["lookup"] = tables.add(codelist, source, numbers.source if numbers else None)
        cleaner = None
    elif cleaner == "cn_date":
        body["via"] = _day_cleaners(source, order)
    elif cleaner:
        body["via"] = ["share"] if cleaner == "percent" and _are_shares(said) else [cleaner]
    if target.field.name == "license_no":
        body["invalid"] = "warn"
    elif not target.field.required and ("via" in body or "lookup" in body):
        body["invalid"] = "blank"
    return body


def codelist_of(target: Target) -> str | None:
    """The code list of a field, or of the items of a plain list."""
    return target.field.codelist or (target.field.schema.get("items", {}) or {}).get("x-codelist")


def _dated(target: Target, by_target: dict[str, Pair]) -> str | None:
    """A field whose year a day without one may have."""
    order = ("signed_on", "cost.pay_by", "depart_on", "exit_date")
    return next(
        (
            path
            for path in order
            if path != target.path
            and path in by_target
            and (path == "depart_on" or not by_target[path].source.is_short_day)
        ),
        None,
    )


def _factor(source: Source, target: Target) -> str | None:
    if not target.field.schema.get("x-money"):
        return None
    name = source.names[0]
    if _TEN_THOUSAND.search(name):
        return "10000"
    return "0.01" if _CENTS.search(name) else None


def _are_shares(said: Sequence[Any]) -> bool:
    return bool(said) and all(isinstance(value, (int, float)) and 0 < value < 1 for value in said)


def day_order(sources: Sequence[Source]) -> str | None:
    """The cleaner for days whose year stands last: the order that reads every one of them; the day first if both do."""
    said = [value for source in sources for value in source.said if not takes("cn_date", value)]
    said = [value for value in said if takes("cn_date(dmy)", value) or takes("cn_date(mdy)", value)]
    if not said:
        return None
    return next(
        (name for name in ("cn_date(dmy)", "cn_date(mdy)") if all(takes(name, value) for value in said)), "cn_date(dmy)"
    )


def _day_cleaners(source: Source, order: str | None) -> list[str]:
    said = source.said
    if all(takes("cn_date", value) for value in said):
        return ["cn_date"]
    if order is not None and any(takes(order, value) for value in said):
        return [order]
    return ["cn_datetime", "cn_date"] if any(takes("cn_datetime", value) for value in said) else ["cn_date"]


def _note(pair: Pair, found: Assignment, body: dict[str, Any]) -> str:
    """Score, evidence and the next two candidates, as a comment."""
    like, source = pair.like, pair.source
    parts = [
        f"{min(like.score, 1.0):.2f}",
        f"名 name {source.names[-1]}≈{like.name}" if like.name else "按值 by values",
    ]
    said = source.said
    for cleaner in body.get("via", ())[:1]:
        parts.append(f"值 values {cleaner} {sum(is_taken(cleaner, value) for value in said)}/{len(said)}")
    if not said:
        parts.append("样本中无值 no value in the sample")
    others = [
        f"{other.target.path} {min(max(other.score, 0), 1):.2f}" for other in found.others.get(source.path, ())[:2]
    ]
    if others:
        parts.append(f"其次 next {', '.join(others)}")
    return "; ".join(parts)


def _fill_missing(found: Assignment, drafted: Drafted, by_target: dict[str, Pair], lists: dict[str, Entry]) -> None:
    """Required fields that no source fills: told from others where they can be, asked for where not."""
    for target in found.missing():
        here = _inside(target, lists, drafted)
        if here is None:
            drafted.todo.append(_asked(target))
            continue
        told = _told(target, found, by_target, lists)
        if told is not None:
            here.append(
                Entry(target.inner, told, "样本中无此项，由其他项得出 not in the sample, told by another field")
            )
        elif target.field.name in _ASKED or target.path in ("agency.name", "agency.license_no"):
            if target.path.startswith("agency.") and not any(path.startswith("agency.") for path in by_target):
                if target.path == "agency.name":
                    here.append(Entry("agency", {"account": "agency"}, "报送账户的旅行社 the agency of the account"))
                continue
            here.append(
                Entry(target.inner, {"const": TODO}, f"{TODO} 请填写固定值 a constant: {target.field.title.zh}")
            )
            drafted.todo.append(f"{target.path} ({target.field.title.zh}): const {TODO}")
        else:
            drafted.todo.append(_asked(target))


def _asked(target: Target) -> str:
    return f"{target.path} ({target.field.title.zh} {target.field.title.en})"


def _inside(target: Target, lists: dict[str, Entry], drafted: Drafted) -> list[Entry] | None:
    if not target.lists:
        return drafted.entries
    entry = lists.get(target.lists[-1])
    return None if entry is None else entry.inside


def _told(
    target: Target, found: Assignment, by_target: dict[str, Pair], lists: dict[str, Entry]
) -> dict[str, Any] | None:
    if target.field.codelist == "document_types":
        number = target.inner.removesuffix("type") + "number"
        prefix = f"{target.lists[-1]}/" if target.lists else ""
        pair = by_target.get(f"{prefix}{number}")
        return None if pair is None else {"infer": number}
    adults, children = by_target.get("adult_count"), by_target.get("child_count")
    if target.path == "headcount" and adults and children:
        return {"sum": [adults.source.inner, children.source.inner]}
    if target.path in ("headcount", "total_count") and lists.get(TRAVELLERS) and lists[TRAVELLERS].each:
        entry = lists[TRAVELLERS]
        return {"count": entry.each, "split": entry.split} if entry.split else {"count": entry.each}
    if target.path in found.kind.key or target.path == "business_no":
        for path in ("contract_no", "group_no", "form_no", "application_no"):
            if path in by_target and path != target.path:
                return {"from": by_target[path].source.inner}
    return None


def mapped_key(kind: Kind, drafted: Drafted) -> list[str]:
    """The business key, as far as it is mapped."""
    own = {entry.target for entry in drafted.entries}
    return [name for name in kind.key if name in own]
