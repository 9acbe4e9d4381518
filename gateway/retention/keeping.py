"""From which day on what is due. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from gateway.base.clock import day_in_china, years_before
from gateway.base.settings import RetentionSettings
from gateway.store.emptying import STRUCK_OFF, Due, Subject
from schemas.findings import Text

SUBJECTS: Mapping[Subject, Text] = {
    Subject.CONTRACT: Text("合同", "Contracts"),
    Subject.ROSTER: Text("名单表", "Rosters"),
    Subject.GUIDE: Text("未获准和已注销的导游", "Guides refused or struck off"),
    Subject.LEADER: Text("未获准和已注销的领队", "Leaders refused or struck off"),
    Subject.FIELD_CHECK: Text("现场检查", "Checks on the road"),
    Subject.MATERIAL: Text("已办结办件的材料", "Materials of filings that are decided"),
    Subject.PERSON: Text("已注销账号的人员信息", "People of closed accounts"),
    Subject.ONLINE_DRAFT: Text("未提交的在线合同草稿", "Drafts of online contracts never concluded"),
    Subject.DEAD_LETTER: Text("未通过的记录", "Records that did not pass"),
    Subject.SUBMISSION: Text("报送原文", "Documents as sent"),
}


def years_after(day: date, years: int) -> date:
    """The first day on which what ended on `day` has been kept so many years."""
    first = day + timedelta(days=1)
    try:
        return first.replace(year=first.year + years)
    except ValueError:  # 29 February, in a year that has none
        return date(first.year + years, 3, 1)


def counted_from(returned: date, stored_at: datetime) -> date:
    """The day from which a trip is kept: of its return, or on which its present version came if that was later."""
    return max(returned, day_in_china(stored_at))


def is_struck_off(kind: str, state: str) -> bool:
    """Whether somebody who was filed is on file no more; `emptying` takes those."""
    return kind in (Subject.GUIDE, Subject.LEADER) and state in STRUCK_OFF


def years_of(subject: Subject, settings: RetentionSettings) -> int:
    """For how many years a subject is kept."""
    match subject:
        case Subject.CONTRACT | Subject.ROSTER:
            return settings.trip_years
        case Subject.GUIDE | Subject.LEADER:
            return settings.card_years
        case Subject.FIELD_CHECK:
            return settings.check_years
        case Subject.MATERIAL:
            return settings.material_years
        case Subject.PERSON:
            return settings.account_years
        case Subject.ONLINE_DRAFT:
            return settings.draft_years
        case Subject.DEAD_LETTER:
            return settings.letter_years
        case Subject.SUBMISSION:
            return settings.submission_years


def due(subject: Subject, settings: RetentionSettings, today: date, division: str) -> Due:
    """What of a subject is due today."""
    before = years_before(today, years_of(subject, settings))
    return Due(subject=subject, before=before, division=division)
