"""The mapping that a kind implies: every field from its own path, cleaned as its schema suggests.

It serves documents that already have canonical shape but were typed by people: filled templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from collections.abc import Mapping as ReadOnly
from functools import cache
from importlib.resources import files

from adapters.formats.options import Read
from adapters.mapping.cleaners.codelists import by_any_name
from adapters.mapping.spec import Each, Field, Mapping
from schemas.catalog import Kind
from schemas.fields import Field as SchemaField

_BY_TYPE = {"integer": ("count",), "boolean": ("yes_no",)}
_BY_DEFINITION = {
    "money": ("cn_amount",),
    "ratio": ("percent",),
    "time": ("cn_time",),
    "timestamp": ("cn_datetime",),
    "document_no": ("document_no",),
}

_PERSONS = {"name_pinyin": ("pinyin",), "mobile": ("cn_mobile",), "phone": ("phone",)}


def derive(kind: Kind, read: Read) -> Mapping:
    """The mapping for records of `kind` whose fields bear their canonical names."""
    return Mapping(
        name=f"derived.{kind.id.replace('.v', '@')}",
        target=kind.id,
        read=read,
        fields=tuple(_entries(kind, "")),
        key=kind.key,
    )


def implied(kind: Kind | None, path: str) -> tuple[tuple[str, ...], ReadOnly[str, str] | None]:
    """The cleaners and the look-up that the schema of a field suggests; none where nothing is known of it."""
    field = kind and kind.field(path)
    if not field:
        return (), None
    if field.codelist and field.codelist != "divisions":
        return (), by_any_name(field.codelist)
    usual = ("person_name",) if field.pii == "name" else ()
    return _cleaners(field) or _PERSONS.get(field.name, usual), None


def _entries(kind: Kind, prefix: str) -> Iterator[Field | Each]:
    for field in kind.fields():
        rest = field.path.removeprefix(f"{prefix}/")
        if not field.path.startswith(f"{prefix}/") or "*" in rest:
            continue
        target = rest.replace("/", ".")
        if field.type != "array":
            if field.type != "object":
                yield _field(target, field)
            continue
        inner = f"{field.path}/*"
        if field.schema["items"]["type"] == "object":
            yield Each(target, target, tuple(_entries(kind, inner)))
        else:
            item = next(other for other in kind.fields() if other.path == inner)
            yield Each(target, target, item=_field(target, item))


def _field(target: str, field: SchemaField) -> Field:
    if field.codelist and field.codelist != "divisions":
        invalid = "warn" if field.is_open_list else "reject"
        return Field(target, (target,), lookup=by_any_name(field.codelist), invalid=invalid)
    return Field(target, (target,), via=_cleaners(field))


def _cleaners(field: SchemaField) -> tuple[str, ...]:
    if field.codelist == "divisions":
        return ("division",)
    if field.format == "date":
        return ("cn_date",)
    return _BY_TYPE.get(field.type) or _patterns().get(field.schema.get("pattern", ""), ())


@cache
def _patterns() -> dict[str, tuple[str, ...]]:
    """Cleaners by the pattern of the shared definition that a field came from."""
    shared = json.loads((files("schemas") / "common.v1.json").read_text("utf-8"))["$defs"]
    return {shared[name]["pattern"]: via for name, via in _BY_DEFINITION.items()}
