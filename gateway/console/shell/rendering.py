"""HTML answers: templates compiled once for each language, and the headers that every page carries.

A template says everything in both languages, `[[ 中文 || English ]]`; the words of one language are left, and included
templates are put in their place, before it is compiled, so that neither costs anything when a page is made.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined, Template
from starlette.requests import Request
from starlette.responses import Response

from gateway.console.shell.assets import assets
from gateway.console.shell.language import chosen
from gateway.wording.languages import TAGS

_CONSOLE = Path(__file__).parents[1]
_WORDS = re.compile(r"\[\[(?P<zh>(?:(?!\[\[|\|\|).)*+)\|\|(?P<en>(?:(?!\[\[|\]\]).)*+)\]\]", re.DOTALL)
_INCLUDE = re.compile(r'{% include "([a-z_/]+\.html)" %}')

STRICT = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Nothing inline, nothing from elsewhere, and no way for a script to send anything anywhere (no connect-src)."""


class Page(Response):
    """An HTML answer in one language, its headers made beforehand."""

    def __init__(self, html: str, status: int, headers: tuple[tuple[bytes, bytes], ...], cookie: bytes | None) -> None:
        self.status_code = status
        self.background = None
        self.body = html.encode()
        self.raw_headers = [*headers, (b"content-length", b"%d" % len(self.body))]
        if cookie is not None:
            self.raw_headers.append((b"set-cookie", cookie))


def page(request: Request, template: str, status: int = 200, *, policy: str = STRICT, **context: Any) -> Page:
    """The page of a template in the visitor's language. `context` is escaped wherever the template shows it."""
    choice = chosen(request)
    html = compiled(choice.language, template).render(context, switch=choice.switch)
    return Page(html, status, _headers(choice.language, policy), choice.cookie)


@cache
def compiled(language: str, template: str) -> Template:
    return _environment(language).get_template(template)


@cache
def _environment(language: str) -> Environment:
    def load(name: str) -> str:
        return _WORDS.sub(lambda words: _trimmed(words[language]), _source(name))

    environment = Environment(
        loader=FunctionLoader(load),
        autoescape=True,
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["assets"] = {name: asset.url for name, asset in assets().items()}
    return environment


def _trimmed(words: str) -> str:
    """Without the blanks around them, which stand for the eye; a mark between two things keeps its own: `, ` and the
    colon of `Reason: `.
    """
    trimmed = words.strip()
    if not any(letter.isalnum() for letter in trimmed):
        return words
    return f"{trimmed} " if words.endswith(": ") else trimmed


@cache
def sources() -> dict[str, Path]:
    """The templates by name, wherever their page's folder is. Raises ValueError for a name that two of them have."""
    found: dict[str, Path] = {}
    for folder in sorted(_CONSOLE.glob("*/templates")):
        for path in sorted(folder.rglob("*.html")):
            name = path.relative_to(folder).as_posix()
            if name in found:
                raise ValueError(f"two templates are called {name}: {found[name]} and {path}")
            found[name] = path
    return found


def _source(name: str) -> str:
    """A template with what it includes."""
    words = sources()[name].read_text(encoding="utf-8").strip()
    return _INCLUDE.sub(lambda include: _source(include[1]), words)


@cache
def _headers(language: str, policy: str) -> tuple[tuple[bytes, bytes], ...]:
    headers = {
        "content-type": "text/html; charset=utf-8",
        "content-language": TAGS[language],
        "content-security-policy": policy,
        "referrer-policy": "no-referrer",
        "x-content-type-options": "nosniff",
        "cross-origin-opener-policy": "same-origin",
        "cache-control": "no-store",
        "vary": "Cookie, Accept-Language",
    }
    return tuple((name.encode(), value.encode()) for name, value in headers.items())
