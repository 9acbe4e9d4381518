"""What is filled in, in the shape of a contract: lists where lists stand, objects where objects do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from adapters.word.meanings import contract
from gateway.base import problems
from gateway.base.problems import Refused
from schemas.findings import Text
from schemas.loading import Schema

_MOST_ITEMS = 1000
_LARGEST = 2**53


def shaped(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body without what is null. Values may be wrong, and fields unknown: the check says so.

    Raises Refused (REQUEST-001) where a list, an object or a value is something else.
    """
    return _object(body, contract().schema, "")


def _object(value: Mapping[str, Any], schema: Schema, at: str) -> dict[str, Any]:
    known = schema.get("properties", {})
    return {
        name: _fitting(inner, known.get(name), f"{at}/{name}") for name, inner in value.items() if inner is not None
    }


def _fitting(value: Any, schema: Schema | None, at: str) -> Any:
    wanted = None if schema is None else schema.get("type")
    if schema is not None and wanted == "object":
        return _object(value, schema, at) if isinstance(value, dict) else _refuse(at)
    if schema is not None and wanted == "array":
        if not isinstance(value, list) or len(value) > _MOST_ITEMS:
            _refuse(at)
        return [_fitting(item, schema["items"], f"{at}/{number}") for number, item in enumerate(value)]
    return _plain(value, at)


def _plain(value: Any, at: str) -> Any:
    """A text, number or truth value."""
    if value is None or isinstance(value, (dict, list)):
        _refuse(at)
    if isinstance(value, (int, float)) and abs(value) > _LARGEST:
        _refuse(at)
    return value


def _refuse(at: str) -> NoReturn:
    where = at[:80]
    raise Refused(problems.BAD_REQUEST, Text(f"内容不是合同：{where}", f"The content is no contract: {where}"))
