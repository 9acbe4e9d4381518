"""A mapping file to its model. Strict: whatever is not understood is refused with the line it stands on."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from adapters.formats.headings import heading, headings
from adapters.formats.options import Read
from adapters.mapping import strict_yaml
from adapters.mapping.cleaners import CLEANERS, DATED
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.spec import Each, Field, Mapping
from adapters.mapping.strict_yaml import BadConfiguration, Document

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError

MAX_LOOKUP_ROWS = 100_000


def load(file: Path) -> Mapping:
    """The mapping in `file`; lookups are read from its folder. Raises BadConfiguration."""
    return parse(text_of(file), where=file.name, folder=file.parent, file=file)


def parse(text: str, where: str = "mapping", folder: Path | None = None, file: Path | None = None) -> Mapping:
    """The mapping in a text. Raises BadConfiguration."""
    document = strict_yaml.load(text, where)
    check(document, "mapping/mapping.schema.json")
    body = document.value
    reader = Read(**{name: _frozen(value) for name, value in body["read"].items()})
    builder = _Builder(document, folder)
    clean = builder.cleaners(body.get("clean", ["nfkc", "trim"]), ("clean",))
    mapping = Mapping(
        name=body["mapping"],
        target=body["target"],
        read=reader,
        fields=builder.fields(body["fields"], ("fields",)),
        key=tuple(body.get("key", ())),
        clean=clean,
        blank=("", *body.get("blank", ())),
        unseen=tuple(body.get("unseen", ())),
        file=file,
    )
    _check_key(mapping, document)
    _check_header(mapping, document)
    return _with_plain_headings(mapping) if mapping.tabular else mapping


def check(document: Document, schema: str) -> None:
    """Refuse a configuration file that its published JSON Schema does not accept. Raises BadConfiguration.

    What is wrong is said by the validator that gives whole errors; that something is, by the one that is fast.
    """
    if _validator(schema).is_valid(document.value):
        return
    from jsonschema import Draft202012Validator

    found = Draft202012Validator(_schema(schema)).iter_errors(document.value)
    errors = sorted(found, key=lambda error: document.line(_culprit(error)))
    raise document.refuse(_culprit(errors[0]), _message(errors[0]))


def text_of(file: Path) -> str:
    """The text of a configuration file. Raises BadConfiguration."""
    try:
        return file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadConfiguration(file.name, 1, f"cannot be read: {error}") from None


class _Builder:
    def __init__(self, document: Document, folder: Path | None) -> None:
        self._document = document
        self._folder = folder

    def fields(self, raw: dict[str, Any], path: strict_yaml.Path) -> tuple[Field | Each, ...]:
        check_overlaps(self._document, raw, path)
        return tuple(self._entry(target, body, (*path, target)) for target, body in raw.items())

    def cleaners(self, names: list[str], path: strict_yaml.Path) -> tuple[str, ...]:
        for index, name in enumerate(names):
            if name not in CLEANERS:
                raise self._document.refuse((*path, index), f"no cleaner is called {name!r}")
        return tuple(names)

    def _entry(self, target: str, body: dict[str, Any], path: strict_yaml.Path) -> Field | Each:
        line = self._document.line(path)
        if "each" not in body:
            return self._field(target, body, path)
        fields = self.fields(body["fields"], (*path, "fields")) if "fields" in body else ()
        if fields and body.keys() & {"via", "lookup", "invalid"}:
            raise self._document.refuse(path, "a list has either fields or cleaners for its single values")
        item = None if fields else self._field(target, body, path)
        return Each(target, body["each"], fields, item, line)

    def _field(self, target: str, body: dict[str, Any], path: strict_yaml.Path) -> Field:
        sources = body.get("from", ())
        return Field(
            target=target,
            sources=(sources,) if isinstance(sources, str) else tuple(sources),
            via=self.cleaners(body.get("via", []), (*path, "via")),
            lookup=self._lookup(body["lookup"], path) if "lookup" in body else None,
            invalid=body.get("invalid", "reject"),
            default=body.get("default"),
            const=body.get("const"),
            line=self._document.line(path),
        )

    def _lookup(self, raw: str | dict[str, str], path: strict_yaml.Path) -> dict[str, str]:
        return lookup_of(self._document, raw, (*path, "lookup"), self._folder)


def lookup_of(
    document: Document, raw: str | dict[str, str], path: strict_yaml.Path, folder: Path | None
) -> dict[str, str]:
    """The table that stands in place, in a CSV file of the partner's folder, or is a code list.

    Raises BadConfiguration.
    """
    if isinstance(raw, dict):
        return raw
    if not raw.endswith(".csv"):
        try:
            return by_any_name(raw)
        except KeyError:
            raise document.refuse(path, f"no code list is called {raw!r}") from None
    if folder is None or Path(raw).name != raw or raw.startswith("."):
        raise document.refuse(path, "a lookup file lies in the partner's own folder")
    try:
        return _read_lookup(folder / raw)
    except (OSError, ValueError) as error:
        raise document.refuse(path, f"lookup {raw}: {error}") from None


def check_overlaps(document: Document, raw: dict[str, Any], path: strict_yaml.Path) -> None:
    """A target cannot be a value and a parent of values at once. Raises BadConfiguration."""
    for target in raw:
        steps = target.split(".")
        for end in range(1, len(steps)):
            if ".".join(steps[:end]) in raw:
                raise document.refuse((*path, target), f"{target!r} lies inside another field")


def _read_lookup(file: Path) -> dict[str, str]:
    if file.is_symlink():
        raise ValueError("is a link")
    with file.open(encoding="utf-8-sig", newline="") as opened:
        reader = csv.DictReader(opened)
        if reader.fieldnames is None or not {"from", "to"} <= set(reader.fieldnames):
            raise ValueError("needs the columns from, to")
        table: dict[str, str] = {}
        for row in reader:
            if row["from"] in table:
                raise ValueError(f"line {reader.line_num}: {row['from']!r} appears twice")
            if len(table) >= MAX_LOOKUP_ROWS:
                raise ValueError("too many rows")
            table[row["from"]] = row["to"]
    return table


def _check_key(mapping: Mapping, document: Document) -> None:
    targets = {entry.target for entry in mapping.fields}
    for index, name in enumerate(mapping.key):
        if name not in targets:
            raise document.refuse(("key", index), f"the key {name!r} is not among the fields")


def _check_header(mapping: Mapping, document: Document) -> None:
    """A table says how its header row is known, or that it has none: its first record must not be taken for one."""
    read = mapping.read
    if mapping.tabular and not (read.header or read.group_by or read.columns):
        raise document.refuse(
            ("read",), "a table needs `header`: headings of its header row; or `columns` if it has none"
        )
    if read.header and read.columns:
        raise document.refuse(("read", "columns"), "a table has a header row (`header`) or none (`columns`)")


def _with_plain_headings(mapping: Mapping) -> Mapping:
    """Sources of a table are headings; compare them in the same plain form as the document's."""

    def plain(entry: Field | Each) -> Field | Each:
        if isinstance(entry, Field):
            return replace(entry, sources=tuple(map(heading, entry.sources)))
        return replace(entry, source=heading(entry.source), fields=tuple(map(plain, entry.fields)))

    read = replace(
        mapping.read,
        header=tuple(map(heading, mapping.read.header)),
        columns=tuple(headings(mapping.read.columns)),
        labels=tuple(map(heading, mapping.read.labels)),
        group_by=tuple(map(heading, mapping.read.group_by)),
    )
    fields = tuple(map(plain, mapping.fields))
    known = frozenset(source for entry in fields for source in _sources(entry))
    dates = frozenset(source for entry in fields for source in _sources(entry, DATED))
    return replace(mapping, read=replace(read, shared=_shared(fields), known=known, dates=dates), fields=fields)


def _shared(fields: tuple[Field | Each, ...]) -> tuple[str, ...]:
    """The headings that only the record's own fields read, and none of its rows."""
    own = {source for entry in fields if isinstance(entry, Field) for source in entry.sources}
    rows = {source for entry in fields if isinstance(entry, Each) for source in _sources(entry)}
    return tuple(sorted(own - rows))


def _sources(entry: Field | Each, via: frozenset[str] | None = None) -> Iterator[str]:
    """The headings that an entry reads; with `via` those that go through one of these cleaners."""
    if isinstance(entry, Field):
        yield from entry.sources if via is None or via.intersection(entry.via) else ()
    for inner in entry.fields if isinstance(entry, Each) else ():
        yield from _sources(inner, via)


@cache
def _validator(schema: str) -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(_schema(schema))


def _schema(name: str) -> dict[str, Any]:
    """A schema of a configuration file, by its place in `adapters`."""
    return json.loads((files("adapters") / name).read_text("utf-8"))


def _culprit(error: ValidationError) -> strict_yaml.Path:
    path = tuple(error.absolute_path)
    if error.validator == "additionalProperties" and isinstance(error.instance, dict):
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        return (*path, next((key for key in error.instance if key not in known), ""))
    if "propertyNames" in error.absolute_schema_path and isinstance(error.instance, str):
        return (*path, error.instance)
    return path


def _message(error: ValidationError) -> str:
    if error.validator == "additionalProperties":
        return f"unknown key {_culprit(error)[-1]!r}"
    place = "/".join(map(str, error.absolute_path)) or "the file"
    return f"{place}: {error.message[:200]}"


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
