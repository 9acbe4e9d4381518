"""What lists and pages of records share: states, types, agencies and days in one language. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote, urlencode

from adapters.envelope import Channel
from gateway.access.divisions import NATION, title_of
from gateway.console.shell.tabular import Cell, Entry, Filter
from gateway.doors.listed_records import states_of
from gateway.doors.looking_into import LookedInto, Step
from gateway.ledger.lifecycle import state_words, states_list
from gateway.ledger.rows import ListedRecord, RecordRow
from gateway.trust.codes import grouped
from gateway.wording.dates import moment, short_moment
from gateway.wording.differences import differences
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING, shown_subkind
from schemas.codelists import codelist
from schemas.findings import Text

_TONES = {
    "submitted": "wait",
    "audited": "good",
    "returned": "bad",
    "signed": "good",
    "void": "bad",
    "applied": "wait",
    "active": "good",
    "suspended": "warn",
    "revoked": "bad",
    "waiting": "wait",
    "verified": "good",
    "received": "wait",
    "accepted": "wait",
    "correction": "warn",
    "approved": "good",
    "refused": "bad",
    "confirmed": "wait",
    "declined": "bad",
    "valid": "good",
    "filed": "good",
}
_SOON = 1
"""Working days from which on it is urgent."""
CHANNELS: Mapping[Channel, Text] = {
    Channel.REST: Text("REST 接口", "REST"),
    Channel.UPLOAD: Text("上传文件", "Uploaded file"),
    Channel.PAGE: Text("网页导入", "Imported on a page"),
    Channel.SOAP: Text("SOAP 接口", "SOAP"),
    Channel.SFTP: Text("SFTP 文件", "File over SFTP"),
    Channel.SFTP_PULL: Text("从对方 SFTP 取回", "Pulled over SFTP"),
    Channel.COMPAT12301: Text("既有电子合同协议", "Existing e-contract protocol"),
    Channel.VENDOR_SOAP: Text("地方电子合同 SOAP 接口", "Regional vendor's SOAP"),
    Channel.COMPLEMENT: Text("地方电子合同 SOAP 补充", "Regional vendor's SOAP, complement"),
    Channel.PORTAL: Text("从门户取回", "Pulled from a portal"),
    Channel.RECONCILIATION: Text("对账修复", "Repair of a reconciliation"),
    Channel.DESK: Text("主管部门变更", "Change by the authority"),
    Channel.REPLAY: Text("死信重放", "Replayed dead letter"),
}


def states(kind: str) -> Mapping[str, Text]:
    """The states of a kind, with their words."""
    words = codelist(states_list(kind))
    return {state: words[state] for state in states_of(kind)}


def state_cell(kind: str, state: str, language: str) -> Cell:
    return Cell(text=shown_state(kind, state, language), tone=tone_of(state))


def shown_state(kind: str, state: str, language: str) -> str:
    words = word(state_words(kind, state), language)
    return words[:1].upper() + words[1:]


def tone_of(state: str) -> str:
    return _TONES.get(state, "none")


def channel_words(channel: Channel, language: str) -> str:
    """By which way something came in."""
    return word(CHANNELS[channel], language)


def day_cell(value: date | None) -> Cell:
    """A day as short as it can be read in a column."""
    return Cell(text=NOTHING if value is None else value.isoformat())


def division_words(code: str) -> str:
    """A division by its name; one that no list knows by its code."""
    if code == NATION:
        return title_of(NATION).zh
    return codelist("divisions")[code].zh if code in codelist("divisions") else code


def address(base: str, row: ListedRecord | RecordRow) -> str:
    """Where a record is shown that is known by its number and its agency."""
    query = {"agency_uscc": row.agency_uscc} if row.agency_uscc else {}
    return f"{base}/{quote(row.key, safe='')}" + (f"?{urlencode(query)}" if query else "")


def filters(kind: str, types: str) -> tuple[Filter, ...]:
    """The criteria of a list of records that travel; `types` is the code list of their types."""
    return (
        Filter(name="number", title=Text("编号", "Number")),
        Filter(name="agency", title=Text("旅行社名称或信用代码", "Agency or credit code")),
        Filter(name="state", title=Text("状态", "State"), entry=Entry.CHOICE, choices=states(kind)),
        Filter(name="subkind", title=Text("类型", "Type"), entry=Entry.CHOICE, choices=dict(codelist(types))),
        Filter(name="departs_from", title=Text("出发日期起", "Departs from"), entry=Entry.DAY),
        Filter(name="departs_until", title=Text("出发日期止", "Departs until"), entry=Entry.DAY),
    )


def waited(since: datetime, now: datetime, language: str) -> str:
    """For how long something waits, in days, hours or minutes."""
    minutes = max(int((now - since).total_seconds() // 60), 0)
    hours = minutes // 60
    if hours < 1:
        return word(Text(f"{minutes} 分钟", f"{minutes} min"), language)
    if hours < 48:
        return word(Text(f"{hours} 小时", f"{hours} h"), language)
    return word(Text(f"{hours // 24} 天", f"{hours // 24} days"), language)


def days_left(left: int | None, language: str) -> str:
    """How much time there is, in working days; empty where the calendar does not tell."""
    if left is None:
        return ""
    if left < 0:
        return word(Text(f"逾期 {-left} 个工作日", f"{-left} working days overdue"), language)
    if left == 0:
        return word(Text("今天到期", "due today"), language)
    return word(Text(f"还剩 {left} 个工作日", f"{left} working day{'s' * (left > 1)} left"), language)


def due_cell(due_on: date | None, left: int | None, language: str) -> Cell:
    """The day on which something is due, and how much time there is; what is not counted tells the day alone."""
    if due_on is None:
        return Cell(text=NOTHING)
    is_urgent = left is not None and left <= _SOON
    return Cell(text=due_on.isoformat(), small=days_left(left, language), is_urgent=is_urgent)


def oldest_waits(since: datetime, now: datetime, language: str) -> str:
    """For how long the oldest of what waits has waited."""
    time = waited(since, now, language)
    return word(Text(f"最早的已等 {time}", f"the oldest for {time}"), language)


def most_urgent(left: int | None, language: str) -> str:
    """How much time there is for the most urgent of what waits."""
    time = days_left(left, language)
    return word(Text(f"最紧急的{time}", f"the most urgent: {time}"), language) if time else ""


def shown_record(row: RecordRow, into: LookedInto, language: str) -> dict[str, Any]:
    """The facts of a record, its way into the ledger and its versions."""
    return {
        "kind": row.kind,
        "key": row.key,
        "version": row.version,
        "state": shown_state(row.kind, row.state, language),
        "tone": tone_of(row.state),
        "state_reason": row.state_reason,
        "type": shown_subkind(row.kind, row.subkind, language),
        "agency_name": row.agency_name,
        "agency_uscc": row.agency_uscc,
        "division": division_words(row.division),
        "depart_on": row.depart_on.isoformat() if row.depart_on else NOTHING,
        "return_on": row.return_on.isoformat() if row.return_on else NOTHING,
        "headcount": row.headcount,
        "stored_at": moment(row.stored_at, language),
        "issued_at": moment(row.issued_at, language),
        "code": row.code and grouped(row.code),
        "plain_code": row.code,
        "schema": row.schema,
        "content_sha256": row.content_hash.hex(),
        "submission": _shown_submission(into, language),
        "ordinal": row.ordinal,
    }


def shown_steps(kind: str, steps: Sequence[Step], language: str) -> list[dict[str, Any]]:
    """The versions of a record, each beside the one that replaced it."""
    return [
        {
            "before": step.before,
            "after": step.after,
            "at": short_moment(step.at, language),
            "fields": differences(kind, step.fields, language),
        }
        for step in steps
    ]


def _shown_submission(into: LookedInto, language: str) -> dict[str, Any] | None:
    """Where a record came from; None where that is not in sight."""
    row = into.submission
    if row is None:
        return None
    return {
        "id": str(row.id),
        "channel": channel_words(row.channel, language),
        "connector": row.connector,
        "mapping": row.mapping,
        "content_type": row.content_type,
        "filename": into.filename,
        "received_at": moment(row.received_at, language),
        "raw_sha256": row.raw_hash.hex(),
    }
