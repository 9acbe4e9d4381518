"""Every address that names an object, asked by everybody of another province or agency: nothing is there for them."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from starlette.routing import Route

from gateway.access.accounts import Role
from gateway.base.settings import HttpSettings, Settings
from gateway.persons.duties import DUTIES, Duty, OfficeKind
from gateway.serving.app import routers
from schemas import filed_samples, samples
from tests.conftest import Partner, issue_partner
from tests.integration.test_field_checks import check
from tests.integration.test_role_walk import OWN
from tests.people import SomebodySignedIn, add_person
from tests.word import making

DIVISION, HOME, AWAY = "310115", "310000", "330000"
OF_HERE = filed_samples.agency(1)["name"]
PDF = b"""%PDF-1.4
1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj
2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj
3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]>>endobj
trailer<</Root 1 0 R>>
"""
ALONE = (Duty.SYSTEM_ADMINISTRATOR, Duty.AUDITOR, Duty.SECURITY_OFFICER)
"""Duties that are never held beside one another."""
OPEN_TO_ALL = (
    "verify", ".well-known", "guide", "soap", "problems", "static", "V", "v", "TEST", "test", "R", "r", "activate",
    "sign",
)  # fmt: skip
"""First parts of addresses under which everybody sees the same, or which are a secret themselves."""
OF_THE_INSTALLATION = ("connectors", "registrations")
"""They belong to nobody: the technical team of every division works on all of them."""
NOT_MADE = ("passkey", "sessions", "apply", "team", "records", "reports")
"""What there is none of here. A person's own sessions and keys are found by who is signed in; `records` names a kind,
`apply` and `team` what somebody else is about to send, `reports` a year, of the agency that asks.
"""
SHOWN_TO_NOBODY = {
    "GET /v1/agencies/{key}/self-report",  # the agency has reported nothing of itself
    "GET /v1/contracts/{code}/document",
    "GET /v1/retention/runs/{run_id:uuid}",  # of the operator alone; the pages of retention are walked
    "GET /v1/persons/{login}",  # of the operator alone; the pages of accounts are walked
    "GET /v1/persons/{login}/sessions",
    "GET /v1/seals/{seal_id:uuid}/picture.svg",  # of a seal that was applied for there is none yet
    "GET /seals/{seal_id:uuid}/picture.svg",
    "GET /v1/seals/{seal_id:uuid}/certificate.pem",
    "GET /v1/templates/{code}",  # of one that is not published yet there is only what has a version
    "GET /v1/templates/{code}/files/{name}",
    "GET /templates/{code}/{version:whole}/sample/{number:whole}.jpg",
    "GET /template-bench/{code}/{version:whole}/sample.pdf",
    "GET /v1/online-contracts/{contract_id:uuid}/contract.pdf",  # of a draft
    "GET /online-contracts/{contract_id:uuid}/contract.pdf",
}
"""What is not there for anybody here. One that is seen by somebody fails."""
BY_CREDIT_CODE = ("GET /v1/agencies/{key}/dossier", "GET /v1/agencies/{key}/penalties")
"""They tell what is in sight of an agency, which may be nothing."""

CONFLICT = """
    INSERT INTO conflict (id, tenant_id, division, connector, kind, key, our_version, their_revision, reason)
    SELECT gen_random_uuid(), tenant_id, division, 'minjiang', kind, key, version, 9, 'INTAKE-107'
    FROM record WHERE kind = 'agency' AND key = %s RETURNING id
"""
ALERT = """
    INSERT INTO alert (id, tenant_id, division, connector, code, subject, detail)
    SELECT gen_random_uuid(), tenant_id, division, 'minjiang', 'ALERT-003', 'pull', '{}'
    FROM record WHERE kind = 'agency' AND key = %s RETURNING id
"""
"""As a pull and a schedule would leave them."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A route with an object's name in its address: `name` is the part of the address before it."""

    method: str
    path: str
    name: str

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


def asked() -> Iterator[Asked]:
    for router in routers():
        for route in router.routes:
            if isinstance(route, Route) and (found := re.search(r"([\w.-]+)/\{", route.path)):
                first = route.path.removeprefix("/v1").lstrip("/").partition("/")[0]
                if first not in (*OPEN_TO_ALL, *OF_THE_INSTALLATION) and found[1] not in NOT_MADE:
                    for method in (route.methods or set()) - {"HEAD"}:
                        yield Asked(method=method, path=route.path, name=found[1])


def named(one: Asked, names: Mapping[str, str]) -> str:
    """The address, with the object in its place and behind it what there is most often."""
    rest = iter(("1", "1"))
    kind = "contract" if one.name == "reconciliations" else "branch"
    after = {"sha256": sha256(PDF).hexdigest(), "kind": kind}
    if one.name == "templates":
        after["name"] = "document.docx"

    def fill(found: re.Match[str]) -> str:
        if found.start() == one.path.index("{", one.path.index(f"{one.name}/")):
            return after.get(found[1]) or names[one.name]
        return after.get(found[1]) or (names[f"behind {one.name}"] if found[1] == "key" else next(rest))

    return re.sub(r"\{(\w+)(?::\w+)?\}", fill, one.path)


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Of a service without TLS, whose cookie has no prefix."""
    return settings.model_copy(update={"http": HttpSettings(public_url="http://hub.example.test")})


@pytest.fixture(scope="module")
def sender(settings: Settings) -> Partner:
    uscc = filed_samples.agency(1)["uscc"]
    return issue_partner(settings, "here", Role.PARTNER, DIVISION, uscc=uscc, speaks_for="")


@pytest.fixture(scope="module")
def at_home(settings: Settings, sender: Partner) -> Sequence[SomebodySignedIn | Partner]:
    return [
        *everybody(settings, sender, "here", HOME),
        issue_partner(settings, "portal", Role.PARTNER, HOME, "minjiang"),
    ]


@pytest.fixture(scope="module")
def elsewhere(settings: Settings) -> Sequence[SomebodySignedIn | Partner]:
    other = issue_partner(settings, "other", Role.PARTNER, "330106", uscc="91350100M000100Y43", speaks_for="")
    return everybody(settings, other, "other", AWAY)


def everybody(settings: Settings, agency: Partner, name: str, division: str) -> list[SomebodySignedIn | Partner]:
    """Whoever there is of a province: every duty of its authority and of an agency, and the keys of machines."""
    bureau = {duty for duty, facts in DUTIES.items() if facts.office is OfficeKind.BUREAU}
    return [
        add_person(settings, f"{name}.officer", bureau - {*ALONE}, division),
        *(add_person(settings, f"{name}.{duty.value[:12]}", {duty}, division) for duty in ALONE),
        add_person(settings, f"{name}.keeper", {Duty.AGENCY_ADMINISTRATOR, Duty.AGENCY_CLERK}, agency=name),
        issue_partner(settings, f"{name}-bureau", Role.OFFICIAL, division),
        agency,
    ]


@pytest.fixture(scope="module")
def names(client: httpx.Client, settings: Settings, sender: Partner, at_home: Sequence[Any]) -> dict[str, str]:
    """An object of every kind that there is, by the part of the address before its name."""
    bureau, _, portal = at_home[-3:]

    def post(path: str, body: Any, who: Partner | SomebodySignedIn = sender, **query: str) -> Any:
        answer = client.post(path, json=body, auth=who.auth, params=query)
        assert answer.is_success, answer.text
        return answer.json()

    agency = filed_samples.agency(1) | {"division": DIVISION}
    filing = filed_samples.filing(1) | {"division": DIVISION, "agency_uscc": agency["uscc"]}
    bodies: dict[str, Any] = {
        "agencies": agency,
        "branches": filed_samples.branch(1) | {"division": DIVISION},
        "outlets": filed_samples.outlet(1) | {"division": DIVISION},
        "filings": filing,
        "guides": filed_samples.guide(1) | {"division": DIVISION, "status": "applied"},
        "leaders": filed_samples.leader(1) | {"division": DIVISION},
    }
    for plural, body in bodies.items():
        post(f"/v1/{plural}", body, portal)
    told = {"name": "承诺书.pdf", "sha256": sha256(PDF).hexdigest()}
    of_agency = {name: agency[name] for name in ("name", "license_no", "uscc", "division")}
    pledge = filed_samples.pledge(1) | {"agency": of_agency, "division": DIVISION, "pledge_file": told}
    post("/v1/pledges", pledge)
    upload_pdf(client, "PUT", f"/v1/pledges/{pledge['application_no']}/document", sender)
    roster = post("/v1/rosters", samples.roster(1) | {"agency": of_agency})
    contract = samples.contract(1) | {"agency": of_agency}
    pushed = client.post("/v1/contracts", json=[contract | {"headcount": 99}, contract], auth=sender.auth).json()
    assert (roster["records"][0]["status"], pushed["counts"]["accepted"]) == ("accepted", 1)
    code = pushed["records"][1]["code"]
    looked = check(code)
    post("/v1/field-checks", looked, bureau)
    target = post("/v1/targets", {"url": "https://93.184.216.34/hook", "events": ["roster.state"]})
    upload = post(
        "/v1/uploads", {"kind": "contract", "size_bytes": 9, "sha256": "0" * 64, "content_type": "application/json"}
    )
    compared = client.post(
        "/v1/reconciliations?kind=contract", content="key\nA\n", headers={"Content-Type": "text/csv"}, auth=sender.auth
    )
    assert compared.status_code == 201, compared.text
    seal = post("/v1/seals", {})
    published = post("/v1/statistics/publications", {"since": "2026-01-01", "until": "2026-01-31"}, bureau)
    made_here = post("/v1/online-contracts", {"template": "GF-2014-2401"})
    text = {"title": "本地合同", "contract_type": "domestic"}
    document = making.made_of("旅行社：[[u:agency.name]]").content
    uploaded = client.post("/v1/templates", params=text, content=document, auth=bureau.auth).raise_for_status().json()
    named_so = {"name": "证明", "kind": "deposit"}
    keeper = next(who for who in at_home if getattr(who, "login", "") == "here.security_off")
    held = {"partner": "here", "reason": "案件"}
    assert client.post("/retention/holds", data=held, auth=keeper.auth, headers=OWN).status_code == 303
    purged = client.post("/retention/runs", data={"step": "sure"}, auth=keeper.auth, headers=OWN)
    with psycopg.connect(str(settings.database.url)) as connection:
        about = (agency["uscc"],)
        conflict = connection.execute(CONFLICT, about).fetchone()
        alert = connection.execute(ALERT, about).fetchone()
        hold = connection.execute("SELECT id FROM retention_hold").fetchone()
    assert conflict is not None
    assert alert is not None
    assert hold is not None
    hand_in = f"/v1/own-agency/filings/{filing['filing_no']}/materials"
    files = {"file": ("a.pdf", PDF, "application/pdf")}
    client.post(hand_in, data=named_so, files=files, auth=sender.auth).raise_for_status()
    return {
        "agencies": agency["uscc"],
        "penalties": agency["uscc"],
        "branches": bodies["branches"]["uscc"],
        "outlets": bodies["outlets"]["uscc"],
        "conflicts": str(conflict[0]),
        "alerts": str(alert[0]),
        "holds": str(hold[0]),
        "runs": purged.headers["location"].rpartition("/")[2],
        "filings": filing["filing_no"],
        "filing-materials": filing["filing_no"],
        "materials": filing["filing_no"],
        "behind materials": filing["filing_no"],
        "behind filing-materials": filing["filing_no"],
        "guides": bodies["guides"]["card_no"],
        "leaders": bodies["leaders"]["cert_no"],
        "pledges": pledge["application_no"],
        "pledge-files": pledge["application_no"],
        "pledge-pages": "1",
        "behind pledge-pages": pledge["application_no"],
        "reconciliations": compared.json()["reconciliation_id"],
        "behind reconciliations": contract["business_no"],
        "seals": seal["seal_id"],
        "online-contracts": made_here["id"],
        "publications": published["id"],
        "templates": uploaded["code"],
        "template-bench": uploaded["code"],
        "sealed-rosters": samples.roster(1)["group_no"],
        "rosters": samples.roster(1)["group_no"],
        "contracts": code,
        "of": code,
        "submissions": pushed["submission_id"],
        "field-checks": looked["id"],
        "checks": looked["id"],
        "targets": target["target_id"],
        "deliveries": target["target_id"],
        "uploads": upload["upload_id"],
        "credentials": sender.api_key,
        "keys": sender.api_key,
        "partners": "here",
        "persons": "here.keeper",
        "accounts": "here.keeper",
    }


def upload_pdf(client: httpx.Client, method: str, path: str, who: Partner) -> None:
    headers = {"Content-Type": "application/pdf"}
    client.request(method, path, content=PDF, headers=headers, auth=who.auth).raise_for_status()


def test_whatever_names_an_object_is_walked(names: dict[str, str]) -> None:
    """A new route names something of these, or says above why it does not."""
    assert {one.name for one in asked()} - names.keys() == set()
    assert len([*asked()]) > 100


def test_every_address_leads_somewhere_for_somebody_of_its_own(
    client: httpx.Client, at_home: Sequence[Any], names: dict[str, str]
) -> None:
    """Else it would show nothing that others find nothing there."""
    reading = [one for one in asked() if one.method == "GET"]
    statuses = asking(client, [(one, who) for one in reading for who in of_its_door(one, at_home)], names)
    found = {one: {status for (each, _), status in statuses if each == one} for one in reading}
    assert {str(one) for one, told in found.items() if 200 not in told} == SHOWN_TO_NOBODY


def test_nobody_of_elsewhere_finds_or_changes_anything(
    client: httpx.Client, settings: Settings, elsewhere: Sequence[Any], names: dict[str, str]
) -> None:
    before = stored(settings)
    told = asking(client, [(one, who) for one in asked() for who in of_its_door(one, elsewhere)], names)
    wrong = [
        f"{one} {type(who).__name__} {getattr(who, 'login', who)}: {status}"
        for (one, who), status in told
        if status not in refusals(one) and not (status == 200 and str(one) in BY_CREDIT_CODE)
    ]
    assert not wrong, "\n".join(wrong)
    key = elsewhere[-2]
    for route in BY_CREDIT_CODE:
        answer = client.get(named(next(one for one in asked() if str(one) == route), names), auth=key.auth)
        assert not any(value for name, value in answer.json().items() if name != "key"), answer.text
    assert stored(settings) == before
    assert Counter(status for _, status in told)[404] > 100, "not all of it for want of a power"


def test_nobody_of_elsewhere_decides_what_they_know_the_name_of(
    client: httpx.Client, settings: Settings, elsewhere: Sequence[Any], names: dict[str, str]
) -> None:
    before = stored(settings)
    decision = {"decision": "keep_ours", "reason": "不在本辖区", "seen": "open"}
    run = f"reconciliations/{names['reconciliations']}/discrepancies/contract/{names['behind reconciliations']}"
    officer, bureau = elsewhere[0], elsewhere[-2]
    for place in (f"conflicts/{names['conflicts']}", run):
        assert client.post(f"/v1/{place}/decision", json=decision, auth=bureau.auth).status_code == 404, place
    record = f"discrepancy/{names['reconciliations']}/contract/{names['behind reconciliations']}"
    for name in (f"conflict/{names['conflicts']}", record):
        form = {"row": f"open/{name}", "step": "sure"} | decision
        answer = client.post("/differences/decision", data=form, auth=officer.auth, headers=OWN)
        assert (answer.status_code, OF_HERE in answer.text) == (409, False), name
    assert OF_HERE not in client.get("/differences", auth=officer.auth).text
    assert client.get("/v1/differences", auth=bureau.auth).json()["differences"] == []
    assert stored(settings) == before


def of_its_door(one: Asked, everybody: Sequence[Any]) -> list[Any]:
    """Pages are people's, the API is that of machines."""
    return [who for who in everybody if isinstance(who, Partner) == one.path.startswith("/v1/")]


def refusals(one: Asked) -> Collection[int]:
    """A form that says nothing may be refused before what it is about is looked for."""
    return (403, 404) if one.method == "GET" else (400, 403, 404, 415, 422, 428)


def asking(
    client: httpx.Client, wanted: Sequence[tuple[Asked, Any]], names: Mapping[str, str]
) -> list[tuple[tuple[Asked, Any], int]]:
    async def all_of_them() -> list[int]:
        turns = asyncio.Semaphore(8)
        async with httpx.AsyncClient(base_url=client.base_url, headers={**client.headers, **OWN}, timeout=60) as opened:

            async def ask(one: Asked, who: Any) -> int:
                async with turns, opened.stream(one.method, named(one, names), auth=who.auth) as answer:
                    return answer.status_code

            return await asyncio.gather(*(ask(one, who) for one, who in wanted))

    return [*zip(wanted, asyncio.run(all_of_them()), strict=True)]


def stored(settings: Settings) -> dict[str, int]:
    """Rows of what decides, by table, and the newest version of records."""
    tables = ("record", "record_version", "submission", "tenant", "credential", "person", "target", "field_check")
    with psycopg.connect(str(settings.database.url)) as connection:
        counted = {table: SQL("SELECT count(*) FROM {}").format(Identifier(table)) for table in tables}
        counted |= {
            "undecided": SQL("SELECT count(*) FROM conflict WHERE decision IS NULL"),
            "unseen": SQL("SELECT count(*) FROM alert WHERE closed_at IS NULL"),
            "held": SQL("SELECT count(*) FROM retention_hold WHERE lifted_at IS NULL"),
        }
        found = {table: connection.execute(query).fetchone() for table, query in counted.items()}
        return {table: row[0] for table, row in found.items() if row is not None}
