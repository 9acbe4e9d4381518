"""Rules of what portals keep about agencies and their people: codes, names, deposits, days in force.

Sources: domain section 5 (names of branches and outlets, deposits, outlets without expiry) and the Regulation on
Travel Agencies, articles 10 to 14 and 13 (deposits).
"""

from __future__ import annotations

from decimal import Decimal

from schemas.findings import error, warning
from schemas.identifiers import is_known_division, is_uscc, is_usual_guide_card, is_usual_license
from schemas.rules.agencies import ODD_LICENSE, USCC_CHECK
from schemas.rules.documents import check_document
from schemas.rules.lists import UNKNOWN_DIVISION
from schemas.rules.plausible import check_deposit_size
from schemas.rules.report import Record, Report, Rule

ENDS_FIRST = error(
    "FILED-001",
    "失效日期早于生效日期 {start}",
    "It ends before it takes effect on {start}",
    "改正生效日期或失效日期",
    "Correct effective_from or effective_to",
)
OUTBOUND_DIFFERS = warning(
    "FILED-002",
    "经营出境业务的标志与旅行社类型不一致",
    "The outbound flag does not fit the agency type",
    "核对旅行社类型和出境业务许可",
    "Check the agency type and the outbound licence",
)
DEPOSIT_LOW = warning(
    "FILED-003",
    "质量保证金低于应交存的 {least} 元",
    "The deposit is below the {least} yuan that are due",
    "核对金额；经批准降低交存标准的可忽略",
    "Check the amount; ignore this when a lower deposit was granted",
)
BRANCH_NAME = warning(
    "FILED-004",
    "分社名称应包含设立社名称、所在地名和“分社”或“分公司”字样",
    "The name of a branch holds the agency's name, the place and the word for branch",
    "核对登记名称",
    "Check the registered name",
)
OUTLET_NAME = warning(
    "FILED-005",
    "服务网点名称应包含设立社名称、所在地名和“门市部”字样",
    "The name of an outlet holds the agency's name, the place and the word for outlet",
    "核对登记名称",
    "Check the registered name",
)
OUTLET_ENDS = warning(
    "FILED-006",
    "服务网点备案没有有效期",
    "The filing of an outlet does not expire",
    "在营网点不要填写失效日期",
    "Leave effective_to out while the outlet is open",
)
FILED_FIRST = warning(
    "FILED-007",
    "备案日期早于设立登记日期 {registered}",
    "Filed before it was registered on {registered}",
    "核对两个日期",
    "Check both dates",
)
ODD_CARD = warning(
    "FILED-008",
    "不是常见的导游证号写法",
    "Not written as guide cards usually are",
    "核对证件，旧式号码形如 D-1101-012345",
    "Check the card; old numbers look like D-1101-012345",
)

FILED_LATE = warning(
    "FILED-009",
    "应在设立登记后 {days} 个工作日内（{due} 前）备案",
    "It was to be filed within {days} working days of its registration, by {due}",
    "核对两个日期；确已逾期的由主管部门处理",
    "Check both dates; a late filing is for the authority to deal with",
)

FILING_DAYS = 3
_BASE_DEPOSIT = Decimal(200_000)
_OUTBOUND_DEPOSIT = Decimal(1_200_000)
_BRANCH_DEPOSIT = {False: Decimal(50_000), True: Decimal(350_000)}


def check_in_force(record: Record, report: Report) -> None:
    start, end = record.get("effective_from"), record.get("effective_to")
    if start and end and end < start:
        report.add(ENDS_FIRST, "/effective_to", end, start=start)


def check_codes(record: Record, report: Report) -> None:
    """Credit codes and the division, wherever a record has them."""
    for name in ("uscc", "agency_uscc", "subject_uscc"):
        if name in record and not is_uscc(record[name]):
            report.add(USCC_CHECK, f"/{name}", record[name])
    if "division" in record and not is_known_division(record["division"]):
        report.add(UNKNOWN_DIVISION, "/division", record["division"])


def check_licence(record: Record, report: Report) -> None:
    if not is_usual_license(record["license_no"]):
        report.add(ODD_LICENSE, "/license_no", record["license_no"])
    if "outbound" in record and record["outbound"] != (record["agency_type"] == "outbound"):
        report.add(OUTBOUND_DIFFERS, "/outbound", record["outbound"])


def check_deposit(record: Record, report: Report) -> None:
    further = _OUTBOUND_DEPOSIT if record["agency_type"] == "outbound" else Decimal()
    _check_deposit("agency", record, _BASE_DEPOSIT + further, report)


def check_branch(record: Record, report: Report) -> None:
    if not _is_named(record, "分社", "分公司"):
        report.add(BRANCH_NAME, "/name", record["name"])
    _check_deposit("branch", record, _BRANCH_DEPOSIT[record.get("outbound", False)], report)


def _check_deposit(kind: str, record: Record, least: Decimal, report: Report) -> None:
    """A deposit against the least that is due, and against what would be a power of ten above it."""
    if "deposit" not in record:
        return
    if Decimal(record["deposit"]) < least:
        report.add(DEPOSIT_LOW, "/deposit", record["deposit"], least=least)
    else:
        check_deposit_size(kind, record["deposit"], float(least), report)


def check_outlet(record: Record, report: Report) -> None:
    if not _is_named(record, "门市部"):
        report.add(OUTLET_NAME, "/name", record["name"])
    if "effective_to" in record and record["status"] == "filed":
        report.add(OUTLET_ENDS, "/effective_to", record["effective_to"])


def check_filed_after(record: Record, report: Report) -> None:
    registered, filed = record.get("registered_on"), record.get("filed_on")
    if not (registered and filed):
        return
    if filed < registered:
        report.add(FILED_FIRST, "/filed_on", filed, registered=registered)
    due = report.register and report.register.working_day_after(registered, FILING_DAYS)
    if due and filed > due:
        report.add(FILED_LATE, "/filed_on", filed, days=FILING_DAYS, due=due)


def check_person(record: Record, report: Report) -> None:
    if "document" in record:
        check_document(record, "", report)


def check_card(record: Record, report: Report) -> None:
    if not is_usual_guide_card(record["card_no"]):
        report.add(ODD_CARD, "/card_no", record["card_no"])


def _is_named(record: Record, *words: str) -> bool:
    """Whether the name holds that of the agency (as far as it is known) and one of the words."""
    name, agency = record["name"], record.get("agency_name", "")
    return agency in name and any(word in name.removeprefix(agency) for word in words)


AGENCY: tuple[Rule, ...] = (check_codes, check_licence, check_deposit, check_in_force)
BRANCH: tuple[Rule, ...] = (check_codes, check_branch, check_filed_after, check_in_force)
OUTLET: tuple[Rule, ...] = (check_codes, check_outlet, check_filed_after, check_in_force)
GUIDE: tuple[Rule, ...] = (check_codes, check_card, check_person, check_in_force)
LEADER: tuple[Rule, ...] = (check_codes, check_person, check_in_force)
