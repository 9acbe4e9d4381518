"""What the pages of seals say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.console.shell.record_words import division_words
from gateway.seals.faces import TITLES
from gateway.seals.rows import SealRow, UsePurpose, UseRow
from gateway.seals.seals import title_of
from gateway.seals.states import SealState
from gateway.wording.dates import moment
from gateway.wording.languages import word
from schemas.findings import Text

_STATES = {
    SealState.APPLIED: (Text("待核准", "Waits for approval"), "wait"),
    SealState.ISSUED: (Text("有效", "In force"), "good"),
    SealState.REJECTED: (Text("未核准", "Not approved"), "bad"),
    SealState.REVOKED: (Text("已撤销", "Revoked"), "bad"),
    SealState.EXPIRED: (Text("已到期", "Expired"), "none"),
    SealState.RENEWED: (Text("已换发", "Renewed"), "none"),
}
_PURPOSES = {
    UsePurpose.AUDITED: Text("审验通过", "A roster audited"),
    UsePurpose.RETURNED: Text("退回", "A roster returned"),
    UsePurpose.DOCUMENT: Text("打印名单表", "A roster printed"),
}


def shown_seal(row: SealRow, language: str, *, may_decide: bool = False) -> dict[str, Any]:
    state, tone = _STATES[row.state]
    return {
        "id": str(row.id),
        "text": title_of(row.kind, row.name),
        "kind": word(TITLES[row.kind], language),
        "owner": row.name,
        "division": division_words(row.division),
        "state": word(state, language),
        "tone": tone,
        "applied": moment(row.applied_at, language),
        "applied_by": row.applied_by,
        "decided": "" if row.decided_at is None else moment(row.decided_at, language),
        "decided_by": row.decided_by or "",
        "ended": "" if row.ended_at is None else moment(row.ended_at, language),
        "ended_by": row.ended_by or "",
        "from": "" if row.valid_from is None else moment(row.valid_from, language),
        "until": "" if row.valid_until is None else moment(row.valid_until, language),
        "reason": row.reason or "",
        "has_picture": row.picture is not None,
        "fingerprint": "" if row.fingerprint is None else row.fingerprint.hex(),
        "waits": may_decide and row.state is SealState.APPLIED,
        "may_renew": may_decide and row.state is SealState.ISSUED,
        "may_end": row.state is SealState.ISSUED,
    }


def shown_uses(rows: Sequence[UseRow], language: str) -> list[dict[str, str]]:
    return [
        {
            "at": moment(row.used_at, language),
            "purpose": word(_PURPOSES[row.purpose], language),
            "object": row.object,
            "by": row.used_by,
        }
        for row in rows
    ]
