"""Every code that an answer may carry has a page in both languages."""

from __future__ import annotations

import pytest

from gateway.base.problems import CATALOGUE
from gateway.console.public.problem_pages import Entry, entries, families
from gateway.console.shell.rendering import compiled
from gateway.wording.languages import EN, ZH
from schemas.findings import Text
from schemas.rules import problems as rule_problems


def test_refusals_and_findings_are_all_there() -> None:
    assert CATALOGUE.keys() <= entries().keys()
    assert {problem.code for problem in rule_problems()} <= entries().keys()
    assert {"FORMAT-001", "MAP-001", "INTAKE-101", "INTAKE-105", "INTAKE-107", "INTAKE-112"} <= entries().keys()
    assert sum(len(group) for _, group in families()) == len(entries())


@pytest.mark.parametrize("code", entries())
def test_each_has_a_page_in_both_languages(code: str) -> None:
    entry = entries()[code]
    for language in (ZH, EN):
        html = compiled(language, "problem.html").render(entry=entry, switch="")
        for words in (*entry.title, *entry.advice):
            assert str(entry.marked(words)) in html
        assert not {"{", "}"} & set(html), "a placeholder was left as it is"


def test_placeholders_are_set_apart_and_words_escaped() -> None:
    entry = Entry("X-001", "error", Text("大于 {limit} <b>", ""), Text("", ""))
    assert str(entry.marked(entry.title.zh)) == "大于 <var>limit</var> &lt;b&gt;"
