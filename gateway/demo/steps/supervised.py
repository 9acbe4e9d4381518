"""What authorities leave behind: penalties of an agency, a check on the road, a purge with its report."""

from __future__ import annotations

from typing import Any

import httpx

from gateway.base.clock import Clock
from gateway.base.ids import uuid7
from gateway.demo.partners import PARTNERS
from gateway.demo.stage import Shown, Stage, good

_AGENT = next(each for each in PARTNERS if each.id == "minnan")
_PENALTIES = (
    {
        "document_no": "示旅罚字〔2026〕第3号",
        "decided_on": "2026-03-02",
        "penalty_type": "fine",
        "amount": "30000.00",
        "harmed_travellers": True,
        "authority": "示例文化和旅游局",
        "ground": "未与旅游者签订书面合同",
    },
    {
        "document_no": "示旅罚字〔2025〕第11号",
        "decided_on": "2025-11-20",
        "penalty_type": "warning",
        "authority": "示例文化和旅游局",
        "ground": "未按规定报送团队信息",
        "withdrawn_on": "2026-01-15",
        "note": "复议撤销",
    },
)


def play(stage: Stage) -> Shown:
    """An official enters penalties and checks a group on the road; the security officer finds the report of a purge."""
    code = next(iter(stage.played["lvyun"].contracts))["code"]
    with stage.client("authority") as official, stage.client("operator") as operator:
        _punish(official)
        good(official.post("/v1/field-checks", json=_check(stage, code)))
        report = good(operator.post("/v1/retention/runs", json={}))
    return Shown(
        "处罚 2 项、现场检查 1 次、到期清除 1 次",
        taken=len(_PENALTIES) + 1,
        rejected=0,
        facts={"penalties": len(_PENALTIES), "purge": report["state"]},
        lines=(
            f"旅行社 agency {_AGENT.title}：/agencies/{_AGENT.uscc}#penalties",
            "现场检查 checks on the road：/inspect/checks；到期清除 purges：/retention",
        ),
        links={"处罚 penalties": stage.curl("authority", f"/v1/agencies/{_AGENT.uscc}/penalties")},
    )


def _punish(client: httpx.Client) -> None:
    """The agency is in business and has its penalties, once."""
    where = f"/v1/agencies/{_AGENT.uscc}"
    kept = client.get(where)
    if "penalties" not in good(kept)["body"]:
        change = {"status": "active", "penalties": list(_PENALTIES)}
        good(client.patch(where, json=change, headers={"If-Match": kept.headers["etag"]}))


def _check(stage: Stage, code: str) -> dict[str, Any]:
    """The very check again in a second run."""
    return stage.memory.recall(
        "field_check",
        lambda: {
            "id": str(uuid7()),
            "about": code,
            "outcome": "deviating",
            "note": "车上 30 人，登记 28 人",
            "place": "环岛路检查点（示例）",
            "people": 30,
            "checked_at": Clock.now().isoformat(),
            "photos": [],
        },
    )
