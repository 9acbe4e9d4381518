"""The totals of a roster against its rows, with the one tolerance the trade needs: is the leader counted or not."""

from __future__ import annotations

from schemas.findings import error, warning
from schemas.rules.report import Record, Report

TOTAL = error(
    "ROSTER-001",
    "总人数与名单不符：名单有 {rows} 人",
    "The total does not match the list of {rows} people",
    "将总人数改为 {rows}，或补全名单",
    "Set the total to {rows}, or complete the list",
)
LEADER_UNCLEAR = warning(
    "ROSTER-002",
    "人数与名单相差 1 人，仅因是否计入领队",
    "The counts and the list differ by one, only by whether the leader is counted",
    "统一口径：在 leader_counted 中说明总人数是否含领队",
    "Say in leader_counted whether the total counts the leader",
)
MEN_AND_WOMEN = error(
    "ROSTER-003",
    "男女人数之和为 {sum}，不等于总人数",
    "Men and women together are {sum}, not the total",
    "改正男、女人数或总人数",
    "Correct the men, the women or the total",
)
SEXES = error(
    "ROSTER-004",
    "名单中为男 {men} 人、女 {women} 人，与填写不符",
    "The list has {men} men and {women} women, which is not what is stated",
    "改正男、女人数，或改正名单中的性别",
    "Correct the counts, or the sex of the people listed",
)
LEADER_LISTED = warning(
    "ROSTER-006",
    "领队同时列在旅游者名单第 {row} 行",
    "The leader also stands in row {row} of the travellers",
    "领队只填在 leader 中；删除名单中的该行",
    "Keep the leader in leader only; remove that row",
)


def check_totals(record: Record, report: Report) -> None:
    """Rule: total = men + women = rows."""
    total, rows = record["total_count"], len(record["travellers"])
    listed = leader_row(record)
    if listed is not None:
        report.add(LEADER_LISTED, f"/travellers/{listed}", row=listed + 1)
    # A leader who is listed may be left out of the total; one who is not may be part of it.
    tolerated = 0 if "leader" not in record else 1 if listed is None else -1
    if total != rows:
        report.add(LEADER_UNCLEAR if total - rows == tolerated else TOTAL, "/total_count", total, rows=rows)
    men, women = record.get("male_count"), record.get("female_count")
    if men is None or women is None:
        return
    if men + women != total:
        unclear = tolerated and abs(men + women - total) == 1
        report.add(LEADER_UNCLEAR if unclear else MEN_AND_WOMEN, "/total_count", total, sum=men + women)
    elif total == rows:
        _check_sexes(record, men, women, report)


def leader_row(record: Record) -> int | None:
    """The index of the traveller who is the leader, or None.

    Known by document number, by the sequence number 0 of some exports, else by the same name.
    """
    if (leader := record.get("leader")) is None:
        return None
    name, number = leader["name"], leader.get("document", {}).get("number")
    for index, person in enumerate(record["travellers"]):
        if number and person["document"]["number"] == number:
            return index
        if person["name"] == name and (not number or person.get("seq_no") == 0):
            return index
    return None


def _check_sexes(record: Record, men: int, women: int, report: Report) -> None:
    sexes = [person.get("sex") for person in record["travellers"]]
    listed_men, listed_women = sexes.count("1"), sexes.count("2")
    if listed_men + listed_women == len(sexes) and (listed_men, listed_women) != (men, women):
        report.add(SEXES, "/male_count", men, men=listed_men, women=listed_women)
