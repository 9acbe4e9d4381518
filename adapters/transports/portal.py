"""A local government portal, seen from here: pages of what changed there, and changes of ours it is asked to take.

Calls block; callers run them in a thread. Times are the portal's own, China Standard Time, `2026-11-02T09:30:00`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from adapters.errors import AdapterError, Fatal
from schemas.findings import Text

PATIENCE = 30.0
"""For how many seconds a portal may say nothing before it counts as away, unless somebody is in more of a hurry."""
MOST_PAGES = 100_000
"""A window has no more; a whole province is a tenth of that."""


@dataclass(frozen=True, slots=True)
class Window:
    """What a portal stamped from `since` (inclusive) to `until` (exclusive); None leaves that side open."""

    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One answer of a portal, byte for byte. `next` asks for the page behind it, None after the last.

    `newest` is the latest change time stamped on a record of the page; `is_empty` says that it holds no record. `as_of`
    is the moment that the page speaks of, None when that is the moment at which it was asked for.
    """

    raw: bytes
    content_type: str
    filename: str
    newest: str | None
    next: str | None = None
    is_empty: bool = False
    as_of: datetime | None = None


@dataclass(frozen=True, slots=True)
class PortalChange:
    """A record as it should be at the portal, made on top of the portal's version `base_revision`.

    `message_id` stays the same however often the change is sent, so that a portal can recognise a repeat.
    """

    kind: str
    key: str
    base_revision: int
    body: Mapping[str, Any]
    message_id: str


class Conflict(AdapterError):
    """The portal holds another version than the change was made on; nothing was changed there."""

    def __init__(self, text: Text, revision: int | None = None) -> None:
        super().__init__(text)
        self.revision = revision


class Portal(Protocol):
    """One portal of one connector, for one thread at a time.

    Raises Retriable (away, busy, half a page), Barred (no way in), Fatal (contract).
    """

    def page(self, kind: str, window: Window, token: str | None = None) -> Page:
        """The page that `token` asks for, the first without one. Raises TokenExpired when it must begin anew."""
        ...

    def push(self, change: PortalChange) -> int | None:
        """The portal's new version number, None when it will only say so later. Raises Conflict."""
        ...

    def close(self) -> None: ...


class Reading:
    """How far one window is read, from its beginning or from the page that `token` asks for."""

    def __init__(self, token: str | None = None) -> None:
        self.token = token
        self._asked = {token}

    def after(self, page: Page) -> bool:
        """Go on to the page behind `page`; False when it was the last.

        Raises Fatal for a portal that sends us back, or on and on: it would be read for ever.
        """
        self.token = page.next
        if page.next is None:
            return False
        if page.next in self._asked:
            raise Fatal(
                Text(
                    f"{page.filename}：门户再次给出同一分页标记 {page.next!s:.40}",
                    f"{page.filename}: the portal gives the page token {page.next!s:.40} a second time",
                )
            )
        if len(self._asked) == MOST_PAGES:
            raise Fatal(
                Text(
                    f"{page.filename}：门户给出的分页超过 {MOST_PAGES} 页",
                    f"{page.filename}: the portal gives more than {MOST_PAGES} pages",
                )
            )
        self._asked.add(page.next)
        return True


class TokenExpired(AdapterError):
    """The portal no longer knows the page token: read the window from its beginning."""
