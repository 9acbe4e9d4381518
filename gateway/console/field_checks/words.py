"""What the pages of checks show, in one language, ready for the templates. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import quote

from gateway.console.shell.record_words import division_words, shown_state
from gateway.console.shell.tabular import Cell, Column, Entry, Filter, Row, Table
from gateway.doors.field_check_requests import NUMBER
from gateway.field_checks.field_checks import FieldCheck
from gateway.field_checks.states import OUTCOMES, Outcome
from gateway.trust.codes import grouped
from gateway.wording.dates import moment, short_moment
from gateway.wording.languages import word
from gateway.wording.readable import NOTHING
from schemas.findings import Text

BASE = "/inspect"
LIST = f"{BASE}/checks"
_TONES: Mapping[Outcome, str] = {
    Outcome.CONSISTENT: "good",
    Outcome.DEVIATING: "bad",
    Outcome.UNVERIFIABLE: "warn",
}
_GONE = Text("已过保存期限，说明和照片不再保存", "Kept no longer: the note and the photographs were removed")
TABLE = Table(
    path=LIST,
    columns=(
        Column(name="checked", title=Text("检查时间", "Checked")),
        Column(name="about", title=Text("合同或名单表", "Contract or roster")),
        Column(name="outcome", title=Text("结果", "Outcome")),
        Column(name="note", title=Text("说明", "Note")),
        Column(name="place", title=Text("地点", "Place")),
        Column(name="photos", title=Text("照片", "Photos"), is_number=True),
        Column(name="by", title=Text("检查人", "Inspector")),
        Column(name="division", title=Text("辖区", "Division")),
    ),
    filters=(
        Filter(
            name="outcome",
            title=Text("结果", "Outcome"),
            entry=Entry.CHOICE,
            choices={outcome.value: words for outcome, words in OUTCOMES.items()},
        ),
        Filter(
            name="mine",
            title=Text("检查人", "Inspector"),
            entry=Entry.CHOICE,
            choices={"yes": Text("仅本人", "Only me")},
        ),
    ),
    file_formats=(),
)


def place_of_check(about: str) -> str:
    """The address of the page where a contract or roster is checked."""
    return f"{BASE}/of/{quote(about, safe='')}"


def lines(checks: Iterable[FieldCheck], language: str) -> list[Row]:
    """The lines of the list."""
    return [_line(check, language) for check in checks]


def _line(check: FieldCheck, language: str) -> Row:
    row = check.row
    return Row(
        name=str(row.id),
        cells={
            "checked": Cell(text=short_moment(row.checked_at, language), href=f"{LIST}/{row.id}"),
            "about": Cell(text=_printed(check), is_code=True),
            "outcome": Cell(text=word(OUTCOMES[row.outcome], language), tone=_TONES[row.outcome]),
            "note": Cell(text=check.note),
            "place": Cell(text=check.place or NOTHING),
            "photos": Cell(text=str(row.photos)),
            "by": Cell(text=row.made_by, is_code=True),
            "division": Cell(text=division_words(row.division)),
        },
    )


def shown_check(check: FieldCheck, language: str) -> dict[str, Any]:
    """A check with all that was written down."""
    row = check.row
    about = row.code if row.kind == "contract" else f"{NUMBER}{row.code}"
    return {
        "id": str(row.id),
        "href": f"{LIST}/{row.id}",
        "about": _printed(check),
        "place_of_check": place_of_check(about),
        "outcome": word(OUTCOMES[row.outcome], language),
        "tone": _TONES[row.outcome],
        "note": check.note if check.is_kept else word(_GONE, language),
        "place": check.place,
        "people": "" if check.people is None else str(check.people),
        "photos": [f"{LIST}/{row.id}/{number}" for number in range(1, check.photos + 1)],
        "by": row.made_by,
        "checked": moment(row.checked_at, language),
        "stored": moment(row.stored_at, language),
        "version": row.version,
        "state": shown_state(row.kind, row.state, language),
    }


def _printed(check: FieldCheck) -> str:
    return grouped(check.row.code) if check.row.kind == "contract" else check.row.code


def outcome_choices(language: str) -> list[tuple[str, str]]:
    return [(outcome.value, word(words, language)) for outcome, words in OUTCOMES.items()]
