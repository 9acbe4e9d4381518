"""A mapping file to its model. Strict: whatever is not understood is refused with the line it stands on."""

from __future__ import annotations

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
from adapters.formats.outside import OUTSIDE
from adapters.mapping import strict_yaml
from adapters.mapping.builder import Builder
from adapters.mapping.cleaners import DATED
from adapters.mapping.nearest import meant
from adapters.mapping.spec import TABULAR, Each, Field, Mapping
from adapters.mapping.strict_yaml import BadConfiguration, Document
from schemas import catalog
from schemas.findings import Text

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError


def load(file: Path) -> Mapping:
    """The mapping in `file`; lookups are read from its folder. Raises BadConfiguration."""
    return parse(text_of(file), where=file.name, folder=file.parent, file=file)


def parse(text: str, where: str = "mapping", folder: Path | None = None, file: Path | None = None) -> Mapping:
    """The mapping in a text. Raises BadConfiguration."""
    document = strict_yaml.load(text, where)
    check(document, "mapping/mapping.schema.json")
    body = document.value
    reader = _reader(body["read"])
    builder = Builder(document, folder, _kind(body["target"]), tabular=reader.format in TABULAR)
    clean = builder.cleaners(body.get("clean", ["nfkc", "trim"]), ("clean",))
    fields, parts = builder.mapped(body)
    mapping = Mapping(
        name=body["mapping"],
        target=body["target"],
        read=reader,
        fields=fields,
        key=tuple(body.get("key", ())),
        clean=clean,
        blank=("", *body.get("blank", ())),
        unseen=tuple(body.get("unseen", ())),
        ignored=frozenset(body.get("ignored", ())),
        file=file,
        parts=parts,
    )
    _check_key(mapping, document)
    _check_header(mapping, document)
    return _with_plain_headings(mapping) if mapping.tabular else _with_outside(mapping, document)


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
        raise BadConfiguration(file.name, 1, Text(f"无法读取，系统报告“{error}”", f"cannot be read: {error}")) from None


def _check_key(mapping: Mapping, document: Document) -> None:
    targets = {entry.target for entry in mapping.fields}
    for index, name in enumerate(mapping.key):
        if name not in targets:
            told = Text(f"主键“{name}”不在字段中", f"the key {name!r} is not among the fields")
            raise document.refuse(("key", index), told)


def _check_header(mapping: Mapping, document: Document) -> None:
    """A table says how its header row is known, or that it has none: its first record must not be taken for one."""
    read = mapping.read
    if mapping.tabular and not (read.header or read.group_by or read.columns):
        told = Text(
            "表格须写明 `header`（标题行中的列名），没有标题行时写明 `columns`",
            "a table needs `header`: headings of its header row; or `columns` if it has none",
        )
        raise document.refuse(("read",), told)
    if read.header and read.columns:
        told = Text(
            "表格有标题行（`header`）或没有标题行（`columns`），只能写一项",
            "a table has a header row (`header`) or none (`columns`)",
        )
        raise document.refuse(("read", "columns"), told)
    if read.header_rows > 1 and (read.columns or not mapping.tabular):
        told = Text("`header_rows` 只用于有标题的表格", "`header_rows` is for a table that has headings")
        raise document.refuse(("read", "header_rows"), told)
    if not read.together and not read.group_by:
        told = Text(
            "`together` 只用于由 `group_by` 合并为一条记录的行",
            "`together` is for rows that `group_by` makes one record of",
        )
        raise document.refuse(("read", "together"), told)
    _check_columns(mapping, document)


def _check_columns(mapping: Mapping, document: Document) -> None:
    """Of columns known by their place every name is read or stands for a gap, and every source is one of them."""
    columns = [heading(name) for name in mapping.read.columns]
    if not columns:
        return
    for entry in mapping.fields:
        for source, line in _lines(entry):
            if heading(source) not in columns and not source.startswith("$"):
                message = Text(f"没有列“{source}”", f"there is no column {source!r}")
                message = meant(message, source, mapping.read.columns)
                raise BadConfiguration(document.where, line, message)


def _with_plain_headings(mapping: Mapping) -> Mapping:
    """Sources of a table are headings; compare them in the same plain form as the document's."""

    def plain(entry: Field | Each) -> Field | Each:
        if isinstance(entry, Field):
            return replace(entry, sources=tuple(map(heading, entry.sources)))
        inner = entry.fields if entry.pattern is not None else tuple(map(plain, entry.fields))
        return replace(entry, source=heading(entry.source), fields=inner)

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


def _with_outside(mapping: Mapping, document: Document) -> Mapping:
    """What the reader is to take along of what stands around the records. Raises BadConfiguration."""
    records = mapping.read.records
    lines = {source: line for entry in mapping.fields for source, line in _lines(entry) if source.startswith(OUTSIDE)}
    for source, line in lines.items():
        place = source.removeprefix(OUTSIDE)
        if not place or (mapping.read.format == "json" and f"{records}.".startswith(f"{place}.")):
            told = Text(f"“{source}”处就是记录本身", f"{source!r} is where the records themselves stand")
            raise BadConfiguration(document.where, line, told)
        if mapping.read.format == "json" and records == "$":
            told = Text(
                f"“{source}”：写明 `records: $` 时记录之外没有内容",
                f"{source!r}: with `records: $` nothing stands outside",
            )
            raise BadConfiguration(document.where, line, told)
    outside = tuple(source.removeprefix(OUTSIDE) for source in lines)
    return replace(mapping, read=replace(mapping.read, outside=outside)) if outside else mapping


def _shared(fields: tuple[Field | Each, ...]) -> tuple[str, ...]:
    """The headings that only the record's own fields read, and none of its rows."""
    own = {source for entry in fields for source in _own_sources(entry)}
    rows = {source for entry in fields if isinstance(entry, Each) and not entry.is_one for source in _sources(entry)}
    return tuple(sorted(own - rows))


def _own_sources(entry: Field | Each) -> Iterator[str]:
    """The headings that an entry reads in the record itself."""
    if isinstance(entry, Field):
        yield from entry.sources
    elif entry.is_one:
        for inner in entry.fields:
            yield from _own_sources(inner)


def _sources(entry: Field | Each, via: frozenset[str] | None = None) -> Iterator[str]:
    """The headings that an entry reads; with `via` those that go through one of these cleaners."""
    if isinstance(entry, Field):
        yield from entry.sources if via is None or via.intersection(entry.via) else ()
        return
    if via is None and entry.pattern is not None:
        yield entry.source
    for inner in entry.fields if entry.pattern is None else ():
        yield from _sources(inner, via)


def _lines(entry: Field | Each) -> Iterator[tuple[str, int]]:
    """(source, line) of what an entry reads in the document."""
    if isinstance(entry, Field):
        yield from ((source, entry.line) for source in entry.sources)
        return
    if entry.source:
        yield entry.source, entry.line
    for inner in entry.fields if entry.pattern is None else ():
        yield from _lines(inner)


def _reader(raw: dict[str, Any]) -> Read:
    options = {name: _frozen(value) for name, value in raw.items()}
    rows, together = int(options.pop("header_rows", "1")), options.pop("together", "yes") == "yes"
    return Read(**options, header_rows=rows, together=together)


def _kind(name: str) -> catalog.Kind | None:
    """The kind of a mapping, None where there is none of that name: whoever compiles it says so."""
    try:
        return catalog.kind(name)
    except KeyError:
        return None


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


def _message(error: ValidationError) -> Text:
    if error.validator == "additionalProperties":
        word = str(_culprit(error)[-1])
        known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
        return meant(Text(f"没有键“{word}”", f"unknown key {word!r}"), word, known)
    place, words = "/".join(map(str, error.absolute_path)), error.message[:200]
    where = Text(f"“{place}”", place) if place else Text("文件", "the file")
    return Text(f"{where.zh}不符合规定，校验器报告“{words}”", f"{where.en}: {words}")


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
