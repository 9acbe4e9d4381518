"""From the form about a system to its sandbox, step by step, with a reason at each."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest
from psycopg import sql

from gateway.access.accounts import Accounts, Role
from gateway.base.settings import Settings
from schemas import samples
from tests.conftest import Partner, issue_partner, running, until

FORM: dict[str, Any] = {
    "system": {
        "organisation": "示例软件有限公司",
        "applicant": "vendor",
        "name": "示例旅行社 ERP",
        "version": "8.1",
        "channel": "rest",
        "kinds": ["contract", "roster"],
        "agencies": 120,
        "daily": 3000,
    },
    "contact": {"name": "赵示例", "phone": "13900139077", "email": "zhao@example.test"},
}


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    changed = settings.model_copy(deep=True)
    changed.onboarding.tidy_seconds = 0.1
    return changed


@pytest.fixture(scope="module")
def client(settings: Settings) -> Iterator[httpx.Client]:
    with running(settings) as opened:
        yield opened


@pytest.fixture(scope="module")
def operator(settings: Settings) -> Partner:
    return issue_partner(settings, "hub", Role.OPERATOR, "000000")


def applied(client: httpx.Client, form: dict[str, Any] | None = None) -> tuple[str, dict[str, str]]:
    """The address of a new registration, and the header of whoever filled it in."""
    answer = client.post("/v1/registrations", json=form or FORM)
    assert (answer.status_code, answer.json()["state"]) == (201, "applied"), answer.text
    return f"/v1/registrations/{answer.json()['registration_id']}", {"Registration-Token": answer.json()["token"]}


def decide(client: httpx.Client, who: Partner, where: str, state: str, **more: str) -> httpx.Response:
    return client.post(f"{where}/state", json={"state": state, "reason": "已核", **more}, headers=who.bearer)


def test_a_system_is_registered_accepted_tried_and_connected(client: httpx.Client, operator: Partner) -> None:
    where, own = applied(client)
    early = client.post(f"{where}/credentials", headers=own)
    assert (early.status_code, early.json()["code"]) == (409, "REGISTRATION-001")
    shown = client.get(where, headers=operator.bearer).json()
    assert (shown["system"], shown["contact"]) == (FORM["system"], FORM["contact"])
    assert decide(client, operator, where, "sandbox", partner="shili-erp").json()["partner"] == "shili-erp"
    given = client.post(f"{where}/credentials", headers=own).json()
    bearer = {"Authorization": f"Bearer {given['id']}.{given['secret']}"}
    pushed = client.post("/v1/contracts", json=samples.contract(1), headers=bearer)
    assert pushed.json()["records"][0]["code"].startswith("TS")
    for state in ("conformance", "sandbox", "conformance"):
        assert decide(client, operator, where, state).status_code == 200
    early = decide(client, operator, where, "live")
    assert (early.status_code, "contract/retry" in early.json()["missing"]) == (409, True)
    assert "contract/ordinary" not in early.json()["missing"]
    progress = client.get(f"{where}/progress", headers=own).json()
    assert [step["state"] for step in progress["steps"]] == [
        "applied", "sandbox", "conformance", "sandbox", "conformance",
    ]  # fmt: skip
    assert all(step["reason"] for step in progress["steps"][1:])
    assert not any("by" in step for step in progress["steps"]), "who decides is not the applicant's to know"
    acts = client.get("/v1/audit", params={"object": where.rpartition("/")[2]}, headers=operator.bearer).json()
    assert len(acts["entries"]) == 4


def test_what_is_not_tried_in_the_sandbox_is_connected_by_word(client: httpx.Client, operator: Partner) -> None:
    """No scenarios are asked of who uploads sheets; the credential is a real one then."""
    where, own = applied(client, spoilt("system", "channel", value="upload") | {})
    for state in ("sandbox", "conformance"):
        decide(client, operator, where, state, partner="by-sheet")
    client.post(f"{where}/credentials", headers=own).raise_for_status()
    assert decide(client, operator, where, "live").status_code == 200
    given = client.post(f"{where}/credentials", headers=own).json()
    bearer = {"Authorization": f"Bearer {given['id']}.{given['secret']}"}
    assert given["partner"] == "by-sheet"
    refused = client.post("/v1/contracts", json=samples.contract(2), headers=bearer).json()
    assert "INTAKE-112" in str(refused), "for whom it may speak is entered at the installation"


@pytest.mark.parametrize(("path", "end"), [((), "live"), ((), "conformance"), (("rejected",), "sandbox")])
def test_no_step_is_left_out(client: httpx.Client, operator: Partner, path: tuple[str, ...], end: str) -> None:
    where, _ = applied(client)
    for state in path:
        assert decide(client, operator, where, state).status_code == 200
    refused = decide(client, operator, where, end)
    assert (refused.status_code, refused.json()["code"]) == (409, "REGISTRATION-001")


def test_only_the_applicant_and_the_technical_team_see_it(
    client: httpx.Client, settings: Settings, operator: Partner, partner: Partner
) -> None:
    where, _ = applied(client)
    other, theirs = applied(client)
    assert other != where
    for headers in ({}, theirs, {"Registration-Token": "x"}):
        for answer in (
            client.get(f"{where}/progress", headers=headers), client.post(f"{where}/credentials", headers=headers)
        ):  # fmt: skip
            assert answer.status_code == 404
    assert client.get(f"/v1/registrations/{uuid4()}/progress", headers=theirs).status_code == 404
    official = issue_partner(settings, "official", Role.OFFICIAL, "000000")
    for who in (partner, official):
        assert client.get("/v1/registrations", headers=who.bearer).status_code == 403
        assert client.get(where, headers=who.bearer).status_code == 403
        assert decide(client, who, where, "sandbox").status_code == 403


def test_the_queue_is_listed_by_state_and_page(client: httpx.Client, operator: Partner) -> None:
    mine = [applied(client)[0].rpartition("/")[2] for _ in range(3)]
    listed: list[str] = []
    after: str | None = None
    while True:
        asked = {"state": "applied", "limit": "2", **({"after": after} if after else {})}
        page = client.get("/v1/registrations", params=asked, headers=operator.bearer).json()
        listed += [each["registration_id"] for each in page["registrations"]]
        if (after := page["next"]) is None:
            break
    assert [each for each in listed if each in mine] == mine
    assert client.get("/v1/registrations?state=lost", headers=operator.bearer).status_code == 400


def spoilt(*path: str, value: Any) -> dict[str, Any]:
    form = {name: dict(part) for name, part in FORM.items()}
    form[path[0]][path[1]] = value
    return form


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({}, "system"),
        ({"system": FORM["system"]}, "contact"),
        (spoilt("system", "channel", value="fax"), "system/channel"),
        (spoilt("system", "kinds", value=[]), "system/kinds"),
        (spoilt("system", "kinds", value=["poem"]), "system/kinds/0"),
        (spoilt("system", "uscc", value="1"), "system/uscc"),
        (spoilt("system", "daily", value="many"), "system/daily"),
        (spoilt("system", "name", value="x" * 201), "system/name"),
        (spoilt("system", "unheard_of", value=1), "system"),
        (spoilt("contact", "phone", value="none"), "contact/phone"),
        (spoilt("contact", "email", value="none"), "contact/email"),
    ],
)
def test_what_is_not_filled_in_rightly_is_named(client: httpx.Client, form: dict[str, Any], place: str) -> None:
    answer = client.post("/v1/registrations", json=form)
    assert (answer.status_code, answer.json()["code"], answer.json()["parameter"]) == (400, "REQUEST-001", place)


@pytest.mark.parametrize("raw", [b"", b"[]", b"{", b'{"system": "\\u0000"}', b"{}" * 20_000])
def test_what_is_no_form_is_refused(client: httpx.Client, raw: bytes) -> None:
    assert client.post("/v1/registrations", content=raw).status_code in (400, 413)


def test_a_null_character_is_refused(client: httpx.Client) -> None:
    answer = client.post("/v1/registrations", json=spoilt("system", "remarks", value="a\0b"))
    assert (answer.status_code, answer.json()["code"]) == (400, "REQUEST-001")


def test_whom_to_call_does_not_lie_open(client: httpx.Client, settings: Settings) -> None:
    applied(client)
    with psycopg.connect(settings.database.url or "") as database:
        rows = database.execute("SELECT r::text FROM registration r").fetchall()
    assert rows
    assert not any("13900139077" in row[0] or "zhao@" in row[0] or "赵示例" in row[0] for row in rows)


def test_credentials_are_given_a_few_times(client: httpx.Client, operator: Partner) -> None:
    where, own = applied(client)
    decide(client, operator, where, "sandbox")
    answers = [client.post(f"{where}/credentials", headers=own).status_code for _ in range(6)]
    assert answers == [201] * 5 + [409]


@pytest.mark.parametrize(
    "body",
    [{"state": "applied", "reason": "x"}, {"state": "sandbox"}, {"state": "sandbox", "reason": " "},
     {"state": "sandbox", "reason": "x", "partner": "A B"}, {"state": ["live"], "reason": "x"}],
)  # fmt: skip
def test_a_decision_that_there_is_not_is_refused(client: httpx.Client, operator: Partner, body: dict[str, Any]) -> None:
    where, _ = applied(client)
    assert client.post(f"{where}/state", json=body, headers=operator.bearer).status_code == 400


def connected(client: httpx.Client, operator: Partner, form: dict[str, Any], name: str) -> tuple[str, dict[str, str]]:
    """A system of a channel that has nothing to show, up to the last step before it is connected."""
    where, own = applied(client, form)
    for state, more in (("sandbox", {"partner": name}), ("conformance", {})):
        assert decide(client, operator, where, state, **more).status_code == 200
    return where, own


BY_FILE = {**FORM, "system": {**FORM["system"], "channel": "upload"}}


@pytest.mark.parametrize("name", ["shili-bigerp", "shili-odd", "shili-odd.test"])
def test_a_registration_gets_no_name_that_is_taken(
    settings: Settings, client: httpx.Client, operator: Partner, name: str
) -> None:
    issue_partner(settings, "shili-bigerp")
    issue_partner(settings, "shili-odd.test")
    where, _own = applied(client)
    refused = decide(client, operator, where, "sandbox", partner=name)
    assert (refused.status_code, refused.json()["code"]) == (409, "REGISTRATION-001")
    assert client.get(where, headers=operator.bearer).json()["state"] == "applied"


def test_two_registrations_are_not_called_the_same(client: httpx.Client, operator: Partner) -> None:
    connected(client, operator, BY_FILE, "shili-twin")
    where, _ = applied(client)
    assert decide(client, operator, where, "sandbox", partner="shili-twin").json()["code"] == "REGISTRATION-001"
    assert decide(client, operator, where, "sandbox", partner="shili-other").status_code == 200
    assert decide(client, operator, where, "conformance", partner="shili-third").json()["code"] == "REGISTRATION-001"


def test_a_name_or_credit_code_that_was_taken_meanwhile_is_nobody_elses(
    settings: Settings, client: httpx.Client, operator: Partner
) -> None:
    where, own = connected(client, operator, BY_FILE, "shili-late")
    issue_partner(settings, "shili-late")
    assert decide(client, operator, where, "live").json()["code"] == "REGISTRATION-001"
    given = client.post(f"{where}/credentials", headers=own).json()
    assert given["partner"] == "shili-late.test"
    agency = {**BY_FILE["system"], "applicant": "agency", "uscc": samples.agency(61)["uscc"]}
    where, own = connected(client, operator, {**BY_FILE, "system": agency}, "shili-claimer")
    client.post(f"{where}/credentials", headers=own).raise_for_status()
    issue_partner(settings, "shili-rightful", uscc=agency["uscc"], speaks_for="")
    assert "credit code is taken" in decide(client, operator, where, "live").json()["detail_en"]


def test_who_goes_live_has_shown_it_whatever_happens_at_the_same_time(client: httpx.Client, operator: Partner) -> None:
    for number in range(6):
        where, _own = applied(client)
        decide(client, operator, where, "sandbox", partner=f"shili-race-{number}")
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(partial(decide, client, operator, where), ["conformance", *["live"] * 3]))
        assert client.get(where, headers=operator.bearer).json()["state"] != "live"


def test_who_is_not_accepted_has_no_credential_any_more(client: httpx.Client, operator: Partner) -> None:
    where, own = connected(client, operator, BY_FILE, "shili-ended")
    given = client.post(f"{where}/credentials", headers=own).json()
    bearer = {"Authorization": f"Bearer {given['id']}.{given['secret']}"}
    assert client.get("/v1/changes", headers=bearer).status_code == 200
    decide(client, operator, where, "rejected")
    assert client.get("/v1/changes", headers=bearer).status_code == 401


def test_credentials_are_of_the_present_sandbox_and_counted_by_themselves(
    client: httpx.Client, operator: Partner
) -> None:
    where, own = connected(client, operator, BY_FILE, "shili-anew")
    first = client.post(f"{where}/credentials", headers=own).json()
    bearer = {"Authorization": f"Bearer {first['id']}.{first['secret']}"}
    assert client.post("/v1/sandbox/reset", headers=bearer).status_code == 200
    number = client.post("/v1/contracts", json=samples.contract(71), headers=bearer).json()["records"][0]["code"]
    for _ in range(4):
        other = client.post(f"{where}/credentials", headers=own).json()
        beside = {"Authorization": f"Bearer {other['id']}.{other['secret']}"}
        assert client.get(f"/v1/contracts/{number}", headers=beside).status_code == 200
    assert client.post(f"{where}/credentials", headers=own).status_code == 409
    empty = client.post("/v1/sandbox/reset", headers=beside)
    assert empty.status_code == 200
    assert client.get(f"/v1/contracts/{number}", headers=bearer).status_code == 404, "both went on to the new one"
    assert decide(client, operator, where, "live").status_code == 200
    assert client.post(f"{where}/credentials", headers=own).json()["partner"] == "shili-anew"


def aged(settings: Settings, where: str, days: int) -> None:
    """As if a registration and its steps were so many days older."""
    number = where.rpartition("/")[2]
    with psycopg.connect(settings.database.url or "") as database:
        for table, column, key in (
            ("registration", "created_at", "id"),
            ("registration_step", "at", "registration_id"),
        ):
            database.execute(
                sql.SQL("UPDATE {} SET {} = {} - make_interval(days => %s) WHERE {} = %s").format(
                    *map(sql.Identifier, (table, column, column, key))
                ),
                [days, number],
            )


def test_whom_to_call_is_forgotten_a_month_after_a_rejection(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    (kept, _), (gone, own) = applied(client), applied(client)
    for where in (kept, gone):
        assert decide(client, operator, where, "rejected").json()["contact"] == FORM["contact"]
    aged(settings, gone, 31)
    until(lambda: client.get(gone, headers=operator.bearer).json()["contact"] is None, "it is forgotten")
    assert client.get(kept, headers=operator.bearer).json()["contact"] == FORM["contact"]
    assert client.get(f"{gone}/progress", headers=own).json()["state"] == "rejected"


def test_what_nobody_takes_up_is_closed_with_its_reason(
    client: httpx.Client, settings: Settings, operator: Partner
) -> None:
    (left, own), (taken, _) = applied(client), applied(client)
    decide(client, operator, taken, "sandbox", partner="shili-taken-up")
    for where in (left, taken):
        aged(settings, where, 91)
    until(lambda: client.get(f"{left}/progress", headers=own).json()["state"] == "rejected", "it is closed")
    told = client.get(f"{left}/progress", headers=own).json()["steps"][-1]["reason"]
    assert ("90 天内未受理" in told, "within 90 days" in told) == (True, True)
    assert client.get(taken, headers=operator.bearer).json()["state"] == "sandbox"


def test_many_forms_from_one_address_shut_out_nobody_else(client: httpx.Client, settings: Settings) -> None:
    applied(client)
    with psycopg.connect(settings.database.url or "", autocommit=True) as database:
        database.execute("UPDATE registration_origin SET forms = 50")
        refused = client.post("/v1/registrations", json=FORM)
        assert (refused.status_code, refused.json()["code"]) == (429, "LIMIT-001")
        assert int(refused.headers["retry-after"]) > 0
        elsewhere = client.post("/v1/registrations", json=FORM, headers={"X-Forwarded-For": "203.0.113.9"})
        assert elsewhere.status_code == 201
        database.execute("DELETE FROM registration_origin")
    assert client.post("/v1/registrations", json=FORM).status_code == 201


def test_a_credit_code_that_is_taken_between_check_and_account_is_a_conflict(
    client: httpx.Client, settings: Settings, operator: Partner, monkeypatch: pytest.MonkeyPatch
) -> None:
    agency = {**BY_FILE["system"], "applicant": "agency", "uscc": samples.agency(62)["uscc"]}
    where, own = connected(client, operator, {**BY_FILE, "system": agency}, "shili-too-late")
    client.post(f"{where}/credentials", headers=own).raise_for_status()
    free = Accounts.is_free

    async def is_free(accounts: Accounts, name: str, uscc: str = "") -> bool:
        found = await free(accounts, name, uscc)
        await accounts.ensure_tenant("shili-quicker", "示例旅行社", "350203", agency["uscc"])
        return found

    monkeypatch.setattr(Accounts, "is_free", is_free)
    refused = decide(client, operator, where, "live")
    assert (refused.status_code, refused.json()["code"]) == (409, "REGISTRATION-001")
    assert "credit code is taken" in refused.json()["detail_en"]
    assert client.get(where, headers=operator.bearer).json()["state"] == "conformance"
