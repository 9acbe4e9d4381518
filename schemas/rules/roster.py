"""Rules of rosters: what each type must state, dates in order, and documents fit for the border."""

from __future__ import annotations

from schemas.codelists import codelist
from schemas.findings import error, warning
from schemas.rules.agencies import check_agency
from schemas.rules.days import span
from schemas.rules.documents import check_document, check_validity
from schemas.rules.headcounts import check_totals
from schemas.rules.lists import check_agency_division, check_port
from schemas.rules.people import check_mobile, check_travellers
from schemas.rules.plausible import check_roster
from schemas.rules.register import check_agency_is_filed, check_leader_is_filed
from schemas.rules.report import Record, Report, Rule
from schemas.rules.trips import check_days, check_end

NO_LEADER = error(
    "ROSTER-005",
    "{roster_type}必须有领队",
    "A leader is mandatory: {roster_type}",
    "填写 leader.name 和领队证号",
    "Fill in leader.name and the certificate number",
)
RETURN_FIRST = error(
    "ROSTER-007",
    "结束日期早于开始日期 {begin}",
    "The end lies before the beginning {begin}",
    "改正日期：入境（返回）不早于出境（出发）",
    "Correct the dates: entry (return) is not before exit (departure)",
)
NO_DATES = error(
    "ROSTER-008",
    "{roster_type}必须填写起止日期",
    "Both dates of the trip are needed: {roster_type}",
    "填写 {fields}",
    "Fill in {fields}",
)
NO_PORTS = warning(
    "ROSTER-009",
    "没有填写出境或入境口岸",
    "The port of exit or of entry is not given",
    "填写 exit_port 和 entry_port",
    "Fill in exit_port and entry_port",
)
INCOMPLETE_ROW = error(
    "ROSTER-010",
    "名单表要求性别和出生日期",
    "The form asks for sex and date of birth",
    "按证件补充该项",
    "Fill it in from the document",
)
WRONG_DOCUMENT = error(
    "ROSTER-011",
    "{stated}不能用于本团出入境",
    "This group cannot cross the border on a {stated}",
    "改填以下证件之一：{allowed}",
    "Give one of these documents: {allowed}",
)
NO_PINYIN = warning(
    "ROSTER-012",
    "没有填写汉语拼音",
    "The name in pinyin is missing",
    "按护照填写拼音，姓在前",
    "Fill it in as in the passport, surname first",
)
MORE_THAN_LEFT = warning(
    "ROSTER-013",
    "实际出境人数多于名单总人数",
    "More people left than the roster lists",
    "核对边检加注的人数",
    "Check the number noted by border inspection",
)
NOT_ALL_BACK = warning(
    "ROSTER-014",
    "实际入境人数与实际出境人数不等",
    "The people who returned are not as many as left",
    "团队须整团往返；有分团或滞留时填写 planned_split 或备注",
    "A group leaves and returns whole; state a split in planned_split or the remark",
)
VAGUE_SPLIT = warning(
    "ROSTER-015",
    "计划分团，但没有填写日期、地点和原因",
    "A split is planned, but its date, place or reason is missing",
    "填写 planned_split.split_on、place 和 reason",
    "Fill in planned_split.split_on, place and reason",
)
NO_MOVEMENTS = warning(
    "ROSTER-016",
    "{roster_type}须填写抵达和离开的时间与交通",
    "Arrival and departure with time and transport are asked for: {roster_type}",
    "填写 arrival 和 departure",
    "Fill in arrival and departure",
)
NO_RECEIVER = warning(
    "ROSTER-017",
    "没有填写接待社",
    "No receiving agency is given",
    "填写 receiving_agencies（名称、联络人及电话）",
    "Fill in receiving_agencies (name, contact and phone)",
)
SEQUENCE = warning(
    "ROSTER-018",
    "序号与上一行重复或小于上一行",
    "The sequence number repeats or falls back",
    "按名单顺序重新编号，从 1 起",
    "Number the rows in order, from 1",
)
SEATS = warning(
    "ROSTER-019",
    "车辆座位共 {seats} 个，少于总人数",
    "The vehicles have {seats} seats, fewer than the people",
    "补充车辆，或核对座位数",
    "Add vehicles, or check the seats",
)
OTHER_YEAR = warning(
    "ROSTER-020",
    "名单表年份与开始日期 {begin} 不符",
    "The year of the form is not that of the beginning {begin}",
    "核对年份",
    "Check the year",
)

_CROSSING = {
    "outbound": frozenset({"passport", "seafarer_passport", "travel_document"}),
    "hk_macau": frozenset({"hk_macau_permit", "passport"}),
    "taiwan": frozenset({"taiwan_permit"}),
    "border": frozenset({"passport", "exit_entry_permit"}),
}
_LED = frozenset({"outbound", "hk_macau", "taiwan"})


def trip_dates(record: Record) -> tuple[str | None, str | None]:
    """First and last day: the border dates of a group that leaves the mainland, else those of the trip."""
    if record["roster_type"] in _CROSSING:
        return record.get("exit_date") or record.get("depart_on"), record.get("entry_date") or record.get("return_on")
    return record.get("depart_on"), record.get("return_on")


def check_dates(record: Record, report: Report) -> None:
    begin, end = trip_dates(record)
    crosses = record["roster_type"] in _CROSSING
    if begin is None or end is None:
        fields = ("exit_date", "entry_date") if crosses else ("depart_on", "return_on")
        name, words = fields[begin is not None], _type_words(record)
        report.add(NO_DATES, f"/{name}", roster_type=words, fields=", ".join(fields))
        return
    if end < begin:
        report.add(RETURN_FIRST, "/entry_date" if crosses else "/return_on", end, begin=begin)
        return
    check_days(record, span(begin, end), record.get("itinerary", ()), "/itinerary", report=report)
    if "roster_year" in record and record["roster_year"] != int(begin[:4]):
        report.add(OTHER_YEAR, "/roster_year", record["roster_year"], begin=begin)


def check_people(record: Record, report: Report) -> None:
    begin, end = trip_dates(record)
    crosses = record["roster_type"] in _CROSSING
    check_travellers(record, report, depart_on=begin or report.today, return_on=end, abroad=crosses)
    if crosses:
        _check_rows(record, _CROSSING[record["roster_type"]], report)
    last = 0
    for index, person in enumerate(record["travellers"]):
        if "seq_no" in person:
            # 0 marks the leader in some exports, wherever the row stands.
            if 0 < person["seq_no"] <= last:
                report.add(SEQUENCE, f"/travellers/{index}/seq_no", person["seq_no"])
            last = max(last, person["seq_no"])


def check_leader(record: Record, report: Report) -> None:
    leader = record.get("leader")
    if leader is None:
        if record["roster_type"] in _LED:
            report.add(NO_LEADER, "/leader", roster_type=_type_words(record))
        return
    if "document" in leader:
        check_document(leader, "/leader", report)
        abroad, (_, end) = record["roster_type"] in _CROSSING, trip_dates(record)
        check_validity(leader["document"], "/leader/document", return_on=end, abroad=abroad, report=report)
    if "mobile" in leader:
        check_mobile(leader["mobile"], "/leader/mobile", report)


def check_crossing(record: Record, report: Report) -> None:
    check_port(record.get("exit_port"), "/exit_port", report)
    check_port(record.get("entry_port"), "/entry_port", report)
    roster_type = record["roster_type"]
    if roster_type not in _CROSSING:
        return
    if "exit_port" not in record or "entry_port" not in record:
        report.add(NO_PORTS, "/entry_port" if "exit_port" in record else "/exit_port")
    if roster_type in ("hk_macau", "taiwan") and not ("arrival" in record and "departure" in record):
        report.add(NO_MOVEMENTS, "/departure" if "arrival" in record else "/arrival", roster_type=_type_words(record))
    if not record.get("receiving_agencies"):
        report.add(NO_RECEIVER, "/receiving_agencies")


def check_border_notes(record: Record, report: Report) -> None:
    left, back = record.get("actual_exit_count"), record.get("actual_entry_count")
    if left is not None and left > record["total_count"] + (not record.get("leader_counted", False)):
        report.add(MORE_THAN_LEFT, "/actual_exit_count", left)
    split = record.get("planned_split", {})
    if left is not None and back is not None and left != back and not split.get("is_planned"):
        report.add(NOT_ALL_BACK, "/actual_entry_count", back)
    if split.get("is_planned") and not {"split_on", "place", "reason"} <= split.keys():
        report.add(VAGUE_SPLIT, "/planned_split")


def check_seats(record: Record, report: Report) -> None:
    vehicles = record.get("vehicles", ())
    if vehicles and all("seats" in vehicle for vehicle in vehicles):
        seats = sum(vehicle["seats"] for vehicle in vehicles)
        if seats < record["total_count"]:
            report.add(SEATS, "/total_count", record["total_count"], seats=seats)


def check_past(record: Record, report: Report) -> None:
    begin, end = trip_dates(record)
    if begin and end and begin <= end:
        check_end(end, "/entry_date" if end == record.get("entry_date") else "/return_on", report)


def check_size(record: Record, report: Report) -> None:
    begin, end = trip_dates(record)
    check_roster(record, begin, end, report)


def _check_rows(record: Record, allowed: frozenset[str], report: Report) -> None:
    """Each row of a form that border inspection reads."""
    words = codelist("document_types")
    for index, person in enumerate(record["travellers"]):
        pointer, stated = f"/travellers/{index}", person["document"]["type"]
        if stated not in allowed:
            choices = ", ".join(sorted(allowed))
            report.add(WRONG_DOCUMENT, f"{pointer}/document/type", stated, stated=words[stated], allowed=choices)
        for name in ("sex", "birth_date"):
            if name not in person:
                report.add(INCOMPLETE_ROW, f"{pointer}/{name}")
        if "name_pinyin" not in person:
            report.add(NO_PINYIN, f"{pointer}/name_pinyin")


def _type_words(record: Record) -> object:
    return codelist("roster_types")[record["roster_type"]]


RULES: tuple[Rule, ...] = (
    check_dates,
    check_totals,
    check_leader,
    check_people,
    check_crossing,
    check_border_notes,
    check_seats,
    check_agency,
    check_agency_division,
    check_agency_is_filed,
    check_leader_is_filed,
    check_past,
    check_size,
)
