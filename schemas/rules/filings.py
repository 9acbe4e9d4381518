"""Rules of filings and pledges: a decision belongs to its state, and days come in order."""

from __future__ import annotations

from schemas.findings import error, warning
from schemas.rules.agencies import check_agency
from schemas.rules.lists import check_agency_division
from schemas.rules.qualifications import check_codes, check_in_force
from schemas.rules.report import Record, Report, Rule

NO_DECISION = error(
    "FILING-001",
    "办件已办结，但没有决定",
    "The filing is closed, but there is no decision",
    "补充 decision（结果、日期、机关）",
    "Add decision (result, date, authority)",
)
DECISION_DIFFERS = error(
    "FILING-002",
    "决定为{result}，与办件状态不符",
    "The decision is {result}, which does not fit the state of the filing",
    "改正 status 或 decision.result",
    "Correct status or decision.result",
)
NO_REASON = error(
    "FILING-003",
    "不同意的决定没有说明理由",
    "A refusal does not say why",
    "填写 decision.reason",
    "Fill in decision.reason",
)
DECIDED_FIRST = error(
    "FILING-004",
    "决定日期早于申请日期 {applied}",
    "Decided before the application of {applied}",
    "改正申请日期或决定日期",
    "Correct applied_on or decision.decided_on",
)
STEPS_DISORDERED = warning(
    "FILING-005",
    "办理环节的日期没有先后顺序",
    "The steps are not in the order of their days",
    "按办理顺序填写环节",
    "List the steps as they happened",
)
NO_CHANGES = warning(
    "FILING-006",
    "变更办件没有填写变更内容",
    "A filing of a change does not say what changes",
    "填写 changes",
    "Fill in changes",
)
NO_SUBJECT = warning(
    "FILING-007",
    "除设立外，办件应有对象的统一社会信用代码",
    "All but a set-up name the credit code of their subject",
    "填写 subject_uscc",
    "Fill in subject_uscc",
)
REPORTED_LATE = warning(
    "FILING-008",
    "应在变更登记后 {days} 个工作日内（{due} 前）申请",
    "It was to be applied for within {days} working days of the change, by {due}",
    "核对两个日期；确已逾期的由主管部门处理",
    "Check both dates; a late application is for the authority to deal with",
)
NO_VERDICT = error(
    "PLEDGE-001",
    "已核实的承诺没有结论、依据、核实人或日期",
    "A verified pledge lacks its verdict, evidence, verifier or day",
    "补充 verdict、evidence、verifier 和 verified_on",
    "Add verdict, evidence, verifier and verified_on",
)
VERIFIED_FIRST = error(
    "PLEDGE-002",
    "核实日期早于受理日期 {received}",
    "Verified before it was received on {received}",
    "改正核实日期",
    "Correct verified_on",
)

NO_CALENDAR = error(
    "PLEDGE-003",
    "工作日历尚未包含核实期限所在年份",
    "The calendar of working days does not reach the day on which it is due",
    "请管理员补充工作日历（yizhan calendar extend）后重新提交",
    "Ask an administrator to extend the calendar (yizhan calendar extend), then submit again",
)
DUE_DIFFERS = warning(
    "PLEDGE-004",
    "核实期限应为 {due}（受理后五个工作日）",
    "It is due on {due}, five working days after receipt",
    "不必填写核实期限，由本平台计算",
    "Leave due_on out; the platform works it out",
)

PLEDGE_DAYS = 5
CHANGE_DAYS = 10
_DECIDED = frozenset({"approved", "refused"})
_VERDICT = ("verdict", "evidence", "verifier", "verified_on")


def check_decision(record: Record, report: Report) -> None:
    status, decision = record["status"], record.get("decision")
    if decision is None:
        if status in _DECIDED:
            report.add(NO_DECISION, "/decision")
        return
    if decision["result"] != status:
        report.add(DECISION_DIFFERS, "/decision/result", decision["result"], result=decision["result"])
    if decision["result"] == "refused" and "reason" not in decision:
        report.add(NO_REASON, "/decision/reason")
    if decision["decided_on"] < record["applied_on"]:
        report.add(DECIDED_FIRST, "/decision/decided_on", decision["decided_on"], applied=record["applied_on"])


def check_course(record: Record, report: Report) -> None:
    days = [step["done_on"] for step in record.get("steps", ()) if "done_on" in step]
    if days != sorted(days):
        report.add(STEPS_DISORDERED, "/steps")


def check_subject(record: Record, report: Report) -> None:
    if record["filing_type"] == "change" and not record.get("changes"):
        report.add(NO_CHANGES, "/changes")
    if record["filing_type"] != "setup" and "subject_uscc" not in record:
        report.add(NO_SUBJECT, "/subject_uscc")


def check_reported_in_time(record: Record, report: Report) -> None:
    """Changes of name, premises, investors and legal representative: within ten working days."""
    if report.register is None or record["filing_type"] != "change":
        return
    for index, change in enumerate(record.get("changes", ())):
        due = report.register.working_day_after(change["changed_on"], CHANGE_DAYS) if "changed_on" in change else None
        if due and record["applied_on"] > due:
            report.add(REPORTED_LATE, f"/changes/{index}/changed_on", change["changed_on"], days=CHANGE_DAYS, due=due)


def check_verdict(record: Record, report: Report) -> None:
    if record["status"] == "verified" and not all(name in record for name in _VERDICT):
        report.add(NO_VERDICT, "/verdict")
    if record.get("verified_on", record["received_on"]) < record["received_on"]:
        report.add(VERIFIED_FIRST, "/verified_on", record["verified_on"], received=record["received_on"])


def check_due(record: Record, report: Report) -> None:
    if report.register is None:
        return
    due = report.register.working_day_after(record["received_on"], PLEDGE_DAYS)
    if due is None:
        report.add(NO_CALENDAR, "/received_on", record["received_on"])
    elif record.get("due_on", due) != due:
        report.add(DUE_DIFFERS, "/due_on", record["due_on"], due=due)


FILING: tuple[Rule, ...] = (
    check_codes,
    check_decision,
    check_course,
    check_subject,
    check_reported_in_time,
    check_in_force,
)
PLEDGE: tuple[Rule, ...] = (check_agency, check_agency_division, check_verdict, check_due, check_in_force)
