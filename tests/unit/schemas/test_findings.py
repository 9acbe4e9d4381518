"""Every problem of the catalogue is found where it should be: one change to a valid record, one expected code."""

from __future__ import annotations

import copy
from datetime import date
from typing import ClassVar

import pytest

from schemas import filed_samples, samples
from schemas.catalog import kind
from schemas.findings import Severity, Text
from schemas.identifiers import check_character
from schemas.rules import problems
from schemas.rules.report import FiledAgency
from schemas.structure import MOST_FINDINGS

TODAY = samples.CHECKED_ON
GONE = object()


def changed(body, changes):
    """A copy of `body` with the values at some pointers replaced, added or (GONE) removed."""
    body = copy.deepcopy(body)
    for pointer, value in changes.items():
        *steps, last = [int(step) if step.isdecimal() else step for step in pointer.strip("/").split("/")]
        node = body
        for step in steps:
            node = node[step] if isinstance(node, list) else node.setdefault(step, {})
        if value is GONE:
            del node[last]
        elif isinstance(node, list) and last == len(node):
            node.append(value)
        else:
            node[last] = value
    return body


def identity(division="110105", born="19491231", sequence="002"):
    first17 = division + born + sequence
    return first17 + check_character(first17)


def person(number, document_type="resident_id", **more):
    return {"name": "张三", "document": {"type": document_type, "number": number}, **more}


CONTRACT = samples.contract(0)
ROSTER = samples.roster(0, travellers=4)
HK = {"/roster_type": "hk_macau"} | {f"/travellers/{row}/document/type": "passport" for row in range(4)}
FIRST = "/travellers/0"
LEADER = ROSTER["leader"]["document"]

APPROVED = {"result": "approved", "decided_on": "2026-11-06"}
REFUSED = {"result": "refused", "decided_on": "2026-11-06"}

STRUCTURE = [
    ("SCHEMA-001", "/route_name", {"/route_name": GONE}),
    ("SCHEMA-002", "/route", {"/route": "x"}),
    ("SCHEMA-003", "/headcount", {"/headcount": "3"}),
    ("SCHEMA-004", "/contract_type", {"/contract_type": "境内旅游"}),
    ("SCHEMA-005", "/total_price", {"/total_price": "3,980.00"}),
    ("SCHEMA-006", "/depart_on", {"/depart_on": "2017-02-30"}),
    ("SCHEMA-007", "/route_name", {"/route_name": "x" * 201}),
    ("SCHEMA-008", "/route_name", {"/route_name": ""}),
    ("SCHEMA-009", "/headcount", {"/headcount": 0}),
    ("SCHEMA-010", "/headcount", {"/headcount": 10000}),
    ("SCHEMA-011", "/travellers", {"/travellers": []}),
    ("SCHEMA-012", "/shopping", {"/shopping": [{"name": "x"}] * 101}),
    ("SCHEMA-013", f"{FIRST}/document/number", {f"{FIRST}/document/number": 1.10105e17}),
    ("SCHEMA-014", "/insurance", {"/insurance": None}),
    ("SCHEMA-013", "/business_no", {"/business_no": "2.0261129e+19"}),
    ("SCHEMA-013", "/business_no", {"/business_no": 20261129000000000123}),
    ("SCHEMA-015", "/agency/email", {"/agency/email": "nobody"}),
    ("SCHEMA-016", f"{FIRST}/name", {f"{FIRST}/name": "?三"}),
    ("SCHEMA-017", "", {f"/surplus_{number}": 1 for number in range(MOST_FINDINGS + 1)}),
    ("SCHEMA-018", "", {"/travellers": [{}] * 30_000}),
]

PEOPLE = [
    ("PERSON-001", f"{FIRST}/document/number", {FIRST: person("11010519491231002")}),
    ("PERSON-002", f"{FIRST}/document/number", {FIRST: person("110105194912310021")}),
    ("PERSON-003", f"{FIRST}/document/number", {FIRST: person(identity(born="19490231"))}),
    ("PERSON-004", f"{FIRST}/document/type", {FIRST: person("E12345678")}),
    ("PERSON-004", f"{FIRST}/document/type", {FIRST: person("91184019850312001X")}),
    ("PERSON-004", f"{FIRST}/document/type", {FIRST: person("810000199003070015")}),
    ("PERSON-005", f"{FIRST}/document/number", {FIRST: person("110105491231002")}),
    ("PERSON-006", f"{FIRST}/birth_date", {FIRST: person(identity(), birth_date="1949-12-30")}),
    ("PERSON-006", f"{FIRST}/birth_date", {FIRST: person("110105491231002", birth_date="1949-12-30")}),
    ("PERSON-006", f"{FIRST}/birth_date", {f"{FIRST}/resident_id": identity()}),
    ("PERSON-007", f"{FIRST}/sex", {FIRST: person(identity(), sex="1")}),
    ("PERSON-002", f"{FIRST}/resident_id", {f"{FIRST}/resident_id": "110105194912310021"}),
    ("PERSON-008", f"{FIRST}/document/number", {FIRST: person(identity("899999"))}),
    ("PERSON-009", f"{FIRST}/document/number", {FIRST: person("CI1234567", "hk_macau_permit")}),
    ("PERSON-010", f"{FIRST}/document/number", {FIRST: person("L898902C3", "passport")}),
    ("PERSON-011", f"{FIRST}/document/expires_on", {f"{FIRST}/document/expires_on": "2017-08-07"}),
    ("PERSON-013", f"{FIRST}/document/issued_on", {f"{FIRST}/document/issued_on": "2017-07-29"}),
    ("PERSON-014", f"{FIRST}/guardian", {FIRST: person("E12345678", "passport", birth_date="1999-08-05")}),
    ("PERSON-014", f"{FIRST}/guardian", {FIRST: person(identity(born="20100101"))}),
    ("PERSON-015", "/travellers/1/document/number", {"/travellers/1": CONTRACT["travellers"][0]}),
    (
        "PERSON-016",
        "/travellers/1/name",
        {
            FIRST: person("E12345678", "passport", birth_date="1980-01-01"),
            "/travellers/1": person("E12345679", "passport", birth_date="1980-01-01"),
        },
    ),
    ("PERSON-017", f"{FIRST}/birth_date", {FIRST: person("E12345678", "passport", birth_date="2017-07-29")}),
    ("PERSON-018", f"{FIRST}/age", {FIRST: person(identity(), age=68)}),
    ("PERSON-019", f"{FIRST}/mobile", {f"{FIRST}/mobile": "12800138000"}),
    ("PERSON-020", f"{FIRST}/birth_date", {FIRST: person("E12345678", "passport", birth_date="1897-08-04")}),
    ("PERSON-021", f"{FIRST}/nationality", {FIRST: person(identity(), nationality="TH")}),
]

CONTRACTS = [
    ("AGENCY-001", "/agency/license_no", {"/agency/license_no": "BJ-00144"}),
    ("AGENCY-002", "/agency/uscc", {"/agency/uscc": "91350100M000100Y44"}),
    ("LIST-001", "/agency/division", {"/agency/division": "999999"}),
    ("LIST-001", "/agency/address/division", {"/agency/address/division": "999999"}),
    ("LIST-003", "/template", {"/template": "BJ-2017-01"}),
    ("TRIP-001", "/days", {"/days": 6}),
    ("TRIP-002", "/nights", {"/nights": 6}),
    ("TRIP-003", "/itinerary/days/4/day", {"/itinerary/days/4/day": 6}),
    ("TRIP-004", "/itinerary/days", {"/itinerary/days/2": GONE}),
    ("CONTRACT-001", "/return_on", {"/return_on": "2017-08-03"}),
    ("CONTRACT-002", "/headcount", {"/headcount": 2, "/adult_count": 2}),
    ("CONTRACT-003", "/headcount", {"/headcount": 4, "/adult_count": 4}),
    ("CONTRACT-004", "/headcount", {"/child_count": 1}),
    ("CONTRACT-005", "/total_price", {"/total_price": "11939.99"}),
    ("CONTRACT-006", "/total_price", {"/cost/child_price": "1.00", "/child_count": 1}),
    ("CONTRACT-007", "/template", {"/template": "GF-2014-2402"}),
    ("CONTRACT-008", "/signed_on", {"/signed_on": "2017-08-05"}),
    ("CONTRACT-009", "/signatories", {f"{FIRST}/is_signer": False}),
    ("CONTRACT-010", "/total_price", {"/total_price": "0.00"}),
    ("CONTRACT-011", "/insurance/product_name", {"/insurance/product_name": GONE}),
    (
        "CONTRACT-012",
        "/group_agreement/traveller_penalties/0/ratio",
        {"/group_agreement/traveller_penalties/0/days_to": 7},
    ),
    (
        "CONTRACT-012",
        "/group_agreement/traveller_penalties/0/ratio",
        {"/group_agreement/traveller_penalties/0/ratio": "100.01"},
    ),
    ("CONTRACT-013", "/group_agreement/merge_to_agency", {"/group_agreement/agree_merge": True}),
    ("CONTRACT-014", "/depart_on", {"/depart_on": "2019-08-04", "/return_on": "2019-08-08"}),
    ("PLAUSIBLE-001", "/total_price", {"/total_price": "1194000.00"}),
    ("PLAUSIBLE-001", "/total_price", {"/total_price": "119.40"}),
    ("PLAUSIBLE-003", f"{FIRST}/birth_date", {FIRST: person("E12345678", "passport", birth_date="1910-08-04")}),
    ("PLAUSIBLE-003", f"{FIRST}/age", {FIRST: person("E12345678", "passport", age=101)}),
    ("PLAUSIBLE-004", "/return_on", {"/return_on": "2018-08-08"}),
    ("PLAUSIBLE-005", "/headcount", {"/headcount": 3000}),
    ("PLAUSIBLE-007", "/signed_on", {"/signed_on": "2007-07-28"}),
    ("TRIP-005", "/return_on", {"/depart_on": "2017-06-23", "/return_on": "2017-06-27", "/signed_on": "2017-06-20"}),
]

ROSTERS = [
    ("PLAUSIBLE-004", "/entry_date", {"/entry_date": "2018-08-04"}),
    ("PLAUSIBLE-005", "/total_count", {"/total_count": 4000, "/male_count": GONE}),
    ("PLAUSIBLE-006", "/exit_date", {"/exit_date": "2027-08-04", "/entry_date": "2027-08-09"}),
    ("LIST-002", "/exit_port", {"/exit_port": "月球"}),
    ("PERSON-012", f"{FIRST}/document/expires_on", {f"{FIRST}/document/expires_on": "2018-02-08"}),
    (
        "PERSON-002",
        "/leader/document/number",
        {"/leader/document": {"type": "resident_id", "number": "110105194912310021"}},
    ),
    ("PERSON-011", "/leader/document/expires_on", {"/leader/document/expires_on": "2017-08-01"}),
    ("PERSON-019", "/leader/mobile", {"/leader/mobile": "010-12345678"}),
    ("ROSTER-001", "/total_count", {"/total_count": 6, "/male_count": GONE}),
    ("ROSTER-001", "/total_count", {"/total_count": 3, "/male_count": GONE}),
    ("ROSTER-002", "/total_count", {"/total_count": 5, "/male_count": GONE}),
    ("ROSTER-002", "/total_count", {"/total_count": 3, "/male_count": GONE, f"{FIRST}/document": LEADER}),
    ("ROSTER-002", "/total_count", {"/total_count": 5, "/male_count": 2, "/female_count": 2}),
    ("ROSTER-003", "/total_count", {"/male_count": 4}),
    ("ROSTER-004", "/male_count", {"/male_count": 3, "/female_count": 1}),
    ("ROSTER-005", "/leader", {"/leader": GONE}),
    ("ROSTER-006", FIRST, {f"{FIRST}/document": LEADER}),
    ("ROSTER-006", "/travellers/1", {"/travellers/1/name": "郑领队", "/travellers/1/seq_no": 0}),
    ("ROSTER-007", "/entry_date", {"/entry_date": "2017-08-03"}),
    ("ROSTER-008", "/entry_date", {"/entry_date": GONE}),
    ("ROSTER-008", "/depart_on", {"/roster_type": "domestic"}),
    ("ROSTER-009", "/entry_port", {"/entry_port": GONE}),
    ("ROSTER-010", f"{FIRST}/sex", {f"{FIRST}/sex": GONE}),
    ("ROSTER-011", f"{FIRST}/document/type", {f"{FIRST}/document": {"type": "resident_id", "number": identity()}}),
    ("ROSTER-012", f"{FIRST}/name_pinyin", {f"{FIRST}/name_pinyin": GONE}),
    ("ROSTER-013", "/actual_exit_count", {"/actual_exit_count": 6}),
    ("ROSTER-014", "/actual_entry_count", {"/actual_exit_count": 4, "/actual_entry_count": 3}),
    ("ROSTER-015", "/planned_split", {"/planned_split/is_planned": True}),
    ("ROSTER-016", "/arrival", HK),
    ("ROSTER-017", "/receiving_agencies", {"/receiving_agencies": []}),
    ("ROSTER-018", "/travellers/2/seq_no", {"/travellers/2/seq_no": 2}),
    ("ROSTER-019", "/total_count", {"/vehicles": [{"plate_no": "京A12345", "seats": 3}]}),
    ("ROSTER-020", "/roster_year", {"/roster_year": 2016}),
    ("TRIP-001", "/days", {"/days": 5}),
    ("TRIP-005", "/entry_date", {"/exit_date": "2017-06-22", "/entry_date": "2017-06-27"}),
]

CASES = [
    *(("contract.v1", *case) for case in (*STRUCTURE, *PEOPLE, *CONTRACTS)),
    *(("roster.v1", *case) for case in ROSTERS),
    ("agency.v1", "AGENCY-001", "/license_no", {"/license_no": "BJ-1"}),
    ("agency.v1", "AGENCY-002", "/uscc", {"/uscc": "91350100M000100Y44"}),
    ("agency.v1", "LIST-001", "/division", {"/division": "990000"}),
    ("agency.v1", "FILED-001", "/effective_to", {"/effective_to": "2010-05-31"}),
    ("agency.v1", "FILED-002", "/outbound", {"/outbound": False}),
    ("agency.v1", "FILED-003", "/deposit", {"/deposit": "1399999.99"}),
    ("branch.v1", "FILED-003", "/deposit", {"/outbound": True}),
    ("agency.v1", "PLAUSIBLE-002", "/deposit", {"/deposit": "14000000.00"}),
    ("branch.v1", "PLAUSIBLE-002", "/deposit", {"/deposit": "500000.00"}),
    ("branch.v1", "FILED-004", "/name", {"/name": "示例旅行社海淀门市部"}),
    ("outlet.v1", "FILED-005", "/name", {"/agency_name": "另一家旅行社有限公司"}),
    ("outlet.v1", "FILED-006", "/effective_to", {"/effective_to": "2027-01-01"}),
    ("outlet.v1", "FILED-007", "/filed_on", {"/filed_on": "2026-10-27"}),
    ("guide.v1", "FILED-008", "/card_no", {"/card_no": "导游一"}),
    ("guide.v1", "PERSON-002", "/document/number", {"/document/number": "110105194912310021"}),
    ("leader.v1", "PERSON-010", "/document/number", {"/document": {"type": "passport", "number": "X9999999"}}),
    ("filing.v1", "FILING-001", "/decision", {"/status": "approved"}),
    ("filing.v1", "FILING-002", "/decision/result", {"/decision": APPROVED}),
    ("filing.v1", "FILING-003", "/decision/reason", {"/status": "refused", "/decision": REFUSED}),
    ("filing.v1", "FILING-004", "/decision/decided_on", {"/applied_on": "2026-11-10", "/decision": APPROVED}),
    ("filing.v1", "FILING-005", "/steps", {"/steps/1": {"name": "审核", "done_on": "2026-11-01"}}),
    ("filing.v1", "FILING-006", "/changes", {"/changes": GONE}),
    ("filing.v1", "FILING-007", "/subject_uscc", {"/subject_uscc": GONE}),
    ("pledge.v1", "PLEDGE-001", "/verdict", {"/status": "verified", "/verdict": "truthful"}),
    ("pledge.v1", "PLEDGE-002", "/verified_on", {"/verified_on": "2026-11-01"}),
]
SAMPLES = {
    "contract.v1": CONTRACT,
    "roster.v1": ROSTER,
    **{f"{name}.v1": sample(1) for name, sample in filed_samples.SAMPLES.items()},
}


class Portal:
    """A register in which the agency of the samples is filed, and one leader."""

    weights: ClassVar = {}

    def __init__(self, **filed):
        agency = CONTRACT["agency"]
        stands = {"uscc": agency["uscc"], "name": agency["name"]}
        stands |= {"license_no": agency["license_no"], "division": agency["division"]}
        self.filed = FiledAgency(**{**stands, "state": "active", "outbound": True, "border": False, **filed})

    def agency(self, uscc, license_no):
        return self.filed if uscc == self.filed.uscc or license_no == self.filed.license_no else None

    def is_filed_leader(self, cert_no):
        return cert_no == "D-1101-012345"

    def working_day_after(self, day, count):
        return {"2026-11-02": "2026-11-09", "2026-10-09": "2026-10-23", "2026-10-20": "2026-10-23"}.get(day)

    def covers(self, kind, division):
        return (division or "110105").startswith("11")


STRANGER = {"/agency/uscc": "91110105MA00ABCD4R", "/agency/license_no": "L-BJ-00999"}
REGISTERED = [
    ("contract.v1", "REGISTER-001", "/agency/license_no", STRANGER, {}),
    ("contract.v1", "REGISTER-002", "/agency/license_no", {}, {"state": "cancelled"}),
    ("roster.v1", "REGISTER-003", "/agency/license_no", {"/agency/license_no": "L-BJ-CJ00145"}, {}),
    ("roster.v1", "REGISTER-004", "/roster_type", {}, {"outbound": False}),
    ("branch.v1", "FILED-009", "/filed_on", {"/registered_on": "2026-10-20"}, {}),
    ("filing.v1", "FILING-008", "/changes/0/changed_on", {"/changes/0/changed_on": "2026-10-09"}, {}),
    ("pledge.v1", "PLEDGE-003", "/received_on", {"/received_on": "2026-12-30"}, {}),
    ("pledge.v1", "PLEDGE-004", "/due_on", {"/due_on": "2026-11-10"}, {}),
    ("roster.v1", "REGISTER-005", "/leader/cert_no", {"/leader/cert_no": "D-1101-999999"}, {}),
    ("contract.v1", "REGISTER-006", "/agency/name", {"/agency/name": "厦门别家旅行社有限公司"}, {}),
    ("contract.v1", "REGISTER-007", "/agency/license_no", {"/agency/uscc": STRANGER["/agency/uscc"]}, {}),
]


def found(kind_id, changes, register=None):
    return kind(kind_id).check(changed(SAMPLES[kind_id], changes), today=TODAY, register=register)


@pytest.mark.parametrize(("kind_id", "code", "pointer", "changes", "filed"), REGISTERED)
def test_the_register_of_the_portals_is_held_against_a_record(kind_id, code, pointer, changes, filed):
    known = {"/leader/cert_no": "D-1101-012345"} if kind_id == "roster.v1" else {}
    (finding,) = found(kind_id, known | changes, Portal(**filed))
    assert (finding.code, finding.field) == (code, pointer)
    assert finding.is_error == (code == "PLEDGE-003")


def test_nothing_is_said_of_an_agency_whose_portal_is_not_connected():
    assert found("contract.v1", STRANGER | {"/agency/division": "310115"}, Portal()) == ()


def test_a_finding_of_the_register_weighs_what_the_settings_say():
    portal = Portal()
    portal.weights = {"REGISTER-001": Severity.ERROR}
    assert [each.is_error for each in found("contract.v1", STRANGER, portal)] == [True]
    portal.weights = {"REGISTER-001": None}
    assert found("contract.v1", STRANGER, portal) == ()


@pytest.mark.parametrize(("kind_id", "code", "pointer", "changes"), CASES)
def test_one_change_is_found_where_it_stands(kind_id, code, pointer, changes):
    assert (code, pointer) in [(finding.code, finding.field) for finding in found(kind_id, changes)]


def test_every_problem_of_the_catalogue_has_a_case():
    assert {problem.code for problem in problems()} == {code for _, code, *_ in (*CASES, *REGISTERED)}


@pytest.mark.parametrize(("kind_id", "code", "pointer", "changes"), CASES)
def test_a_finding_is_complete_in_both_languages(kind_id, code, pointer, changes):
    for finding in found(kind_id, changes):
        for text in (finding.title, finding.reason, finding.advice):
            assert all(text)
            assert "{" not in text.zh.replace("{…}", "")
            assert "{" not in text.en.replace("{…}", "")


@pytest.mark.parametrize("problem", problems(), ids=lambda problem: problem.code)
def test_a_problem_tells_what_to_do_in_both_languages(problem):
    assert all((*problem.reason, *problem.advice))
    assert problem.reason.en.isascii()
    assert problem.advice.en.isascii()
    assert problem.severity in Severity


@pytest.mark.parametrize("index", range(60))
def test_samples_draw_no_finding(index):
    for travellers in (1, 3):
        assert kind("contract.v1").check(samples.contract(index, travellers), today=TODAY) == ()
    assert kind("roster.v1").check(samples.roster(index), today=TODAY) == ()


@pytest.mark.parametrize("index", range(20))
@pytest.mark.parametrize("name", filed_samples.SAMPLES)
def test_samples_of_what_portals_keep_draw_no_finding(name, index):
    assert kind(f"{name}.v1").check(filed_samples.SAMPLES[name](index), today=date(2026, 11, 20)) == ()


def test_samples_are_deterministic_and_differ_by_index():
    assert samples.contract(5) == samples.contract(5)
    numbers = {person["document"]["number"] for i in range(1000) for person in samples.contract(i)["travellers"]}
    assert len(numbers) == 3000


def test_an_unknown_field_is_told_what_was_meant():
    (finding,) = found("contract.v1", {"/rout_name": "x"})
    assert finding.advice.en == "Remove it, or use: route_name"
    assert finding.value is None, "an undescribed field may hold anything, so it is never echoed"


def test_the_name_of_an_unknown_field_is_escaped_in_its_pointer_and_shown_in_part():
    body = CONTRACT | {"a/b~c" + "x" * 100: 1}
    (finding,) = kind("contract.v1").check(body, today=TODAY)
    assert finding.field.startswith("/a~1b~0cx")
    assert len(finding.title.en) == 64


@pytest.mark.parametrize("value", [10**30, -1, 1.5, True, [], {}, "٣", "\u0000", "{0}", float("inf")])
def test_no_value_makes_the_check_fail(value):
    for pointer in ("/headcount", "/total_price", "/depart_on", f"{FIRST}/document/number", "/agency", "/travellers"):
        findings = found("contract.v1", {pointer: value})
        assert any(finding.is_error for finding in findings)


def test_a_word_where_a_code_belongs_is_told_its_code():
    (finding,) = found("contract.v1", {"/contract_type": "境内旅游"})
    assert finding.advice.en == "Use one of these codes: domestic (Domestic tour)"


def test_personal_values_are_masked():
    (finding,) = found("contract.v1", {FIRST: person("110105194912310021", is_signer=True)})
    assert finding.value == "110***********0021"
    assert finding.title == Text("证件号码", "Document number")


def test_the_rules_keep_silent_about_a_record_that_breaks_its_schema():
    codes = {finding.code for finding in found("contract.v1", {"/headcount": "3", "/return_on": "2017-08-03"})}
    assert codes == {"SCHEMA-003"}


def test_a_body_that_is_no_object_is_a_finding():
    (finding,) = kind("contract.v1").check([], today=TODAY)
    assert (finding.code, finding.field) == ("SCHEMA-003", "")


def test_findings_of_a_hopeless_record_are_bounded():
    body = changed(CONTRACT, {"/travellers": [{"x": 1}] * 2000})
    found = kind("contract.v1").check(body, today=TODAY)
    assert (len(found), found[-1].code) == (MOST_FINDINGS + 1, "SCHEMA-017")


def test_a_minor_with_a_guardian_and_a_foreigner_with_a_foreign_passport_are_fine():
    child = person("E12345678", "passport", birth_date="2010-01-01", guardian={"name": "李四"}, is_signer=True)
    foreigner = person("L898902C3", "passport", nationality="TH", birth_date="1980-01-01")
    assert found("contract.v1", {FIRST: child, "/travellers/1": foreigner}) == ()


def test_majority_is_reached_on_the_day_of_departure():
    eighteen = person("E12345678", "passport", birth_date="1999-08-04", is_signer=True)
    assert found("contract.v1", {FIRST: eighteen}) == ()


def test_a_passport_needs_six_months_only_when_the_trip_crosses_the_border():
    passport = {"type": "passport", "number": "E12345678", "expires_on": "2017-09-01"}
    assert found("contract.v1", {f"{FIRST}/document": passport}) == ()
    assert found("roster.v1", {f"{FIRST}/document/expires_on": "2018-02-09"}) == ()


def test_an_audited_return_home_of_a_split_group_is_fine():
    split = {"is_planned": True, "split_on": "2017-08-06", "place": "曼谷", "reason": "两人提前返回"}
    changes = {"/actual_exit_count": 4, "/actual_entry_count": 2, "/planned_split": split}
    assert found("roster.v1", changes) == ()


def test_a_domestic_roster_needs_no_leader_and_no_ports():
    body = changed(
        ROSTER,
        {
            "/roster_type": "domestic",
            "/depart_on": "2017-08-04",
            "/return_on": "2017-08-09",
            "/leader": GONE,
            "/exit_date": GONE,
            "/entry_date": GONE,
            "/exit_port": GONE,
            "/entry_port": GONE,
        },
    )
    assert kind("roster.v1").check(body, today=TODAY) == ()


def test_a_findings_catalogue_may_not_hold_two_problems_of_one_code():
    impostor = type("module", (), {})()
    impostor.AGAIN = copy.copy(problems()[0])
    with pytest.raises(ValueError, match="AGENCY-001"):
        problems([impostor])


def test_what_a_real_erp_pushes_is_enough():
    body = {
        "business_no": "ERP-1",
        "contract_type": "domestic",
        "agency": {"name": "示例旅行社", "license_no": "L-BJ-CJ00144"},
        "route_name": "三亚五日游",
        "depart_on": "2017-08-04",
        "return_on": "2017-08-08",
        "headcount": 1,
        "travellers": [person("11010519491231002X", is_signer=True)],
        "total_price": "3980",
    }
    assert kind("contract.v1").check(body, today=date(2017, 8, 1)) == ()


def with_floats(value):
    """The same document as a JavaScript-minded sender writes it: 3.0 for 3."""
    if isinstance(value, dict):
        return {name: with_floats(item) for name, item in value.items()}
    if isinstance(value, list):
        return [with_floats(item) for item in value]
    return float(value) if type(value) is int else value


@pytest.mark.parametrize(("kind_id", "code", "pointer", "changes"), CASES)
def test_a_whole_number_may_be_written_as_a_float(kind_id, code, pointer, changes):
    body = changed(SAMPLES[kind_id], changes)
    plain = kind(kind_id).check(body, today=TODAY)
    floats = kind(kind_id).check(with_floats(body), today=TODAY)
    assert [(finding.code, finding.field) for finding in floats] == [(finding.code, finding.field) for finding in plain]


@pytest.mark.parametrize(("today", "codes"), [(date(2017, 9, 8), []), (date(2017, 9, 9), ["TRIP-005"])])
def test_a_trip_is_long_past_a_month_after_its_end(today, codes):
    assert [each.code for each in kind("contract.v1").check(samples.contract(0), today=today)] == codes
