"""What the demo shows at the end: per partner what became of its records, codes, one QR, where to look next."""

from __future__ import annotations

from collections import Counter
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway import qr_image
from gateway.codes import grouped
from gateway.demo.partners import Played

_MOST_CODES = 8
_MOST_REASONS = 12


def show(console: Console, url: str, played: list[Played], summary: dict[str, Any]) -> None:
    """Print the summary."""
    console.print()
    console.print(_outcomes(played))
    console.print(_reasons(summary["rejections"]))
    console.print(_codes(summary["contracts"]))
    first = summary["contracts"][0]
    console.print(f"合同二维码 QR of {grouped(first['code'])}（手机扫码打开核验页 a phone opens the verify page）:")
    console.print(qr_image.terminal(first["qr_text"]), highlight=False, markup=False)
    console.print("接下来打开 open next:")
    links = {
        "核验页 verify page": f"{url}/v/{first['code']}",
        "首页 home": f"{url}/",
        "接口文档 API reference": f"{url}/docs",
        "公开密钥 public keys": f"{url}/.well-known/jwks.json",
    }
    for words, link in links.items():
        console.print(f"  {words}: [link={link}]{link}[/link]")


def _outcomes(played: list[Played]) -> Table:
    table = Table(title="各对接方的结果 What became of the records", title_justify="left")
    table.add_column("对接方 partner", no_wrap=True)
    for heading in ("文件 documents", "记录 rows", "接收 accepted", "警告 warned", "拒收 rejected"):
        table.add_column(heading, justify="right")
    for play in played:
        counts = Counter[str]()
        for _, _, answer in play.answers:
            counts.update(answer.get("counts", {}))
        good = counts["accepted"] + counts["unchanged"] + counts["amended"]
        bad = counts["rejected"] + counts["conflict"]
        numbers = (len(play.answers), counts["rows"], good, counts["warned"], bad)
        table.add_row(play.partner.title, *map(str, numbers))
    return table


def _reasons(rejections: list[dict[str, Any]]) -> Table:
    table = Table("对接方", "文件与位置 where", "代码 code", "原因 why", title="拒收原因 Why records were rejected")
    table.title_justify = "left"
    for rejection in rejections[:_MOST_REASONS]:
        for finding in rejection["findings"]:
            if finding["severity"] == "error":
                where = f"{rejection['document']} {finding['locator']}"
                value = f"：{finding['value']}" if finding["value"] else ""
                why = f"{finding['title']['zh']}{value} {finding['reason']['zh']}"
                table.add_row(rejection["partner"], where, finding["code"], why)
    if len(rejections) > _MOST_REASONS:
        table.caption = f"另有 {len(rejections) - _MOST_REASONS} 条 more"
    return table


def _codes(contracts: list[dict[str, Any]]) -> Table:
    table = Table("业务编号 business number", "合同编码 contract code", title=f"合同编码 Codes ({len(contracts)})")
    table.title_justify = "left"
    for contract in contracts[:_MOST_CODES]:
        table.add_row(contract["business_no"], grouped(contract["code"]))
    if len(contracts) > _MOST_CODES:
        table.add_row("…", f"全部见 summary，另有 {len(contracts) - _MOST_CODES} 份 more")
    return table
