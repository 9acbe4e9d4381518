"""The documents: every link leads somewhere, and what stands there in two languages says the same in each."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gateway.console.guide.chapters import anchor
from tests.guide import blocks
from tests.unit.test_texts import chinese_in, english_in

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for folder in ("docs", "clients", "mappings", "benchmarks")
    for page in (*(ROOT / folder).rglob("*.md"), *ROOT.glob("*.md"))
)
TWINS = [page for page in PAGES if page.name.endswith(".zh-CN.md") and page.parent != ROOT]
_FENCE = re.compile(r"^ *```.*?^ *```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_CODE = re.compile(r"\b[A-Z]{3,}-\d{3}\b")
NAMES_OF_THINGS = """
Base64 CBOR CWT Connect Created ECDSA Fault Go HMAC-SHA256 JOSE Java JavaScript OpenID PHP PasswordDigest PasswordText
PostgreSQL Python RSA SHA-1 SM3 SSH SoapClient Standard Timestamp Webhooks WinSCP base32 created csv exc-c14n http
nonce ods xls xx zeep
"""
"""Of programs, formats and members of messages, which have no Chinese name."""


def words(page: Path) -> str:
    """A page without its samples and the code in its lines."""
    return re.sub(r"`[^`]*`", " ", _FENCE.sub("", page.read_text("utf-8")))


def headings(page: Path) -> set[str]:
    found = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text("utf-8")), re.MULTILINE)
    return {anchor(title.replace("`", "")) for title in found}


def english(page: Path) -> Path:
    """The twin of a Chinese page: `rest.en.md` of the guide, `verify.md` elsewhere."""
    stem = page.name.removesuffix(".zh-CN.md")
    return next(filter(Path.is_file, (page.with_name(f"{stem}.en.md"), page.with_name(f"{stem}.md"))))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_link_leads_somewhere(page: Path) -> None:
    for link in _LINK.findall(words(page)):
        file, _, fragment = link.partition("#")
        if not re.match(r"[a-z]+:", file):
            found = page.parent / file if file else page
            assert found.exists(), link
            assert not fragment or fragment in headings(found), link


@pytest.mark.parametrize("page", TWINS, ids=lambda page: str(page.relative_to(ROOT)))
def test_twins_show_the_same_samples_and_name_the_same_codes(page: Path) -> None:
    twin = english(page)
    assert blocks(page) == blocks(twin)
    assert sorted(_CODE.findall(page.read_text("utf-8"))) == sorted(_CODE.findall(twin.read_text("utf-8")))


@pytest.mark.parametrize("page", TWINS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_twin_keeps_to_its_language_and_leads_to_pages_in_it(page: Path) -> None:
    twin = english(page)
    own = re.sub(r"https://[^\])]+", " ", _LINK.sub("]", words(page)))
    assert {word for line in re.split(r"\n|\|", own) for word in english_in(line)} - {*NAMES_OF_THINGS.split()} == set()
    assert chinese_in(words(twin)) == []
    for link in map(Path, _LINK.findall(words(page))):
        assert not link.name.partition("#")[0].endswith(".en.md"), link
    for link in map(Path, _LINK.findall(words(twin))):
        assert ".zh-CN.md" not in link.name, link
