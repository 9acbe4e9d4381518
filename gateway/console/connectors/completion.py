"""The words that a mapping file may have, as its published schema and the catalogue know them: for the editor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from adapters.mapping.cleaners import CLEANERS
from schemas.catalog import kind, kind_names
from schemas.codelists import codelists


@cache
def completions() -> Mapping[str, Any]:
    """By where they stand: `top` of the file, `read`, an `entry` of a field, `cleaners`, `lists` of codes, and
    `targets` by kind. Each has a `label`, most an `info`."""
    schema = json.loads((files("adapters") / "mapping/mapping.schema.json").read_text("utf-8"))
    definitions = schema["$defs"]
    return {
        "top": _words(schema["properties"]),
        "read": _words(definitions["read"]["properties"]),
        "entry": _words(definitions["field"]["properties"]),
        "cleaners": [{"label": name} for name in sorted(CLEANERS)],
        "lists": [{"label": name} for name in codelists()],
        "targets": {name: _targets(name) for name in kind_names()},
    }


def _words(properties: Mapping[str, Any]) -> list[dict[str, str]]:
    return [{"label": name, "info": rule.get("description", "")} for name, rule in properties.items()]


def _targets(name: str) -> list[dict[str, str]]:
    found = {}
    for field in kind(f"{name}.v1").fields():
        inner = field.path.rpartition("/*/")[2].strip("/").replace("/", ".")
        if inner and "*" not in inner:
            found.setdefault(inner, f"{field.title.zh} {field.title.en}")
    return [{"label": label, "info": info} for label, info in found.items()]
