"""Writes the table of fuzz targets from what they have printed: python -m tests.fuzz_table LOG PAGE."""

from __future__ import annotations

import re
import sys
from pathlib import Path

_HEAD = """\
# Fuzzing 模糊测试

本页由 `make fuzz` 生成：对每个读取器和每个接口，以变异的输入持续试验；任何未预料的异常、内部错误或超时都算命中。

`make fuzz` writes this page. Every reader and every door is given mutations of good inputs for so many seconds: an
exception that nobody meant, an internal error or more than two seconds of CPU for an input is a hit. The seeds and some
hundred mutations of each, always the same, are in the suite.

| Target 目标 | Inputs 输入 | Seconds 秒 | Hits 命中 |
|---|---|---|---|
"""
_ROW = re.compile(r"^fuzz (.+): ([0-9,]+) inputs in ([0-9.]+) s, no hit$", re.MULTILINE)


def main(log: str, page: str) -> None:
    """Raises SystemExit when no target has come to its end."""
    found = sorted(_ROW.findall(Path(log).read_text(encoding="utf-8")))
    if not found:
        raise SystemExit("no target has come to its end")
    rows = [f"| {name} | {count} | {seconds} | 0 |" for name, count, seconds in found]
    Path(page).write_text(f"{_HEAD}{chr(10).join(rows)}\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
