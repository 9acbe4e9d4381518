"""What a pull works through: pieces of a partner's streams, and the documents in them.

A piece is small, JSON-able and independent of the others, so that a scheduler can hand each to another worker.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from adapters.transports.portal import Window
from gateway.alerts.rows import AlertCode
from schemas.findings import Text

_ALL = Window()


@dataclass(frozen=True, slots=True)
class Piece:
    """A slice of one kind of a portal (`window`), or one file of a folder (`file`).

    `moves_mark` is false in a backfill: what is read again of the past says nothing about how far the present is read.
    """

    kind: str | None = None
    window: Window = _ALL
    file: str | None = None
    moves_mark: bool = True

    @property
    def title(self) -> str:
        return self.file or f"{self.kind} {self.window.since or '…'} – {self.window.until or '…'}"

    @property
    def subject(self) -> str:
        """What is spoken of when it cannot be read."""
        return self.file or self.kind or ""

    def as_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "since": self.window.since,
            "until": self.window.until,
            "file": self.file,
            "moves_mark": self.moves_mark,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Piece:
        return cls(value["kind"], Window(value["since"], value["until"]), value["file"], value["moves_mark"])


@dataclass(frozen=True, slots=True)
class Document:
    """One page or file, fetched. `advance` turns the mark of its stream into the one behind it.

    The content is in `raw`, or at `path` when it may be long; `release` is called once it is durable. A document with
    a `problem` is left alone until it comes again; with an `alert`, only its sender can put it right. One that
    `is_empty` only moves the mark.
    """

    name: str
    stream: str
    kind: str | None
    content_type: str
    advance: Callable[[Any], Any]
    raw: bytes = b""
    path: Path | None = None
    problem: Text | None = None
    alert: AlertCode | None = None
    is_empty: bool = False
    release: Callable[[], None] = lambda: None


class Feed(Protocol):
    """One partner's server, opened for one pull. Raises Retriable and Fatal."""

    async def pieces(self, window: Window | None) -> list[Piece]:
        """What is there to read: from the mark on, or of a window of the past."""
        ...

    def documents(self, piece: Piece) -> AsyncIterator[Document]:
        """The documents of a piece, in order; the next is fetched when the one before is durable.

        A piece that has to be begun anew over and over raises Retriable.
        """
        ...

    async def is_unbroken(self, piece: Piece) -> bool:
        """Whether nothing is left unread before the end of a piece that was read: what had stopped it is over."""
        ...

    def close(self) -> None: ...
