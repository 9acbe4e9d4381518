"""The fields of a mapping file to their model, each form with what it may stand beside. Refuses with the line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

from adapters.formats.headings import heading
from adapters.formats.outside import OUTSIDE
from adapters.mapping import strict_yaml
from adapters.mapping.cleaners import CLEANERS, DATES, SUMMABLE
from adapters.mapping.derived import implied
from adapters.mapping.lookups import lookup_of
from adapters.mapping.nearest import meant
from adapters.mapping.patterns import BadPattern, Pattern, widths
from adapters.mapping.runtime import has_select
from adapters.mapping.spec import ACCOUNT_FIELDS, Each, Field, Form, Part, Take, account_source
from adapters.mapping.strict_yaml import Document
from schemas.catalog import Kind
from schemas.findings import Text

Raw = dict[str, Any]
Entries = tuple[Field | Each, ...]
_WAYS = ("from", "const", "sum", "count", "join", "infer", "account")
_CHANGING = ("times", "has", "year_of")
_TARGET = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*")
_FACTOR = re.compile(r"\d{1,9}(\.\d{1,9})?")
_SELECTED = re.compile(r"(?:[^.\[\]]+(?:\[[^\[\]=]+=[^\[\]]+\])?)(?:\.[^.\[\]]+(?:\[[^\[\]=]+=[^\[\]]+\])?)*")
_USUAL_CLEANERS: Mapping[str, tuple[str, ...]] = {"name": (), "license_no": ("license_no",), "uscc": ("uscc",)}


class Builder:
    """Builds the fields of one file. `kind` is None where the file names one that does not exist."""

    def __init__(self, document: Document, folder: Path | None, kind: Kind | None, *, tabular: bool) -> None:
        self._document = document
        self._folder = folder
        self._kind = kind
        self._tabular = tabular
        self._parts: dict[str, Pattern] = {}
        self._read: set[tuple[str, str]] = set()

    def mapped(self, body: Raw) -> tuple[Entries, Mapping[str, Pattern]]:
        """The fields of a file, and the patterns of the texts that they read parts of. Raises BadConfiguration."""
        for source, form in body.get("parts", {}).items():
            self._parts[self._source_name(source)] = self._pattern(form, ("parts", source))
        fields = self._fields(body["fields"], ("fields",), "")
        for source, name in ((source, name) for source, pattern in self._parts.items() for name in pattern.names):
            if (source, name) not in self._read:
                message = Text(
                    f"没有字段读取“{source}.{name}”这一部分，不需要时请写作“{{_}}”",
                    f"no field reads the part {source}.{name}; call it {{_}} if it is not wanted",
                )
                raise self._document.refuse(("parts", source), message)
        return fields, self._parts

    def cleaners(self, names: list[str], path: strict_yaml.Path) -> tuple[str, ...]:
        """Raises BadConfiguration."""
        for index, name in enumerate(names):
            if name not in CLEANERS:
                told = Text(f"没有名为“{name}”的清洗函数", f"no cleaner is called {name!r}")
                raise self._document.refuse((*path, index), meant(told, name, CLEANERS))
        return tuple(names)

    def _fields(self, raw: Raw, path: strict_yaml.Path, above: str) -> Entries:
        return tuple(self._related(self._built(raw, path, above), path))

    def _built(self, raw: Raw, path: strict_yaml.Path, above: str) -> list[Field | Each]:
        check_overlaps(self._document, raw, path)
        return [entry for target, body in raw.items() for entry in self._entries(target, body, (*path, target), above)]

    def _entries(self, target: str, body: Raw, path: strict_yaml.Path, above: str) -> Iterator[Field | Each]:
        place = f"{above}/{target.replace('.', '/')}"
        if "account" in body:
            yield from self._account(target, body, path)
        elif "one" in body:
            yield Each(target, "", self._fields(body["one"], (*path, "one"), f"{place}/*"), line=self._line(path))
        elif "each" in body:
            yield self._each(target, body, path, place)
        else:
            yield self._field(target, body, path, place)

    def _account(self, target: str, body: Raw, path: strict_yaml.Path) -> Iterator[Field]:
        """The fields of an agency from what is known of the account."""
        if len(body) > 1 or len(path) > 2:
            told = Text(
                "`account` 只能单独用于记录本身的字段", "`account` stands alone, at a field of the record itself"
            )
            raise self._document.refuse(path, told)
        for name in ACCOUNT_FIELDS:
            form = Form(take=Take.ACCOUNT)
            via = _USUAL_CLEANERS[name]
            yield Field(f"{target}.{name}", (account_source(name),), via, line=self._line(path), form=form)

    def _each(self, target: str, body: Raw, path: strict_yaml.Path, place: str) -> Each:
        if "as" in body:
            return self._pieces(target, body, path, place)
        fields = self._fields(body["fields"], (*path, "fields"), f"{place}/*") if "fields" in body else ()
        if fields and body.keys() & {"via", "lookup", "invalid"}:
            told = Text(
                "列表或者写字段，或者写单个值的清洗函数，不能两者都写",
                "a list has either fields or cleaners for its single values",
            )
            raise self._document.refuse(path, told)
        if fields and "split" in body:
            told = Text("文本切分后只有用 `as` 才能有字段", "what a text is cut into has fields only by `as`")
            raise self._document.refuse((*path, "split"), told)
        item = None if fields else self._field(target, body, path, f"{place}/*")
        source = self._usual_source(body["each"], (*path, "each"))
        return Each(target, source, fields, item, self._line(path), split=self._marks(body))

    def _pieces(self, target: str, body: Raw, path: strict_yaml.Path, place: str) -> Each:
        """A list whose elements stand in one text."""
        if "split" not in body or body.keys() & {"via", "lookup", "invalid"}:
            told = Text(
                "`as` 须与 `split` 同用，并且只写字段，不写清洗函数",
                "`as` needs `split`, and fields instead of cleaners",
            )
            raise self._document.refuse((*path, "as"), told)
        pattern = self._pattern(body["as"], (*path, "as"))
        below = (*path, "fields")
        fields = self._built(body.get("fields", {}), below, f"{place}/*")
        read = {source for entry in fields for source in _sources_of(entry)}
        for source in read.difference(pattern.names):
            form = body["as"]
            told = Text(f"“{form}”中没有“{source}”这一部分", f"{form!r} has no part {source!r}")
            raise self._document.refuse(below, meant(told, source, pattern.names))
        own = [self._implied_part(name, path, place) for name in pattern.names if name not in read]
        every = tuple(self._related([*own, *fields], below))
        source = self._usual_source(body["each"], (*path, "each"))
        return Each(target, source, every, None, self._line(path), split=self._marks(body), pattern=pattern)

    def _implied_part(self, name: str, path: strict_yaml.Path, place: str) -> Field:
        """A part that bears the name of a canonical field and is cleaned as its schema suggests."""
        if not _TARGET.fullmatch(name):
            told = Text(
                f"“{name}”这一部分不是字段，也没有字段读取", f"the part {name!r} is no field, and no field reads it"
            )
            raise self._document.refuse((*path, "as"), told)
        via, lookup = implied(self._kind, f"{place}/*/{name.replace('.', '/')}")
        return Field(name, (name,), via, lookup, line=self._line((*path, "as")))

    def _field(self, target: str, body: Raw, path: strict_yaml.Path, place: str) -> Field:
        ways = [way for way in _WAYS if way in body]
        if "each" not in body and (len(ways) > 1 and ways != ["from", "const"]):
            known = ", ".join(_WAYS)
            told = Text(
                f"字段只能写“{known}”中的一项，不能写“{'、'.join(ways)}”",
                f"a field has one of {known}: not {' and '.join(ways)}",
            )
            raise self._document.refuse(path, told)
        form, sources = self._form(body, path, place)
        via = self.cleaners(body.get("via", []), (*path, "via"))
        lookup = (
            lookup_of(self._document, body["lookup"], (*path, "lookup"), self._folder) if "lookup" in body else None
        )
        field = Field(
            target=target,
            sources=sources,
            via=via or self._implied_via(form, place),
            lookup=lookup,
            invalid=body.get("invalid", "reject"),
            default=body.get("default"),
            const=body.get("const"),
            line=self._line(path),
            form=form,
        )
        self._must_fit(field, body, path)
        return field

    def _form(self, body: Raw, path: strict_yaml.Path, place: str) -> tuple[Form | None, tuple[str, ...]]:
        """How a field takes its value, None where it is as it stands, and the sources that it reads."""
        take = next((Take(way) for way in ("sum", "count", "join", "infer") if way in body), Take.FIRST)
        if take is Take.INFER:
            return Form(take=take, inferred=body["infer"]), ()
        named = body.get(take.value, ())
        read = [self._source(raw, (*path, take.value)) for raw in ((named,) if isinstance(named, str) else named)]
        parts = tuple(part for _, part in read)
        is_plain = take is Take.FIRST and not any(parts) and not body.keys() & set(_CHANGING)
        sources = tuple(source for source, _ in read)
        if is_plain and (self._tabular or not any(map(has_select, sources))):
            return None, sources
        form = Form(
            take=take,
            parts=parts if any(parts) else (),
            times=self._factor(body, path),
            has=body.get("has"),
            year_of=body.get("year_of"),
            split=self._marks(body),
        )
        return form, sources

    def _must_fit(self, field: Field, body: Raw, path: strict_yaml.Path) -> None:
        """What stands beside a form must mean something there. Raises BadConfiguration."""
        for key, why in _misfits(field, body):
            raise self._document.refuse((*path, key), why)

    def _implied_via(self, form: Form | None, place: str) -> tuple[str, ...]:
        """Cleaners of a field that names none although its form needs some: those of its schema."""
        if form is None:
            return ()
        if form.year_of:
            return ("cn_date",)
        return implied(self._kind, place)[0] if form.take is Take.SUM or form.times else ()

    def _related(self, built: list[Field | Each], path: strict_yaml.Path) -> Iterator[Field | Each]:
        """Fields with those that they are told from, which must be there and have a value by then."""
        fields = {entry.target: entry for entry in built if isinstance(entry, Field)}
        order = list(fields)
        for entry in built:
            form = entry.form if isinstance(entry, Field) else None
            if form is None or not isinstance(entry, Field):
                yield entry
            elif form.inferred is not None:
                other = self._other(form.inferred, fields, (*path, entry.target, "infer"))
                parts = other.form.parts if other.form else ()
                yield replace(entry, sources=other.sources, form=replace(form, parts=parts))
            else:
                if form.year_of is not None:
                    where = (*path, entry.target, "year_of")
                    other = self._other(form.year_of, fields, where)
                    if other.form and other.form.year_of and order.index(other.target) >= order.index(entry.target):
                        name = other.target
                        told = Text(
                            f"“{name}”的年份在此字段之后才能确定", f"{name!r} gets its own year only after this field"
                        )
                        raise self._document.refuse(where, told)
                yield entry

    def _other(self, target: str, fields: Mapping[str, Field], path: strict_yaml.Path) -> Field:
        found = fields.get(target)
        if found is None:
            told = Text(f"此处没有字段“{target}”", f"no field here is called {target!r}")
            raise self._document.refuse(path, meant(told, target, fields))
        return found

    def _source(self, raw: str, path: strict_yaml.Path) -> tuple[str, Part | None]:
        """A source, and the part of its text that is meant."""
        name = self._source_name(raw)
        for source, pattern in self._parts.items():
            if name.startswith(f"{source}."):
                part = name.removeprefix(f"{source}.")
                if part not in pattern.names:
                    told = Text(f"“{source}”没有“{part}”这一部分", f"{source!r} has no part {part!r}")
                    raise self._document.refuse(path, meant(told, part, pattern.names))
                self._read.add((source, part))
                return self._usual_source(source, path), Part(pattern, part)
        return self._usual_source(raw, path), None

    def _usual_source(self, source: str, path: strict_yaml.Path) -> str:
        """A source as the mapping names it. Raises BadConfiguration for what can stand nowhere."""
        if self._tabular:
            if source.startswith(OUTSIDE):
                told = Text("表格之外的内容用 `labels` 读取", "what stands around a table is told by `labels`")
                raise self._document.refuse(path, told)
            return source
        if source.startswith(OUTSIDE) and "fields" in path[1:]:
            told = Text(
                "记录之外的内容只能用于记录本身的字段", "what stands outside the record is for the record's own fields"
            )
            raise self._document.refuse(path, told)
        if has_select(source) and not _SELECTED.fullmatch(source):
            told = Text(
                f"“{source}”不是带选择的路径，应如“Extend[Key=Code].Value”",
                f"{source!r} is no path with a choice such as Extend[Key=Code].Value",
            )
            raise self._document.refuse(path, told)
        return source

    def _source_name(self, source: str) -> str:
        return heading(source) if self._tabular else source

    def _pattern(self, form: str, path: strict_yaml.Path) -> Pattern:
        try:
            return Pattern(form).checked()
        except BadPattern as error:
            raise self._document.refuse(path, error.text) from None

    def _factor(self, body: Raw, path: strict_yaml.Path) -> str | None:
        factor = body.get("times")
        if factor is not None and (not _FACTOR.fullmatch(factor) or not Decimal(factor)):
            told = Text(f"“{factor}”不是大于零的小数", f"{factor!r} is no decimal number above nought")
            raise self._document.refuse((*path, "times"), told)
        return factor

    def _marks(self, body: Raw) -> str | None:
        """The characters that separate, in either width."""
        split = body.get("split")
        return None if split is None else "".join(sorted(each for letter in split for each in widths(letter)))

    def _line(self, path: strict_yaml.Path) -> int:
        return self._document.line(path)


def check_overlaps(document: Document, raw: Mapping[str, Any], path: strict_yaml.Path) -> None:
    """A target cannot be a value and a parent of values at once. Raises BadConfiguration."""
    for target in raw:
        steps = target.split(".")
        for end in range(1, len(steps)):
            outer = ".".join(steps[:end])
            if outer in raw and not (_is_account(raw[outer]) and steps[end] not in ACCOUNT_FIELDS):
                told = Text(f"“{target}”在另一字段之内", f"{target!r} lies inside another field")
                raise document.refuse((*path, target), told)


def _is_account(body: Any) -> bool:
    return isinstance(body, dict) and "account" in body


def _sources_of(entry: Field | Each) -> Collection[str]:
    if isinstance(entry, Field):
        return entry.sources
    return {source for inner in entry.fields for source in _sources_of(inner)} | ({entry.source} - {""})


def _misfits(field: Field, body: Raw) -> Iterator[tuple[str, Text]]:
    """(key, why) of what stands in a field and means nothing there."""
    changing = [key for key in _CHANGING if key in body]
    if changing and "from" not in body:
        name = changing[0]
        yield name, Text(f"`{name}` 须与 `from` 同用", f"`{name}` needs `from`")
    if len(changing) > 1:
        yield (
            changing[1],
            Text("`times`、`has`、`year_of` 只能写一项", "`times`, `has` and `year_of` exclude each other"),
        )
    if "split" in body and not body.keys() & {"each", "count"}:
        yield "split", Text("`split` 须与 `each` 或 `count` 同用", "`split` goes with `each` or `count`")
    if field.form is not None:
        yield from _misfits_beside(field.form, field)


def _misfits_beside(form: Form, field: Field) -> Iterator[tuple[str, Text]]:
    """The same for what stands beside a form: a value that is told by it is no text of the partner's any more."""
    is_told = form.take in (Take.COUNT, Take.INFER) or form.has is not None
    is_made = is_told or form.take is Take.SUM or bool(form.year_of or form.times)
    if is_told and field.via:
        yield "via", Text("已没有可供清洗的文本", "there is no text left for cleaners")
    if is_made and field.lookup is not None:
        yield "lookup", Text("已没有可供对照的代码", "there is no code left to look up")
    if is_made and field.invalid == "warn":
        yield "invalid", Text("没有可以保留的原文", "there is no text of the partner's that could be kept")
    if form.take is Take.SUM and not SUMMABLE.intersection(field.via[-1:]):
        names = ", ".join(sorted(SUMMABLE))
        yield "sum", Text(f"求和须用清洗函数“{names}”之一", f"a sum needs one of the cleaners {names}")
    if form.year_of and not DATES.intersection(field.via[-1:]):
        names = ", ".join(sorted(DATES))
        yield "year_of", Text(f"`year_of` 须用清洗函数“{names}”之一", f"`year_of` needs one of the cleaners {names}")
