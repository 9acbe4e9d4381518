"""Read a schema file into one self-contained schema: references inlined, code lists compiled into enums.

Inlining keeps validation fast and lets the same object serve OpenAPI and the projections. The schemas are trees, so
inlining ends; a keyword beside a `$ref` (a title, a narrower example) wins over the referenced definition.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import orjson

from schemas.codelists import codelist
from schemas.identifiers import LOST_DIGITS
from schemas.names import OF_LETTERS

Schema = dict[str, Any]

_FOLDER = Path(__file__).parent
_ANNOTATIONS = frozenset({"title", "title:en", "description", "description:en", "examples", "$id"})


@cache
def schema_names() -> tuple[str, ...]:
    """Kind ids that have a schema file, such as "contract.v1"."""
    return tuple(sorted(path.stem for path in _FOLDER.glob("*.v*.json") if not path.stem.startswith("common.")))


@cache
def _file(name: str) -> Schema:
    return orjson.loads((_FOLDER / name).read_bytes())


def declared(kind_id: str, keyword: str) -> Any:
    """What a schema file says of the kind itself under one of our `x-` keywords; None when it does not."""
    return _file(f"{kind_id}.json").get(keyword)


def load(name: str) -> Schema:
    """The expanded schema of kind id `name`."""
    return _expand(_file(f"{name}.json"), f"{name}.json")


def _expand(node: Any, home: str) -> Any:
    """`node` with references replaced; `home` is the file that local references point into."""
    if isinstance(node, list):
        return [_expand(item, home) for item in node]
    if not isinstance(node, dict):
        return node
    base: Schema = {}
    if (reference := node.get("$ref")) is not None:
        file, _, pointer = reference.partition("#")
        base = _expand(_resolve(_file(file or home), pointer), file or home)
    expanded = {**base, **{key: _expand(value, home) for key, value in node.items() if key != "$ref"}}
    if "x-codelist" in expanded and not expanded.get("x-codelist-open"):
        expanded["enum"] = list(codelist(expanded["x-codelist"]))
    return expanded


def _resolve(document: Schema, pointer: str) -> Any:
    for step in pointer.strip("/").split("/"):
        document = document[step]
    return document


def assertions(node: Any) -> Any:
    """What the validator compiles: the schema without what only people read, our own keywords in standard ones."""
    if isinstance(node, list):
        return [assertions(item) for item in node]
    if not isinstance(node, dict):
        return node
    bare: Schema = {}
    for key, value in node.items():
        if key == "properties":
            bare[key] = {name: assertions(child) for name, child in value.items()}
        elif key not in _ANNOTATIONS and not key.startswith("x-"):
            bare[key] = assertions(value)
    if node.get("x-identifier"):
        bare["not"] = {"pattern": LOST_DIGITS}
    elif node.get("x-name"):
        bare["pattern"] = OF_LETTERS
    return bare
