"""The records that every door is asked about: what is wrong with each, its answer, and who cannot say it."""

from __future__ import annotations

from datetime import timedelta

from tests.conformance.records import (
    DEPART_ON,
    DROP,
    TODAY,
    Body,
    Case,
    as_it_is,
    every,
    passports,
    put,
    same_person_twice,
    wrong_digit,
)

_NO_PARAMETER = "the protocol has no word for an amendment: other content is a conflict"
NO_AMENDMENTS = {"sftp": _NO_PARAMETER, "erp": _NO_PARAMETER}
ONE_TEMPLATE = {"erp": "templateId says type and template at once"}
_UNREAD = "what the mapping does not name is not read; the raw document keeps it"
ONLY_KNOWN = {"erp": _UNREAD, "sftp": _UNREAD, "workbook": "the template has no such column"}
_TYPELESS = "numbers and texts look alike there; what was meant as text is taken as text"
ALL_IS_TEXT = dict.fromkeys(("soap", "sftp", "workbook", "erp"), _TYPELESS)
TWO_SEXES = {"erp": "its words are 1 and 2; 0 and 9 mean different things to different systems"}
_MAPPED = "the mapping judges the value before the schema sees it"


def _mapped(code: str, *doors: str) -> dict[str, tuple[tuple[str, ...], str]]:
    return dict.fromkeys(doors, ((code,), _MAPPED))


CASES: tuple[Case, ...] = (
    Case("plain", as_it_is, "accepted"),
    Case(
        "without what is optional",
        every(*(put(name, DROP) for name in ("itinerary", "insurance", "group_no"))),
        "accepted",
    ),
    Case("passports", passports, "accepted"),
    Case(
        "rare characters and a name dot",
        every(put("travellers.0.name", "买买提·吐尔逊"), put("travellers.1.name", "李㛃𬱟")),
        "accepted",
    ),
    Case("an identifier in full-width characters", put("group_no", "ＳＡＭＥ／Ｔ－０９"), "accepted"),
    Case("an identifier of composed characters", put("group_no", "SAME/e\u0301-09"), "accepted"),
    Case("a name in another way of writing", put("travellers.0.name", "买买提．吐 尔逊"), "accepted"),
    Case("prose in full width", put("route_name", "三亚（双飞）：５日游，八菜一汤"), "accepted"),
    Case("with a printed number", put("contract_no", "PRINTED-01"), "accepted"),
    Case("money in whole yuan", put("total_price", "7960"), "accepted"),
    Case("money with one decimal", put("total_price", "7960.0"), "accepted"),
    Case("children", every(put("adult_count", 1), put("child_count", 1)), "accepted"),
    Case("signatories", put("signatories", [{"name": "张示例", "mobile": "13900139000"}]), "accepted"),
    Case(
        "today",
        every(put("depart_on", TODAY.isoformat()), put("return_on", (TODAY + timedelta(days=4)).isoformat())),
        "accepted",
    ),
    Case(
        "fewer travellers than stated", every(put("headcount", 3), put("adult_count", 3)), "accepted", ("CONTRACT-003",)
    ),
    Case("nobody signs", put("travellers.0.is_signer", False), "accepted", ("CONTRACT-009",)),
    Case("free of charge", put("total_price", "0.00"), "accepted", ("CONTRACT-010",)),
    Case(
        "template of another type", put("template", "GF-2014-2402"), "accepted", ("CONTRACT-007",), unsaid=ONE_TEMPLATE
    ),
    Case("insured without a product", put("insurance.mode", "entrusted"), "accepted", ("CONTRACT-011",)),
    Case(
        "in three years",
        every(
            put("depart_on", (TODAY + timedelta(days=1100)).isoformat()),
            put("return_on", (TODAY + timedelta(days=1104)).isoformat()),
        ),
        "accepted",
        ("CONTRACT-014",),
    ),
    Case(
        "odd licence",
        put("agency.license_no", "XK-2017-1"),
        "accepted",
        ("AGENCY-001",),
        otherwise={"erp": (("MAP-043", "AGENCY-001"), "this mapping warns of the form, too")},
    ),
    Case("wrong check digit", wrong_digit, "rejected", ("PERSON-002",)),
    Case(
        "a name with a letter lost",
        put("travellers.0.name", "?三"),
        "rejected",
        ("SCHEMA-016",),
        otherwise=_mapped("MAP-032", "erp"),
    ),
    Case(
        "a number whose digits are lost",
        put("group_no", "3.0311E+11"),
        "rejected",
        ("SCHEMA-013",),
        otherwise=_mapped("MAP-045", "sftp", "workbook", "erp"),
    ),
    Case(
        "two days in one",
        put("depart_on", "2026/12/4 改 2026/12/5"),
        "rejected",
        ("SCHEMA-006",),
        otherwise=_mapped("MAP-010", "workbook", "erp"),
    ),
    Case(
        "a day of another zone",
        put("depart_on", "2026-12-04+09:00"),
        "rejected",
        ("SCHEMA-006",),
        otherwise=_mapped("MAP-010", "workbook", "erp"),
    ),
    Case("the printed number of another", put("contract_no", "printed-01"), "conflict", ("INTAKE-113",)),
    Case(
        "an agency for which nobody asked it to speak",
        put("agency.division", "110105"),
        "rejected",
        ("INTAKE-112",),
        unsaid={"erp": "it does not say where the agency lies"},
    ),
    Case("wrong credit code", put("agency.uscc", "91350100M000100Y44"), "rejected", ("AGENCY-002",)),
    Case(
        "more travellers than stated", every(put("headcount", 1), put("adult_count", 1)), "rejected", ("CONTRACT-002",)
    ),
    Case("counts that do not add up", put("child_count", 1), "rejected", ("CONTRACT-004",)),
    Case(
        "dates reversed", put("return_on", (DEPART_ON - timedelta(days=1)).isoformat()), "rejected", ("CONTRACT-001",)
    ),
    Case("the same person twice", same_person_twice, "rejected", ("PERSON-015",)),
    Case("sex not stated", put("travellers.0.sex", "9"), "accepted", unsaid=TWO_SEXES),
    Case(
        "penalty above the price",
        put("group_agreement", {"traveller_penalties": [{"days_from": 6, "days_to": 4, "ratio": "120"}]}),
        "rejected",
        ("CONTRACT-012",),
    ),
    Case("no route", put("route_name", DROP), "rejected", ("SCHEMA-001",)),
    Case("no document number", put("travellers.1.document.number", DROP), "rejected", ("SCHEMA-001",)),
    Case("no travellers", put("travellers", DROP), "rejected", ("SCHEMA-001",)),
    Case("no number", put("business_no", DROP), "rejected", ("SCHEMA-001",)),
    Case(
        "unknown contract type",
        put("contract_type", "castle"),
        "rejected",
        ("SCHEMA-004",),
        unsaid=ONE_TEMPLATE,
        otherwise=_mapped("MAP-003", "workbook"),
    ),
    Case(
        "unknown document type",
        put("travellers.0.document.type", "castle"),
        "rejected",
        ("SCHEMA-004",),
        otherwise=_mapped("MAP-003", "workbook", "erp"),
    ),
    Case(
        "a day that does not exist",
        put("depart_on", "2026-02-30"),
        "rejected",
        ("SCHEMA-006",),
        otherwise=_mapped("MAP-011", "workbook", "erp"),
    ),
    Case(
        "no date at all",
        put("return_on", "soon"),
        "rejected",
        ("SCHEMA-006",),
        otherwise=_mapped("MAP-010", "workbook", "erp"),
    ),
    Case("route too long", put("route_name", "三" * 201), "rejected", ("SCHEMA-007",)),
    Case("negative price", put("total_price", "-5.00"), "rejected", ("SCHEMA-005",)),
    Case(
        "text for a number",
        put("headcount", "three"),
        "rejected",
        ("SCHEMA-003",),
        otherwise=_mapped("MAP-021", "sftp", "workbook", "erp"),
    ),
    Case("number for a text", put("total_price", 7960.5), "rejected", ("SCHEMA-003",), unsaid=ALL_IS_TEXT),
    Case("a field that nobody knows", put("castle", "x"), "rejected", ("SCHEMA-002",), unsaid=ONLY_KNOWN),
    Case(
        "several things at once",
        every(wrong_digit, put("headcount", 1), put("total_price", "0.00")),
        "rejected",
        ("CONTRACT-002", "CONTRACT-004", "PERSON-002", "CONTRACT-010"),
    ),
    Case("the same again", as_it_is, "unchanged", after="plain"),
    Case("other content", put("route_name", "海南环岛六日游"), "conflict", ("INTAKE-101",), after="passports"),
    Case("amended", put("route_name", "海南环岛六日游"), "amended", after="children", amend=True, unsaid=NO_AMENDMENTS),
    Case(
        "amended with a warning",
        put("total_price", "0.00"),
        "amended",
        ("CONTRACT-010",),
        after="signatories",
        amend=True,
        unsaid=NO_AMENDMENTS,
    ),
    Case("amended badly", wrong_digit, "rejected", ("PERSON-002",), after="today", amend=True, unsaid=NO_AMENDMENTS),
    Case("amended to what it is", as_it_is, "unchanged", after="plain", amend=True, unsaid=NO_AMENDMENTS),
)


def body_of(case: Case) -> Body:
    """What is sent for a case: under the number of the case that it comes after, if any."""
    number = next(i for i, each in enumerate(CASES) if each.name == (case.after or case.name))
    return case.body(number)
