"""**Same answer by every door.** The same good and bad records go through every door, each time for a new tenant; what
each door says is compared field by field, and every record is then sent again by another door.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from hashlib import sha256
from typing import Any

import httpx
import pytest

from gateway.trust.receipts import verify
from gateway.trust.signing import PublicKey
from tests.conformance.cases import CASES, body_of
from tests.conformance.documents import Unsayable, erp_document
from tests.conformance.doors import DOORS, House, Seen
from tests.conformance.records import Case

REFERENCE = "rest"
Answers = dict[tuple[str, str], Seen]


@pytest.fixture(scope="module")
def answers(house: House) -> Answers:
    """Every record through every door that can say it."""

    def ask(door: str) -> Answers:
        opened = DOORS[door](replace(house, tenant=f"by-{door}"))
        found: Answers = {}
        for wave in (
            [case for case in CASES if case.after is None],
            [case for case in CASES if case.after is not None and not case.amend],
            [case for case in CASES if case.amend],
        ):
            said = [case for case in wave if door not in case.unsaid]
            if said:
                seen = opened.send([body_of(case) for case in said], amend=said[0].amend)
                found |= {(door, case.name): each for case, each in zip(said, seen, strict=True)}
        return found

    with ThreadPoolExecutor(len(DOORS)) as pool:
        return {key: seen for found in pool.map(ask, DOORS) for key, seen in found.items()}


@pytest.fixture(scope="module")
def keys(client: httpx.Client) -> dict[bytes, PublicKey]:
    jwks = client.get("/.well-known/jwks.json").json()
    return {key.kid: key for key in map(PublicKey.from_jwk, jwks["keys"])}


def said_by(*doors: str) -> pytest.MarkDecorator:
    cases = [(door, case) for case in CASES for door in doors if door not in case.unsaid]
    return pytest.mark.parametrize(("door", "case"), cases, ids=lambda value: getattr(value, "name", value))


OTHERS = [door for door in DOORS if door != REFERENCE]
_BY_TENANT = {"code", "code_printed", "qr_text", "submission_id", "original_submission_id"}
_BY_DOCUMENT = {"ordinal", "locator"}


def compared(fate: dict[str, Any]) -> dict[str, Any]:
    """What must be the same by every door: all but what belongs to the tenant, and places in the document."""
    fields = {name: value for name, value in fate.items() if name not in _BY_TENANT | _BY_DOCUMENT and value != []}
    findings = [{name: v for name, v in each.items() if name != "locator"} for each in fate["findings"]]
    if "stored" in fields:
        fields["stored"] = {name: value for name, value in fields["stored"].items() if name not in _BY_TENANT}
    return fields | {"findings": findings}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_answer_is_the_one_that_is_written_down(answers: Answers, case: Case) -> None:
    fate = answers[REFERENCE, case.name].fate
    assert (fate["status"], [finding["code"] for finding in fate["findings"]]) == (case.status, list(case.codes))


@said_by(*OTHERS)
def test_every_door_gives_the_same_answer(answers: Answers, door: str, case: Case) -> None:
    seen, reference = compared(answers[door, case.name].fate), compared(answers[REFERENCE, case.name].fate)
    if door not in case.otherwise:
        assert seen == reference
        return
    codes, _ = case.otherwise[door]
    findings, expected = seen.pop("findings"), reference.pop("findings")
    assert seen == reference
    assert [finding["code"] for finding in findings] == list(codes)
    for finding in findings:
        assert {name: finding[name] for name in ("field", "severity", "title", "value")} in [
            {name: each[name] for name in ("field", "severity", "title", "value")} for each in expected
        ]


@said_by(*DOORS)
def test_every_locator_points_into_what_was_sent(answers: Answers, door: str, case: Case) -> None:
    seen = answers[door, case.name]
    for place in (seen.fate["locator"], *(finding["locator"] for finding in seen.fate["findings"])):
        assert seen.has_place(place), place


@pytest.mark.parametrize("door", DOORS)
def test_not_every_place_is_one(answers: Answers, door: str) -> None:
    for place in (
        "/castle/moat",
        "line 999",
        "line 999 /headcount",
        "基本信息!ZZ4",
        "基本信息!A99",
        "城堡!A4",
        "//y:castle/y:moat",
    ):
        assert not answers[door, "plain"].has_place(place), place


@said_by(*DOORS)
def test_who_is_stored_has_a_code_that_verifies_and_who_is_not_has_none(
    client: httpx.Client, answers: Answers, door: str, case: Case
) -> None:
    fate = answers[door, case.name].fate
    assert ("code" in fate) is ("content_sha256" in fate) is case.is_stored
    if case.is_stored:
        for text in (fate["code"], fate["code_printed"], fate["qr_text"]):
            shown = client.post("/v1/verify", json={"text": text}).json()
            is_latest = shown["contract"]["version"] == fate["version"]
            assert shown["verdict"] == ("valid" if is_latest or text != fate["qr_text"] else "superseded")
        assert not is_latest or shown["contract"]["content_sha256"] == fate["content_sha256"]


def test_every_tenant_has_codes_of_its_own(answers: Answers) -> None:
    for case in (case for case in CASES if case.is_stored and case.after is None):
        codes = [answers[door, case.name].fate["code"] for door in DOORS if door not in case.unsaid]
        assert len(set(codes)) == len(codes)


@said_by(*DOORS)
def test_the_receipt_says_what_the_answer_says(
    answers: Answers, keys: dict[bytes, PublicKey], door: str, case: Case
) -> None:
    seen = answers[door, case.name]
    claims = verify(seen.receipt, keys)
    assert (claims["sub"], claims["jti"]) == (f"by-{door}", seen.fate["submission_id"])
    if seen.lines is not None:  # the receipt of a large document covers the list of fates
        assert claims["records"]["sha256"] == sha256(seen.lines).hexdigest()
        return
    names = ("status", "key", "code", "version", "content_sha256")
    shown = {name: seen.fate[name] for name in names if seen.fate.get(name) is not None}
    if not case.is_stored:
        shown.pop("version", None)
    assert claims["records"] == [{"n": 1, **shown}]


# -- the same record again, by another door ----------------------------------------------------------------------------

AGAIN = ("passports", "without what is optional", "fewer travellers than stated", "free of charge", "amended")
PAIRS = [(one, other) for one in DOORS for other in DOORS if one != other]


@pytest.fixture(scope="module")
def again(house: House, answers: Answers) -> dict[tuple[str, str], Answers]:
    """By pair of doors: what the second says of records that came through the first."""

    def ask(one: str) -> dict[tuple[str, str], Answers]:
        found: dict[tuple[str, str], Answers] = {}
        for _, other in (pair for pair in PAIRS if pair[0] == one):
            opened = DOORS[other](replace(house, tenant=f"by-{one}"))
            cases = [case for case in CASES if case.name in AGAIN and (one, case.name) in answers]
            seen = opened.send([body_of(case) for case in cases])
            found[one, other] = {(other, case.name): each for case, each in zip(cases, seen, strict=True)}
        return found

    with ThreadPoolExecutor(len(DOORS)) as pool:
        return {pair: seen for found in pool.map(ask, DOORS) for pair, seen in found.items()}


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_sent_again_by_another_door_it_is_unchanged_with_its_original_receipt(
    answers: Answers, again: dict[tuple[str, str], Answers], one: str, other: str
) -> None:
    assert len(again[one, other]) >= 4
    for (_, name), seen in again[one, other].items():
        first = answers[one, name]
        assert seen.fate["status"] == "unchanged", name
        for field in ("code", "qr_text", "version", "state", "content_sha256"):
            assert seen.fate[field] == first.fate[field], name
        assert seen.fate["original_submission_id"] == first.fate["submission_id"]
        if other not in ("workbook", "batch"):  # what holds many records names the submission instead
            assert seen.original_receipt == first.receipt


def test_what_a_door_cannot_say_it_indeed_cannot() -> None:
    for case in CASES:
        assert set(case.unsaid) <= set(DOORS), case.name
        assert case.amend or ("erp" in case.unsaid) is cannot_be_said(case), case.name


def cannot_be_said(case: Case) -> bool:
    """Whether the ERP's document has no place for the record, or would be read as another."""
    try:
        erp_document(body_of(case))
    except Unsayable:
        return True
    return case.name in ("sex not stated", "number for a text")
