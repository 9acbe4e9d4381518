"""A whole partner folder from samples: configuration, mappings, tables of codes, golden examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from adapters import own_wsdl
from adapters.drafting.assignment import Assignment
from adapters.drafting.entries import entries_of
from adapters.drafting.examples import Examples, must_be_made_up
from adapters.drafting.guessing import Guess, guess, key_column
from adapters.drafting.lookups import Tables
from adapters.drafting.people import MadeUp
from adapters.drafting.samples import Layout, layouts
from adapters.drafting.sources import Source
from adapters.drafting.targets import ROWS
from adapters.drafting.titles import named, names_in, titles_of
from adapters.drafting.writing import connector_yaml, mapping_yaml
from adapters.errors import Fatal
from schemas.catalog import Kind, kind, kind_names, kinds
from schemas.findings import Text

_MOST_HEADINGS = 4
_PUSHED = ("json", "xml")


@dataclass(slots=True)
class Folder:
    """What is to be written: content by name, and what is to be said of it."""

    files: dict[str, bytes] = field(default_factory=dict)
    mapped: list[Mapped] = field(default_factory=list)
    todo: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Mapped:
    """One kind of a folder: from which samples, how many source fields are used, and which are not."""

    kind: str
    title: Text
    samples: tuple[str, ...]
    used: int
    unused: tuple[str, ...]
    guess: Guess


def draft(
    name: str,
    samples: Sequence[Path],
    *,
    wsdl: Path | None = None,
    names: Path | None = None,
    target: str | None = None,
) -> Folder:
    """A folder for the partner `name`.

    Raises Unreadable for a sample that cannot be read, Fatal for a kind that does not exist or a sample without fields.
    """
    wanted = [_kind(target)] if target else list(kinds())
    titles: dict[str, str] = titles_of(wsdl) if wsdl else {}
    dictionary = names_in(names) if names else {}
    folder, shared = Folder(), _Shared(name, Tables(), MadeUp())
    by_kind: dict[str, list[tuple[Path, Guess]]] = {}
    for sample in samples:
        found = layouts(sample)
        known = titles | named(found[0].columns if found else (), dictionary)
        best = guess(found, wanted, known)
        if best is None:
            raise Fatal(Text(f"{sample.name} 中没有可用的字段", f"{sample.name} has no fields that could be mapped"))
        by_kind.setdefault(best.kind.name, []).append((sample, best))
    for guesses in by_kind.values():
        _add(folder, guesses, shared)
    folder.files |= shared.tables.files()
    folder.todo += [f"{file}: {row.code!r}（{row.seen} 次 times）{row.why}" for file, row in shared.tables.todo()]
    formats = {guesses[0][1].layout.read["format"] for guesses in by_kind.values()}
    channel = "push" if formats <= set(_PUSHED) else "upload"
    mappings = {kind_name: f"{kind_name}.yaml" for kind_name in by_kind}
    doors = _doors(wsdl, [guesses[0][1].layout for guesses in by_kind.values()])
    folder.files["connector.yaml"] = connector_yaml(name, channel, mappings, doors).encode()
    if wsdl and doors:
        folder.files[_pinned(wsdl)] = wsdl.read_bytes()
    folder.todo.insert(0, "connector.yaml: partner（对接方全称 full name）")
    must_be_made_up(folder.files, shared.made)
    return folder


def _doors(wsdl: Path | None, layouts: Sequence[Layout]) -> Mapping[str, Any]:
    """The partner's own WSDL as a door, for the record of a SOAP message."""
    records = [layout.read["records"] for layout in layouts if layout.read["format"] == "xml"]
    if wsdl is None or len(records) != 1:
        return {}
    try:
        own_wsdl.load(wsdl, records[0])
    except Fatal:  # it describes types, and no operation that carries the record
        return {}
    return {"soap_as": {"wsdl": _pinned(wsdl), "record": records[0]}}


def _pinned(wsdl: Path) -> str:
    return "".join(letter for letter in wsdl.stem.lower() if letter.isascii() and letter.isalnum()) + ".wsdl"


def _kind(target: str) -> Kind:
    """The newest version of a kind. Raises Fatal."""
    name = target.partition(".")[0]
    if name not in kind_names():
        known = ", ".join(kind_names())
        raise Fatal(Text(f"没有种类“{target}”，现有：{known}", f"no kind {target!r}: {known}"))
    return kind(f"{name}.v1")


@dataclass(frozen=True, slots=True)
class _Shared:
    """What the kinds of a folder have in common: its name, tables of codes, and the people made up."""

    name: str
    tables: Tables
    made: MadeUp


def _add(folder: Folder, guesses: Sequence[tuple[Path, Guess]], shared: _Shared) -> None:
    """The mapping and the examples of one kind. The fullest sample decides; the others are examples beside it."""
    _, best = max(guesses, key=lambda each: each[1].found.worth)
    layout, found = best.layout, best.found
    drafted = entries_of(found, shared.tables, is_table=layout.is_table)
    read = _read(layout, found)
    unused = _unused(found)
    title = best.kind.title("")
    heading = [
        "草稿，按样本生成，逐行核对后删去注释 A draft from a sample: read every line, then drop its comment.",
        f"种类 kind: {best.kind.name}（{title.zh} {title.en}）{_rivals(best)}",
    ]
    heading += [f"未用 not used: {source.path}{_candidates(found, source.path)}" for source in unused]
    heading += [f"TODO 缺少 missing: {line}" for line in drafted.todo]
    text = mapping_yaml(shared.name, found, read, drafted, heading=heading)
    folder.files[f"{best.kind.name}.yaml"] = text.encode()
    folder.todo += [f"{best.kind.name}.yaml: {line}" for line in drafted.todo]
    for number, (sample, other) in enumerate(guesses, 1):
        suffix, content = Examples(other.found, shared.made).of(
            sample, replace(other.layout, read={**other.layout.read})
        )
        folder.files[f"examples/{best.kind.name}-{number}{suffix}"] = content
    folder.mapped.append(
        Mapped(
            best.kind.name,
            title,
            tuple(sample.name for sample, _ in guesses),
            len(found.pairs),
            tuple(source.path for source in unused),
            best,
        )
    )


def _unused(found: Assignment) -> list[Source]:
    """Sources that no field reads, as a whole or in part; what stands around the records is not counted."""
    read = {path for pair in found.pairs.values() for path in (pair.source.whole, *pair.source.join)}
    return [
        source
        for source in found.sources
        if source.path not in found.pairs
        and not (source.whole or source.join or source.is_outside)
        and source.path not in read
        and source.inner not in read
    ]


def _rivals(best: Guess) -> str:
    rivals = ", ".join(f"{name} {worth:.1f}" for name, worth in best.runners_up)
    return f" {best.found.worth:.1f}; 其次 next {rivals}" if rivals else ""


def _candidates(found: Assignment, path: str) -> str:
    others = ", ".join(f"{pair.target.path} {max(pair.score, 0):.2f}" for pair in found.others.get(path, ())[:3])
    return f"; 候选 candidates {others}" if others else ""


def _read(layout: Layout, found: Assignment) -> Mapping[str, Any]:
    """What the mapping tells the reader: of a table its headings, labels, and what makes rows one record."""
    if not layout.is_table:
        return layout.read
    read = dict(layout.read)
    columns = [source for source in found.sources if source.is_column and not source.whole]
    used = [source for source in found.sources if source.is_column and source.path in found.pairs] or columns
    if layout.has_headings:
        names = list(dict.fromkeys(source.whole or source.path for source in used))
        if "header_rows" in read:  # a name of both rows tells them from a title above the upper one
            names.sort(key=lambda name: "/" not in name)
        read["header"] = names[:_MOST_HEADINGS]
    labels = [source.path for source in found.sources if source.is_label]
    if labels:
        read["labels"] = labels
    if not any(pair.target.lists[:1] == (ROWS,) and pair.source.is_column for pair in found.pairs.values()):
        return read  # a row is a record
    key = _key_column(found, columns)
    if key is not None and not labels:
        read["group_by"] = [key]
        if _stands_apart([str(value) for value in _column(columns, key)]):
            read["together"] = "no"
    else:
        read["records"] = "table"
    return read


def _key_column(found: Assignment, columns: Sequence[Any]) -> str | None:
    """The column whose equal values make rows one record: that of the business key, else the one that repeats."""
    for name in (*found.kind.key, "contract_no", "group_no", "business_no"):
        pair = next((pair for pair in found.pairs.values() if pair.target.path == name), None)
        if pair is not None and pair.source.is_column:
            return pair.source.path
    key = key_column(columns, found.kind)
    return None if key is None else key.path


def _column(columns: Sequence[Any], path: str) -> Sequence[Any]:
    return next(source.values for source in columns if source.path == path)


def _stands_apart(keys: Sequence[str]) -> bool:
    runs = [key for at, key in enumerate(keys) if not at or keys[at - 1] != key]
    return len(runs) != len(set(runs))
