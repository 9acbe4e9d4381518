"""Contracts that an agency makes here, through the API and the signer's pages: what may go wrong on the way."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import httpx
import psycopg
import pytest
from stdnum.cn.uscc import calc_check_digit

from gateway.access.accounts import Role
from gateway.base.clock import Clock
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner, until
from tests.processes import running_beside

pytestmark = pytest.mark.needs("libreoffice")
TEMPLATE = "GF-2014-2401"
SAME_SITE = {"sec-fetch-site": "same-origin"}
NO_SEAL = "91350200MA000000P" + calc_check_digit("91350200MA000000P")
LOCAL = "91350200MA000001P" + calc_check_digit("91350200MA000001P")
SIGNERS = [("张样本", "13900139000"), ("李样本", "13900139001")]


@pytest.fixture(scope="module")
def agency(settings: Settings) -> Partner:
    return issue_partner(settings, "小社", division="350203", uscc="91350100M000100Y43", speaks_for="")


@pytest.fixture(scope="module")
def other(settings: Settings) -> Partner:
    return issue_partner(settings, "别社", division="350203", uscc="91110105MA00ABCD4R", speaks_for="")


@pytest.fixture(scope="module")
def sealed(client: httpx.Client, settings: Settings, agency: Partner) -> Partner:
    """The agency with its seal."""
    bureau = issue_partner(settings, "厦门文旅局", Role.OFFICIAL, "350200", speaks_for="")
    seal = client.post("/v1/seals", json={}, auth=agency.auth).json()["seal_id"]
    ok(client.post(f"/v1/seals/{seal}/decision", json={"decision": "approve"}, auth=bureau.auth))
    return agency


@pytest.fixture
def phone(client: httpx.Client) -> Iterator[httpx.Client]:
    """A browser without a sign-in."""
    with browser(client) as opened:
        yield opened


def browser(client: httpx.Client) -> httpx.Client:
    """A window of its own, behind the same proxy."""
    headers = dict(client.headers) | SAME_SITE
    return httpx.Client(base_url=client.base_url, headers=headers, timeout=60, trust_env=False)


def ok(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code in (200, 201), answer.text
    return answer.json()


def begun(client: httpx.Client, who: Partner, **more: str) -> dict[str, Any]:
    return ok(client.post("/v1/online-contracts", json={"template": TEMPLATE} | more, auth=who.auth))


def filled(signers: int = 1) -> dict[str, Any]:
    """A contract that passes, with so many who sign."""
    leave = Clock.china_today() + timedelta(days=10)
    people = [
        {"name": name, "document": {"type": "resident_id", "number": samples.resident_id(at)}, "mobile": mobile}
        for at, (name, mobile) in enumerate(SIGNERS)
    ]
    return {
        "agency": {"name": "小社", "license_no": "L-FJ-00321", "uscc": "91350100M000100Y43"},
        "route_name": "鼓浪屿三日游",
        "depart_on": leave.isoformat(),
        "return_on": (leave + timedelta(days=2)).isoformat(),
        "total_price": "3960.00",
        "travellers": people,
        "signatories": people[:signers],
        "dispute": {"resolution": "litigation"},
    }


def saved(client: httpx.Client, who: Partner, contract: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    given = {"revision": contract["revision"], "body": body}
    return ok(client.put(f"/v1/online-contracts/{contract['id']}", json=given, auth=who.auth))


def decide(client: httpx.Client, who: Partner, contract: dict[str, Any], decision: str, **more: str) -> httpx.Response:
    given = {"decision": decision} | more
    return client.post(f"/v1/online-contracts/{contract['id']}/decision", json=given, auth=who.auth)


def concluded(client: httpx.Client, who: Partner, signers: int = 1) -> dict[str, Any]:
    contract = saved(client, who, begun(client, who), filled(signers))
    return ok(decide(client, who, contract, "conclude"))


def invited(client: httpx.Client, who: Partner, contract: dict[str, Any]) -> list[str]:
    """The paths of the links."""
    signing = ok(decide(client, who, contract, "invite"))["signing"]
    return [re.sub(r"^.*(?=/sign/)", "", each["link"]) for each in signing if "link" in each]


def code(settings: Settings) -> str:
    told = [json.loads(file.read_bytes())["text"] for file in sorted((settings.home / "short-messages").glob("*.json"))]
    return [match.group(1) for text in told if (match := re.search(r"验证码 (\d{6})", text))][-1]


def let_in(phone: httpx.Client, settings: Settings, link: str) -> None:
    assert phone.post(link, data={"do": "code"}).status_code == 200
    entered = phone.post(link, data={"do": "enter", "code": code(settings)})
    assert entered.status_code == 303
    phone.headers["Cookie"] = entered.headers["set-cookie"].partition(";")[0]  # it is for https, which ends at a proxy


def state_of(client: httpx.Client, who: Partner, contract: dict[str, Any]) -> str:
    return ok(client.get(f"/v1/online-contracts/{contract['id']}", auth=who.auth))["state"]


def test_a_contract_with_two_signers_is_signed_when_both_have(
    client: httpx.Client, settings: Settings, sealed: Partner
) -> None:
    contract = concluded(client, sealed, signers=2)
    links = invited(client, sealed, contract)
    for at, link in enumerate(links):
        with browser(client) as phone:
            let_in(phone, settings, link)
            typed = phone.post(link, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[at][0]})
            assert typed.status_code == 303, typed.text
        assert state_of(client, sealed, contract) == ("signed" if at else "concluded")
    record = ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))
    assert record["state"] == "signed"
    assert '"signed"' in client.get(f"/v1/verify/{contract['code']}").text
    pdf = client.get(f"/v1/online-contracts/{contract['id']}/contract.pdf", auth=sealed.auth).content
    verdict = ok(client.post("/v1/seals/verifications", content=pdf, auth=sealed.auth))
    assert verdict["verdict"] == "valid"


def test_what_does_not_pass_stays_a_draft_and_becomes_no_dead_letter(client: httpx.Client, agency: Partner) -> None:
    contract = saved(client, agency, begun(client, agency), filled() | {"total_price": "viel"})
    checked = ok(client.post(f"/v1/online-contracts/{contract['id']}/check", auth=agency.auth))
    assert not checked["passes"]
    refused = decide(client, agency, contract, "conclude")
    assert (refused.status_code, refused.json()["code"]) == (422, "ONLINE-002")
    assert "/total_price" in [each["field"] for each in refused.json()["findings"]]
    assert state_of(client, agency, contract) == "draft"
    letters = ok(client.get("/v1/dead-letters", auth=agency.auth))
    assert contract["business_no"] not in json.dumps(letters)


def test_a_draft_that_was_changed_elsewhere_is_not_written_over(client: httpx.Client, agency: Partner) -> None:
    contract = begun(client, agency)
    saved(client, agency, contract, filled())
    given = {"revision": contract["revision"], "body": {}}
    refused = client.put(f"/v1/online-contracts/{contract['id']}", json=given, auth=agency.auth)
    assert (refused.status_code, refused.json()["code"]) == (409, "ONLINE-003")


def test_a_new_one_takes_over_an_earlier_contract_or_a_roster(client: httpx.Client, agency: Partner) -> None:
    first = saved(client, agency, begun(client, agency), filled())
    ok(decide(client, agency, first, "conclude"))
    copied = begun(client, agency, earlier=first["business_no"])
    assert copied["business_no"] != first["business_no"]
    assert (copied["body"]["route_name"], copied["body"]["total_price"]) == ("鼓浪屿三日游", "3960.00")
    roster = samples.roster(3, travellers=2)
    roster["agency"] |= {"uscc": "91350100M000100Y43", "division": "350203"}
    ok(client.post("/v1/rosters", json=roster, auth=agency.auth))
    of_group = begun(client, agency, roster=roster["group_no"])
    assert of_group["body"]["group_no"] == roster["group_no"]
    assert len(of_group["body"]["travellers"]) == 2
    unknown = client.post("/v1/online-contracts", json={"template": TEMPLATE, "roster": "none"}, auth=agency.auth)
    assert unknown.status_code == 404


def test_nobody_else_sees_or_moves_it(client: httpx.Client, agency: Partner, other: Partner) -> None:
    contract = begun(client, agency)
    where = f"/v1/online-contracts/{contract['id']}"
    assert client.get(where, auth=other.auth).status_code == 404
    assert client.put(where, json={"revision": 1, "body": {}}, auth=other.auth).status_code == 404
    assert decide(client, other, contract, "discard").status_code == 404
    assert contract["id"] not in client.get("/v1/online-contracts", auth=other.auth).text


def test_without_a_seal_nobody_is_invited(client: httpx.Client, settings: Settings) -> None:
    bare = issue_partner(settings, "无章社", division="350203", uscc=NO_SEAL, speaks_for="")
    body = filled()
    body["agency"] |= {"uscc": NO_SEAL, "name": "无章社"}
    contract = saved(client, bare, begun(client, bare), body)
    ok(decide(client, bare, contract, "conclude"))
    refused = decide(client, bare, contract, "invite")
    assert (refused.status_code, refused.json()["code"]) == (409, "ONLINE-004")


def test_a_link_shows_nothing_before_the_code_and_codes_are_few(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    (link,) = invited(client, sealed, concluded(client, sealed))
    page = phone.get(link)
    assert "鼓浪屿" not in page.text
    assert SIGNERS[0][0] not in page.text
    assert phone.get(f"{link}/contract.pdf").status_code == 403
    assert phone.post(link, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 403
    assert phone.post(link, data={"do": "code"}).status_code == 200
    assert phone.post(link, data={"do": "code"}).status_code == 429
    right = code(settings)
    for _ in range(5):
        assert phone.post(link, data={"do": "enter", "code": f"{(int(right) + 1) % 10**6:06d}"}).status_code == 403
    assert phone.post(link, data={"do": "enter", "code": right}).status_code == 403


@pytest.mark.parametrize(
    "strokes",
    [
        pytest.param("", id="nothing"),
        pytest.param("[[[1,2]]]", id="a dot"),
        pytest.param("[[[1,2],[900,3]]]", id="outside"),
        pytest.param('[[["1",2],[3,4]]]', id="no numbers"),
        pytest.param("[" * 500, id="nested"),
        pytest.param(json.dumps([[[1, 1]] * 7000]), id="too many points"),
    ],
)
def test_what_is_no_signature_is_refused(
    client: httpx.Client, settings: Settings, open_phone: tuple[httpx.Client, str], strokes: str
) -> None:
    phone, link = open_phone
    refused = phone.post(link, data={"do": "sign", "agreed": "yes", "strokes": strokes, "typed": "别人"})
    assert refused.status_code == 400
    assert "手写签名" in refused.text


@pytest.fixture(scope="module")
def open_phone(client: httpx.Client, settings: Settings, sealed: Partner) -> Iterator[tuple[httpx.Client, str]]:
    """A browser that may read a contract which is not signed."""
    (link,) = invited(client, sealed, concluded(client, sealed))
    with browser(client) as phone:
        let_in(phone, settings, link)
        yield phone, link


def test_an_amended_contract_is_signed_anew_and_older_links_end(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    contract = concluded(client, sealed)
    (link,) = invited(client, sealed, contract)
    let_in(phone, settings, link)
    amended = ok(decide(client, sealed, contract, "amend"))
    assert phone.get(link).status_code == 410
    body = filled() | {"total_price": "4200.00"}
    contract = saved(client, sealed, amended, body)
    contract = ok(decide(client, sealed, contract, "conclude"))
    assert contract["state"] == "concluded"
    record = ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))
    assert (record["version"], record["code"]) == (2, amended["code"])
    (link,) = invited(client, sealed, contract)
    let_in(phone, settings, link)
    assert phone.post(link, data={"do": "sign", "agreed": "yes", "strokes": "[[[10,10],[90,80]]]"}).status_code == 303
    assert state_of(client, sealed, contract) == "signed"
    again = phone.post(link, data={"do": "sign", "agreed": "yes", "strokes": "[[[10,10],[90,80]]]"})
    assert again.status_code == 303, "a retry gets its first answer"


def test_who_declines_leaves_it_unsigned_and_the_agency_may_cancel(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    contract = concluded(client, sealed)
    (link,) = invited(client, sealed, contract)
    let_in(phone, settings, link)
    assert phone.post(link, data={"do": "decline"}).status_code == 303
    shown = ok(client.get(f"/v1/online-contracts/{contract['id']}", auth=sealed.auth))
    assert [each["state"] for each in shown["signing"]] == ["declined"]
    assert decide(client, sealed, contract, "cancel").status_code == 400
    ok(decide(client, sealed, contract, "cancel", reason="游客不同意"))
    record = ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))
    assert record["state"] == "void"


def test_what_was_amended_behind_the_signers_back_is_signed_by_nobody(
    client: httpx.Client, settings: Settings, sealed: Partner
) -> None:
    contract = concluded(client, sealed, signers=2)
    first, second = invited(client, sealed, contract)
    with browser(client) as phone:
        let_in(phone, settings, first)
        assert phone.post(first, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 303
    told = {
        "business_no": contract["business_no"],
        "contract_type": "domestic",
        "headcount": 2,
        "total_price": "9999.00",
    }
    changed = client.post("/v1/contracts", params={"amend": "true"}, json=filled(2) | told, auth=sealed.auth)
    assert changed.json()["records"][0]["status"] == "amended", changed.text
    with browser(client) as phone:
        let_in(phone, settings, second)
        refused = phone.post(second, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[1][0]})
        assert refused.status_code == 409, refused.text
        assert "已签的签名作废" in refused.text
    shown = ok(client.get(f"/v1/online-contracts/{contract['id']}", auth=sealed.auth))
    assert (shown["state"], shown["signing"]) == ("concluded", [])
    assert ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))["state"] == "generated"


def test_what_the_ledger_does_not_take_is_not_concluded(client: httpx.Client, agency: Partner) -> None:
    contract = concluded(client, agency)
    voided = client.post(f"/v1/contracts/{contract['code']}/state", json={"state": "void"}, auth=agency.auth)
    assert voided.status_code == 200, voided.text
    amended = ok(decide(client, agency, contract, "amend"))
    changed = saved(client, agency, amended, filled() | {"total_price": "4200.00"})
    refused = decide(client, agency, changed, "conclude")
    assert (refused.status_code, refused.json()["code"]) == (422, "ONLINE-002")
    assert refused.json()["findings"], "it says why"


def test_an_agency_does_not_cancel_what_somebody_has_signed(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    contract = concluded(client, sealed, signers=2)
    first, _ = invited(client, sealed, contract)
    let_in(phone, settings, first)
    assert phone.post(first, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 303
    refused = decide(client, sealed, contract, "cancel", reason="不成团")
    assert (refused.status_code, refused.json()["code"]) == (409, "ONLINE-001")


def test_a_retry_of_concluding_gets_the_answer_of_the_first_time(client: httpx.Client, agency: Partner) -> None:
    contract = saved(client, agency, begun(client, agency), filled())
    first = ok(decide(client, agency, contract, "conclude"))
    again = ok(decide(client, agency, contract, "conclude"))
    assert (again["code"], again["state"]) == (first["code"], "concluded")
    assert decide(client, agency, contract, "discard").status_code == 409


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"travellers": 5}, id="a number of a list"),
        pytest.param({"travellers": [1, {}]}, id="a mixed list"),
        pytest.param({"agency": []}, id="a list of an object"),
        pytest.param({"headcount": 10**30}, id="a number too large"),
        pytest.param({"route_name": {"a": 1}}, id="an object of a text"),
    ],
)
def test_what_has_not_the_shape_of_a_contract_is_not_kept(
    client: httpx.Client, agency: Partner, body: dict[str, Any]
) -> None:
    contract = begun(client, agency)
    given = {"revision": contract["revision"], "body": body}
    refused = client.put(f"/v1/online-contracts/{contract['id']}", json=given, auth=agency.auth)
    assert (refused.status_code, refused.json()["code"]) == (400, "REQUEST-001")
    assert client.get("/v1/online-contracts", auth=agency.auth).status_code == 200


def test_what_is_discarded_names_nobody_any_more(client: httpx.Client, agency: Partner) -> None:
    contract = saved(client, agency, begun(client, agency), filled())
    ok(decide(client, agency, contract, "discard"))
    shown = ok(client.get(f"/v1/online-contracts/{contract['id']}", auth=agency.auth))
    assert (shown["state"], shown["body"]) == ("discarded", {})


@pytest.mark.parametrize("path", ["/v1/templates/%00", "/v1/templates/a%00/files/document.docx"])
def test_odd_names_of_templates_are_not_found(client: httpx.Client, agency: Partner, path: str) -> None:
    assert client.get(path, auth=agency.auth).status_code == 404


def test_who_does_not_say_that_they_agree_has_not_signed(open_phone: tuple[httpx.Client, str]) -> None:
    phone, link = open_phone
    refused = phone.post(link, data={"do": "sign", "typed": SIGNERS[0][0]})
    assert refused.status_code == 400
    assert "勾选同意" in refused.text


def test_what_was_signed_once_is_not_ended_by_the_agency_alone(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    contract = concluded(client, sealed)
    (link,) = invited(client, sealed, contract)
    let_in(phone, settings, link)
    assert phone.post(link, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 303
    ok(decide(client, sealed, contract, "amend"))
    again = ok(decide(client, sealed, contract, "conclude"))
    assert again["state"] == "concluded"
    refused = decide(client, sealed, contract, "cancel", reason="不想做了")
    assert (refused.status_code, refused.json()["code"]) == (409, "ONLINE-001")
    assert ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))["state"] != "void"
    asked = ok(decide(client, sealed, contract, "end", reason="双方协商"))["signing"]
    link = re.sub(r"^.*(?=/sign/)", "", next(each["link"] for each in asked if "link" in each))
    with browser(client) as other_phone:
        let_in(other_phone, settings, link)
        assert other_phone.post(link, data={"do": "sign", "agreed": "yes"}).status_code == 303
    assert state_of(client, sealed, contract) == "cancelled"
    assert ok(client.get(f"/v1/contracts/{contract['code']}", auth=sealed.auth))["state"] == "void"


def test_who_has_signed_is_not_asked_again_when_links_are_sent_once_more(
    client: httpx.Client, settings: Settings, sealed: Partner
) -> None:
    contract = concluded(client, sealed, signers=2)
    first, lost = invited(client, sealed, contract)
    with browser(client) as phone:
        let_in(phone, settings, first)
        assert phone.post(first, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 303
    (second,) = invited(client, sealed, contract)
    with browser(client) as phone:
        assert phone.get(lost).status_code == 410
        let_in(phone, settings, second)
        assert phone.post(second, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[1][0]}).status_code == 303
    assert state_of(client, sealed, contract) == "signed"


def test_two_clicks_that_send_the_links_leave_one_link_a_signer(
    client: httpx.Client, settings: Settings, sealed: Partner
) -> None:
    contract = concluded(client, sealed)
    with ThreadPoolExecutor(4) as several:
        answers = list(several.map(lambda _: decide(client, sealed, contract, "invite"), range(4)))
    assert {answer.status_code for answer in answers} <= {200, 429, 503}, [answer.text for answer in answers]
    links = [each["link"] for answer in answers for each in answer.json().get("signing", ()) if "link" in each]
    with browser(client) as phone:
        assert sum(phone.get(re.sub(r"^.*(?=/sign/)", "", link)).status_code == 200 for link in links) == 1


def test_a_contract_whose_finisher_died_is_finished_by_somebody_else(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    contract = concluded(client, sealed)
    (link,) = invited(client, sealed, contract)
    let_in(phone, settings, link)
    with psycopg.connect(str(settings.database.url), autocommit=True) as database:
        held = "UPDATE online_contract SET finishing_until = now() + interval '1 hour' WHERE key = %s"
        database.execute(held, [contract["business_no"]])  # somebody is at it, who never comes back
        assert phone.post(link, data={"do": "sign", "agreed": "yes", "typed": SIGNERS[0][0]}).status_code == 303
        assert state_of(client, sealed, contract) == "concluded"
        died = "UPDATE online_contract SET finishing_until = now() - interval '1 second' WHERE key = %s"
        database.execute(died, [contract["business_no"]])
        database.execute("UPDATE signing SET done_at = now() - interval '1 hour' WHERE state = 'done'")
    with running_beside(settings, "work"):
        until(lambda: state_of(client, sealed, contract) == "signed", "somebody finishes it")


def test_a_retry_after_a_crash_between_ledger_and_contract_gets_the_first_answer(
    client: httpx.Client, settings: Settings, agency: Partner
) -> None:
    contract = saved(client, agency, begun(client, agency), filled())
    first = ok(decide(client, agency, contract, "conclude"))
    with psycopg.connect(str(settings.database.url), autocommit=True) as database:
        crashed = """
            UPDATE online_contract SET state = 'draft', code = NULL, revision = handed_in WHERE key = %s
        """
        database.execute(crashed, [contract["business_no"]])  # as if the process had died before it was moved
    again = ok(decide(client, agency, contract, "conclude"))
    assert (again["code"], again["state"]) == (first["code"], "concluded")
    assert ok(client.get(f"/v1/contracts/{first['code']}", auth=agency.auth))["version"] == 1


def test_a_contract_that_was_discarded_takes_nothing_any_more(client: httpx.Client, agency: Partner) -> None:
    contract = begun(client, agency)
    ok(decide(client, agency, contract, "discard"))
    given = {"revision": contract["revision"], "body": filled()}
    refused = client.put(f"/v1/online-contracts/{contract['id']}", json=given, auth=agency.auth)
    assert (refused.status_code, refused.json()["code"]) == (409, "ONLINE-001")


def test_a_code_that_could_not_be_sent_does_not_count(
    client: httpx.Client, settings: Settings, sealed: Partner, phone: httpx.Client
) -> None:
    (link,) = invited(client, sealed, concluded(client, sealed))
    folder = settings.home / "short-messages"
    kept = folder.rename(folder.with_name("kept"))
    folder.touch()  # no folder: nothing can be written there
    try:
        refused = phone.post(link, data={"do": "code"})
        assert refused.status_code == 503
        assert "短信暂时无法发送" in refused.text
        unsent = ok(decide(client, sealed, concluded(client, sealed), "invite"))["signing"]
        assert [each["is_sent"] for each in unsent] == [False]
    finally:
        folder.unlink()
        kept.rename(folder)
    assert phone.post(link, data={"do": "code"}).status_code == 200, "it may be asked for at once"


def test_a_template_of_another_province_is_not_begun_from(client: httpx.Client, settings: Settings) -> None:
    with psycopg.connect(str(settings.database.url), autocommit=True) as database:
        elsewhere = """
            INSERT INTO template (id, code, version, tenant_id, division, contract_type, title, state, reading,
                                  meanings, fields, places, uploaded_by, uploaded_at, valid_from)
            SELECT gen_random_uuid(), '510000-001', 1, tenant_id, '510000', contract_type, title, state, reading,
                   meanings, fields, places, uploaded_by, uploaded_at, valid_from
            FROM template WHERE code = %s AND state = 'published'
        """
        database.execute(elsewhere, [TEMPLATE])
    local = issue_partner(settings, "本地社", division="350203", uscc=LOCAL, speaks_for="")
    refused = client.post("/v1/online-contracts", json={"template": "510000-001"}, auth=local.auth)
    assert (refused.status_code, refused.json()["code"]) == (404, "REQUEST-003")
