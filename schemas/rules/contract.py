"""Rules of contracts: dates in order, people counted, money adding up, the template fitting the kind of trip."""

from __future__ import annotations

from decimal import Decimal

from schemas.codelists import codelist
from schemas.findings import error, warning
from schemas.rules.agencies import check_agency
from schemas.rules.days import months_after, span
from schemas.rules.lists import check_agency_division, check_template
from schemas.rules.people import check_travellers
from schemas.rules.plausible import check_contract, check_price
from schemas.rules.register import check_agency_is_filed
from schemas.rules.report import Record, Report, Rule
from schemas.rules.trips import check_days, check_end

RETURN_FIRST = error(
    "CONTRACT-001",
    "返回日期早于出发日期 {depart_on}",
    "The return lies before the departure {depart_on}",
    "改正出发日期或返回日期",
    "Correct the departure or the return",
)
MORE_TRAVELLERS = error(
    "CONTRACT-002",
    "名单有 {rows} 人，多于旅游者总数",
    "{rows} travellers are listed, more than the stated number",
    "将 headcount 改为 {rows}，或删除多余的旅游者",
    "Set headcount to {rows}, or remove the surplus travellers",
)
FEWER_TRAVELLERS = warning(
    "CONTRACT-003",
    "名单只有 {rows} 人，少于旅游者总数",
    "Only {rows} travellers are listed, fewer than the stated number",
    "出发前补齐旅游者名单",
    "Complete the list before departure",
)
ADULTS_AND_CHILDREN = error(
    "CONTRACT-004",
    "成人数与儿童数之和为 {sum}，不等于旅游者总数",
    "Adults and children together are {sum}, not the stated number",
    "改正成人数、儿童数或旅游者总数",
    "Correct the adults, the children or the headcount",
)
PARTS_DIFFER = warning(
    "CONTRACT-005",
    "费用构成合计 {sum} 元，与总额不等",
    "The price parts make {sum} yuan, not the total",
    "核对各项金额和总额",
    "Check the parts and the total",
)
UNIT_PRICES_DIFFER = warning(
    "CONTRACT-006",
    "按单价和人数计算为 {sum} 元，高于总额",
    "Unit prices and counts make {sum} yuan, more than the total",
    "核对单价、人数和总额；有优惠时可忽略",
    "Check prices, counts and total; ignore this when there was a discount",
)
WRONG_TEMPLATE = warning(
    "CONTRACT-007",
    "模板用于{meant}，与合同类型不符",
    "The template is meant for another contract type: {meant}",
    "改用对应的示范文本，或改正合同类型",
    "Use the model text of this type, or correct the contract type",
)
SIGNED_LATE = warning(
    "CONTRACT-008",
    "签订日期晚于出发日期",
    "Signed after the departure",
    "核对签订日期；合同应在出发前签订",
    "Check the date: a contract is signed before the trip",
)
NO_SIGNATORY = warning(
    "CONTRACT-009",
    "没有签约人，也没有旅游者标为签约人",
    "No signatory, and no traveller is marked as signing",
    "填写 signatories，或将签约代表的 is_signer 设为 true",
    "Fill in signatories, or set is_signer on the traveller who signs",
)
FREE_OF_CHARGE = warning(
    "CONTRACT-010",
    "旅游费用总额为零",
    "The total price is zero",
    "核对金额；不合理低价可能违反《旅游法》第三十五条",
    "Check it: unreasonably low prices may break article 35 of the Tourism Law",
)
NO_PRODUCT = warning(
    "CONTRACT-011",
    "委托购买保险，但没有填写保险产品",
    "Insurance is bought through the agency, but no product is named",
    "填写 insurance.product_name",
    "Fill in insurance.product_name",
)
PENALTY_RANGE = error(
    "CONTRACT-012",
    "违约金标准有误：起始天数小于截止天数，或比例超过 100%",
    "Not a possible penalty: it begins later than it ends, or exceeds 100 percent",
    "起始天数填较大的数，比例不超过 100",
    "Put the larger number of days first and at most 100 percent",
)
NO_MERGE_AGENCY = warning(
    "CONTRACT-013",
    "同意拼团，但没有填写拼至的旅行社",
    "Joining another group is agreed, but its agency is not named",
    "填写 group_agreement.merge_to_agency",
    "Fill in group_agreement.merge_to_agency",
)
FAR_AWAY = warning(
    "CONTRACT-014",
    "出发日期在两年以后",
    "The departure is more than two years away",
    "核对出发日期的年份",
    "Check the year of departure",
)

_ABROAD = frozenset({"outbound", "taiwan", "inbound"})


def check_dates(record: Record, report: Report) -> None:
    depart_on, return_on = record["depart_on"], record["return_on"]
    if return_on < depart_on:
        report.add(RETURN_FIRST, "/return_on", return_on, depart_on=depart_on)
        return
    check_days(
        record,
        span(depart_on, return_on),
        record.get("itinerary", {}).get("days", ()),
        "/itinerary/days",
        report=report,
    )
    if record.get("signed_on", "") > depart_on:
        report.add(SIGNED_LATE, "/signed_on", record["signed_on"])
    if depart_on > months_after(report.today, 24):
        report.add(FAR_AWAY, "/depart_on", depart_on)


def check_people(record: Record, report: Report) -> None:
    check_travellers(
        record,
        report,
        depart_on=record["depart_on"],
        return_on=record["return_on"],
        abroad=record["contract_type"] in _ABROAD,
    )


def check_counts(record: Record, report: Report) -> None:
    headcount, rows = record["headcount"], len(record["travellers"])
    if rows != headcount:
        report.add(MORE_TRAVELLERS if rows > headcount else FEWER_TRAVELLERS, "/headcount", headcount, rows=rows)
    adults, children = record.get("adult_count"), record.get("child_count")
    if adults is not None and children is not None and adults + children != headcount:
        report.add(ADULTS_AND_CHILDREN, "/headcount", headcount, sum=adults + children)


def check_money(record: Record, report: Report) -> None:
    total = Decimal(record["total_price"])
    if not total:
        report.add(FREE_OF_CHARGE, "/total_price", record["total_price"])
    if not (cost := record.get("cost")):
        return
    if parts := cost.get("parts"):
        amount = sum(Decimal(part["amount"]) for part in parts)
        if amount != total:
            report.add(PARTS_DIFFER, "/total_price", total, sum=amount)
    if "adult_price" in cost and "adult_count" in record:
        amount = int(record["adult_count"]) * Decimal(cost["adult_price"])
        if "child_price" in cost:
            amount += int(record.get("child_count", 0)) * Decimal(cost["child_price"])
        if amount > total:
            report.add(UNIT_PRICES_DIFFER, "/total_price", total, sum=amount)


def check_template_type(record: Record, report: Report) -> None:
    templates, template = codelist("contract_templates"), record.get("template", "")
    if template in templates and (meant := templates.row(template)["contract_type"]) != record["contract_type"]:
        report.add(WRONG_TEMPLATE, "/template", template, meant=codelist("contract_types")[meant])


def check_signatories(record: Record, report: Report) -> None:
    if not record.get("signatories") and True not in [person.get("is_signer") for person in record["travellers"]]:
        report.add(NO_SIGNATORY, "/signatories")


def check_agreements(record: Record, report: Report) -> None:
    insurance = record.get("insurance", {})
    if insurance.get("mode") == "entrusted" and "product_name" not in insurance:
        report.add(NO_PRODUCT, "/insurance/product_name")
    if not (agreement := record.get("group_agreement")):
        return
    if agreement.get("agree_merge") and "merge_to_agency" not in agreement:
        report.add(NO_MERGE_AGENCY, "/group_agreement/merge_to_agency")
    for side in ("agency_penalties", "traveller_penalties"):
        for index, penalty in enumerate(agreement.get(side, ())):
            runs_backwards = penalty.get("days_from", 365) < penalty.get("days_to", 0)
            if runs_backwards or Decimal(penalty["ratio"]) > 100:
                report.add(PENALTY_RANGE, f"/group_agreement/{side}/{index}/ratio", penalty["ratio"])


def check_past(record: Record, report: Report) -> None:
    if record["depart_on"] <= record["return_on"]:
        check_end(record["return_on"], "/return_on", report)


RULES: tuple[Rule, ...] = (
    check_dates,
    check_counts,
    check_people,
    check_agency,
    check_agency_division,
    check_agency_is_filed,
    check_template,
    check_template_type,
    check_money,
    check_signatories,
    check_agreements,
    check_past,
    check_contract,
    check_price,
)
