"""What the demo shows at the end, in 100 columns: a line a door, reasons, codes, one QR, what next."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from gateway.demo.partners import TITLES
from gateway.demo.stage import Shown, Stage, Step
from gateway.trust import qr_image
from gateway.trust.codes import grouped

_MOST_CODES = 6
_MOST_REASONS_EACH = 2
Played = Sequence[tuple[Step, Shown, float]]


def facts(stage: Stage, played: Played) -> dict[str, Any]:
    """What `demo-summary.json` holds. But for the addresses it is the same in every run."""
    return {
        "base_url": stage.url,
        "sftp": {"port": stage.drop.port, "host_key": stage.drop.fingerprint},
        "partners": list(stage.credentials.values()),
        "people": list(stage.people),
        "contracts": [contract for _, shown, _ in played for contract in shown.contracts],
        "rejections": [rejection for _, shown, _ in played for rejection in shown.rejections],
        "doors": {
            step.id: {"partner": step.partner, "taken": shown.taken, "rejected": shown.rejected, **shown.facts}
            for step, shown, _ in played
        },
    }


def show(console: Console, url: str, played: Played, summary: Mapping[str, Any]) -> None:
    """Print the summary."""
    console.print()
    console.print(_doors(played))
    _print_lines(console, played)
    console.print(_reasons(summary["rejections"]))
    console.print(_codes(summary["contracts"]))
    first = summary["contracts"][0]
    console.print(f"合同二维码 QR of {grouped(first['code'])}（手机扫码核验 scan it）:")
    console.print(qr_image.terminal(first["qr_text"]), highlight=False, markup=False)
    _print_links(console, url, first["code"], played)


def _doors(played: Played) -> Table:
    table = Table(title="每扇门一行 One line a door", title_justify="left")
    for heading in ("门 door", "对接方 partner", "送入 what went in"):
        table.add_column(heading, overflow="fold")
    for heading in ("接收\ntaken", "拒收\nrejected", "秒\ns"):
        table.add_column(heading, justify="right", no_wrap=True)
    for step, shown, seconds in played:
        numbers = (f"{shown.taken:,}", f"{shown.rejected:,}", f"{seconds:.1f}")
        table.add_row(step.title, TITLES[step.partner].removesuffix("有限公司"), shown.sent, *numbers)
    return table


def _print_lines(console: Console, played: Played) -> None:
    console.print("[i]各门所见 What the doors showed[/i]")
    grid = Table.grid(padding=(0, 2))
    grid.add_column(no_wrap=True, style="bold")
    for step, shown, _ in played:
        for first, line in enumerate(shown.lines):
            grid.add_row("" if first else step.title, escape(line))
    console.print(grid)
    console.print()


def _reasons(rejections: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("文件与位置 where", "代码 code", "原因 why", title="拒收原因 Why records were rejected")
    for column in table.columns:
        column.overflow = "fold"
    table.title_justify = "left"
    left = Counter[str]()
    for rejection in rejections:
        left[rejection["partner"]] += 1
        if left[rejection["partner"]] > _MOST_REASONS_EACH:
            continue
        for finding in rejection["findings"]:
            if finding["severity"] == "error":
                table.add_row(_where(rejection, finding), finding["code"], _why(finding))
    more = sum(max(count - _MOST_REASONS_EACH, 0) for count in left.values())
    table.caption = f"另有 {more} 条见 summary more" if more else None
    return table


def _where(rejection: Mapping[str, Any], finding: Mapping[str, Any]) -> str:
    return escape(f"{rejection['partner']} {rejection['document']}\n{finding['locator']}".rstrip())


def _why(finding: Mapping[str, Any]) -> str:
    value = f"：{finding['value']}" if finding["value"] else ""
    return escape(f"{finding['title']['zh']}{value}\n{finding['reason']['zh']}")


def _codes(contracts: Sequence[Mapping[str, Any]]) -> Table:
    table = Table("业务编号 business number", "合同编码 contract code", title=f"合同编码 Codes ({len(contracts)})")
    table.title_justify = "left"
    for contract in contracts[:_MOST_CODES]:
        table.add_row(contract["business_no"], grouped(contract["code"]))
    if len(contracts) > _MOST_CODES:
        table.add_row("…", f"另有 {len(contracts) - _MOST_CODES} 份见 summary more")
    return table


def _print_links(console: Console, url: str, code: str, played: Played) -> None:
    links = {
        "首页 home": f"{url}/",
        "核验页 verify page": f"{url}/v/{code}",
        "接口文档 API reference": f"{url}/docs",
        "公开密钥 public keys": f"{url}/.well-known/jwks.json",
    }
    console.print("[b]接下来看 Look here next[/b]")
    for _, shown, _ in played:
        links |= shown.links
    for words, link in links.items():
        between = "\n    " if link.startswith("curl") else " "  # too long for the rest of a line
        console.print(f"  {words}:{between}{link}", soft_wrap=True, highlight=False, markup=False)
