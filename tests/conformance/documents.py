"""One canonical record in the clothes of each door: what a partner of that door would have sent for it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lxml import etree

from adapters.connector import load_connector
from adapters.formats.options import Read
from adapters.mapping.compiler import Mapper
from adapters.mapping.derived import derive
from adapters.mapping.spec import Each, Field
from schemas.catalog import kind
from schemas.projections.namespaces import SERVICE

Body = dict[str, Any]
LVY = Path(__file__).parents[2] / "mappings" / "lvy"


class Unsayable(Exception):
    """The partner's document has no place for a value, or one place for two."""


def xml_of(name: str, value: Any) -> etree._Element:
    """A value as elements of our namespace, also where our schema knows no such thing."""
    element = etree.Element(f"{{{SERVICE}}}{name}")
    if not isinstance(value, dict):
        element.text = str(value).lower() if isinstance(value, bool) else str(value)
        return element
    for key, child in value.items():
        element.extend([xml_of(key, each) for each in (child if isinstance(child, list) else [child])])
    return element


def erp_document(body: Body) -> Body:
    """The document of the ERP that the mapping of `lvy` would read as `body`. Raises Unsayable."""
    route = load_connector(LVY).route("contract")
    assert isinstance(route, Mapper)
    found: Body = {}
    _unmap(body, route.mapping.fields, found)
    return found


def _unmap(body: Body, entries: tuple[Field | Each, ...], found: Body) -> None:
    """Turn the mapping round: every value of `body` goes where the mapping would find it."""
    left = {path for path, _ in _leaves(body, entries)}
    for entry in entries:
        value = _at(body, entry.target)
        if value is None:
            continue
        left.discard(entry.target)
        if isinstance(entry, Each):
            items: list[Body] = [{} for _ in value]
            for item, into in zip(value, items, strict=True):
                _unmap(item, entry.fields, into)
            _put(found, entry.source, items)
        else:
            words = {code: word for word, code in reversed((entry.lookup or {}).items())}
            _put(found, entry.sources[0], words.get(value, value) if isinstance(value, str) else value)
    if left:
        raise Unsayable(f"no place for {', '.join(sorted(left))}")


def _leaves(body: Body, entries: tuple[Field | Each, ...], prefix: str = "") -> list[tuple[str, Any]]:
    lists = {entry.target for entry in entries if isinstance(entry, Each)}
    found: list[tuple[str, Any]] = []
    for name, value in body.items():
        path = f"{prefix}{name}"
        if isinstance(value, dict) and path not in lists:
            found += _leaves(value, entries, f"{path}.")
        else:
            found.append((path, value))
    return found


def _at(body: Any, path: str) -> Any:
    for step in path.split("."):
        body = body.get(step) if isinstance(body, dict) else None
    return body


def _put(found: Body, path: str, value: Any) -> None:
    *way, last = path.split(".")
    for step in way:
        found = found.setdefault(step, {})
    if found.setdefault(last, value) != value:
        raise Unsayable(f"{path} would have to say {found[last]} and {value}")


def write_identity_connector(folder: Path, name: str = "contract") -> None:
    """A partner whose files hold canonical JSON: its mapping takes every field from its own name, uncleaned."""
    folder.mkdir()
    (folder / "connector.yaml").write_text(
        f"connector: {folder.name}\npartner: 示例\ntitle: {{zh: 标准格式文件, en: Canonical files}}\nchannel: sftp\n"
        f"doors: {{sftp: {{complete: rename}}}}\nmappings: {{{name}: {name}.yaml}}\n",
        "utf-8",
    )
    target = kind(f"{name}.v1")
    mapping = {
        "mapping": f"{folder.name}.{name}@1",
        "target": target.id,
        "read": {"format": "json", "records": "$"},
        "clean": ["trim"],
        "key": list(target.key),
        "fields": _identity(derive(target, Read("json")).fields),
    }
    (folder / f"{name}.yaml").write_text(json.dumps(mapping, indent=1), "utf-8")


def _identity(entries: tuple[Field | Each, ...]) -> Body:
    return {entry.target: _own_name(entry) for entry in entries}


def _own_name(entry: Field | Each) -> Body:
    if isinstance(entry, Field):
        via = [name for name in entry.via if name in ("count", "yes_no")]
        return {"from": entry.target, **({"via": via} if via else {})}
    if entry.fields:
        return {"each": entry.source, "fields": _identity(entry.fields)}
    return {"each": entry.source}
