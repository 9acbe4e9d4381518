"""The chapters of docs/guide as pages: Markdown to HTML, links to addresses that are served. Pure but for its files.

A chapter is one file a language, `rest.zh-CN.md` and `rest.en.md`. Whoever reads it in the repository finds every link
there; here links lead to the pages of this service, codes of problems to theirs, and samples name its own address.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import escape
from itertools import pairwise
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from gateway.console.public.problem_pages import entries
from gateway.wording.languages import TAGS

GUIDE = Path(__file__).parents[3] / "docs" / "guide"
EXAMPLES = Path(__file__).parents[3] / "clients" / "examples"
NAMES = ("index", "sandbox", "rest", "signing", "soap", "sftp", "spreadsheets", "webhooks", "errors")
"""In the order in which they are read."""
BASE = "https://gateway.example"
"""The address that samples are written with."""

_CHAPTER = re.compile(r"([a-z]+)\.[a-zA-Z-]+\.md(#.*)?")
_EXAMPLE = re.compile(r"\.\./\.\./clients/examples/([a-z]+/[A-Za-z]+\.[a-z]+)")
_ELSEWHERE = {
    "../reference/problems.md": "/problems",
    "../reference/contract.md": "/docs",
    "../reference/roster.md": "/docs",
    "../reference/soap.md": "/soap?wsdl",
    "../../clients/examples/README.md": "/guide/rest",
}
"""Where else in the repository a chapter may lead, and what is served in its place."""
_CHINESE = re.compile(r"[\u3000-\u9fff\uff00-\uffef]")
_NOT_IN_ANCHOR = re.compile(r"[^\w\- ]")


@dataclass(frozen=True, slots=True)
class Section:
    anchor: str
    title: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """A chapter in one language. `html` is what stands below its title."""

    name: str
    title: str
    html: Markup
    sections: Sequence[Section]

    @property
    def path(self) -> str:
        return "/guide" if self.name == "index" else f"/guide/{self.name}"


@lru_cache(maxsize=64)
def chapters(language: str, base: str) -> tuple[Chapter, ...]:
    """All of them in their order, with samples for the service at `base`."""
    return tuple(_chapter(name, source(name, language).replace(BASE, base)) for name in NAMES)


def source(name: str, language: str) -> str:
    return (GUIDE / f"{name}.{TAGS[language]}.md").read_text("utf-8")


@cache
def example_files() -> dict[str, Path]:
    """The examples that may be taken away, such as `java/Yizhan.java`."""
    return {path.relative_to(EXAMPLES).as_posix(): path for path in sorted(EXAMPLES.glob("*/*.*"))}


def anchor(title: str) -> str:
    """The fragment of a heading, as in the repository's own view of it."""
    return _NOT_IN_ANCHOR.sub("", title.lower()).replace(" ", "-")


def address(link: str) -> str:
    """Where a link of a chapter leads here. Raises KeyError for what is not served."""
    if link.startswith(("#", "https://", "http://")):
        return link
    if found := _CHAPTER.fullmatch(link):
        name, fragment = found[1], found[2] or ""
        return ("/guide" if name == "index" else f"/guide/{name}") + fragment
    if found := _EXAMPLE.fullmatch(link):
        return f"/guide/examples/{found[1]}"
    return _ELSEWHERE[link]


def _chapter(name: str, text: str) -> Chapter:
    markdown = _markdown()
    tokens = markdown.parse(text)
    title, sections = tokens[1].content, []
    for opening, inline in pairwise(tokens):
        if opening.type == "heading_open":
            plain = inline.content.replace("`", "")
            opening.attrSet("id", anchor(plain))
            if opening.tag == "h2":
                sections.append(Section(anchor(plain), plain))
    for token in tokens:
        token.children = [_served(child) for child in token.children or []]
    html = Markup(markdown.renderer.render(tokens[3:], markdown.options, {}))  # noqa: S704 - raw HTML is off
    return Chapter(name, title, html, sections)


def _served(token: Token) -> Token:
    if token.type == "link_open":
        token.attrSet("href", address(str(token.attrGet("href"))))
    return token


@cache
def _markdown() -> MarkdownIt:
    """What the chapters need of Markdown: CommonMark and tables, no HTML of their own."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table")
    markdown.add_render_rule("fence", _fence)
    markdown.add_render_rule("code_inline", _code)
    markdown.add_render_rule("softbreak", _softbreak)
    markdown.add_render_rule("table_open", lambda *_: '<div class="wide-table" tabindex="0"><table>\n')
    markdown.add_render_rule("table_close", lambda *_: "</table></div>\n")
    return markdown


def _fence(_: object, tokens: Sequence[Token], at: int, *_more: object) -> str:
    return f'<pre tabindex="0"><code>{escape(tokens[at].content)}</code></pre>\n'


def _code(_: object, tokens: Sequence[Token], at: int, *_more: object) -> str:
    code = f"<code>{escape(tokens[at].content)}</code>"
    return f'<a href="/problems/{tokens[at].content}">{code}</a>' if tokens[at].content in entries() else code


def _softbreak(_: object, tokens: Sequence[Token], at: int, *_more: object) -> str:
    """The end of a line is a space between English words and nothing beside Chinese ones."""
    beside = tokens[at - 1].content[-1:] + tokens[at + 1].content[:1]
    return "" if _CHINESE.search(beside) else "\n"
