"""Writes the table of faults from the rows that tests have noted: python -m tests.fault_table ROWS PAGE."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path

_HEAD = """\
# Faults and what they cost 故障与恢复

本页由 `make faults` 生成：在真实的服务进程、PostgreSQL、网络与磁盘上施加故障，逐条核对已答复的请求。

`make faults` writes this page. It does each fault to the real processes, and then asks again for everything that was
acknowledged: *lost* is what is not answered as it was, *doubled* what is stored more than once. The same tests run with
every change, in the doses of the second column or smaller ones.

| Fault 故障 | Dose 次数 | Acknowledged 已答复 | Lost 丢失 | Doubled 重复 | Recovery 恢复 |
|---|---|---|---|---|---|
"""


def main(rows: str, page: str) -> None:
    """Raises SystemExit when a row tells of a loss."""
    found = sorted(map(json.loads, Path(rows).read_text(encoding="utf-8").splitlines()), key=lambda row: row["fault"])
    lines = ["| " + " | ".join(str(value) for value in row.values()) + " |" for row in found]
    machine = f"{platform.system()} {platform.machine()}, Python {platform.python_version()}"
    text = f"{_HEAD}{chr(10).join(lines)}\n\nMeasured on {machine}.\n"
    Path(page).write_text(text, encoding="utf-8")
    if any(row["lost"] or row["doubled"] for row in found):
        raise SystemExit("something was lost or doubled")


if __name__ == "__main__":
    main(*sys.argv[1:])
