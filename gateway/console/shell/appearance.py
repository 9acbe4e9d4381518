"""Light or dark: chosen with `?theme=`, remembered by a cookie, else as the machine is set."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlencode

from starlette.requests import Request

_IN_COOKIE = re.compile(r"(?:^|;\s*)theme=(light|dark)(?:;|$)")
_ONE_YEAR = 365 * 24 * 3600


class Theme(StrEnum):
    AUTO = "auto"
    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Look:
    """The look of one answer; `cookie` remembers it when it was chosen just now."""

    theme: Theme
    cookie: bytes | None = None


def look_of(request: Request) -> Look:
    """What was chosen now or before."""
    asked = request.query_params.get("theme", "")
    if asked in tuple(Theme):
        return Look(Theme(asked), _cookie(request, Theme(asked)))
    found = _IN_COOKIE.search(request.headers.get("cookie", ""))
    return Look(Theme(found[1]) if found else Theme.AUTO)


def address_of(request: Request, **changed: str | None) -> str:
    """The same page with other parameters, None for those to leave out; a choice of look or language is not kept."""
    given = {name: value for name, value in request.query_params.items() if name not in ("lang", "theme")}
    kept = {name: value for name, value in (given | changed).items() if value}
    return "?" + urlencode(kept)


def _cookie(request: Request, theme: Theme) -> bytes:
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    age = 0 if theme is Theme.AUTO else _ONE_YEAR
    return f"theme={theme}; Path=/; Max-Age={age}; SameSite=Lax; HttpOnly{secure}".encode()
