"""The catalogue of findings, as Markdown in both languages."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from schemas.findings import Problem, Severity
from schemas.projections.markdown import table

_HEADINGS = ("代码 Code", "级别 Severity", "原因 Reason", "处理 What to do")
_SEVERITIES = {Severity.ERROR: "错误 error", Severity.WARNING: "提示 warning"}
_HEAD = (
    "# 检查结果代码 Findings\n\n"
    "有错误的记录予以退回；提示随记录一并保存，不影响接收。代码一经公布不再改变含义。\n"
    "An error rejects its record; a warning travels with it and never blocks. A code never changes its meaning.\n\n"
    "花括号中的词由具体值替换。Words in braces are replaced by values.\n\n"
    "由 `schemas/` 生成，勿手改。Generated from `schemas/`; do not edit.\n"
)


def findings_md(problems: Iterable[Problem]) -> str:
    """One table a family, in the order given; families are recognised by the part before the hyphen."""
    sections = [_HEAD]
    for family, members in groupby(problems, key=lambda problem: problem.code.partition("-")[0]):
        sections.append(f"## {family}\n\n" + table(_HEADINGS, (_row(problem) for problem in members)))
    return "\n".join(sections)


def _row(problem: Problem) -> tuple[str, ...]:
    return (
        f"`{problem.code}`",
        _SEVERITIES[problem.severity],
        f"{problem.reason.zh}<br>{problem.reason.en}",
        f"{problem.advice.zh}<br>{problem.advice.en}",
    )
