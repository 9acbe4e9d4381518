"""Which language a visitor reads: chosen with `?lang=`, remembered by a cookie, else the browser's, else Chinese."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request

from gateway.wording.languages import EN, TAGS, ZH

_IN_COOKIE = re.compile(rb"(?:^|;\s*)lang=(zh|en)(?:;|$)")
_ONE_YEAR = 365 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Choice:
    """The language of one answer; `cookie` remembers it when it was chosen just now. `switch` asks for the other."""

    language: str
    switch: str
    cookie: bytes | None = None


def chosen(request: Request) -> Choice:
    """The visitor's choice."""
    query: bytes = request.scope["query_string"]
    if not query:
        language = _remembered(request)
        return Choice(language, _PLAIN_SWITCH[language])
    asked = request.query_params.get("lang")
    language = asked if asked in TAGS else _remembered(request)
    return Choice(language, _switch(query, language), _cookie(request, language) if asked in TAGS else None)


def _cookie(request: Request, language: str) -> bytes:
    secure = "; Secure" if request.scope["scheme"] == "https" else ""
    return f"lang={language}; Path=/; Max-Age={_ONE_YEAR}; SameSite=Lax; HttpOnly{secure}".encode()


def _remembered(request: Request) -> str:
    accepted = b""
    for name, value in request.scope["headers"]:
        if name == b"cookie" and (found := _IN_COOKIE.search(value)):
            return found[1].decode()
        if name == b"accept-language":
            accepted = value
    return _preferred(accepted)


@lru_cache(maxsize=1024)
def _preferred(accepted: bytes) -> str:
    """The better of our languages by an Accept-Language header; Chinese when it names neither."""
    best, best_weight = ZH, 0.0
    for item in accepted.decode("latin-1").split(",")[:20]:
        tag, _, parameter = item.strip().partition(";")
        language = tag.lower().partition("-")[0]
        weight = _weight(parameter)
        if language in TAGS and weight > best_weight:
            best, best_weight = language, weight
    return best


def _weight(parameter: str) -> float:
    value = re.fullmatch(r"\s*q=([01](?:\.\d{0,3})?)\s*", parameter)
    return float(value[1]) if value else 1.0


def _switch(query: bytes, language: str) -> str:
    """A relative link to the same page in the other language."""
    kept = [(name, value) for name, value in parse_qsl(query.decode("latin-1")) if name != "lang"]
    return "?" + urlencode([*kept, ("lang", EN if language == ZH else ZH)])


_PLAIN_SWITCH = {ZH: "?lang=en", EN: "?lang=zh"}
