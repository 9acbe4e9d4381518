"""What the pages of online contracts say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.base.clock import day_in_china
from gateway.console.shell.tabular import Cell, Column, Row, Table, state_filter, state_view
from gateway.online_contracts.contracts import OnlineContract
from gateway.online_contracts.filling_in import Entry, FormField, Section
from gateway.online_contracts.signers import Invitation
from gateway.online_contracts.states import OnlineState, Purpose, SigningState
from gateway.persons.person import Person
from gateway.trust.codes import grouped
from gateway.wording.dates import day, moment, short_moment
from gateway.wording.languages import word
from schemas.findings import Text
from schemas.masking import mask

STATES: Mapping[OnlineState, tuple[Text, str]] = {
    OnlineState.DRAFT: (Text("草稿", "Draft"), "none"),
    OnlineState.CONCLUDED: (Text("待签署", "To be signed"), "wait"),
    OnlineState.SIGNED: (Text("已签署", "Signed"), "good"),
    OnlineState.CANCELLED: (Text("已解除", "Ended"), "bad"),
    OnlineState.DISCARDED: (Text("已删除", "Discarded"), "none"),
}
TABLE = Table(
    path="/online-contracts",
    columns=(
        Column(name="route", title=Text("线路", "Route")),
        Column(name="key", title=Text("合同编号", "Contract number")),
        Column(name="code", title=Text("唯一编码", "Unique code"), is_in_files_only=True),
        Column(name="depart", title=Text("出发", "Departure")),
        Column(name="people", title=Text("人数", "People"), is_number=True),
        Column(name="template", title=Text("合同模板", "Template"), is_in_files_only=True),
        Column(name="changed", title=Text("最近修改", "Changed")),
        Column(name="state", title=Text("状态", "State")),
    ),
    filters=(state_filter({state: words for state, (words, _) in STATES.items()}),),
    views=tuple(
        state_view(state, STATES[state][0]) for state in (OnlineState.DRAFT, OnlineState.CONCLUDED, OnlineState.SIGNED)
    ),
)
_SIGNINGS: Mapping[SigningState, tuple[Text, str]] = {
    SigningState.INVITED: (Text("等待本人操作", "waits for them"), "wait"),
    SigningState.DONE: (Text("已完成", "done"), "good"),
    SigningState.DECLINED: (Text("已拒绝", "declined"), "bad"),
    SigningState.REPLACED: (Text("已失效", "ended"), "none"),
}
_NO_ROUTE = Text("（未填写线路）", "(no route yet)")
_PURPOSES: Mapping[Purpose, Text] = {
    Purpose.SIGN: Text("签署合同", "to sign"),
    Purpose.CANCEL: Text("确认解除", "to confirm the end"),
}
_INPUTS = {Entry.DATE: "date", Entry.NUMBER: "number", Entry.MONEY: "text", Entry.TEXT: "text"}


def shown_contract(contract: OnlineContract, language: str) -> dict[str, Any]:
    row, body = contract.row, contract.body
    state, tone = STATES[row.state]
    return {
        "id": str(row.id),
        "href": f"/online-contracts/{row.id}",
        "key": row.key,
        "code": grouped(row.code) if row.code else "",
        "route": str(body.get("route_name", "")),
        "depart": str(body.get("depart_on", "")),
        "people": len(body.get("travellers", ())),
        "template": row.template_title,
        "template_href": f"/templates/{row.template_code}/{row.template_version}",
        "state": word(state, language),
        "tone": tone,
        "is_draft": row.state is OnlineState.DRAFT,
        "is_amended": row.state is OnlineState.DRAFT and row.code is not None,
        "is_concluded": row.state is OnlineState.CONCLUDED,
        "is_signed": row.state is OnlineState.SIGNED,
        "revision": row.revision,
        "changed": moment(row.changed_at, language),
        "made_on": day(day_in_china(row.made_at), language),
        "made_by": row.made_by,
        "reason": row.reason or "",
    }


def line_of(contract: OnlineContract, _: Person, language: str) -> Row:
    """A contract as a line of the list."""
    row, shown = contract.row, shown_contract(contract, language)
    cells = {each.name: Cell(text=str(shown[each.name])) for each in TABLE.columns}
    cells |= {
        "route": Cell(text=shown["route"] or word(_NO_ROUTE, language), href=shown["href"], small=row.template_title),
        "key": Cell(text=row.key, small=shown["code"], is_code=True),
        "changed": Cell(text=short_moment(row.changed_at, language)),
        "state": Cell(text=shown["state"], tone=shown["tone"]),
    }
    return Row(name=shown["route"] or row.key, cells=cells)


def shown_invitation(invitation: Invitation, made: Invitation | None, language: str) -> dict[str, Any]:
    """An invitation; with its link where it was just `made`."""
    state, tone = _SIGNINGS[invitation.state]
    return {
        "name": invitation.name,
        "mobile": mask(invitation.mobile, "phone"),
        "purpose": word(_PURPOSES[invitation.purpose], language),
        "state": word(state, language),
        "tone": tone,
        "link": "" if made is None else made.link,
        "invited": moment(invitation.invited_at, language),
        "until": moment(invitation.until, language),
        "done": "" if invitation.done_at is None else moment(invitation.done_at, language),
    }


def shown_sections(
    sections: Sequence[Section],
    values: Mapping[str, str],
    findings: Sequence[Mapping[str, Any]],
    language: str,
    *,
    more: Mapping[str, int],
) -> list[dict[str, Any]]:
    """The form with what is entered, and what is wrong at its field. `more` are empty rows by list."""

    def show(field: FormField, name: str) -> dict[str, Any]:
        return _shown(field, name, language) | {"value": values.get(name, ""), "wrong": wrong.get(name, [])}

    wrong: dict[str, list[str]] = {}
    for each in findings:
        wrong.setdefault(each["field"], []).append(word(Text(**each["reason"]), language))
    shown = []
    for section in sections:
        at = section.list_at
        rows = [""]
        if at:
            taken = {
                int(pointer[len(at) + 1 :].partition("/")[0]) for pointer in values if pointer.startswith(f"{at}/")
            }
            rows = [f"{at}/{number}" for number in range(max(taken, default=-1) + 1 + more.get(at, 0))]
        shown.append(
            {
                "title": word(section.title, language),
                "list": at,
                "columns": [word(field.title, language) for field in section.fields],
                "rows": [[show(field, _place(field, at, row)) for field in section.fields] for row in rows],
            }
        )
    return shown


def _place(field: FormField, at: str, row: str) -> str:
    """The pointer of a field in a row of its list."""
    return field.pointer.replace(f"{at}/*", row, 1) if at else field.pointer


def _shown(field: FormField, name: str, language: str) -> dict[str, Any]:
    return {
        "name": name,
        "id": name.strip("/").replace("/", "-"),
        "title": word(field.title, language),
        "entry": field.entry.value,
        "type": _INPUTS.get(field.entry, "text"),
        "is_required": field.is_required,
        "options": [(code, word(words, language)) for code, words in field.options],
    }


def shown_mistakes(findings: Sequence[Mapping[str, Any]], language: str) -> list[dict[str, str]]:
    """Errors first, each with the field that it leads to."""
    ordered = sorted(findings, key=lambda each: each["severity"] != "error")
    return [
        {
            "id": each["field"].strip("/").replace("/", "-"),
            "title": word(Text(**each["title"]), language),
            "reason": word(Text(**each["reason"]), language),
            "advice": word(Text(**each["advice"]), language),
            "code": each["code"],
            "is_error": each["severity"] == "error",
        }
        for each in ordered
    ]
