"""The partner's guide as pages: links and codes lead somewhere, samples name this installation."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import unquote

import pytest

from gateway.base.problems import CATALOGUE
from gateway.console.guide.chapters import BASE, EXAMPLES, GUIDE, NAMES, chapters, example_files, source
from gateway.console.public.problem_pages import entries
from gateway.console.shell.rendering import compiled
from gateway.wording.languages import EN, TAGS, ZH

EVERY = [(name, language) for name in NAMES for language in (ZH, EN)]
OURS = "https://gateway.authority.example"
_CODE = re.compile(r"\b[A-Z]{3,}-\d{3}\b")
_HREF = re.compile(r'href="([^"]+)"')
FOR_STAFF = ("PERSON-", "SIGNIN-", "CONNECTOR-", "STATE-003", "STATE-004", "STATE-005")
"""Refusals that no partner meets."""


def rendered(name: str, language: str) -> str:
    found = chapters(language, OURS)
    at = NAMES.index(name)
    return compiled(language, "guide.html").render(
        chapters=found, chapter=found[at], before=None, after=None, switch=""
    )


def test_every_chapter_is_there_in_both_languages_and_no_other_file() -> None:
    assert {path.name for path in GUIDE.iterdir()} == {f"{name}.{TAGS[language]}.md" for name, language in EVERY}


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_link_leads_somewhere_on_the_site(name: str, language: str) -> None:
    anchors = {each.path: set(re.findall(r'id="([^"]+)"', each.html)) for each in chapters(language, OURS)}
    served = {*anchors, "/docs", "/problems", "/soap?wsdl", *(f"/problems/{code}" for code in entries())}
    served |= {f"/guide/examples/{path}" for path in example_files()}
    (here,) = [each for each in chapters(language, OURS) if each.name == name]
    for href in map(unquote, map(unescape, _HREF.findall(here.html))):
        path, _, fragment = href.partition("#")
        if not path.startswith("https://"):
            assert (path or here.path) in served, href
            assert not fragment or fragment in anchors[path or here.path], href
    assert {each.anchor for each in here.sections} <= anchors[here.path]


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_a_page_speaks_of_this_installation_and_obeys_the_policy(name: str, language: str) -> None:
    page = rendered(name, language)
    assert BASE not in page
    assert (OURS in page) == (BASE in source(name, language))
    assert page.count("<h1") == 1
    for banned in ("<script>", "style=", "onclick=", "<style"):
        assert banned not in page


def test_what_looks_like_html_in_a_chapter_is_shown_as_text() -> None:
    page = rendered("signing", EN)
    assert "&lt;key id&gt;" in page
    assert "<key id>" not in page


@pytest.mark.parametrize(("name", "language"), EVERY)
def test_every_code_of_a_chapter_exists_and_leads_to_its_page(name: str, language: str) -> None:
    codes = set(_CODE.findall(source(name, language))) - {"SHA-256", "SHA-512"}
    assert codes - entries().keys() == set()
    page = rendered(name, language)
    assert [code for code in codes if f'<a href="/problems/{code}"><code>{code}</code></a>' not in page] == []


@pytest.mark.parametrize("language", [ZH, EN])
def test_every_refusal_that_a_partner_may_meet_is_found_by_its_symptom(language: str) -> None:
    named = set(_CODE.findall(source("errors", language)))
    assert [code for code in CATALOGUE.keys() - named if not code.startswith(FOR_STAFF)] == []


def test_every_language_of_the_examples_may_be_taken_away() -> None:
    assert {path.partition("/")[0] for path in example_files()} == {
        folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()
    }
