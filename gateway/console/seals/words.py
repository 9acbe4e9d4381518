"""What the pages of seals say."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.base.clock import read_moment
from gateway.console.shell.record_words import division_words
from gateway.console.shell.tabular import Cell, Column, Row, Table, state_filter, state_view
from gateway.persons.person import Person
from gateway.seals.faces import TITLES
from gateway.seals.rows import SealRow, UsePurpose, UseRow
from gateway.seals.seal_checks import VERDICTS, CheckedDocument, SealVerdict
from gateway.seals.sealed_rosters import PATH
from gateway.seals.seals import title_of
from gateway.seals.states import SealState
from gateway.trust.codes import grouped
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
_VERDICTS = {
    SealVerdict.VALID: "good",
    SealVerdict.UNSIGNED: "none",
    SealVerdict.ALTERED: "bad",
    SealVerdict.FOREIGN: "bad",
    SealVerdict.REVOKED: "warn",
}
_PURPOSES = {
    UsePurpose.AUDITED: Text("审验通过", "A roster audited"),
    UsePurpose.RETURNED: Text("退回", "A roster returned"),
    UsePurpose.DOCUMENT: Text("打印名单表", "A roster printed"),
    UsePurpose.CONTRACT: Text("签署在线合同", "An online contract signed"),
}


TABLE = Table(
    path="/seals",
    columns=(
        Column(name="kind", title=Text("印章", "Seal")),
        Column(name="owner", title=Text("单位", "Whose")),
        Column(name="division", title=Text("行政区划", "Division"), is_in_files_only=True),
        Column(name="applied", title=Text("申请时间", "Applied")),
        Column(name="until", title=Text("有效期至", "Until")),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(state_filter({state: words for state, (words, _) in _STATES.items()}),),
    views=tuple(state_view(state, _STATES[state][0]) for state in (SealState.APPLIED, SealState.ISSUED)),
)


def line_of(row: SealRow, _: Person, language: str) -> Row:
    """A seal as a line of the list."""
    shown = shown_seal(row, language)
    cells = {each.name: Cell(text=shown[each.name]) for each in TABLE.columns}
    cells |= {
        "kind": Cell(text=shown["kind"], href=f"/seals/{row.id}"),
        "owner": Cell(text=row.name, small=shown["division"]),
        "state": Cell(text=shown["state"], tone=shown["tone"]),
    }
    return Row(name=f"{shown['kind']} {row.name}", cells=cells)


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


def shown_checked(checked: CheckedDocument, language: str) -> dict[str, Any]:
    """The verdict on a PDF, and on each signature."""
    registered = checked.registered
    return {
        "verdict": word(VERDICTS[checked.verdict], language),
        "tone": _VERDICTS[checked.verdict],
        "sha256": checked.sha256.hex(),
        "code": "" if registered is None else grouped(registered.code),
        "href": "" if registered is None else f"{PATH}{registered.code}",
        "is_superseded": registered is not None and registered.version != registered.now_version,
        "signatures": [
            {
                "verdict": word(VERDICTS[each.verdict], language),
                "tone": _VERDICTS[each.verdict],
                "title": each.reading.signer or each.reading.field
                if each.kind is None or each.name is None
                else title_of(each.kind, each.name),
                "at": "" if each.reading.signed_at is None else moment(read_moment(each.reading.signed_at), language),
                "state": "" if each.state is None else word(_STATES[each.state][0], language),
            }
            for each in checked.signatures
        ],
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
