"""The rows of volumes."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.store.typed import TypedRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Received(TypedRow):
    """How many records of a kind were accepted in a period, and how many in the one before."""

    kind: str
    count: int
    before: int
