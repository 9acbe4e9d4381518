"""The one spelling of a record: what is stored, hashed and signed."""

from __future__ import annotations

from typing import Any, cast

import orjson


def canonical_of(body: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """A body and its canonical JSON as they are stored and hashed, whoever asks."""
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    if b".0," in canonical or b".0}" in canonical or b".0]" in canonical:
        body = _with_whole_numbers(body)
        canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
    return body, canonical


def _with_whole_numbers(value: Any) -> Any:
    """The same content with 3.0 written 3: JSON Schema takes both for an integer, a content hash must not."""
    match value:
        case dict():
            members = cast(dict[str, Any], value)
            return {name: _with_whole_numbers(item) for name, item in members.items()}
        case list():
            return [_with_whole_numbers(item) for item in cast(list[Any], value)]
        case float() if value.is_integer():
            return int(value)
        case _:
            return value
