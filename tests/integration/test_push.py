"""Pushing records: what is answered, what is kept, what a retry gets."""

from __future__ import annotations

import base64
import io
import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import joserfc.jwk
import joserfc.jws
import orjson
import pytest
from python_calamine import CalamineWorkbook

from gateway.access.accounts import Role
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, running
from tests.trips import ahead

MAPPINGS = Path(__file__).parents[2] / "mappings"


def push(client: httpx.Client, partner: Partner, body: Any, path: str = "/v1/contracts", **headers: str) -> Any:
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return client.post(path, content=content, auth=partner.auth, headers=headers)


def test_a_new_contract_gets_a_code_a_qr_and_a_receipt(client: httpx.Client, partner: Partner) -> None:
    answer = push(client, partner, samples.contract(1))
    assert answer.status_code == 201
    document = answer.json()
    (record,) = document["records"]
    assert record["status"] == "accepted"
    assert record["state"] == "generated"
    assert record["key"] == samples.contract(1)["business_no"]
    assert record["qr_text"].startswith("HTTPS://VERIFY.EXAMPLE.TEST/V/")
    assert record["code_printed"].replace("-", "") == record["code"]
    assert answer.headers["location"] == f"/v1/submissions/{document['submission_id']}"


@pytest.mark.filterwarnings("ignore:EdDSA is deprecated")  # RFC 9864; every library knows it, few its successor
def test_any_jose_library_checks_the_receipt_with_the_published_keys(client: httpx.Client, partner: Partner) -> None:
    document = push(client, partner, samples.contract(2)).json()
    keys = client.get("/.well-known/jwks.json").json()["keys"]
    key_set = joserfc.jwk.KeySet.import_key_set({"keys": [key for key in keys if key["yizhan:purpose"] == "receipt"]})
    verified = joserfc.jws.deserialize_compact(document["receipt"], key_set, algorithms=["EdDSA"])
    claims = orjson.loads(verified.payload)
    assert claims["jti"] == document["submission_id"]
    assert claims["records"][0]["code"] == document["records"][0]["code"]
    assert claims["records"][0]["content_sha256"] == document["records"][0]["content_sha256"]


def test_a_retry_with_the_same_idempotency_key_gets_the_same_bytes(client: httpx.Client, partner: Partner) -> None:
    first = push(client, partner, samples.contract(3), **{"Idempotency-Key": "retry-3"})
    again = push(client, partner, samples.contract(3), **{"Idempotency-Key": "retry-3"})
    assert again.content == first.content
    assert again.status_code == first.status_code == 201
    assert "idempotent-replayed" not in first.headers
    assert again.headers["idempotent-replayed"] == "true"


def test_other_content_under_a_used_idempotency_key_is_refused(client: httpx.Client, partner: Partner) -> None:
    push(client, partner, samples.contract(4), **{"Idempotency-Key": "retry-4"})
    other = push(client, partner, samples.contract(5), **{"Idempotency-Key": "retry-4"})
    assert other.status_code == 422
    assert other.json()["code"] == "INTAKE-004"


def test_the_same_file_without_a_key_is_recognised_by_its_content(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps([samples.contract(6), samples.contract(7)])
    first = push(client, partner, body)
    again = push(client, partner, body)
    assert again.content == first.content
    assert again.headers["idempotent-replayed"] == "true"


def test_known_content_in_another_request_returns_the_original_code_qr_and_receipt(
    client: httpx.Client, partner: Partner
) -> None:
    first = push(client, partner, samples.contract(8), **{"Idempotency-Key": "a"}).json()
    again = push(client, partner, samples.contract(8), **{"Idempotency-Key": "b"})
    assert again.status_code == 200
    record = again.json()["records"][0]
    assert record["status"] == "unchanged"
    assert record["code"] == first["records"][0]["code"]
    assert record["qr_text"] == first["records"][0]["qr_text"]
    assert record["original_submission_id"] == first["submission_id"]
    assert again.json()["original_receipt"] == first["receipt"]


def test_other_content_under_a_known_number_is_a_conflict_that_shows_what_differs(
    client: httpx.Client, partner: Partner
) -> None:
    push(client, partner, samples.contract(9))
    changed = samples.contract(9)
    changed["route_name"] = "改走海南"
    changed["travellers"][0]["name"] = "欧阳另一"
    answer = push(client, partner, changed)
    assert answer.status_code == 409
    assert answer.json()["code"] == "INTAKE-003"
    (record,) = answer.json()["records"]
    (kept,) = client.get(
        "/v1/contracts", params={"business_no": samples.contract(9)["business_no"]}, auth=partner.auth
    ).json()["records"]
    assert record["stored"] == {name: kept[name] for name in ("version", "state", "content_sha256", "code")}
    differences = {found["field"]: found for found in record["differences"]}
    assert differences["/route_name"]["sent"] == "改走海南"
    assert differences["/travellers/0/name"]["sent"] == "欧阳**"


def test_a_replay_is_the_answer_of_then_and_says_what_holds_today(client: httpx.Client, partner: Partner) -> None:
    first = push(client, partner, samples.contract(901))
    code = first.json()["records"][0]["code"]
    assert "yizhan-records-now" not in push(client, partner, samples.contract(901)).headers
    client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=partner.auth).raise_for_status()
    again = push(client, partner, samples.contract(901))
    assert (again.status_code, again.content) == (201, first.content)
    now = [{"key": samples.contract(901)["business_no"], "version": 1, "state": "void"}]
    assert orjson.loads(again.headers["yizhan-records-now"]) == now


def test_a_void_number_says_so_and_nobody_is_advised_to_amend_it(client: httpx.Client, partner: Partner) -> None:
    sent = ahead(samples.contract(902))
    code = push(client, partner, sent).json()["records"][0]["code"]
    client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=partner.auth).raise_for_status()
    refused = push(client, partner, sent | {"route_name": "改走海南"})
    (record,) = refused.json()["records"]
    assert (refused.status_code, record["stored"]["state"], record["stored"]["code"]) == (409, "void", code)
    (finding,) = record["findings"]
    assert (finding["code"], finding["reason"]["zh"]) == ("INTAKE-102", "该编号的记录已作废，不能再变更")
    assert "amend" not in finding["advice"]["en"]


def test_a_trip_long_past_is_taken_with_a_warning_wherever_it_is_asked_for(
    client: httpx.Client, partner: Partner
) -> None:
    (past,) = push(client, partner, samples.contract(906)).json()["records"]
    (to_come,) = push(client, partner, ahead(samples.contract(907))).json()["records"]
    assert (past["status"], to_come["status"], to_come["findings"]) == ("accepted", "accepted", [])
    (finding,) = past["findings"]
    assert (finding["code"], finding["severity"], finding["field"]) == ("TRIP-005", "warning", "/return_on")
    again = push(client, partner, samples.contract(906)).json()["records"][0]
    assert again["findings"] == past["findings"]


def test_what_was_refused_is_read_again_when_something_has_changed(client: httpx.Client, partner: Partner) -> None:
    printed = {"contract_no": "READ-AGAIN"}
    code = push(client, partner, samples.contract(903) | printed).json()["records"][0]["code"]
    second = samples.contract(904) | printed
    refused = push(client, partner, second)
    assert refused.status_code == 409
    client.post(f"/v1/contracts/{code}/state", json={"state": "void"}, auth=partner.auth).raise_for_status()
    taken = push(client, partner, second)
    assert taken.status_code == 201, taken.text
    again = push(client, partner, second)
    assert (again.content, again.headers["idempotent-replayed"]) == (taken.content, "true")


def test_what_is_as_wrong_as_before_gets_the_answer_of_before(client: httpx.Client, partner: Partner) -> None:
    wrong = samples.contract(905) | {"headcount": 1}
    assert push(client, partner, wrong).status_code == 422
    assert push(client, partner, wrong).headers["idempotent-replayed"] == "true"


def test_an_amendment_keeps_the_code_makes_a_new_qr_and_keeps_the_old_version(
    client: httpx.Client, partner: Partner
) -> None:
    first = push(client, partner, samples.contract(10)).json()["records"][0]
    changed = samples.contract(10)
    changed["route_name"] = "改走海南"
    answer = push(client, partner, changed, path="/v1/contracts?amend=true")
    assert answer.status_code == 200
    record = answer.json()["records"][0]
    assert (record["status"], record["version"], record["code"]) == ("amended", 2, first["code"])
    assert record["qr_text"] != first["qr_text"]
    shown = client.get(f"/v1/contracts/{record['code']}", auth=partner.auth).json()
    assert shown["body"]["route_name"] == "改走海南"
    assert [version["content_sha256"] for version in shown["earlier_versions"]] == [first["content_sha256"]]


def test_going_back_to_earlier_content_is_an_amendment_of_its_own(client: httpx.Client, partner: Partner) -> None:
    one, two = samples.contract(11), samples.contract(11)
    two["route_name"] = "另一条线路"
    push(client, partner, one)
    amend = "/v1/contracts?amend=true"
    versions = [push(client, partner, body, path=amend).json()["records"][0]["version"] for body in (two, one, two)]
    assert versions == [2, 3, 4]


def test_good_records_pass_beside_bad_ones_and_rows_add_up(client: httpx.Client, partner: Partner) -> None:
    bad = samples.contract(13)
    bad["travellers"][1]["document"]["number"] = "11010519491231002"
    lines = [orjson.dumps(samples.contract(12)), b"{broken", orjson.dumps(bad), orjson.dumps(samples.contract(14))]
    answer = push(client, partner, b"\n".join(lines), **{"Content-Type": "application/x-ndjson"})
    assert answer.status_code == 200
    document = answer.json()
    assert [record["status"] for record in document["records"]] == ["accepted", "rejected", "rejected", "accepted"]
    stored = client.get(f"/v1/submissions/{document['submission_id']}", auth=partner.auth).json()
    assert (stored["rows_in"], stored["accepted"], stored["rejected"]) == (4, 2, 2)


def test_atomic_stores_nothing_when_one_record_is_bad(client: httpx.Client, partner: Partner) -> None:
    body = [samples.contract(15), {"business_no": "only-this"}]
    answer = push(client, partner, body, path="/v1/contracts?atomic=true")
    assert answer.status_code == 422
    assert answer.json()["code"] == "INTAKE-005"
    assert [record["status"] for record in answer.json()["records"]] == ["withheld", "rejected"]
    number = samples.contract(15)["business_no"]
    found = client.get("/v1/contracts", params={"business_no": number}, auth=partner.auth).json()
    assert found["records"] == []


def test_atomic_stores_nothing_when_one_record_conflicts(client: httpx.Client, partner: Partner) -> None:
    push(client, partner, samples.contract(16))
    conflicting = samples.contract(16)
    conflicting["route_name"] = "冲突线路"
    answer = push(client, partner, [samples.contract(17), conflicting], path="/v1/contracts?atomic=true")
    assert answer.status_code == 422
    assert [record["status"] for record in answer.json()["records"]] == ["withheld", "conflict"]
    number = samples.contract(17)["business_no"]
    assert client.get("/v1/contracts", params={"business_no": number}, auth=partner.auth).json()["records"] == []


def test_atomic_stores_everything_when_all_is_good(client: httpx.Client, partner: Partner) -> None:
    body = [samples.contract(18), samples.contract(19)]
    answer = push(client, partner, body, path="/v1/contracts?atomic=true")
    assert answer.status_code == 200
    assert answer.json()["counts"]["accepted"] == 2


@pytest.mark.parametrize(
    ("body", "finding"),
    [
        (b"", "FORMAT-001"),
        (b'{"business_no": "a", "business_no": "b"}', None),
        (b'{"business_no": NaN}', None),
        (b'{"business_no": "\\u0000"}', None),
        (b'{"business_no": "\\ud800"}', None),
        (b'{"a":' * 100 + b"1" + b"}" * 100, "FORMAT-003"),
        (b'{"business_no": "\xff\xfe\x00"}', None),
        (b"PK\x03\x04" + b"\0" * 40, None),
    ],
)
def test_hostile_bytes_are_a_clear_refusal_and_are_kept(
    client: httpx.Client, partner: Partner, body: bytes, finding: str | None
) -> None:
    answer = push(client, partner, body)
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    codes = [found["code"] for found in document["records"][0]["findings"]]
    assert codes
    if finding is not None:
        assert codes == [finding]
    stored = client.get(f"/v1/submissions/{document['submission_id']}", auth=partner.auth).json()
    assert stored["rejected"] == 1


@pytest.mark.parametrize("headers", [{"Content-Encoding": "gzip"}, {"Content-Type": "multipart/form-data; boundary=x"}])
def test_forms_and_compressed_bodies_are_refused_with_what_to_do(
    client: httpx.Client, partner: Partner, headers: dict[str, str]
) -> None:
    answer = push(client, partner, b"--x--", **headers)
    assert (answer.status_code, answer.json()["code"]) == (415, "REQUEST-006")


def test_too_large_a_body_is_refused_before_it_is_read(client: httpx.Client, partner: Partner) -> None:
    answer = client.post("/v1/contracts", content=b" " * (10 * 1024 * 1024 + 1), headers=partner.bearer)
    assert answer.status_code == 413
    assert answer.json()["code"] == "REQUEST-002"


@pytest.mark.parametrize(
    ("connector", "name", "accepted", "rejected"),
    [
        ("lvy", "batch.json", 1, 2),
        ("shanhai", "form.xlsx", 1, 0),
        ("laoqiao", "export.csv", 2, 2),
        ("huaxia", "contracts.xml", 2, 2),
        ("haiyan", "clean.json", 2, 0),
        ("haiyan", "dirty.json", 0, 8),
    ],
)
def test_a_partners_own_file_is_read_by_its_connector(
    client: httpx.Client, partner: Partner, connector: str, name: str, accepted: int, rejected: int
) -> None:
    body = (MAPPINGS / connector / "examples" / name).read_bytes()
    answer = push(client, partner, body, path=f"/v1/submissions?connector={connector}")
    assert answer.status_code == 200
    counts = answer.json()["counts"]
    assert (counts["accepted"], counts["rejected"]) == (accepted, rejected)


def test_an_unknown_connector_is_named_in_the_refusal(client: httpx.Client, partner: Partner) -> None:
    answer = push(client, partner, b"{}", path="/v1/submissions?connector=nobody")
    assert answer.status_code == 400
    assert answer.json()["code"] == "INTAKE-006"
    assert "nobody" in answer.json()["detail"]


def test_dead_letters_tell_place_reason_and_what_was_sent(client: httpx.Client, partner: Partner) -> None:
    bad = samples.contract(20)
    bad["travellers"][1]["document"]["number"] = "110105194912310021"
    submission = push(client, partner, bad).json()["submission_id"]
    letters = client.get(f"/v1/submissions/{submission}/dead-letters", auth=partner.auth).json()["dead_letters"]
    (letter,) = letters
    assert letter["source"]["travellers"][1]["document"]["number"] == "110105194912310021"
    assert letter["findings"][0]["locator"] == "/travellers/1/document/number"
    assert letter["findings"][0]["value"] == "110***********0021"


def test_racing_equal_pushes_give_one_code(client: httpx.Client, partner: Partner) -> None:
    body = orjson.dumps(samples.contract(21))

    def one(index: int) -> dict[str, Any]:
        return client.post(
            "/v1/contracts", content=body, headers={**partner.bearer, "Idempotency-Key": f"race-{index}"}
        ).json()

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(one, range(64)))
    assert len({answer["records"][0]["code"] for answer in answers}) == 1
    assert sorted(answer["records"][0]["status"] for answer in answers).count("accepted") == 1


def test_one_submission_that_repeats_a_number_conflicts_with_itself(client: httpx.Client, partner: Partner) -> None:
    other = samples.contract(22)
    other["route_name"] = "同号不同内容"
    answer = push(client, partner, [samples.contract(22), samples.contract(22), other])
    assert [record["status"] for record in answer.json()["records"]] == ["accepted", "unchanged", "conflict"]


def test_rosters_are_versioned_and_an_audited_one_only_loses_people(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    official = new_partner("pudong", role=Role.OFFICIAL, division="310115")
    roster = samples.roster(1, travellers=5)
    group = roster["group_no"]
    assert push(client, partner, roster, path="/v1/rosters").status_code == 201
    moved = client.post(f"/v1/rosters/{group}/state", json={"state": "audited"}, auth=official.auth)
    assert moved.json()["state"] == "audited"

    fewer = deepcopy(roster)
    gone = fewer["travellers"].pop()
    fewer["total_count"] -= 1
    fewer["male_count" if gone["sex"] == "1" else "female_count"] -= 1
    more = deepcopy(roster)
    more["travellers"][0]["name"] = "换人了"
    refused = push(client, partner, more, path="/v1/rosters?amend=true")
    assert refused.status_code == 409
    assert refused.json()["records"][0]["findings"][-1]["code"] == "INTAKE-103"
    removed = push(client, partner, fewer, path="/v1/rosters?amend=true").json()["records"][0]
    assert (removed["status"], removed["version"], removed["state"]) == ("amended", 2, "audited")


def test_amendments_of_one_contract_in_one_batch_are_taken_in_order(client: httpx.Client, partner: Partner) -> None:
    one, two = samples.contract(30), samples.contract(30) | {"route_name": "第二版"}
    push(client, partner, one)
    answer = push(client, partner, [two, one, two, two], path="/v1/contracts?amend=true")
    fates = [(record["status"], record["version"]) for record in answer.json()["records"]]
    assert fates == [("amended", 2), ("amended", 3), ("amended", 4), ("unchanged", 4)]
    found = client.get("/v1/contracts", params={"business_no": one["business_no"]}, auth=partner.auth).json()
    assert found["records"][0]["body"]["route_name"] == "第二版"


def test_whole_numbers_written_as_floats_are_whole_numbers(client: httpx.Client, partner: Partner) -> None:
    contract = samples.contract(31)
    body = orjson.dumps(contract | {"headcount": 3.0, "adult_count": 3.0})
    record = push(client, partner, body).json()["records"][0]
    assert client.post("/v1/verify", json={"text": record["qr_text"]}).json()["verdict"] == "valid"
    again = push(client, partner, contract | {"headcount": 3, "adult_count": 3})
    assert again.json()["records"][0]["status"] == "unchanged"


def test_a_file_name_that_cannot_be_kept_is_refused(client: httpx.Client, partner: Partner) -> None:
    answer = push(client, partner, samples.contract(32), path="/v1/contracts?filename=%00")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "filename")


@pytest.mark.parametrize("role", [Role.OFFICIAL, Role.OPERATOR])
def test_only_partners_push(client: httpx.Client, new_partner: Callable[..., Partner], role: Role) -> None:
    answer = push(client, new_partner(f"bureau-{role}", role=role), samples.contract(33))
    assert (answer.status_code, answer.json()["code"]) == (403, "AUTH-005")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le"])
def test_one_rejected_object_is_a_refusal_in_any_encoding(
    client: httpx.Client, partner: Partner, encoding: str
) -> None:
    assert push(client, partner, '{"business_no": "x"}'.encode(encoding)).status_code == 422


def test_a_broken_first_line_does_not_spoil_the_others(client: httpx.Client, partner: Partner) -> None:
    lines = [b"{broken", orjson.dumps(samples.contract(34)), orjson.dumps(samples.contract(35))]
    answer = push(client, partner, b"\n".join(lines))
    assert [record["status"] for record in answer.json()["records"]] == ["rejected", "accepted", "accepted"]


def test_numbers_of_persons_are_masked_wherever_they_were_put(client: httpx.Client, partner: Partner) -> None:
    number, mobile = "310115195712031557", "13800138001"
    contract = samples.contract(36)
    contract["travellers"][0]["document"]["type"] = number
    contract["travellers"][0][mobile] = "x"
    contract["headcount"] = number
    answer = push(client, partner, contract)
    assert answer.status_code == 422
    findings = str([record["findings"] for record in answer.json()["records"]])
    assert number not in findings
    reasons = str([[f["reason"], f["value"]] for record in answer.json()["records"] for f in record["findings"]])
    assert mobile not in reasons


HEADINGS = "合同号,合同类型,旅行社,许可证号,线路,出发日期,返回日期,人数,总价,姓名,证件类型,证件号码\n"


@pytest.mark.parametrize(
    ("rows", "code", "status"),
    [
        ("", "INTAKE-114", 400),
        ("\n,,\n", "INTAKE-114", 400),
        ('Q-1,国内,"厦门示例\nQ-2,国内,示例\n', "FORMAT-035", 200),
        ("\0,,\n", "FORMAT-005", 200),
    ],
)
def test_no_row_vanishes_under_a_receipt_over_nothing(
    client: httpx.Client, partner: Partner, rows: str, code: str, status: int
) -> None:
    answer = push(client, partner, f"{HEADINGS}{rows}".encode(), path="/v1/contracts?connector=laoqiao")
    assert answer.status_code == status
    records = answer.json()["records"]
    assert [found["code"] for record in records for found in record["findings"]] == [code]


def test_what_was_not_read_is_said_in_answer_receipt_and_workbook(client: httpx.Client, partner: Partner) -> None:
    rows = "N-1,国内,示例,L-BJ-CJ00144,黄山,2026-12-01,2026-12-03,1,1980,张三,身份证,1\n注：内部资料\n合计,1\n"
    raw = f"{HEADINGS.strip()},房间\n{rows}".encode()
    answer = push(client, partner, raw, path="/v1/contracts?connector=laoqiao").json()
    assert [note["code"] for note in answer["notes"]] == ["FORMAT-051", "FORMAT-053", "FORMAT-053"]
    assert answer["notes"][0]["reason"]["zh"] == "以下列未读取：房间"
    _, claims, _ = answer["receipt"].split(".")
    told = orjson.loads(base64.urlsafe_b64decode(claims + "=="))["notes"]
    assert told[1] == {"code": "FORMAT-053", "locator": "line 3"}
    path = f"/v1/submissions/{answer['submission_id']}/dead-letters.xlsx"
    book = CalamineWorkbook.from_filelike(io.BytesIO(client.get(path, auth=partner.auth).content))
    assert book.sheet_names == ["未通过记录", "文件提示"]
    assert [row[0] for row in book.get_sheet_by_index(1).to_python()] == ["位置 Locator", "line 1", "line 3", "line 4"]


@pytest.mark.parametrize("raw", [b"[]", b" [ ] "])
def test_a_list_of_nothing_says_so(client: httpx.Client, partner: Partner, raw: bytes) -> None:
    answer = push(client, partner, raw)
    assert (answer.status_code, answer.json()["records"][0]["findings"][0]["code"]) == (400, "INTAKE-114")


def test_a_group_number_may_hold_a_slash_and_two_agencies_may_share_it(
    client: httpx.Client, partner: Partner, new_partner: Callable[..., Partner]
) -> None:
    other, official = new_partner("zweite"), new_partner("amt", role=Role.OFFICIAL, division="000000")
    rosters = [samples.roster(index, travellers=2) | {"group_no": "TG/2017/08-01"} for index in (40, 41)]
    for who, roster in zip((partner, other), rosters, strict=True):
        assert push(client, who, roster, path="/v1/rosters").status_code == 201
    path = "/v1/rosters/TG%2F2017%2F08-01"
    agencies = client.get(path, auth=official.auth).json()["agencies"]
    chosen = {"agency_uscc": agencies[0]["agency_uscc"]}
    moved = client.post(f"{path}/state", params=chosen, json={"state": "audited"}, auth=official.auth)
    assert moved.json()["state"] == "audited"


def test_a_retry_gets_its_answer_though_the_mapping_was_upgraded(
    settings: Settings, partner: Partner, client: httpx.Client, tmp_path: Path
) -> None:
    body = (MAPPINGS / "lvy" / "examples" / "clean.json").read_bytes()
    key = {"Idempotency-Key": "upgrade"}
    first = push(client, partner, body, path="/v1/contracts?connector=lvy", **key)
    shutil.copytree(MAPPINGS / "lvy", tmp_path / "lvy")
    mapping = tmp_path / "lvy" / "contract.yaml"
    mapping.write_text(mapping.read_text(encoding="utf-8").replace("lvy.contract@1", "lvy.contract@2"), "utf-8")
    with running(settings.model_copy(update={"mappings": tmp_path})) as upgraded:
        again = push(upgraded, partner, body, path="/v1/contracts?connector=lvy", **key)
    assert again.content == first.content


@pytest.mark.parametrize("number", ["A\u202eB", "A\u200bB", "A\u0001B", " A", "A "])
def test_a_business_number_that_looks_like_another_is_refused(
    client: httpx.Client, partner: Partner, number: str
) -> None:
    answer = push(client, partner, samples.contract(37) | {"business_no": number})
    assert answer.status_code == 422
    assert [found["field"] for found in answer.json()["records"][0]["findings"]] == ["/business_no"]
