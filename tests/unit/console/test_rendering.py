"""Templates, their words, the headers, and the static files they name."""

from __future__ import annotations

import asyncio
import gzip
import re
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from starlette.exceptions import HTTPException
from starlette.requests import Request

import gateway.console
from gateway.base import problems
from gateway.console.public import problem_pages
from gateway.console.shell import assets
from gateway.console.shell.appearance import Theme
from gateway.console.shell.framing import Frame
from gateway.console.shell.rendering import compiled, page
from gateway.wording.languages import EN, ZH

TEMPLATES = Path(gateway.console.__file__).parent
CJK = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]+")
FRAME = Frame(
    groups=(), me="bureau", office="", theme=Theme.AUTO, light="?theme=light", dark="?theme=dark", auto="?theme=auto"
)
EMPTY_TABLE: dict[str, Any] = {
    **dict.fromkeys(("rows", "columns", "filters", "views", "saved", "files"), ()),
    **dict.fromkeys(("query", "order"), ""),
    **dict.fromkeys(("is_filtered", "can_choose"), False),
    "path": "/alerts",
    "count": "0",
}
PAGES: dict[str, dict[str, Any]] = {
    "home.html": {"entered": ""},
    "verify_form.html": {"entered": ""},
    "docs.html": {},
    "problems.html": {"families": problem_pages.families()},
    "reconciliations.html": {"connector": "", "runs": [], "days": [], "figure": {"series": []}, "frame": FRAME},
    "differences_decided.html": {"good": [], "bad": [], "decision": "", "reason": "", "runs": [], "frame": FRAME},
    "alerts.html": {"table": EMPTY_TABLE, "after": "", "is_closed": True, "frame": FRAME},
    "refusal.html": {"problem": problems.ALREADY_DECIDED, "detail": problems.ALREADY_DECIDED.advice},
    "refused.html": {"problem": problems.ALREADY_DECIDED, "detail": None, "frame": FRAME},
}


def request(query: str = "", name: str = "", **headers: str) -> Request:
    given = [(key.replace("_", "-").encode(), value.encode()) for key, value in headers.items()]
    scope = {
        "type": "http",
        "scheme": "http",
        "query_string": query.encode(),
        "headers": given,
        "path_params": {"name": name},
    }
    return Request(scope)


@pytest.mark.parametrize("name", PAGES)
def test_each_language_has_its_own_words_only(name: str) -> None:
    zh, en = (compiled(language, name).render(PAGES[name], switch="") for language in (ZH, EN))
    assert zh != en
    assert "[[" not in zh + en
    assert "||" not in zh + en
    assert set(CJK.findall(en)) <= {"中文"}, "only the name of the other language is not English"


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda path: path.name)
def test_no_template_has_inline_styles_or_scripts_or_foreign_addresses(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|\son\w+=|<style|<script(?![^>]*\ssrc=)|https?://", source)
    assert "|safe" not in source.replace(" ", "")


def test_words_of_visitors_are_escaped() -> None:
    shown = page(request(), "verify_form.html", entered='"><script>').body.decode()
    assert "&#34;&gt;&lt;script&gt;" in shown
    assert '"><script>' not in shown


def test_a_forgotten_word_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        page(request(), "verify_form.html")


def test_every_page_carries_the_headers_of_a_public_service() -> None:
    answer = page(request("lang=en"), "home.html", 404, entered="")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-language"] == "en"
    assert answer.headers["content-length"] == str(len(answer.body))
    assert answer.headers["referrer-policy"] == "no-referrer", "codes stand in addresses"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["vary"] == "Cookie, Accept-Language"
    assert answer.headers["set-cookie"].startswith("lang=en;")
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "connect-src" not in policy
    assert "frame-ancestors 'none'" in policy


@pytest.mark.parametrize("name", sorted(assets.assets()))
def test_a_static_file_is_kept_for_good_under_its_hash(name: str) -> None:
    asset = assets.assets()[name]
    plain = asyncio.run(assets.serve(request(f"v={asset.version}", name)))
    assert plain.body == asset.body
    assert plain.headers["cache-control"] == "public, max-age=31536000, immutable"
    small = asyncio.run(assets.serve(request("", name, accept_encoding="gzip, br")))
    assert gzip.decompress(bytes(small.body)) == asset.body
    assert small.headers["cache-control"] == "no-cache"
    again = asyncio.run(assets.serve(request("", name, if_none_match=small.headers["etag"])))
    assert (again.status_code, again.body) == (304, b"")


@pytest.mark.parametrize("name", ["", "../pages.py", "site.css/..", "vendor", "vendor/swagger-ui/README.md"])
def test_nothing_else_is_served(name: str) -> None:
    with pytest.raises(HTTPException):
        asyncio.run(assets.serve(request("", name)))


def test_marks_between_words_keep_their_blanks() -> None:
    context: dict[str, Any] = dict.fromkeys(("name", "today", "few_codes"), "")
    context |= {"duties": ["one", "two"], "lacks_second": False, "few_codes": None, "frame": FRAME}
    zh, en = (compiled(language, "desk.html").render(context, switch="") for language in (ZH, EN))
    assert "one、two" in zh
    assert "one, two" in en
