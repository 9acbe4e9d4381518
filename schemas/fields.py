"""The fields of a schema as a flat list, in the order in which the schema tells them.

A field's path is a JSON pointer with `*` for any array index: `/travellers/*/document/number`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from schemas.findings import Text
from schemas.loading import Schema

_INDEX = re.compile(r"/\d+(?=/|$)")


def pattern_of(pointer: str) -> str:
    """The field path of a pointer into a record: indexes become `*`."""
    return _INDEX.sub("/*", pointer)


@dataclass(frozen=True)
class Field:
    """What a person or a projection needs to know about one field."""

    path: str
    schema: Schema
    required: bool

    @cached_property
    def title(self) -> Text:
        return Text(self.schema["title"], self.schema["title:en"])

    @cached_property
    def description(self) -> Text:
        return Text(self.schema["description"], self.schema["description:en"])

    @property
    def name(self) -> str:
        return self.path.rpartition("/")[2]

    @property
    def parent(self) -> str:
        return self.path.rpartition("/")[0]

    @property
    def type(self) -> str:
        """JSON type: string, integer, boolean, object or array."""
        return self.schema["type"]

    @property
    def format(self) -> str | None:
        """`date`, `email` or None."""
        return self.schema.get("format")

    @property
    def pii(self) -> str | None:
        """The class of personal data that the field holds, or None."""
        return self.schema.get("x-pii")

    @property
    def is_public(self) -> bool:
        """Whether a register publishes the value, personal or not: who compares two versions of it reads it whole."""
        return self.schema.get("x-public", False)

    @property
    def codelist(self) -> str | None:
        return self.schema.get("x-codelist")

    @property
    def is_identifier(self) -> bool:
        """True for a number or code that names something: digits are letters there."""
        return bool(self.schema.get("x-identifier"))

    @property
    def is_prose(self) -> bool:
        """True for text that people read: its characters are kept. What is compared has one form instead."""
        compared = ("x-identifier", "x-money", "x-codelist", "format", "pattern", "enum")
        return self.type == "string" and not any(map(self.schema.get, compared))

    @property
    def is_open_list(self) -> bool:
        """True when values outside the code list are allowed (with a warning)."""
        return bool(self.schema.get("x-codelist-open"))

    @property
    def example(self) -> Any:
        """One valid value; None for objects and arrays."""
        return next(iter(self.schema.get("examples", ())), None)

    @property
    def is_leaf(self) -> bool:
        return self.type not in ("object", "array")


def walk(schema: Schema, path: str = "") -> Iterator[Field]:
    """Every field below an object or array schema, parents before children."""
    required = schema.get("required", ())
    for name, child in schema.get("properties", {}).items():
        yield Field(f"{path}/{name}", child, name in required)
        yield from walk(child, f"{path}/{name}")
    if (items := schema.get("items")) is not None:
        if items["type"] != "object":
            yield Field(f"{path}/*", items, False)
        yield from walk(items, f"{path}/*")
