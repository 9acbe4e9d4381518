"""Views of lists that somebody has saved: a name for a filter, kept by the browser in a cookie; no script needed.

A view is an address of our own and nothing else. What a cookie says is believed no more than an address that is typed.
"""

from __future__ import annotations

import binascii
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

import orjson
from starlette.requests import Request

_COOKIE = "views"
_ONE_YEAR = 365 * 24 * 3600
_PATH = re.compile(r"/[a-z-]{1,40}")
_PASSING = frozenset({"page", "after", "lang", "theme"})
"""Parameters of an address that belong to no view."""
LONGEST_NAME = 20
_LONGEST_QUERY = 300
_MOST = 12
_MOST_BYTES = 3600
"""Browsers keep 4096 of a cookie."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """A filter of the list at `path` under a name."""

    path: str
    name: str
    query: str

    @property
    def href(self) -> str:
        return f"{self.path}?{self.query}"


def view_of(path: str, name: str, query: str) -> SavedView | None:
    """A view as it is kept; None for what is none: no list, no name, or no filter."""
    kept = plain_query(dict(parse_qsl(query.removeprefix("?"))))
    name = " ".join(name.split())
    if not (_PATH.fullmatch(path) and 0 < len(name) <= LONGEST_NAME and 0 < len(kept) <= _LONGEST_QUERY):
        return None
    return SavedView(path=path, name=name, query=kept)


def plain_query(given: Mapping[str, str]) -> str:
    """The filter and order of an address, in one spelling."""
    return urlencode(sorted((name, value) for name, value in given.items() if value and name not in _PASSING))


def saved_views(request: Request) -> list[SavedView]:
    """The views in the cookie; none for a cookie that is not ours."""
    try:
        rows = orjson.loads(urlsafe_b64decode(request.cookies.get(_COOKIE, "").encode()))
        return [view for path, name, query in rows[:_MOST] if (view := view_of(path, name, query)) is not None]
    except (binascii.Error, ValueError, TypeError, AttributeError, KeyError):
        return []


def with_view(views: Iterable[SavedView], new: SavedView) -> list[SavedView]:
    """The views with a new one, which takes the place of its namesake; of too many the oldest go."""
    kept = [*without_view(views, new.path, new.name), new][-_MOST:]
    while len(_written(kept)) > _MOST_BYTES:
        kept = kept[1:]
    return kept


def without_view(views: Iterable[SavedView], path: str, name: str) -> list[SavedView]:
    return [view for view in views if (view.path, view.name) != (path, name)]


def cookie_of(request: Request, views: Iterable[SavedView]) -> str:
    """What remembers the views."""
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    return f"{_COOKIE}={_written(views)}; Path=/; Max-Age={_ONE_YEAR}; SameSite=Strict; HttpOnly{secure}"


def _written(views: Iterable[SavedView]) -> str:
    return urlsafe_b64encode(orjson.dumps([(view.path, view.name, view.query) for view in views])).decode()
