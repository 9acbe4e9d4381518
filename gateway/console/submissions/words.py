"""What the pages of submissions show, in one language, ready for the templates. Pure.

A clerk sees what the own agency has sent, unmasked only where it is to be corrected: in the form of a rejected record.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from gateway.batch.batches import Progress
from gateway.batch.states import BatchState
from gateway.console.imports.words import FATES
from gateway.console.shell.record_words import CHANNELS, address, channel_words
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.dead_letters.editing import Form, Value
from gateway.dead_letters.rows import Letter
from gateway.ledger.rows import HandedIn, ListedRecord, SubmissionRow
from gateway.ledger.sealed import open_word
from gateway.ledger.states import REPLAYABLE, LetterState
from gateway.ledger.values import FateStatus
from gateway.persons.person import Person
from gateway.wording.dates import moment, short_moment
from gateway.wording.languages import ZH, word
from gateway.wording.readable import NOTHING
from schemas import catalog
from schemas.findings import Text

BASE = "/submissions"
MOST_RECORDS = 200
_IN_LIST = re.compile(r"(/[a-z_]+)/([0-9]{1,6})(?=/|$)")
_STATES: Mapping[LetterState, tuple[str, Text]] = {
    LetterState.OPEN: ("warn", Text("待更正", "to correct")),
    LetterState.PARKED: ("bad", Text("多次未通过", "failed several times")),
    LetterState.RESOLVED: ("good", Text("已更正", "corrected")),
}
_DONE = {
    FateStatus.ACCEPTED: Text("已报送", "handed in"),
    FateStatus.AMENDED: Text("已更正", "amended"),
    FateStatus.UNCHANGED: Text("内容相同，未变", "unchanged"),
}
_HELD = (FateStatus.CONFLICT, FateStatus.WITHHELD)
_UNDER_WAY = ("wait", Text("处理中", "under way"))
_OPEN = Text("{count} 条待更正", "{count} to correct")
_GOOD = Text("已受理", "taken")
_NONE = Text("未受理", "not taken")
NOTHING_TYPED = Text("没有改动任何内容", "Nothing was changed")


_CHANNELS = {channel.value: words for channel, words in CHANNELS.items()}
TABLE = Table(
    path=BASE,
    columns=(
        Column(name="at", title=Text("时间", "When")),
        Column(name="what", title=Text("内容", "What")),
        Column(name="filename", title=Text("文件名", "File"), is_in_files_only=True),
        Column(name="channel", title=Text("方式", "How")),
        Column(name="rows", title=Text("共", "Records"), is_number=True),
        Column(name="accepted", title=Text("受理", "Taken"), is_number=True),
        Column(name="rejected", title=Text("未通过", "Rejected"), is_number=True),
        Column(name="state", title=Text("状态", "State")),
        Column(name="id", title=Text("提交编号", "Submission"), is_in_files_only=True),
    ),
    filters=(
        Filter(
            name="kind",
            title=Text("内容", "What"),
            entry=Entry.CHOICE,
            choices={name: catalog.kind(f"{name}.v1").title("") for name in catalog.kind_names()},
        ),
        Filter(name="channel", title=Text("方式", "How"), entry=Entry.CHOICE, choices=_CHANNELS),
    ),
)


def line_of(row: HandedIn, person: Person, language: str) -> Row:
    """A submission of one's own as a line of the list."""
    tone, words = _state_of(row)
    filename = open_word(row.filename, person.tenant.seal, row.id) or ""
    at = short_moment(row.received_at, language)
    cells = {
        "at": Cell(text=at, href=f"{BASE}/{row.id}"),
        "what": Cell(text=_kind(row.kind, language), small=filename),
        "filename": Cell(text=filename),
        "channel": Cell(text=channel_words(row.channel, language)),
        "rows": Cell(text=str(row.rows_in)),
        "accepted": Cell(text=str(row.accepted)),
        "rejected": Cell(text=str(row.rejected)),
        "state": Cell(text=word(words, language), tone=tone),
        "id": Cell(text=str(row.id)),
    }
    return Row(name=at, cells=cells)


def _state_of(row: HandedIn) -> tuple[str, Text]:
    if row.batch_state not in (None, BatchState.DONE):
        return _UNDER_WAY
    if row.open_letters:
        return "warn", _OPEN.format(count=row.open_letters)
    return ("good", _GOOD) if row.accepted or row.rejected else ("none", _NONE)


def _kind(name: str, language: str) -> str:
    return word(catalog.kind(f"{name}.v1").title(""), language)


def shown_submission(
    row: SubmissionRow, answer: Mapping[str, Any], filename: str | None, language: str, *, progress: Progress | None
) -> dict[str, Any]:
    """A submission with what became of its records."""
    records = answer.get("records", ())
    good = [each for each in records if FateStatus(each["status"]).is_good]
    held = [each for each in records if FateStatus(each["status"]) in _HELD]
    return {
        "id": str(row.id),
        "kind": _kind(row.kind, language),
        "filename": filename or NOTHING,
        "channel": channel_words(row.channel, language),
        "received_at": moment(row.received_at, language),
        "raw_sha256": row.raw_hash.hex(),
        "rows": row.rows_in,
        "accepted": row.accepted,
        "rejected": row.rejected + row.quarantined,
        "is_done": progress is None or progress.is_done,
        "rows_read": 0 if progress is None else progress.rows_read,
        "records": [_record(row.kind, each, language) for each in good[:MOST_RECORDS]],
        "more": max(len(good) - MOST_RECORDS, 0),
        "has_codes": any(each.get("code") for each in good),
        "held": [_held(each, language) for each in held[:MOST_RECORDS]],
    }


def _held(each: Mapping[str, Any], language: str) -> dict[str, Any]:
    """A good record that was not taken all the same: it is no dead letter, for nothing of it is to be corrected."""
    first = each["findings"][0] if each["findings"] else None
    return {
        "key": each["key"],
        "place": each["locator"],
        "fate": word(FATES[FateStatus(each["status"])][1], language),
        "reason": "" if first is None else _in(first["advice"], language),
    }


def _record(kind: str, each: Mapping[str, Any], language: str) -> dict[str, Any]:
    status, code = FateStatus(each["status"]), each.get("code")
    return {
        "key": each["key"],
        "href": f"/contracts/{code}" if code else f"/{kind}s/{quote(each['key'], safe='')}",
        "code": each.get("code_printed", ""),
        "picture": f"/contracts/{code}/qr.svg" if code else "",
        "fate": word(_DONE[status], language),
        "tone": FATES[status][0],
        "warnings": len(each["findings"]),
    }


def shown_letters(letters: Sequence[Letter], language: str) -> list[dict[str, Any]]:
    """The records that did not pass, each with the first reason, and where it is corrected."""
    return [_letter(each, language) for each in letters]


def _letter(letter: Letter, language: str) -> dict[str, Any]:
    tone, words = _STATES[letter.state]
    first = letter.findings[0] if letter.findings else None
    may_edit = letter.state in REPLAYABLE
    return {
        "name": letter.key or letter.locator or str(letter.ordinal),
        "place": letter.locator if first is None else first["locator"],
        "title": "" if first is None else _in(first["title"], language),
        "reason": NOTHING if first is None else _in(first["reason"], language),
        "more": max(len(letter.findings) - 1, 0),
        "code": "" if first is None else first["code"],
        "tone": tone,
        "state": word(words, language),
        "href": f"{BASE}/{letter.submission_id}/letters/{letter.ordinal}" if may_edit else "",
    }


def shown_returned(rows: Sequence[ListedRecord], language: str) -> list[dict[str, Any]]:
    """Rosters that an authority has returned, with its reason."""
    return [
        {
            "key": row.key,
            "href": address("/rosters", row),
            "reason": row.state_reason or NOTHING,
            "at": short_moment(row.stored_at, language),
        }
        for row in rows
    ]


def shown_form(kind: str, form: Form, typed: Mapping[str, str], language: str) -> dict[str, Any]:
    """The values of a rejected record, each with its findings, as they are or as they were just typed."""
    return {
        "faulty": [_value(kind, each, typed, language) for each in form.faulty],
        "others": [_value(kind, each, typed, language) for each in form.others],
        "unplaced": [_told(each, language) for each in form.unplaced],
    }


def _value(kind: str, each: Value, typed: Mapping[str, str], language: str) -> dict[str, Any]:
    return {
        "name": each.pointer,
        "id": "v" + each.pointer.replace("/", "-").replace("$", ""),
        "title": word(each.title, language),
        "where": _where(kind, each.pointer, language),
        "text": typed.get(each.pointer, each.text),
        "found": [_told(finding, language) for finding in each.found],
    }


def _where(kind: str, pointer: str, language: str) -> str:
    """In which row of which list, or of which part of the record."""
    row = _IN_LIST.match(pointer)
    if row is not None:
        title = word(catalog.kind(f"{kind}.v1").title(row[1]), language)
        number = int(row[2]) + 1
        return word(Text(f"{title} 第 {number} 行", f"{title}, row {number}"), language)
    above = pointer.rpartition("/")[0]
    known = above and catalog.kind(f"{kind}.v1").field(above)
    return word(catalog.kind(f"{kind}.v1").title(above), language) if known else ""


def _told(finding: Mapping[str, Any], language: str) -> dict[str, str]:
    return {
        "code": finding["code"],
        "severity": finding["severity"],
        "reason": _in(finding["reason"], language),
        "advice": _in(finding["advice"], language),
    }


def _in(words: Mapping[str, str], language: str) -> str:
    return words["zh" if language == ZH else "en"]
