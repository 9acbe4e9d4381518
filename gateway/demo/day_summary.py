"""What the day with portals shows at the end: the morning, the evening, and what a person may do now."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from gateway.demo.people import show_sign_ins
from gateway.demo.portals import TITLES
from gateway.reconcile import classes

_SERVED = "http://127.0.0.1:8800"


def show(console: Console, summary: Mapping[str, Any]) -> None:
    """Print what the day brought."""
    synced, evening = summary["synced"], summary["reconciliation"]
    table = Table(
        "门户 portal", "新收 accepted", "拒收 rejected", title="早晨：三个门户同步 Morning sync", title_justify="left"
    )
    for name, title in TITLES.items():
        table.add_row(title, str(synced[name]["accepted"]), str(synced[name]["rejected"]))
    console.print(table)
    console.print(f"{TITLES[synced['was_down']]} 先不可用，恢复后补齐 was down, came back and was caught up with")
    decision = summary["decision"]
    console.print(f"办件 {decision['key']} 的决定已送达门户 decision pushed: {decision['pushed']}, {decision['state']}")
    table = Table(
        "差异 class", "数量 count", "处理 what", title="傍晚：对账 Evening reconciliation", title_justify="left"
    )
    for name, count in evening["classes"].items():
        asked = "请人工核定 asks a person" if name in evening["asked"] else "自动修复 repaired"
        title = classes.TITLES[classes.Class(name)]
        table.add_row(f"{title.zh} {title.en}", str(count), asked)
    console.print(table)
    found, kinds, repaired = evening["found"], len(evening["classes"]), evening["repaired"]
    asked = sum(evening["asked"].values())
    console.print(f"共 {found} 处差异、{kinds} 类：自动修复 {repaired}，待人工核定 {asked}")
    console.print(f"{found} discrepancies of {kinds} classes: {repaired} repaired, {asked} asked about")
    console.print(f"复核后仅余待核定的 {sum(evening['rerun'].values())} 处 only those are left in the rerun")


def show_what_to_do(console: Console, url: str, summary: Mapping[str, Any], variables: Path) -> None:
    """Where the open discrepancies are decided, while the portals and the service run."""
    show_sign_ins(console, url, summary["people"])
    console.print("现在由您来做 Now it is your turn:")
    console.print(f"  1. 在“门户差异”中逐项核定 decide about each that waits: {url}/differences")
    console.print("  2. 在仍有差异的对账中点“修复” press “Repair” in the runs that still differ:")
    for name, run_id in summary["left"].items():
        console.print(f"       {TITLES[name]} {url}/reconciliations/{run_id}")
    console.print("  3. 几秒后点“再次对账”，双方一致 some seconds later press “Compare again”: both sides agree")
    console.print(f"  全部 all: {url}/reconciliations   {url}/alerts")
    console.print(f"  在另一终端用命令行 at another terminal: . {variables}")


def show_what_is_left(console: Console, home: Path, yizhan: Path, summary: Mapping[str, Any]) -> None:
    """What may still be looked at once the portals have ended."""
    show_sign_ins(console, _SERVED, summary["people"])
    console.print("门户程序已随演示结束，只能查看，不能修复；不带 ONCE=1 运行则可核定和修复")
    console.print(
        "The portals have ended with the demo: look, but nothing can be repaired; run it without ONCE=1 for that"
    )
    console.print(f"  YIZHAN_PERSONS__SECOND_FACTOR=offered YIZHAN_HOME={home} {yizhan} serve")
    console.print(f"  {_SERVED}/reconciliations   /differences   /alerts")
