"""An answer as a person reads it: of a finding what stood there and what to do, of a conflict what differs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def finding_in_words(finding: Mapping[str, Any]) -> str:
    """`MAP-020 Sheet!C7: 无法识别的金额（原值：面议）。请写成 1234.50，单位为元`."""
    value = finding.get("value")
    was = "" if value is None else f"（原值：{value}）"
    return f"{finding['code']} {finding['locator']}: {finding['reason']['zh']}{was}。{finding['advice']['zh']}"


def differences_in_words(record: Mapping[str, Any]) -> list[str]:
    """A line for each field in which a record differs from the stored one: `旅游费用总额：已存 100.00，本次 200.00`."""
    return [
        f"{each['title']['zh']}（{each['field']}）：已存 {_shown(each.get('stored'))}，本次 {_shown(each.get('sent'))}"
        for each in record.get("differences") or ()
    ]


def _shown(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)
